"""A study's log of events, folded: append-only columns that grow in one place, and views of them that never change."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, final

import msgspec

from tunesmith.errors import Corrupt, InvalidTrial
from tunesmith.space import SearchSpace
from tunesmith.trial import events as ev
from tunesmith.trial.frozen_trial import FrozenTrial
from tunesmith.trial.metric import Metric
from tunesmith.trial.problem import Problem
from tunesmith.trial.state import TrialState

_replace = msgspec.structs.replace


@final
class Columns:
    """What a log folds to, append-only. Only a `Fold` appends; every `History` of the study shares it.

    `versions` holds every version of every trial, in the order of the events that made them; `chains[n]` are the
    indices of trial n's versions. `ended` are the indices of the versions with which trials ended, `best` the index of
    the best complete version after each of them. `revived` are those that were queued again after they had ended.
    """

    __slots__ = (
        "__weakref__", "artifacts", "attrs", "best", "chains", "changes", "ended", "notes", "open", "revived",
        "spaces", "versions", "waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        self.versions: list[FrozenTrial] = []
        self.chains: list[list[int]] = []
        self.ended: list[int] = []
        self.best: list[int] = []
        self.revived: dict[int, int] = {}
        self.open: dict[int, None] = {}
        self.waiting: dict[int, None] = {}
        self.spaces: list[SearchSpace] = []
        self.attrs: dict[str, Any] = {}
        self.notes: list[str] = []
        self.artifacts: dict[str, str] = {}
        self.changes: dict[str, Any] = {}


@final
class History:
    """Everything that happened in a study up to one event: what samplers, pruners and analyses read.

    A view costs nothing to make and never changes; the columns behind it only grow. Trials are numbered from 0.

    Examples
    --------
    >>> from tunesmith.space import Float, SearchSpace
    >>> fold = Fold()
    >>> space = SearchSpace(x=Float(0, 1))
    >>> created = ev.StudyCreated(
    ...     name="demo", space=space.dump(), metrics=[{"name": "loss", "direction": "min"}], seed=7
    ... )
    >>> events = [
    ...     created,
    ...     ev.TrialStarted(number=0, params={"x": 0.5}),
    ...     ev.TrialFinished(number=0, state="complete", values={"loss": 0.25}),
    ... ]
    >>> fold.extend(ev.stamp(ev.Draft(e), seq=i + 1, written=0.0, writer="") for i, e in enumerate(events))
    >>> history = fold.history
    >>> len(history), history.best.value, history.seq
    (1, 0.25, 3)
    """

    __slots__ = ("_ended", "_numbers", "_open", "_trials", "_versions", "columns", "name", "problem", "seed", "seq")

    def __init__(self, columns: Columns, problem: Problem, *, seq: int, seed: int, name: str) -> None:
        self.columns = columns
        self.problem = problem
        self.seq = seq
        self.seed = seed
        self.name = name
        self._versions = len(columns.versions)
        self._ended = len(columns.ended)
        self._numbers = len(columns.chains)
        self._open = tuple(columns.open)
        self._trials: tuple[FrozenTrial, ...] | None = None

    @property
    def space(self) -> SearchSpace:
        """The search space as it was at this moment."""
        return self.problem.space

    @property
    def metric(self) -> Metric:
        """The first metric."""
        return self.problem.metric

    def with_space(self, space: SearchSpace) -> History:
        """The same trials, with another space to choose from next (what a running objective asks for, say)."""
        view = object.__new__(History)
        for slot in self.__slots__:
            setattr(view, slot, getattr(self, slot))
        view.problem = Problem(space, self.problem.metrics, declared=self.problem.declared)
        return view

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def next_number(self) -> int:
        """The smallest number above all that this view knows."""
        return self._numbers

    def __repr__(self) -> str:
        return f"<History {self.name!r}: {self._numbers} trials, {self._ended} ended, seq {self.seq}>"

    @property
    def is_current(self) -> bool:
        """Whether nothing was folded since this view was made."""
        return self._versions == len(self.columns.versions)

    def trial(self, number: int) -> FrozenTrial:
        """One trial by its number.

        Raises
        ------
        InvalidTrial
            If there is no such trial.
        """
        index = self._index(number) if isinstance(number, int) and 0 <= number < self._numbers else -1
        if index < 0:
            allowed = f"0 to {self._numbers - 1}" if self._numbers else "none yet"
            raise InvalidTrial(f"There is no trial {number!r}.", hint=f"This study has trials {allowed}.")
        return self.columns.versions[index]

    @property
    def trials(self) -> tuple[FrozenTrial, ...]:
        """All trials in the order of their numbers (one that another worker has only reserved is not among them)."""
        if self._trials is None:
            versions = self.columns.versions
            found = (self._index(number) for number in range(self._numbers))
            self._trials = tuple(versions[index] for index in found if index >= 0)
        return self._trials

    def finished(self, start: int = 0) -> Sequence[FrozenTrial]:
        """The trials that have ended, in the order in which they did, from the `start`-th on.

        The order is append-only: what was at position k stays there in later views, unless an ended trial is queued
        again, which `revisions` counts.
        """
        versions, revived = self.columns.versions, self.columns.revived
        ended = self.columns.ended[start : self._ended]
        if not revived:
            return [versions[index] for index in ended]
        return [versions[index] for index in ended if revived.get(index, self._versions) >= self._versions]

    @property
    def revisions(self) -> int:
        """How many ended trials were queued again: while it stays, `finished` only grows at its end."""
        return sum(1 for at in self.columns.revived.values() if at < self._versions)

    @property
    def finished_count(self) -> int:
        """How many trials have ended."""
        return self._ended - self.revisions if self.columns.revived else self._ended

    def complete(self) -> list[FrozenTrial]:
        """The trials that ended with values, in the order in which they did."""
        return [trial for trial in self.finished() if trial.state is TrialState.COMPLETE]

    def running(self) -> list[FrozenTrial]:
        """The trials that were started and have not ended (RUNNING and PAUSED), in the order of their starts."""
        return [self.trial(number) for number in self._open]

    def waiting(self) -> list[FrozenTrial]:
        """The trials that were queued and not started, in the order of their numbers."""
        if self.is_current:
            return [self.trial(number) for number in sorted(self.columns.waiting)]
        return [trial for trial in self.trials if trial.state is TrialState.WAITING]

    def counts(self) -> dict[TrialState, int]:
        """How many trials are in each state; every state is named."""
        found = dict.fromkeys(TrialState, 0)
        for trial in self.trials:
            found[trial.state] += 1
        return found

    @property
    def best(self) -> FrozenTrial | None:
        """The complete trial with the best value of the first metric (the earliest of equals), or None."""
        if not self._ended or (index := self.columns.best[self._ended - 1]) < 0:
            return None
        return self.columns.versions[index]

    @property
    def attrs(self) -> dict[str, Any]:
        """The user's own keys and values on the study (as of the newest event folded)."""
        return dict(self.columns.attrs)

    @property
    def changes(self) -> dict[str, Any]:
        """What was changed about the study as a whole, such as `{"stopped": True}` (as of the newest event)."""
        return dict(self.columns.changes)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the study (as of the newest event)."""
        return tuple(self.columns.notes)

    def _index(self, number: int) -> int:
        chain = self.columns.chains[number]
        if chain and chain[-1] < self._versions:
            return chain[-1]
        at = bisect.bisect_left(chain, self._versions) - 1
        return chain[at] if at >= 0 else -1


@final
class Fold:
    """Folds a log, event by event, into columns. There is one for each study that a process has open."""

    def __init__(self) -> None:
        self._columns = Columns()
        self._problem: Problem | None = None
        self._seed = 0
        self._name = ""
        self._key_seq = 0
        self._view: History | None = None
        self.card: dict[str, Any] = {}
        self.created_at = 0.0

    @property
    def seq(self) -> int:
        """The number of the last event folded; 0 before the first."""
        return self._key_seq

    @property
    def history(self) -> History:
        """The view as of the last event folded.

        Raises
        ------
        Corrupt
            If the log does not begin with the study's creation.
        """
        if self._view is None or self._view.seq != self._key_seq:
            if self._problem is None:
                raise Corrupt("The log does not begin with StudyCreated.", hint="Restore the storage from a copy.")
            self._view = History(self._columns, self._problem, seq=self._key_seq, seed=self._seed, name=self._name)
        return self._view

    def extend(self, stamped: Iterable[ev.Stamped]) -> None:
        """Fold further events; those already folded are passed over.

        Raises
        ------
        Corrupt
            If one is missing between, or tells of a trial that cannot be in that state.
        TooNew
            If one must be understood and is not.
        """
        for item in stamped:
            if item.seq <= self._key_seq:
                continue
            if item.seq != self._key_seq + 1:
                raise Corrupt(
                    f"Event {self._key_seq + 1} is missing: {item.seq} follows {self._key_seq}.",
                    hint="Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE.",
                )
            event = item.open()
            if event is not None:
                try:
                    _HANDLERS[type(event)](self, event, item)
                except (KeyError, IndexError, ValueError) as error:
                    raise Corrupt(
                        f"Event {item.seq} ({item.kind}) does not fit what came before: {error}.",
                        hint="Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE.",
                    ) from error
            self._key_seq = item.seq

    # -- one handler an event ------------------------------------------------------------------------------------

    def _created(self, event: ev.StudyCreated, item: ev.Stamped) -> None:
        space = SearchSpace.load(event.space)
        metrics = tuple(Metric(**metric) for metric in event.metrics)  # type: ignore[arg-type]
        self._problem = Problem(space, metrics, declared=event.declared)
        self._seed, self._name, self.card, self.created_at = event.seed, event.name, event.card, item.written
        self._columns.spaces.append(space)

    def bind(self, space: SearchSpace) -> None:
        """Use a space with live choices (classes, functions) in place of the stored one, which only has labels."""
        if self._problem is not None:
            self._problem = Problem(space, self._problem.metrics, declared=self._problem.declared)
            self._columns.spaces.append(space)
            self._view = None

    def _extended(self, event: ev.SpaceExtended, item: ev.Stamped) -> None:
        old = self._require()
        space = SearchSpace.load(event.space)
        self._problem = Problem(space, old.metrics, declared=old.declared)
        self._columns.spaces.append(space)

    def _queued(self, event: ev.TrialQueued, item: ev.Stamped) -> None:
        params = self._require().space.decode_params(event.params)
        self._add(
            FrozenTrial(
                number=event.number,
                state=TrialState.WAITING,
                params=params,
                origin=event.origin,
                queued_at=item.written,
                attrs=event.attrs,
                outside=event.outside,
                metric_name=self._require().metric.name,
            )
        )

    def _started(self, event: ev.TrialStarted, item: ev.Stamped) -> None:
        problem = self._require()
        params = problem.space.decode_params(event.params)
        known = event.number < len(self._columns.chains) and bool(self._columns.chains[event.number])
        if known:
            old = self._latest(event.number, TrialState.WAITING)
            new = _replace(
                old, state=TrialState.RUNNING, params=params, attempt=item.attempt, why=event.why,
                sampler_state=event.state, started_at=item.written, worker=event.worker, seen=event.seen, points=(),
            )  # fmt: skip
        else:
            new = FrozenTrial(
                number=event.number, state=TrialState.RUNNING, params=params, attempt=item.attempt, why=event.why,
                sampler_state=event.state, started_at=item.written, worker=event.worker, seen=event.seen,
                origin=event.origin or "sampled", metric_name=problem.metric.name,
            )  # fmt: skip
        self._add(new)

    def _reported(self, event: ev.Reported, item: ev.Stamped) -> None:
        old = self._latest(event.number, TrialState.RUNNING)
        if item.attempt == old.attempt:
            self._add(_replace(old, points=old.points + tuple(event.points)))

    def _paused(self, event: ev.TrialPaused, item: ev.Stamped) -> None:
        self._add(_replace(self._latest(event.number, TrialState.RUNNING), state=TrialState.PAUSED))

    def _resumed(self, event: ev.TrialResumed, item: ev.Stamped) -> None:
        old = self._latest(event.number, TrialState.PAUSED)
        self._add(_replace(old, state=TrialState.RUNNING, attempt=item.attempt, worker=event.worker))

    def _requeued(self, event: ev.TrialRequeued, item: ev.Stamped) -> None:
        old = self._latest(event.number)
        if old.state.is_finished:
            index = self._columns.chains[event.number][-1]
            self._columns.revived[index] = len(self._columns.versions)
        self._add(_replace(old, state=TrialState.WAITING, values={}, error=None, reason=event.reason, finished_at=None))

    def _finished(self, event: ev.TrialFinished, item: ev.Stamped) -> None:
        old = self._latest(event.number, TrialState.RUNNING, TrialState.PAUSED)
        params = old.params if event.params is None else self._require().space.decode_params(event.params)
        new = _replace(
            old, state=TrialState(event.state), values=event.values, params=params, error=event.error,
            reason=event.reason, finished_at=item.written, tell_id=item.tell_id,
            attrs={**old.attrs, **event.attrs} if event.attrs else old.attrs,
        )  # fmt: skip
        columns = self._columns
        columns.ended.append(len(columns.versions))
        columns.best.append(self._best_with(new))
        self._add(new)

    def _saved(self, event: ev.ArtifactSaved, item: ev.Stamped) -> None:
        if event.number is None:
            self._columns.artifacts[event.name] = event.digest
        else:
            old = self._latest(event.number)
            self._add(_replace(old, artifacts={**old.artifacts, event.name: event.digest}))

    def _changed(self, event: ev.StudyChanged, item: ev.Stamped) -> None:
        self._columns.changes.update(event.changes)
        self._name = str(event.changes.get("name", self._name))

    def _noted(self, event: ev.Noted, item: ev.Stamped) -> None:
        if event.number is None:
            self._columns.notes.append(event.text)
        else:
            old = self._latest(event.number)
            self._add(_replace(old, notes=(*old.notes, event.text)))

    def _attr(self, event: ev.AttrSet, item: ev.Stamped) -> None:
        if event.number is None:
            self._columns.attrs[event.key] = event.value
        else:
            old = self._latest(event.number)
            self._add(_replace(old, attrs={**old.attrs, event.key: event.value}))

    def _judged(self, event: ev.Judged, item: ev.Stamped) -> None:
        """Verdicts change no trial; they stay in the log for whoever asks why."""

    # -- the columns ---------------------------------------------------------------------------------------------

    def _require(self) -> Problem:
        if self._problem is None:
            raise ValueError("it comes before StudyCreated")
        return self._problem

    def _latest(self, number: int, *states: TrialState) -> FrozenTrial:
        chains = self._columns.chains
        if not 0 <= number < len(chains) or not chains[number]:
            raise ValueError(f"there is no trial {number}")
        trial = self._columns.versions[chains[number][-1]]
        if states and trial.state not in states:
            raise ValueError(f"trial {number} is {trial.state.value}")
        return trial

    def _add(self, trial: FrozenTrial) -> None:
        columns, number = self._columns, trial.number
        while number >= len(columns.chains):  # workers may start in another order than they reserved
            columns.chains.append([])
        columns.chains[number].append(len(columns.versions))
        columns.versions.append(trial)
        if trial.state is TrialState.WAITING:
            columns.waiting[number] = None
        else:
            columns.waiting.pop(number, None)
        if trial.state is TrialState.RUNNING or trial.state is TrialState.PAUSED:
            columns.open[number] = None
        else:
            columns.open.pop(number, None)

    def _best_with(self, new: FrozenTrial) -> int:
        columns = self._columns
        last = columns.best[-1] if columns.best else -1
        metric = self._require().metric
        if new.state is not TrialState.COMPLETE or metric.name not in new.values:
            return last
        if last < 0 or metric.better(new.value, than=columns.versions[last].value):
            return len(columns.versions)
        return last


_HANDLERS: dict[type[ev.Event], Callable[..., None]] = {
    ev.StudyCreated: Fold._created,  # noqa: SLF001 - the table of handlers belongs to the class above
    ev.SpaceExtended: Fold._extended,  # noqa: SLF001
    ev.TrialQueued: Fold._queued,  # noqa: SLF001
    ev.TrialStarted: Fold._started,  # noqa: SLF001
    ev.Reported: Fold._reported,  # noqa: SLF001
    ev.Judged: Fold._judged,  # noqa: SLF001
    ev.TrialPaused: Fold._paused,  # noqa: SLF001
    ev.TrialResumed: Fold._resumed,  # noqa: SLF001
    ev.TrialRequeued: Fold._requeued,  # noqa: SLF001
    ev.TrialFinished: Fold._finished,  # noqa: SLF001
    ev.ArtifactSaved: Fold._saved,  # noqa: SLF001
    ev.StudyChanged: Fold._changed,  # noqa: SLF001
    ev.Noted: Fold._noted,  # noqa: SLF001
    ev.AttrSet: Fold._attr,  # noqa: SLF001
}
