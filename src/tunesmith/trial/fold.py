"""Folds a study's log, event by event, into the columns behind its histories."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, final

import msgspec

from tunesmith.errors import Corrupt, StorageError
from tunesmith.space import Params, SearchSpace
from tunesmith.trial import events as ev
from tunesmith.trial.frozen_trial import FrozenTrial
from tunesmith.trial.history import Columns, History
from tunesmith.trial.metric import Metric
from tunesmith.trial.points import Points
from tunesmith.trial.problem import Problem
from tunesmith.trial.state import TrialState

_replace = msgspec.structs.replace
_DAMAGED = "Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE."
_NONE = Params()
"""The one empty dictionary of all trials that have no values, attributes or artefacts."""

_STATES = {state.value: state for state in TrialState}
_OPEN = frozenset({TrialState.RUNNING, TrialState.PAUSED})
_FARTHEST = 100_000
"""How far ahead of all known trials a number may be: as many workers could have reserved those between."""


@final
class Fold:
    """Folds a log, event by event, into columns. There is one for each study that a process has open."""

    def __init__(self) -> None:
        self._columns = Columns()
        self._problem: Problem | None = None
        self._seed = 0
        self._name = ""
        self._seq = 0
        self._view: History | None = None
        self._ended_at: dict[int, int] = {}
        self._words: dict[str, str] = {}
        self._why = _NONE
        self.card: dict[str, Any] = {}
        self.created_at = 0.0
        self.torn = False
        """Whether a Ctrl-C came in the middle of an event: what is known may be half of it. Fold the log anew."""

    @property
    def seq(self) -> int:
        """The number of the last event folded; 0 before the first."""
        return self._seq

    @property
    def history(self) -> History:
        """The view as of the last event folded.

        Raises
        ------
        Corrupt
            If the log does not begin with the study's creation.
        """
        view = self._view
        if view is None:
            if self._problem is None:
                raise Corrupt("The log does not begin with StudyCreated.", hint=_DAMAGED)
            view = History(self._columns, self._problem, seq=self._seq, seed=self._seed, name=self._name)
            self._view = view
        return view

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
            if item.seq <= self._seq:
                continue
            if item.seq != self._seq + 1:
                raise Corrupt(f"Event {self._seq + 1} is missing: {item.seq} follows {self._seq}.", hint=_DAMAGED)
            event = item.open()
            self._view = None
            try:
                if event is not None:
                    _HANDLERS[type(event)](self, event, item)
                self._seq = item.seq
            except StorageError:
                raise
            except Exception as error:
                raise Corrupt(
                    f"Event {item.seq} ({item.kind}) does not fit what came before: {error}.", hint=_DAMAGED
                ) from error
            except BaseException:
                self.torn = True
                raise

    def bind(self, space: SearchSpace) -> None:
        """Use a space with live choices (classes, functions) in place of the stored one, which only has labels."""
        self._change_space(space)
        self._view = None

    # -- the study -----------------------------------------------------------------------------------------------

    def _created(self, event: ev.StudyCreated, item: ev.Stamped) -> None:
        if self._problem is not None:
            raise ValueError("the study exists already")
        metrics = tuple(
            Metric(one["name"], one.get("direction", "minimize"), one.get("at_most"), one.get("at_least"))
            for one in event.metrics
        )
        self._problem = Problem(SearchSpace.load(event.space), metrics, declared=event.declared)
        self._seed, self._name, self.card, self.created_at = event.seed, event.name, event.card, item.written
        self._columns.spaces.append(self._problem.space)

    def _extended(self, event: ev.SpaceExtended, item: ev.Stamped) -> None:
        self._change_space(SearchSpace.load(event.space))

    def _changed(self, event: ev.StudyChanged, item: ev.Stamped) -> None:
        self._columns.changes = {**self._columns.changes, **event.changes}
        self._name = str(event.changes.get("name", self._name))

    def _change_space(self, space: SearchSpace) -> None:
        old = self._require()
        self._problem = Problem(space, old.metrics, declared=old.declared)
        self._columns.spaces.append(space)

    # -- a trial's way -------------------------------------------------------------------------------------------

    def _queued(self, event: ev.TrialQueued, item: ev.Stamped) -> None:
        problem = self._require()
        self._add(
            FrozenTrial(
                number=self._new(event.number), state=TrialState.WAITING,
                params=problem.space.decode_params(event.params), origin=event.origin, queued_at=item.written,
                attrs=event.attrs, outside=event.outside, metric_name=problem.metric.name,
            )
        )  # fmt: skip

    def _started(self, event: ev.TrialStarted, item: ev.Stamped) -> None:
        problem = self._require()
        params = problem.space.decode_params(event.params)
        worker = self._words.setdefault(event.worker, event.worker)
        if event.why != self._why:  # it seldom changes, and is shared by all trials that it holds for
            self._why = Params(event.why)
        why = self._why
        number = event.number
        if 0 <= number < len(self._columns.latest) and self._columns.latest[number] is not None:
            new = _replace(
                self._latest(number, TrialState.WAITING), state=TrialState.RUNNING, params=params, attempt=item.attempt,
                why=why, sampler_state=event.state, started_at=item.written, worker=worker, seen=event.seen,
                points=(), verdict=_NONE,
            )  # fmt: skip
        else:
            new = FrozenTrial(
                number=self._new(number), state=TrialState.RUNNING, params=params, attempt=item.attempt, why=why,
                sampler_state=event.state, started_at=item.written, worker=worker, seen=event.seen,
                origin=event.origin or "sampled", metric_name=problem.metric.name, values=_NONE, attrs=_NONE,
                artifacts=_NONE, verdict=_NONE,
            )  # fmt: skip
        self._add(new)

    def _reported(self, event: ev.Reported, item: ev.Stamped) -> None:
        old = self._latest(event.number)
        if old.state is TrialState.RUNNING and item.attempt == old.attempt:  # else: too late, somebody took it over
            known = old.points if isinstance(old.points, Points) else Points(old.points)
            self._add(_replace(old, points=known.extended(event.points)))

    def _judged(self, event: ev.Judged, item: ev.Stamped) -> None:
        """A verdict stands beside the trial until it ends; a person's has yet to be heard by whoever runs it."""
        old = self._latest(event.number)
        if event.action == "continue" or old.state is not TrialState.RUNNING or item.attempt != old.attempt:
            return
        if event.why.get("by") == "person":
            self._columns.stopping[event.number] = old.attempt
        self._add(_replace(old, verdict=event.why))

    def _paused(self, event: ev.TrialPaused, item: ev.Stamped) -> None:
        self._add(_replace(self._latest(event.number, TrialState.RUNNING), state=TrialState.PAUSED))

    def _resumed(self, event: ev.TrialResumed, item: ev.Stamped) -> None:
        old = self._latest(event.number, TrialState.PAUSED)
        self._add(_replace(old, state=TrialState.RUNNING, attempt=item.attempt, worker=event.worker))

    def _requeued(self, event: ev.TrialRequeued, item: ev.Stamped) -> None:
        old = self._latest(event.number)
        if old.state.is_finished:
            self._columns.revived[self._ended_at.pop(event.number)] = len(self._columns.versions)
        self._add(
            _replace(
                old,
                state=TrialState.WAITING,
                values=_NONE,
                error=None,
                reason=event.reason,
                finished_at=None,
                tell_id=None,
            )
        )

    def _finished(self, event: ev.TrialFinished, item: ev.Stamped) -> None:
        problem, columns = self._require(), self._columns
        old = self._latest(event.number, TrialState.RUNNING, TrialState.PAUSED)
        params = old.params if event.params is None else problem.space.decode_params(event.params)
        new = _replace(
            old, state=_STATES[event.state], values=event.values, params=params, error=event.error,
            reason=event.reason, finished_at=item.written, tell_id=item.tell_id,
            attrs={**old.attrs, **event.attrs} if event.attrs else old.attrs,
        )  # fmt: skip
        if not new.state.is_finished:
            raise ValueError(f"{event.state!r} is no way to end")
        if not all(map(math.isfinite, event.values.values())):
            raise ValueError("a value is not finite")
        if new.state is TrialState.COMPLETE and problem.metric.name not in event.values:
            raise ValueError(f"{problem.metric.name!r} has no value")
        best = self._best_before()
        index = self._add(new)
        if _may_be_best(new, problem) and (
            best < 0 or problem.metric.better(new.value, than=columns.versions[best].value)
        ):
            best = index
        columns.ended.append(index)
        columns.best.append(best)
        self._ended_at[event.number] = index

    # -- what people add -----------------------------------------------------------------------------------------

    def _saved(self, event: ev.ArtifactSaved, item: ev.Stamped) -> None:
        if event.number is None:
            self._columns.artifacts = {**self._columns.artifacts, event.name: event.digest}
        else:
            old = self._latest(event.number)
            if item.attempt in {0, old.attempt}:  # else: too late, somebody took it over
                self._add(_replace(old, artifacts={**old.artifacts, event.name: event.digest}))

    def _noted(self, event: ev.Noted, item: ev.Stamped) -> None:
        if event.number is None:
            self._columns.notes = (*self._columns.notes, event.text)
        else:
            old = self._latest(event.number)
            self._add(_replace(old, notes=(*old.notes, event.text)))

    def _attr(self, event: ev.AttrSet, item: ev.Stamped) -> None:
        if event.number is None:
            self._columns.attrs = {**self._columns.attrs, event.key: event.value}
        else:
            old = self._latest(event.number)
            self._add(_replace(old, attrs={**old.attrs, event.key: event.value}))

    # -- the columns ---------------------------------------------------------------------------------------------

    def _require(self) -> Problem:
        if self._problem is None:
            raise ValueError("it comes before StudyCreated")
        return self._problem

    def _new(self, number: int) -> int:
        """A number that no trial has yet; workers may start in another order than they reserved."""
        latest = self._columns.latest
        if not 0 <= number < len(latest) + _FARTHEST:
            raise ValueError(f"{number} cannot be the next trial's number")
        if number < len(latest) and latest[number] is not None:
            raise ValueError(f"there is a trial {number} already")
        return number

    def _latest(self, number: int, *states: TrialState) -> FrozenTrial:
        latest = self._columns.latest
        trial = latest[number] if 0 <= number < len(latest) else None
        if trial is None:
            raise ValueError(f"there is no trial {number}")
        if states and trial.state not in states:
            raise ValueError(f"trial {number} is {trial.state.value}")
        return trial

    def _add(self, trial: FrozenTrial) -> int:
        """Add a version of a trial; its index. A running trial's version that no view has seen is replaced."""
        columns, number, state = self._columns, trial.number, trial.state
        while number >= len(columns.chains):
            columns.gaps[len(columns.chains)] = None
            columns.chains.append([])
            columns.latest.append(None)
        chain, old = columns.chains[number], columns.latest[number]
        if old is None:
            columns.known += 1
            del columns.gaps[number]
        else:
            columns.counts[old.state] -= 1
        columns.counts[state] += 1
        columns.latest[number] = trial
        if old is not None and old.state is TrialState.RUNNING and chain[-1] >= columns.seen:
            index = chain[-1]
            columns.versions[index] = trial
        else:
            index = len(columns.versions)
            chain.append(index)
            columns.versions.append(trial)
        before = None if old is None else old.state
        if state is not before:
            if before is TrialState.WAITING:
                del columns.waiting[number]
            elif before in _OPEN and state not in _OPEN:
                del columns.open[number]
                columns.stopping.pop(number, None)
            if state is TrialState.WAITING:
                columns.waiting[number] = None
            elif state in _OPEN:
                columns.open[number] = None
        return index

    def _best_before(self) -> int:
        """The index of the best version so far, or -1; one that was queued again does not count."""
        columns = self._columns
        last = columns.best[-1] if columns.best else -1
        if last not in columns.revived:
            return last
        problem, best = self._require(), -1
        for index in columns.ended:
            version = columns.versions[index]
            if index in columns.revived or not _may_be_best(version, problem):
                continue
            if best < 0 or problem.metric.better(version.value, than=columns.versions[best].value):
                best = index
        return best


def _may_be_best(trial: FrozenTrial, problem: Problem) -> bool:
    return trial.state is TrialState.COMPLETE and (not problem.bounded or problem.allows(trial.values))


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
