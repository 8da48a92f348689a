"""What a study's log folds to: append-only columns that grow in one place, and views of them that never change."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import Any, final

from tunesmith.errors import InvalidTrial
from tunesmith.space import SearchSpace
from tunesmith.trial.frozen_trial import FrozenTrial
from tunesmith.trial.metric import Metric
from tunesmith.trial.problem import Problem
from tunesmith.trial.state import TrialState


@final
class Columns:
    """What a log folds to. Only a `Fold` appends; every `History` of the study shares it.

    `versions` holds versions of trials, in the order of the events that made them; `chains[n]` are the indices of trial
    n's versions, `latest[n]` the newest (None while a number is only reserved; `gaps` are such numbers). `ended` are
    the indices of the versions with which trials ended, `best` the index of the best complete version after each of
    them, or -1. `revived` tells of versions that ended and were queued again: index -> length of `versions` then.
    `stopping` are running trials that a person asked to stop: number -> the attempt that was meant.
    `seen` is how many versions the newest view knows; later ones may still be replaced. `attrs`, `notes`, `artifacts`
    and `changes` are replaced, never changed.
    """

    __slots__ = (
        "__weakref__", "artifacts", "attrs", "best", "chains", "changes", "counts", "ended", "gaps", "known", "latest",
        "notes", "open", "revived", "seen", "spaces", "stopping", "versions", "waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        self.versions: list[FrozenTrial] = []
        self.chains: list[list[int]] = []
        self.latest: list[FrozenTrial | None] = []
        self.ended: list[int] = []
        self.best: list[int] = []
        self.revived: dict[int, int] = {}
        self.open: dict[int, None] = {}
        self.stopping: dict[int, int] = {}
        self.waiting: dict[int, None] = {}
        self.counts: dict[TrialState, int] = dict.fromkeys(TrialState, 0)
        self.known = 0
        self.gaps: dict[int, None] = {}
        self.seen = 0
        self.spaces: list[SearchSpace] = []
        self.attrs: dict[str, Any] = {}
        self.notes: tuple[str, ...] = ()
        self.artifacts: dict[str, str] = {}
        self.changes: dict[str, Any] = {}


@final
class History:
    """Everything that happened in a study up to one event: what samplers, pruners and analyses read.

    A view costs nothing to make and never changes; the columns behind it only grow. Trials are numbered from 0.

    Examples
    --------
    >>> from tunesmith.space import Float, SearchSpace
    >>> from tunesmith.trial import events as ev
    >>> from tunesmith.trial.fold import Fold
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

    __slots__ = (
        "_artifacts", "_attrs", "_changes", "_ended", "_known", "_notes", "_numbers", "_open", "_trials", "_versions",
        "columns", "name", "problem", "seed", "seq",
    )  # fmt: skip

    def __init__(self, columns: Columns, problem: Problem, *, seq: int, seed: int, name: str) -> None:
        self.columns = columns
        self.problem = problem
        self.seq = seq
        self.seed = seed
        self.name = name
        self._versions = columns.seen = len(columns.versions)
        self._ended = len(columns.ended)
        self._numbers = len(columns.chains)
        self._known = columns.known
        self._open = tuple(columns.open)
        self._artifacts, self._attrs = columns.artifacts, columns.attrs
        self._changes, self._notes = columns.changes, columns.notes
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
        return self._known

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and 0 <= number < self._numbers and self._index(number) >= 0

    @property
    def missing(self) -> list[int]:
        """The numbers below `next_number` that no trial has: another worker has reserved them, or had and was lost."""
        if self.is_current:
            return sorted(self.columns.gaps)
        return [number for number in range(self._numbers) if self._index(number) < 0]

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
            columns = self.columns
            if self.is_current:
                found = columns.latest
            else:
                found = [columns.versions[at] if (at := self._index(n)) >= 0 else None for n in range(self._numbers)]
            self._trials = tuple(trial for trial in found if trial is not None)
        return self._trials

    def finished(self, start: int = 0) -> Sequence[FrozenTrial]:
        """The trials that have ended, in the order in which they did, from the `start`-th on.

        The order is append-only: what was at position k stays there in later views, unless an ended trial is queued
        again, which `revisions` counts.
        """
        versions, revived = self.columns.versions, self.columns.revived
        if not revived:
            return [versions[index] for index in self.columns.ended[start : self._ended]]
        ended = self.columns.ended[: self._ended]
        kept = [index for index in ended if revived.get(index, self._versions) >= self._versions]
        return [versions[index] for index in kept[start:]]

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
        if self.is_current:
            return dict(self.columns.counts)
        found = dict.fromkeys(TrialState, 0)
        for trial in self.trials:
            found[trial.state] += 1
        return found

    @property
    def best(self) -> FrozenTrial | None:
        """The complete trial within all bounds that has the best first metric (the earliest of equals), or None."""
        columns = self.columns
        if not self._ended or (index := columns.best[self._ended - 1]) < 0:
            return None
        if columns.revived.get(index, self._versions) >= self._versions:
            return columns.versions[index]
        better: FrozenTrial | None = None  # the best was queued again: look among the others
        for trial in self.complete():
            if self.problem.bounded and not self.problem.allows(trial.values):
                continue
            if better is None or self.metric.better(trial.value, than=better.value):
                better = trial
        return better

    @property
    def attrs(self) -> dict[str, Any]:
        """The user's own keys and values on the study."""
        return dict(self._attrs)

    @property
    def artifacts(self) -> dict[str, str]:
        """The digests of what was kept with the study, by name."""
        return dict(self._artifacts)

    @property
    def changes(self) -> dict[str, Any]:
        """What was changed about the study as a whole, such as `{"stopped": True}`."""
        return dict(self._changes)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the study."""
        return self._notes

    def _index(self, number: int) -> int:
        chain = self.columns.chains[number]
        if chain and chain[-1] < self._versions:
            return chain[-1]
        at = bisect.bisect_left(chain, self._versions) - 1
        return chain[at] if at >= 0 else -1
