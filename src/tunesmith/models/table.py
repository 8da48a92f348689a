"""The finished trials of a history, as far as they were points of its space, as arrays that grow with it."""

from __future__ import annotations

import math
import statistics
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

from tunesmith.models.folds import FoldMemory, fold_scores
from tunesmith.models.steps import StepMemory, curve_of
from tunesmith.numerics.encoding import Encoder, Indices, Mask, Rows
from tunesmith.trial import FrozenTrial, History, Metric, Problem, TrialState
from tunesmith.trial.history import Columns

COMPLETE, PRUNED, FAILED = 0, 1, 2
"""How a trial ended, as numbers in `Table.states`, best first."""

MOST_SPACES = 4
"""Under how many spaces the trials of one study are kept: objectives that declare on the go look at several in turn."""


@final
@dataclass(frozen=True, eq=False)
class Table:
    """The trials that ended, in the order in which they did, as arrays that must not be changed.

    A trial whose params are no point of the space has no row: its value was not measured anywhere in the space.

    Parameters
    ----------
    encoder
        Says what the columns of `rows` are.
    rows
        Encoded params, one row a trial.
    values
        The first metric, always to be minimised (negated if larger is better): of a complete trial its value, of a
        pruned one the last that it reported; NaN for the others. Where steps are folds, a pruned trial has the mean
        over all folds that is expected of it: of those that it saw, without what these folds do to every score, as it
        was known when it ended.
    states
        `COMPLETE`, `PRUNED` or `FAILED`. A complete trial without the metric counts as failed.
    steps
        The last step that a pruned trial reported; 0 for the others.
    variances
        The square of the standard error that was told with a value, or of what is expected of a pruned trial by its
        folds; 0 where neither is known.
    excess
        By how much each metric that has bounds breaks them (see `Metric.excess`), `(n, c)`; NaN unless complete.
    folds
        The first metric by fold, to be minimised like `values`, `(n, k)`; NaN where a trial was not scored.
    expected
        Mean and variance of what a pruned trial would have ended with, by the complete trials that passed the step at
        which it was stopped, `(n, 2)`; NaN where they do not tell, no rows where they tell of none. Unlike the other
        columns it changes as more trials are complete.
    places
        Where each row's trial stands among all that ended, `(n,)`.
    """

    encoder: Encoder
    rows: Rows
    values: Rows
    states: Indices
    steps: Rows
    variances: Rows
    excess: Rows
    folds: Rows = field(default_factory=lambda: np.empty((0, 0)))
    expected: Rows = field(default_factory=lambda: np.empty((0, 2)))
    places: Indices = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def allowed(self) -> Mask:
        """Which trials are not known to break a bound, `(n,)`."""
        return np.asarray(~np.any(self.excess > 0.0, axis=1))

    def __len__(self) -> int:
        return len(self.values)

    def believed(self) -> tuple[Rows, Rows]:
        """Values and variances as models take them: of pruned trials what is expected of them, where that is known."""
        if not len(self.expected):
            return self.values, self.variances
        known = (self.states == PRUNED) & np.isfinite(self.expected[:, 0]) & (self.variances == 0.0)
        mean, variance = self.expected.T
        return np.where(known, mean, self.values), np.where(known, variance, self.variances)

    def ranks(self, places: Indices) -> Indices:
        """Which trials come before which, whatever their values: their states, but for those that folds speak for.

        One that was stopped after some folds, of which the mean over all can be told, stands beside the complete ones.
        """
        states = self.states[places]
        told: Indices = np.where((states == PRUNED) & (self.variances[places] > 0.0), COMPLETE, states)
        return told


def table_of(history: History) -> Table:
    """The finished trials of a history as arrays.

    A pure function of the history. What was encoded for an earlier view of the same study is kept in the process, so a
    call costs time only for the trials that ended since; nothing depends on that memory.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.maximize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 10)), trials=3, sampler="random", storage=None)
    >>> table = table_of(study.history)
    >>> len(table), bool((table.values == -10 * table.rows[:, 0]).all())
    (3, True)
    """
    with _LOCK:
        memories = _MEMORIES.setdefault(history.columns, [])
        for memory in memories:
            if memory.serves(history):
                break
        else:
            memory = _Memory(history)
            memories[:] = [memory, *memories[: MOST_SPACES - 1]]
        return memory.view(history)


def encoded_running(history: History, encoder: Encoder, but: int) -> Rows:
    """The encoded params of the trials that run, but for one, as far as they are points of the space."""
    running = (trial for trial in history.running() if trial.number != but)
    return encoder.encode_many(trial.params for trial in running if _is_inside(trial, encoder))


def _is_inside(trial: FrozenTrial, encoder: Encoder) -> bool:
    """Whether a trial's params were not marked as outside, and this space (it may be another one) holds them."""
    return not trial.outside and encoder.holds(trial.params)


@final
class _Memory:
    """Arrays with room to grow, for one study under one space."""

    def __init__(self, history: History) -> None:
        self._space = history.space
        self._revisions = history.revisions
        self._encoder = Encoder(history.space)
        self._ended = self._count = 0
        self._rows = np.empty((64, len(self._encoder.columns)))
        self._values, self._steps, self._variances = np.empty(64), np.empty(64), np.empty(64)
        self._states, self._places = np.empty(64, np.int64), np.empty(64, np.int64)
        self._excess = np.empty((64, len(history.problem.bounded)))
        self._folds, self._steps_seen = FoldMemory(), StepMemory()

    def serves(self, history: History) -> bool:
        """Whether what is kept is a beginning, or a continuation, of this history."""
        if self._revisions != history.revisions:
            return False
        same = self._space is history.space
        return same or (self._space == history.space and self._space.names == history.space.names)

    def view(self, history: History) -> Table:
        """The arrays as of this history."""
        ended = history.finished_count
        if ended > self._ended:
            self._append(history.finished(self._ended), history.problem)
        wanted = int(np.searchsorted(self._places[: self._count], ended))
        columns = (self._rows, self._values, self._states, self._steps, self._variances, self._excess)
        kept = [*(column[:wanted] for column in columns), self._folds.view(wanted), self._steps_seen.view(wanted)]
        kept.append(self._places[:wanted])
        return Table(self._encoder, *kept)  # type: ignore[arg-type]

    def _append(self, trials: Sequence[FrozenTrial], problem: Problem) -> None:
        self._make_room(self._count + len(trials))
        place = self._count
        for ended, trial in enumerate(trials, start=self._ended):
            if not _is_inside(trial, self._encoder):
                continue
            self._rows[place], self._places[place] = self._encoder.encode(trial.params), ended
            self._states[place], self._values[place], self._steps[place] = _outcome(trial, problem.metric)
            self._variances[place] = (trial.standard_error or 0.0) ** 2 if trial.points else 0.0
            if problem.bounded:
                told = trial.values if self._states[place] == COMPLETE else {}
                self._excess[place] = [one.excess(told.get(one.name, math.nan)) for one in problem.bounded]
            if trial.points:
                self._take_folds(place, trial, problem.metric)
                self._take_steps(place, trial, problem.metric)
            place += 1
        self._count, self._ended = place, self._ended + len(trials)

    def _make_room(self, most: int) -> None:
        if most <= len(self._values):
            return
        room = 2 * most
        for name in ("_values", "_steps", "_states", "_variances", "_places", "_rows", "_excess"):
            column = getattr(self, name)
            setattr(
                self, name, np.concatenate([column, np.empty((room - len(column), *column.shape[1:]), column.dtype)])
            )

    def _take_steps(self, place: int, trial: FrozenTrial, metric: Metric) -> None:
        """Keep a trial's values by step; complete ones tell how those that were stopped would have gone on."""
        if self._states[place] == COMPLETE:
            self._steps_seen.complete(place, curve_of(trial, metric), float(self._values[place]))
        elif self._states[place] == PRUNED:
            self._steps_seen.stopped(place, curve_of(trial, metric))

    def _take_folds(self, place: int, trial: FrozenTrial, metric: Metric) -> None:
        """Keep a trial's scores by fold; of a stopped one they tell what its mean would have been."""
        scores = fold_scores(trial, metric)
        if self._states[place] == COMPLETE:
            self._folds.complete(place, scores, float(self._values[place]))
        elif self._states[place] == PRUNED and (expected := self._folds.stopped(place, scores)) is not None:
            self._values[place], self._variances[place] = expected
            self._steps[place] = 0.0  # of trials that are told to the end, none is further than another


_LOCK = threading.Lock()
_MEMORIES: weakref.WeakKeyDictionary[Columns, list[_Memory]] = weakref.WeakKeyDictionary()


def _outcome(trial: FrozenTrial, metric: Metric) -> tuple[int, float, float]:
    """State, value to minimise and last step of a finished trial."""
    if trial.state is TrialState.COMPLETE and math.isfinite(value := trial.values.get(metric.name, math.nan)):
        return COMPLETE, metric.sign * value, 0.0
    if trial.state is TrialState.PRUNED:
        seen = [point for point in trial.points if point.metric in {"", metric.name} and point.kind == "validation"]
        if not seen:
            return PRUNED, math.nan, -math.inf
        last = max(reversed(seen), key=lambda point: point.step)
        value = last.value
        if last.fold is not None:  # folds are parts of one score, not stages of it
            value = statistics.fmean(point.value for point in seen if point.fold is not None)
        return PRUNED, metric.sign * value if math.isfinite(value) else math.inf, float(last.step)
    return FAILED, math.nan, 0.0
