"""Trials that the caller runs: begun by `Study.ask`, ended by `Study.tell`."""

from __future__ import annotations

import threading
from typing import Any, final

from tunesmith.errors import InvalidTrial, SearchExhausted, UsageError
from tunesmith.study.advice import Advice
from tunesmith.study.ledger import Ledger
from tunesmith.study.loop import trial_seed
from tunesmith.study.saving import save
from tunesmith.study.telling import told
from tunesmith.study.trial import Judge, Report, Save, Suggest, Trial
from tunesmith.trial import FrozenTrial, Reported, TrialState


@final
class ByHand:
    """The trials that were asked for in this process and not told yet; safe to share between threads."""

    def __init__(self, ledger: Ledger, advice: Advice) -> None:
        self._ledger, self._advice = ledger, advice
        self._lock = threading.RLock()
        self._asked: dict[int, Trial] = {}

    def ask(self) -> Trial:
        """Begin one trial."""
        with self._lock:
            found = self._advice.claim()
            if found is None:
                raise SearchExhausted("Nothing is left to try.", hint="Look at study.best.")
            history = self._ledger.history
            trial = Trial(
                _Here(self._ledger, self._advice, found), found.number, found.attempt, found.params,
                seed=trial_seed(history.seed, found.number), declared=history.problem.declared,
                prunes=self._advice.prunes,
            )  # fmt: skip
            self._asked[found.number] = trial
            return trial

    def batch(self, n: object) -> list[Trial]:
        """Begin so many trials, or fewer if a finite search runs out."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise UsageError(f"n must be a whole number of at least 1, got {n!r}.", hint="Write study.ask(n=8).")
        begun: list[Trial] = []
        for _ in range(n):
            try:
                begun.append(self.ask())
            except SearchExhausted:
                if not begun:
                    raise
                break
        return begun

    def tell(
        self,
        trial: Trial | int,
        value: Any,
        state: TrialState | str | None,
        error: BaseException | str | None,
        *,
        standard_error: float | None,
        tell_id: str | None,
    ) -> FrozenTrial:
        """Record how a trial ended; see `Study.tell`."""
        with self._lock:
            frozen = self._running(trial)
            handle = trial if isinstance(trial, Trial) else self._asked.get(frozen.number)
            attempt = handle.attempt if handle is not None else frozen.attempt
            result = told(value, self._ledger.history.problem.metrics, state, error, standard_error)
            if handle is not None:
                points, attrs = handle.take()
                params, space = handle.grown()
                points = [*points, *result.points]
                result = result._replace(points=points, attrs=attrs, params=params, space=space)
            history = self._ledger.finish(frozen.number, attempt, result, tell_id)
            self._asked.pop(frozen.number, None)
            return history.trial(frozen.number)

    def give_back(self, reason: str) -> None:
        """Let what was asked for and not told go back to the queue."""
        with self._lock:
            if self._asked:
                self._ledger.release(self._asked, reason)
                self._asked.clear()

    def _running(self, trial: object) -> FrozenTrial:
        if isinstance(trial, FrozenTrial):
            trial = trial.number
        if not isinstance(trial, (Trial, int)) or isinstance(trial, bool):
            raise InvalidTrial(
                f"tell() needs a trial or its number, got {trial!r}.", hint="Pass what study.ask() gave."
            )
        number = trial.number if isinstance(trial, Trial) else trial
        history = self._ledger.history
        if number >= history.next_number:
            history = self._ledger.refresh()
        return history.trial(number)


@final
class _Here:
    """The channel of a trial that was asked for in this process."""

    def __init__(self, ledger: Ledger, advice: Advice, trial: FrozenTrial) -> None:
        self._ledger, self._advice, self._trial = ledger, advice, trial

    def send(self, payload: Report | Save) -> None:
        trial = self._trial
        if isinstance(payload, Save):
            save(self._ledger, payload.name, payload.data, number=trial.number, attempt=trial.attempt)
        else:
            self._ledger.record(Reported(number=trial.number, points=payload.points), attempt=trial.attempt)

    def call(self, payload: Suggest | Judge) -> Any:
        return self._advice.answer(self._trial, payload)
