"""How much a tuned score is to be believed: as it looked, corrected for the choosing, and with an interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import InvalidTrial
from tunesmith.numerics.optimism import Corrected, tibshirani
from tunesmith.trial import FrozenTrial, History, TrialState

SCORE_REPORT = "score_report"
"""Attribute of a study: the report that was made from predictions, and how many trials had ended then."""
BBC, TIBSHIRANI, NONE = "BBC-CV", "Tibshirani-Tibshirani", "none"
_FEW_FOLDS = 2


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """What the best score of a search is worth.

    Scores are as people read them: an error is positive, and `greater_is_better` says which way is better.

    Parameters
    ----------
    metric, greater_is_better
        What was measured.
    raw
        The mean over the folds of the trial that was chosen, as the search saw it.
    corrected, low, high
        The score to expect on new rows, and the interval that holds it with 95 % confidence. NaN where nothing is
        known of it: `why` says why.
    method
        `"BBC-CV"` (rows were resampled), `"Tibshirani-Tibshirani"` (from the scores of folds alone), or
        `"none"`.
    trials, stopped
        How many trials were complete, and how many were stopped early and count as losers.
    rows
        How many rows were predicted by models that had not seen them; 0 where only fold scores are known.
    select
        How the trial was chosen: `"best"`, `"one_se"` or `"posterior"`.
    why
        What to know about how this was found; empty where there is nothing.
    """

    metric: str
    greater_is_better: bool
    raw: float
    corrected: float
    low: float
    high: float
    method: str
    trials: int
    stopped: int = 0
    rows: int = 0
    select: str = "best"
    why: str = ""

    @property
    def optimism(self) -> float:
        """By how much the raw score looks better than it is; positive whichever way is better."""
        return (self.raw - self.corrected) * (1 if self.greater_is_better else -1)

    @property
    def believe(self) -> str:
        """The interval in words: `"believe 0.842 to 0.871"`."""
        if not math.isfinite(self.low):
            return "no interval can be given"
        return f"believe {self.text(self.low)} to {self.text(self.high)}"

    @property
    def words(self) -> str:
        """Two sentences for somebody who is no statistician."""
        tried = self.trials + self.stopped
        picked = "the one trial" if tried == 1 else f"the best of {tried} trials"
        if self.select != "best" and tried > 1:
            picked = f"the one chosen of {tried} trials"
        seen = f"{self.metric} {self.text(self.raw)} in the search, {picked}"
        if not math.isfinite(self.corrected):
            return f"{seen}. How much of it is luck cannot be told: {self.why}."
        if self.text(abs(self.optimism)) == self.text(0.0):
            luck = "Choosing it made it look no better than it is"
        elif self.optimism > 0:
            luck = f"Choosing it made it look {self.text(self.optimism)} too good"
        else:
            luck = "No luck was found in it"
        return f"{seen}. {luck}: expect {self.text(self.corrected)} on new rows ({self.believe})."

    @property
    def line(self) -> str:
        """One line for the end of a screen."""
        seen = f"the search itself saw {self.text(self.raw)}, the best of {self.trials + self.stopped}"
        if not math.isfinite(self.corrected):
            return f"{seen}; how much of it is luck cannot be told"
        luck = self.text(self.optimism) if self.optimism > 0 else self.text(0.0)
        return f"{seen}, which looks {luck} too good: expect {self.text(self.corrected)} ({self.believe})"

    def text(self, value: float) -> str:
        """A score with as many digits as the interval supports."""
        width = self.high - self.low
        if not math.isfinite(width) or width <= 0:
            return f"{value:.4g}"
        decimals = 1 - math.floor(math.log10(width))
        return f"{value:.{decimals}f}" if 0 <= decimals <= 12 else f"{value:.4g}"

    def dump(self) -> dict[str, Any]:
        """As JSON values; what is not known is None."""
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """From `dump`; fields of a later version are left out."""
        numbers = ("raw", "corrected", "low", "high")
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        facts: dict[str, Any] = {k: math.nan if k in numbers and v is None else v for k, v in known.items()}
        return cls(**facts)


def reported(found: Corrected, sign: int, **facts: Any) -> ScoreReport:
    """A report from a correction that was made where larger is better.

    Parameters
    ----------
    found
        The correction.
    sign
        1, or -1 where people read the negative of what was corrected.
    facts
        The other fields.
    """
    value, low, high = (sign * number for number in (found.value, found.low, found.high))
    return ScoreReport(**facts, corrected=value, low=min(low, high), high=max(low, high))


def report_of(history: History) -> ScoreReport:
    """The report of a study: the one that its search made, or else what the scores of its folds tell.

    Raises
    ------
    InvalidTrial
        If no trial is complete.
    """
    best = history.best
    if best is None:
        raise InvalidTrial(
            f"Study {history.name!r} has no complete trial to report on.", hint="Run study.optimize(...) first."
        )
    stored = history.attrs.get(SCORE_REPORT)
    if stored and stored["ended"] == history.finished_count:
        return ScoreReport.load(stored["report"])
    report = report_from_folds(history, best)
    if stored:
        report = replace(report, why=f"{report.why}; trials were added since the search made its own report")
    return report


def report_from_folds(history: History, chosen: FrozenTrial, *, select: str = "best", why: str = "") -> ScoreReport:
    """What the scores of the folds tell of the trial that was chosen.

    Parameters
    ----------
    history
        All trials.
    chosen
        A complete one.
    select
        How it was chosen.
    why
        Why there are no predictions.
    """
    metric = history.metric
    complete = history.complete()
    table, compared = fold_scores(complete, metric.name, -metric.sign)
    stopped = history.counts()[TrialState.PRUNED]
    facts: dict[str, Any] = {
        "metric": metric.name, "greater_is_better": metric.direction == "maximize", "raw": chosen.value,
        "trials": len(complete), "stopped": stopped, "select": select,
    }  # fmt: skip
    if chosen.number not in compared or len(table) < _FEW_FOLDS:
        nothing = Corrected(math.nan, math.nan, math.nan, 0)
        told = "the trials reported no score for each fold (trial.report(score, step=fold, fold=fold))"
        return reported(nothing, 1, method=NONE, why=told, **facts)
    place = compared.index(chosen.number)
    found = corrected_by_folds(table, place)
    left = len(complete) - len(compared)
    notes = [why or "from the scores of the folds alone, without the predictions"]
    notes += [f"{left} trials without a score for each fold are not in it"] if left else []
    return reported(found, -metric.sign, method=TIBSHIRANI, why="; ".join(notes), **facts)


def corrected_by_folds(table: npt.NDArray[np.float64], chosen: int) -> Corrected:
    """The correction to use where there are no predictions; `table` is `(folds, trials)`, larger is better."""
    return tibshirani(table, chosen)


def fold_scores(trials: Sequence[FrozenTrial], metric: str, sign: int) -> tuple[npt.NDArray[np.float64], list[int]]:
    """The scores of folds, times `sign`, of the trials that have one for each fold: `(folds, trials)`, and numbers."""
    rows: dict[int, dict[int, float]] = {}
    for trial in trials:
        seen = {
            point.fold: point.value
            for point in trial.points
            if point.fold is not None and point.kind == "validation" and point.metric in {"", metric}
        }
        if seen:
            rows[trial.number] = seen
    folds = sorted({fold for seen in rows.values() for fold in seen})
    whole = [number for number, seen in rows.items() if len(seen) == len(folds)]
    table = np.array([[sign * rows[number][fold] for number in whole] for fold in folds], dtype=np.float64)
    return table.reshape(len(folds), len(whole)), whole
