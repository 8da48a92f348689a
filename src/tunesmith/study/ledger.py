"""The one writer of a study: every event goes through here, decided inside the storage's gate."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count
from typing import Any, NamedTuple, final

from tunesmith import _platform
from tunesmith.errors import InvalidParams, InvalidTrial
from tunesmith.samplers import Suggestion
from tunesmith.space import Params, SearchSpace
from tunesmith.storages import Decision, Lease, Storage, Tail
from tunesmith.study._renewer import LEASE_SECONDS, Renewer
from tunesmith.trial import (
    Draft,
    Event,
    Fold,
    FrozenTrial,
    History,
    Point,
    Reported,
    SpaceExtended,
    Stamped,
    TrialError,
    TrialFinished,
    TrialQueued,
    TrialRequeued,
    TrialStarted,
    TrialState,
)

MAX_ATTEMPTS = 3
_LOOK_AGAIN = 2.0
_PAGE = 10_000

Sample = Callable[[History, int, Params], Suggestion]


@final
class Result(NamedTuple):
    """How a trial ended, ready for the log."""

    state: TrialState
    values: dict[str, float]
    error: TrialError | None = None
    reason: str = ""
    points: Sequence[Point] = ()
    attrs: dict[str, Any] | None = None
    params: Params | None = None
    space: SearchSpace | None = None
    seconds: float | None = None


@final
class Ledger:
    """Folds what others wrote and writes for us; safe to share between threads of one process."""

    def __init__(self, storage: Storage, key: str, bind: Callable[[Fold], None] | None = None) -> None:
        self.storage = storage
        self.key = key
        self._bind = bind
        self.fold = _folded(storage, key, bind)
        self.on_event: list[Callable[[Stamped, History], None]] = []
        self._lock = threading.RLock()
        self._contended = False
        self._owners: dict[str, tuple[float, bool | None]] = {}
        self._renewer = Renewer(storage.address, key)

    @property
    def history(self) -> History:
        """What is known by now."""
        if self.fold.torn:
            self.fold = _folded(self.storage, self.key, self._bind)
        return self.fold.history

    def refresh(self) -> History:
        """Read what others wrote."""
        with self._lock:
            news = self.storage.read(self.key, self.history.seq)
            if news:
                self.fold.extend(news)
                self._announce(news)
            return self.fold.history

    def write(self, decide: Callable[[History, Tail], Decision]) -> History:
        """Decide inside the gate, on a history that is up to date, and commit."""
        with self._lock:
            before = self.history.seq

            def decided(tail: Tail) -> Decision:
                self.fold.extend(tail.events)
                return decide(self.fold.history, tail)

            stamped = self.storage.append(self.key, before, decided)
            self.fold.extend(stamped)
            self._announce(stamped)
            return self.fold.history

    def record(self, *events: Event, attempt: int = 0) -> History:
        """Append events that need no decision; what a trial says counts for the attempt that said it."""
        return self.write(lambda _history, _tail: Decision([Draft(event, attempt) for event in events]))

    # -- claiming ------------------------------------------------------------------------------------------------

    def claim(
        self, sample: Sample, *, total: int | None = None, check: Callable[[Params], Params]
    ) -> FrozenTrial | None:
        """Begin one trial: a queued one, one whose worker was lost, or a new one; None if `total` are begun already.

        The params of a new trial are sampled outside the gate. With one worker that is done before the gate is
        entered, so that one commit begins the trial; where workers meet, the number is reserved first.
        """
        started = None
        if not self._contended and not self.history.columns.waiting:
            started = self._claim_at_once(sample, total, check)
        if started is None:
            started = self._claim_reserved(sample, total, check)
        if started is not None:
            self._renewer.watch(started.number, started.attempt)
        return started

    def _claim_at_once(
        self, sample: Sample, total: int | None, check: Callable[[Params], Params]
    ) -> FrozenTrial | None:
        history = self.history
        number = history.next_number
        if total is not None and number >= total and not history.running():
            return None
        suggestion = sample(history, number, Params())
        params = check(suggestion.params)
        met = False

        def decide(now: History, tail: Tail) -> Decision:
            nonlocal met
            events, drop = self._lapsed(now, tail)
            taken = any(lease.number >= number for lease in tail.leases)
            met = bool(events or drop or taken or now.columns.waiting or now.next_number != number)
            if met or (total is not None and number >= total):
                return Decision(events, drop=drop)
            return self._start(number, 1, params, suggestion, history.seq, tail)

        after = self.write(decide)
        self._contended = met
        return after.trial(number) if not met and number < after.next_number else None

    def _claim_reserved(
        self, sample: Sample, total: int | None, check: Callable[[Params], Params]
    ) -> FrozenTrial | None:
        reserved: Lease | None = None
        whole = False

        def reserve(now: History, tail: Tail) -> Decision:
            nonlocal reserved, whole
            events, drop = self._lapsed(now, tail)
            back = {event.event.number for event in events if isinstance(event.event, TrialRequeued)}
            held = {lease.number for lease in tail.leases if lease.number not in drop}
            waiting = sorted(({*now.columns.waiting} | back) - held)
            begun = len(now) - len(now.columns.waiting) - len(back) + sum(number not in now for number in held)
            if total is not None and begun >= total:
                reserved = None
                return Decision(events, drop=drop)
            number = waiting[0] if waiting else self._free(now, held)
            known = now.trial(number) if waiting else None
            reserved = Lease(
                number,
                known.attempt + 1 if known else 1,
                _platform.owner(),
                tail.now + LEASE_SECONDS,
                "reserved",
                now.seq,
            )
            whole = known is not None and (known.outside or self._is_whole(now, known.params))
            if known is not None and whole:
                suggestion = Suggestion(known.params, known.why or {"member": known.origin}, known.sampler_state)
                begin = self._start(number, reserved.attempt, known.params, suggestion, known.seen or now.seq, tail)
                return Decision([*events, *begin.events], begin.hold, drop)
            return Decision(events, [reserved], drop)

        history = self.write(reserve)
        self._contended = self._contended and len(self.storage.leases(self.key)) > 1
        if reserved is None:
            return None
        return history.trial(reserved.number) if whole else self._fill(reserved, sample, check)

    def _fill(self, reserved: Lease, sample: Sample, check: Callable[[Params], Params]) -> FrozenTrial | None:
        history = self.history
        number = reserved.number
        waiting = number < history.next_number and number in history.columns.waiting
        given = history.trial(number).params if waiting else Params()
        try:
            suggestion = sample(history, number, given)
            params = check(suggestion.params)
        except BaseException:
            self.write(lambda _now, _tail: Decision(drop=[number]))
            raise
        lost = False

        def start(_now: History, tail: Tail) -> Decision:
            nonlocal lost
            mine = [lease for lease in tail.leases if lease.number == number]
            lost = not mine or mine[0].attempt != reserved.attempt or mine[0].owner != reserved.owner
            return Decision() if lost else self._start(number, reserved.attempt, params, suggestion, history.seq, tail)

        after = self.write(start)
        return None if lost else after.trial(number)

    @staticmethod
    def _free(now: History, held: set[int]) -> int:
        """The smallest number that nobody has: one whose reservation lapsed comes before a new one."""
        return next(number for number in chain(now.missing, count(now.next_number)) if number not in held)

    @staticmethod
    def _is_whole(history: History, params: Params) -> bool:
        """Whether nothing is left to sample; values out of range were refused when they were queued."""
        try:
            return not history.problem.declared or bool(history.space.active(params))
        except InvalidParams:
            return False

    def _start(
        self, number: int, attempt: int, params: Params, suggestion: Suggestion, seen: int, tail: Tail
    ) -> Decision:  # fmt: skip
        space = self.history.space
        who = _platform.owner()
        event = TrialStarted(
            number=number, params=space.encode_params(params), seen=seen, why=suggestion.why, state=suggestion.state,
            origin=str(suggestion.why.get("origin", "")), worker=who,
        )  # fmt: skip
        lease = Lease(number, attempt, who, tail.now + LEASE_SECONDS, "running", seen)
        return Decision([Draft(event, attempt)], [lease])

    def _lapsed(self, now: History, tail: Tail) -> tuple[list[Draft], list[int]]:
        """What to write for trials whose workers are gone, and which leases to drop."""
        if not tail.leases and not now.columns.open:
            return [], []
        me = _platform.owner()
        drop: list[int] = []
        leased = set()
        for lease in tail.leases:
            if lease.owner == me or (lease.until >= tail.now and self._lives(lease.owner)):
                leased.add(lease.number)
                continue
            drop.append(lease.number)
        events = [self._given_back(now.trial(number)) for number in now.columns.open if number not in leased]
        return events, drop

    @staticmethod
    def _given_back(trial: FrozenTrial) -> Draft:
        who = _platform.describe(trial.worker) if trial.worker else "its worker"
        if trial.attempt < MAX_ATTEMPTS:
            return Draft(TrialRequeued(number=trial.number, reason=f"lost: {who} is gone"), trial.attempt)
        error = TrialError("WorkerDied", f"Its worker was lost {trial.attempt} times; the last was {who}.")
        return Draft(
            TrialFinished(number=trial.number, state="failed", error=error, reason="worker lost"), trial.attempt
        )

    def _lives(self, who: str) -> bool:
        """Whether an owner may still live, looked up at most every two seconds (elsewhere only its lease can tell)."""
        now = time.monotonic()
        at, answer = self._owners.get(who, (0.0, None))
        if not at or now - at > _LOOK_AGAIN:
            answer = _platform.alive(who)
            self._owners[who] = (now, answer)
        return answer is not False

    # -- ending --------------------------------------------------------------------------------------------------

    def finish(self, number: int, attempt: int, result: Result, tell_id: str | None = None) -> History:
        """Record how an attempt ended, exactly once.

        Raises
        ------
        InvalidTrial
            If the trial was told already (unless by this very `tell_id`), or another attempt has taken it over.
        """
        tell_id = tell_id or secrets.token_hex(16)

        def decide(now: History, _tail: Tail) -> Decision:
            trial = now.trial(number)
            if trial.state.is_finished and trial.tell_id == tell_id:
                return Decision()
            _refuse_unless_live(trial, attempt)
            return Decision(self._ending(now, trial, result, tell_id), drop=[number])

        try:
            after = self.write(decide)
        except InvalidTrial:
            self._renewer.forget(number)
            raise
        self._renewer.forget(number)
        return after

    @staticmethod
    def _ending(now: History, trial: FrozenTrial, result: Result, tell_id: str) -> list[Draft]:
        attempt, space = trial.attempt, now.space
        drafts = []
        if result.space is not None and (grown := space.union(result.space)) != space:
            space = grown
            drafts.append(
                Draft(SpaceExtended(space=grown.dump(portable=False), reason=f"asked by trial {trial.number}"), attempt)
            )
        if result.points:
            drafts.append(Draft(Reported(number=trial.number, points=list(result.points)), attempt))
        params = None if result.params is None else space.encode_params(result.params)
        drafts.append(
            Draft(
                TrialFinished(
                    number=trial.number,
                    state=result.state.value,
                    values=result.values,
                    params=params,
                    error=result.error,
                    reason=result.reason,
                    attrs=result.attrs or {},
                    seconds=result.seconds,
                ),
                attempt,
                tell_id,
            )
        )
        return drafts

    def release(self, numbers: Iterable[int], reason: str) -> History:
        """Give running trials of ours back to the queue, with the same params."""
        wanted = set(numbers)
        for number in wanted:
            self._renewer.forget(number)

        def decide(now: History, tail: Tail) -> Decision:
            mine = [lease for lease in tail.leases if lease.number in wanted and lease.owner == _platform.owner()]
            events = [
                Draft(TrialRequeued(number=lease.number, reason=reason), lease.attempt)
                for lease in mine
                if lease.number in now.columns.open
            ]
            return Decision(events, drop=[lease.number for lease in mine])

        return self.write(decide)

    def queue(self, params: Params, origin: str, attrs: dict[str, Any] | None = None, *, outside: bool = False) -> int:
        """Put a trial into the queue; its number."""
        number = -1

        def decide(now: History, tail: Tail) -> Decision:
            nonlocal number
            number = max([now.next_number, *(lease.number + 1 for lease in tail.leases)])
            encoded = now.space.encode_params(params)
            return Decision(
                [Draft(TrialQueued(number=number, params=encoded, origin=origin, attrs=attrs or {}, outside=outside))]
            )

        self.write(decide)
        return number

    def add(self, params: Params, result: Result, origin: str) -> int:
        """Record a trial that was made elsewhere; its number."""
        number = -1

        def decide(now: History, tail: Tail) -> Decision:
            nonlocal number
            number = max([now.next_number, *(lease.number + 1 for lease in tail.leases)])
            started = TrialStarted(
                number=number,
                params=now.space.encode_params(params),
                seen=now.seq,
                why={"member": origin},
                origin=origin,
            )
            blank = FrozenTrial(number=number, state=TrialState.RUNNING, attempt=1)
            return Decision([Draft(started, 1), *self._ending(now, blank, result, secrets.token_hex(16))])

        self.write(decide)
        return number

    def _announce(self, stamped: Sequence[Stamped]) -> None:
        for listener in self.on_event:
            for item in stamped:
                listener(item, self.fold.history)


def _folded(storage: Storage, key: str, bind: Callable[[Fold], None] | None) -> Fold:
    """The whole log, folded; `bind` may look at the study and give it live choices before its trials come."""
    fold = Fold()
    fold.extend(storage.read(key, limit=1))
    if bind is not None:
        bind(fold)
    while page := storage.read(key, fold.seq, _PAGE):
        fold.extend(page)
    return fold


def _refuse_unless_live(trial: FrozenTrial, attempt: int) -> None:
    if trial.state.is_finished:
        raise InvalidTrial(
            f"Trial {trial.number} was told already: it is {trial.state.value}.",
            hint="A trial has one result. Ask for another trial, or look at study.trials.",
        )
    if trial.state is not TrialState.RUNNING or trial.attempt != attempt:
        raise InvalidTrial(
            f"Trial {trial.number} is {trial.state.value} in attempt {trial.attempt}, but attempt {attempt} was told.",
            hint="Its lease had lapsed and it was queued again; this late result is not recorded.",
        )
