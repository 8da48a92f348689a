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
_SHARES = (
    "accuracy", "balanced_accuracy", "top_k_accuracy", "roc_auc", "auc", "average_precision", "f1", "precision",
    "recall", "jaccard", "brier_score",
)  # fmt: skip
_ERRORS = (
    "log_loss", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "median_absolute_error",
    "mean_squared_log_error", "root_mean_squared_log_error", "mean_absolute_percentage_error", "max_error",
    "mean_poisson_deviance", "mean_gamma_deviance", "rmse", "mse", "mae", "mape", "logloss",
)  # fmt: skip
_WITHOUT_TARGET = {
    "silhouette": (-1.0, 1.0), "dbcv": (-1.0, 1.0), "stability": (-0.5, 1.0), "davies_bouldin": (-10.0, 0.0),
    "calinski_harabasz": (0.0, math.inf), "trustworthiness": (0.0, 1.0), "reconstruction": (-math.inf, 1.0),
    "adjusted_rand_score": (-0.5, 1.0), "downstream": (-math.inf, 1.0),
}  # fmt: skip
_AVERAGES = ("_micro", "_macro", "_weighted", "_samples", "_ovr", "_ovo")


def limits(metric: str) -> tuple[float, float]:
    """The least and the largest value that a metric can have; infinite where it has no limit, or is not known.

    Examples
    --------
    >>> limits("roc_auc_ovr_weighted"), limits("neg_log_loss"), limits("r2"), limits("profit")
    ((0.0, 1.0), (-inf, 0.0), (-inf, 1.0), (-inf, inf))
    """
    name = metric.casefold().removeprefix("neg_")
    if name in _WITHOUT_TARGET:
        return _WITHOUT_TARGET[name]
    while found := next((end for end in _AVERAGES if name.endswith(end)), ""):
        name = name.removesuffix(found)
    low, high = -math.inf, math.inf
    if name in _SHARES:
        low, high = 0.0, 1.0
    elif name in _ERRORS:
        low = 0.0
    elif name in {"r2", "explained_variance", "d2_absolute_error_score", "d2_log_loss_score", "d2_brier_score"}:
        high = 1.0
    elif name in {"matthews_corrcoef", "cohen_kappa"}:
        low, high = -1.0, 1.0
    return (0.0 - high, 0.0 - low) if metric.casefold().startswith("neg_") else (low, high)


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
        How the trial was chosen: `"best"`, `"one_se"`, `"posterior"` or `"safe"`.
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
    def picked(self) -> str:
        """How the trial was chosen: `"the best of 60 trials"`."""
        tried = self.trials + self.stopped
        if tried == 1:
            return "the one trial"
        how = {"best": "the best", "one_se": "the simplest as good as the best", "posterior": "the model's favourite"}
        rule = "" if self.select == "best" else f" ({self.select})"
        return f"{how.get(self.select, 'the one chosen')} of {tried} trials{rule}"

    @property
    def words(self) -> str:
        """Two sentences for somebody who is no statistician."""
        seen = f"{self.metric} {self.text(self.raw)} in the search, {self.picked}"
        if not math.isfinite(self.corrected):
            return f"{seen}. How much of it is luck cannot be told: {self.why}."
        luck = f"Choosing it made it look {self._luck} too good" if self.optimism > 0 else "No luck was found in it"
        return f"{seen}. {luck}: expect {self.text(self.corrected)} on new rows ({self.believe})."

    @property
    def line(self) -> str:
        """One line for the end of a screen."""
        seen = f"the search itself saw {self.text(self.raw)}, {self.picked}"
        if not math.isfinite(self.corrected):
            return f"{seen}; how much of it is luck cannot be told"
        luck = f"which looks {self._luck} too good" if self.optimism > 0 else "and no luck was found in it"
        return f"{seen}, {luck}: expect {self.text(self.corrected)} ({self.believe})"

    @property
    def _luck(self) -> str:
        """The optimism in the digits of the score; below the last of them, that it is less."""
        told = self.text(self.optimism)
        if told.strip("-0."):
            return told
        digits = len(told.partition(".")[2])
        return f"less than {10.0**-digits:.{digits}f}"

    def text(self, value: float) -> str:
        """A score with as many digits as the interval supports."""
        width = self.high - self.low
        if not math.isfinite(width) or width <= 0:
            return f"{value:.4g}"
        decimals = 1 - math.floor(math.log10(width))
        return f"{value:.{decimals}f}" if 0 <= decimals <= 12 else f"{value:.4g}"

    def within(self, low: float, high: float) -> Self:
        """With an interval that does not leave a metric's limits; as it is where the raw score does (a percentage)."""
        if not low <= self.raw <= high:
            return self
        ends = {name: min(max(getattr(self, name), low), high) for name in ("corrected", "low", "high")}
        return replace(self, **{name: end for name, end in ends.items() if not math.isnan(getattr(self, name))})

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
    """A report from a correction that was made where larger is better; its interval keeps to the metric's limits.

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
    report = ScoreReport(**facts, corrected=value, low=min(low, high), high=max(low, high))
    return report.within(*limits(report.metric))


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


def report_from_folds(
    history: History, chosen: FrozenTrial, *, select: str = "best", why: str = "", wider: float = 1.0
) -> ScoreReport:
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
    wider
        By what the interval is multiplied where folds overlap.
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
    reach = (wider - 1) * (found.high - found.low) / 2
    found = found._replace(low=found.low - reach, high=found.high + reach)
    left = len(complete) - len(compared)
    notes = [why or "from the scores of the folds alone, without the predictions"]
    if found.low == found.high:
        found = found._replace(low=math.nan, high=math.nan)
        notes.append("its score was the same in each fold, which does not tell how much it varies")
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
