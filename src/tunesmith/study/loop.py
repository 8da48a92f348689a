"""The loop of `Study.optimize`: claim, submit, listen, record, until the budget is spent."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from tunesmith.errors import ExecutorError, InvalidParams, InvalidTrial, InvalidValue, SearchExhausted
from tunesmith.executors import Asked, Ended, Executor, Lost, Message, Said, Work
from tunesmith.study._renewer import LEASE_SECONDS
from tunesmith.study.advice import Advice
from tunesmith.study.budget import Budget
from tunesmith.study.ledger import Ledger, Result
from tunesmith.study.orders import Standing, began
from tunesmith.study.saving import save
from tunesmith.study.task import ObjectiveTask, Outcome, describe
from tunesmith.study.trial import Report, Save
from tunesmith.trial import FrozenTrial, Reported, TrialError, TrialState

_TICK = 1.0
_OURS = f"{Path(__file__).parent.parent}{os.sep}"
_LOOK_SECONDS = 0.5
INTERRUPTED = "you interrupted it"
"""Why a session ended that a first Ctrl-C let drain."""

_MOST_SAME_LATER = 10
"""So many trials of a session may fail alike, and no other ends, where earlier ones did not."""

BY_A_PERSON = "a person stopped it"
"""Why a trial ended that `Study.stop` named."""


@final
class Loop:
    """One session of a study: runs trials until the budget is spent, somebody stops it, or nothing is left to try."""

    def __init__(
        self,
        ledger: Ledger,
        advice: Advice,
        executor: Executor,
        budget: Budget,
        trial_timeout: float | None = None,
        max_same_failures: int = 3,
    ) -> None:
        self._ledger = ledger
        self._executor = executor
        self._budget = budget
        self._advice = advice
        self._standing = Standing(ledger.history, budget.trials)
        self._trial_timeout = trial_timeout
        self._max_same = max_same_failures
        self._alike: list[TrialError] | None = []
        """The failures of this session, as long as all its trials failed alike; None from the first other end on."""
        self._flying: dict[int, FrozenTrial] = {}
        self._began = time.monotonic()
        self._renewed = self._looked = self._began
        self._ending: set[int] = set()
        self._interrupts = 0
        self._halted = False
        self.ended_because = ""
        self.notice = ""

    def run(self, task: ObjectiveTask) -> str:
        """Run the session; why it ended, in words.

        Raises
        ------
        KeyboardInterrupt
            After a second Ctrl-C; running trials are back in the queue by then.
        InvalidValue
            If the first trial of the study returned what no right objective returns.
        ExecutorError
            If the first trials of the study, or the first ten of the session, all failed alike.
        """
        if (begun := began(self._ledger.history, self._budget)) is not None:
            self._ledger.record(begun)
        self.notice = self._executor.open(task, self._serve)
        try:
            with self._signals():
                self._go()
        finally:
            self._executor.close()
            if self._flying:
                self._ledger.release(self._flying, "the session ended before it did")
                self._flying.clear()
        return self.ended_because

    def tell_end(self) -> None:
        """Say on standard error after how many trials the session ended, and why."""
        _say(f"Ended after {self._ledger.history.finished_count} trials: {self.ended_because}.")

    # -- the loop ------------------------------------------------------------------------------------------------

    def _go(self) -> None:
        while True:
            self._fill()
            if not self._flying:
                return
            for message in self._executor.messages(self._patience()):
                self._handle(message)
            self._renew()
            self._obey()
            if self._executor.can_kill and self._out_of_time():
                self.ended_because = self.ended_because or f"the time is up ({self._budget.seconds:g} s)"
                return

    def _fill(self) -> None:
        while not self.ended_because and len(self._flying) < self._executor.slots:
            history = self._ledger.history
            if history.columns.changes.get("stopped"):
                self.ended_because = "it was stopped"
            elif reason := self._budget.spent(history, time.monotonic() - self._began):
                self.ended_because = reason
            if self.ended_because:
                return
            try:
                trial = self._advice.claim(self._standing.total(history))
            except SearchExhausted as end:
                self.ended_because = str(end)
                return
            if trial is None:
                self.ended_because = "" if self._flying else "all trials are done"
                return
            self._flying[trial.number] = trial
            seed = self._ledger.history.seed
            self._executor.submit(
                Work(trial.number, trial.attempt, trial.params, trial_seed(seed, trial.number), self._trial_timeout)
            )

    def _patience(self) -> float:
        if self._budget.seconds is None or not self._executor.can_kill:
            return _TICK
        return max(0.0, min(_TICK, self._began + self._budget.seconds - time.monotonic()))

    def _out_of_time(self) -> bool:
        return self._budget.seconds is not None and time.monotonic() - self._began >= self._budget.seconds

    def _renew(self) -> None:
        now = time.monotonic()
        if now - self._renewed < LEASE_SECONDS / 4:
            return
        self._renewed = now
        for trial in self._flying.values():
            self._ledger.storage.lease(self._ledger.key, trial.number, trial.attempt, LEASE_SECONDS)
        self._ledger.refresh()

    def _obey(self) -> None:
        """End the trials that a person asked to stop, where a running trial can be ended; others hear it themselves."""
        now = time.monotonic()
        if not self._executor.can_kill or now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        for number, attempt in list(self._ledger.refresh().columns.stopping.items()):
            trial = self._flying.get(number)
            if trial is not None and trial.attempt == attempt and number not in self._ending:
                self._ending.add(number)
                self._executor.cancel(number)

    # -- messages ------------------------------------------------------------------------------------------------

    def _handle(self, message: Message) -> None:
        if isinstance(message, Asked):
            self._executor.reply(message, self._serve(message))
        elif isinstance(message, Said):
            self._serve(message)
        elif isinstance(message, Ended):
            self._end(self._flying[message.number], message.result)
        else:
            self._lose(self._flying[message.number], message)

    def _serve(self, message: Said | Asked) -> Any:
        if self._halted and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt  # the one of the signal was swallowed: some models' fit takes it for its own
        trial = self._flying[message.number]
        payload = message.payload
        if isinstance(payload, Save):
            save(self._ledger, payload.name, payload.data, number=trial.number, attempt=trial.attempt)
            return None
        if isinstance(payload, Report):
            self._ledger.record(Reported(number=trial.number, points=payload.points), attempt=trial.attempt)
            return None
        return self._advice.answer(trial, payload)

    def _end(self, trial: FrozenTrial, outcome: Outcome) -> None:
        result = Result(
            TrialState(outcome.state), outcome.values, outcome.error, outcome.reason, outcome.points, outcome.attrs,
            outcome.params, outcome.space, outcome.seconds,
        )  # fmt: skip
        self._record(trial, result, fault=outcome.fault)

    def _lose(self, trial: FrozenTrial, lost: Lost) -> None:
        if trial.number in self._ending:
            self._record(trial, Result(TrialState.PRUNED, {}, reason=BY_A_PERSON))
            return
        if lost.cancelled:
            del self._flying[trial.number]
            self._ledger.release([trial.number], "it was cancelled")
            return
        error = describe(lost.error)
        error = TrialError(error.type, error.message, "", lost.output)
        self._record(trial, Result(TrialState.FAILED, {}, error, reason=error.message))

    def _record(self, trial: FrozenTrial, result: Result, *, fault: bool = False) -> None:
        del self._flying[trial.number]
        self._ending.discard(trial.number)
        try:
            self._ledger.finish(trial.number, trial.attempt, result)
        except InvalidParams as refused:  # what it asked for on the go does not fit what other trials asked for
            result = Result(TrialState.FAILED, {}, describe(refused), reason=refused.message)
            self._ledger.finish(trial.number, trial.attempt, result)
        except InvalidTrial:
            if self._ledger.refresh().trial(trial.number).attempt == trial.attempt:
                raise
            return  # another worker took the trial over after our lease had lapsed; its result counts, ours does not
        if result.state is TrialState.FAILED:
            self._look_at_failures(result, fault=fault)
        self._look_at_session(result.error)

    def _look_at_session(self, error: TrialError | None) -> None:
        """Whether all that this session has tried failed alike, though trials before it may not have."""
        if self._alike is None:
            return
        if error is None or (self._alike and _alike(error) != _alike(self._alike[0])):
            self._alike = None
            return
        self._alike.append(error)
        if len(self._alike) == max(self._max_same, _MOST_SAME_LATER):
            raise ExecutorError(
                f"All {len(self._alike)} trials of this session failed alike: {error.type}: {_sentence(error.message)}",
                hint=f"This is the objective, not bad luck.{_where(error)} All is kept; mend it and run again, or "
                "go on with a larger max_same_failures.",
            )

    def _look_at_failures(self, result: Result, *, fault: bool) -> None:
        finished = self._ledger.history.finished()
        error = result.error
        if error is None or len(finished) > self._max_same or any(t.state is not TrialState.FAILED for t in finished):
            return
        if fault and len(finished) == 1:
            raise InvalidValue(
                f"Trial 0 failed: {error.message}", hint="Stopped before a second trial; nothing is lost."
            )
        kinds = {_alike(t.error) for t in finished if t.error is not None}
        if len(finished) == self._max_same and len(kinds) == 1:
            raise ExecutorError(
                f"The first {len(finished)} trials all failed alike: {error.type}: {_sentence(error.message)}",
                hint=f"This is the objective, not bad luck.{_where(error)} All is kept; mend it and run again.",
            )

    # -- signals -------------------------------------------------------------------------------------------------

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """First Ctrl-C: drain. Second: stop. SIGTERM: stop. Only in the main thread, where signals arrive."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupted(_number: int, _frame: object) -> None:
            self._interrupts += 1
            if self._interrupts > 1 or not self._flying:
                self._halted = True
                if self._flying:
                    _say(f"\nStopping now: {len(self._flying)} running trial(s) are put back and begin anew next time.")
                raise KeyboardInterrupt
            self.ended_because = INTERRUPTED
            _say(f"\nInterrupted: waiting for {len(self._flying)} running trial(s); Ctrl-C again to put them back.")

        def terminated(_number: int, _frame: object) -> None:
            self.ended_because = "it was terminated"
            self._halted = True
            raise KeyboardInterrupt

        previous = {signal.SIGINT: signal.signal(signal.SIGINT, interrupted)}
        previous[signal.SIGTERM] = signal.signal(signal.SIGTERM, terminated)
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def trial_seed(study_seed: int, number: int) -> int:
    """The seed that a trial's objective may use: a 32-bit mix of the study's seed and the trial's number."""
    mixed = (study_seed * 0x9E3779B97F4A7C15 + number * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) % 2**64
    mixed ^= mixed >> 31
    mixed = mixed * 0xD6E8FEB86659FD93 % 2**64
    return (mixed ^ (mixed >> 32)) % 2**31


def _alike(error: TrialError) -> tuple[str, str]:
    """What errors of a kind share: type and the line that raised them, or else the message without numbers."""
    where = _where(error)
    return error.type, where or re.sub(r"0x[0-9a-fA-F]+|[-+]?\d+(\.\d+)?(e[+-]?\d+)?", "#", error.message)[:200]


def _sentence(text: str) -> str:
    told = text.strip()[:500]
    return told if told.endswith((".", "!", "?")) else f"{told}."


def _where(error: TrialError) -> str:
    frames = [found for found in re.findall(r'File "([^"]+)", line (\d+)', error.traceback) if _OURS not in found[0]]
    return f" It was raised at {frames[-1][0]}:{frames[-1][1]}." if frames else ""


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
