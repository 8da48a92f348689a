"""When a search ends: trials, seconds, a target, patience, or nothing left to gain but noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self, final

from tunesmith import _plugins
from tunesmith.errors import UsageError
from tunesmith.trial import History, TrialState

ELSEWHERE = {
    **dict.fromkeys(("n_trials", "n_iter", "n_calls", "max_evals"), "trials="),
    "n_jobs": 'executor="process:4"',
    "show_progress_bar": "progress=",
}
"""What other packages call what a search may spend, and what to write here."""


NOISE = "noise"
"""The one word for `stop_when`."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much a study may spend; whatever is reached first ends it.

    Parameters
    ----------
    trials
        Total number of trials of the study, those of earlier sessions included.
    seconds
        Wall-clock time of this session.
    target
        Stop as soon as the best value is at least this good.
    patience
        Stop when this many trials in a row have ended without a better value.
    stop_when
        `"noise"`: stop when what can still be gained, by a model of the trials, is below the standard error of the best
        score. It needs 20 trials, and scores by fold or told standard errors; see `docs/believe.md`.

    Raises
    ------
    UsageError
        If one is not a positive number (trials and patience: a whole one), or `stop_when` is another word.

    Examples
    --------
    >>> Budget(trials=100, patience=30)
    Budget(trials=100, seconds=None, target=None, patience=30, stop_when=None)
    """

    trials: int | None = None
    seconds: float | None = None
    target: float | None = None
    patience: int | None = None
    stop_when: str | None = None

    def __post_init__(self) -> None:
        for name in ("trials", "patience"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise UsageError(
                    f"{name} must be a whole number of at least 1, got {value!r}.",
                    hint=f"Write {name}=50, for example.",
                )
        for name, least in (("seconds", 0.0), ("target", -math.inf)):
            value = getattr(self, name)
            if value is None:
                continue
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not math.isfinite(value)
                or value <= least
            ):
                word = "timeout" if name == "seconds" else name
                rule = "a positive number of seconds" if name == "seconds" else "a finite number"
                raise UsageError(f"{word} must be {rule}, got {value!r}.", hint=f"Write {word}=60, for example.")
        if self.stop_when is not None and self.stop_when != NOISE:
            raise UsageError(
                f'stop_when must be None or "noise", got {self.stop_when!r}.',
                hint='Write stop_when="noise" to stop when what can still be gained is below the noise.',
            )

    @classmethod
    def given(cls, *, endless: bool, **limits: Any) -> Self:
        """A budget from what `optimize` was called with; a search that is `endless` needs a limit."""
        budget = cls(**limits)
        if endless and budget == cls(stop_when=budget.stop_when):
            raise UsageError("No limit was given.", hint="Write study.optimize(objective, trials=100), or timeout=60.")
        return budget

    def spent(self, history: History, elapsed: float) -> str | None:
        """Why the search is over, in words; None while it is not. Whoever claims trials keeps to `trials`."""
        if self.seconds is not None and elapsed >= self.seconds:
            return f"the time is up ({self.seconds:g} s)"
        best = history.best
        if best is None:
            return None
        if self.target is not None and not history.metric.better(self.target, than=best.value):
            return f"the target {self.target:g} is reached"
        if self.patience is not None and (since := self._since_best(history)) >= self.patience:
            return f"{since} trials in a row brought nothing better"
        if self.stop_when == NOISE and (why := str(_plugins.door("models.stopping", "why_over")(history))):
            return why
        return None

    @staticmethod
    def _since_best(history: History) -> int:
        best = history.best
        since = 0
        for trial in reversed(history.finished()):
            if best is not None and trial.number == best.number:
                return since
            if trial.state is not TrialState.FAILED:
                since += 1
        return since


def total_of(history: History, *, trials: int | None, more: int | None) -> int | None:
    """The total number of trials, from either it or how many `more` are wanted; None if neither was given.

    Raises
    ------
    UsageError
        If both were given, or `more` is no whole number of at least 1.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, storage=None)
    >>> total_of(study.history, trials=None, more=5)
    8
    """
    if trials is not None and more is not None:
        raise UsageError("trials and more were both given.", hint="trials is the study's total, more adds to it.")
    if more is None:
        return trials
    Budget(trials=more)
    return len(history) - len(history.waiting()) + more
