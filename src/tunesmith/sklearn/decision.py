"""Where a search cuts its winner's probabilities, and how it calibrates them: found on rows it had not seen, judged."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import InvalidData, TunesmithWarning, UsageError
from tunesmith.numerics.optimism import Corrected, best, drawn_in
from tunesmith.numerics.platt import LARGEST, log_odds, platt, probabilities
from tunesmith.numerics.row_scores import SMOOTH, Array
from tunesmith.numerics.thresholds import Cuts, Rule, corrected_cut
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.answers import SURENESS, unpacked
from tunesmith.sklearn.belief import Chosen, Stored, Witness, competing, stored_of, units_of
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial
from tunesmith.validation import Split

_ROUNDS = 300
_FEWEST, _JUDGES, _CLASSES = 3, 10, 20
_BINS, _ROWS_A_BIN = 10, 25
_ALONE = "the choice of the trial is not repeated in the correction"
DECISION = "decision_report"
"""Attribute of a study: how its winner decides."""


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of decisions: as it looked on the rows that it was chosen on, and what to expect of new rows (95 %)."""

    name: str
    raw: float
    corrected: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """`"f1 0.61 as it looked, expect 0.52 (believe 0.38 to 0.66)"`."""
        believed = f" (believe {self.low:.2f} to {self.high:.2f})" if math.isfinite(self.low) else ""
        return f"{self.name} {self.raw:.2f} as it looked, expect {self.corrected:.2f}{believed}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReport:
    """How the winner decides, and what that is worth.

    Parameters
    ----------
    threshold, rule
        What is at or above the threshold is taken for the positive class, and the rule that chose it; NaN and empty
        without one. In the unit of `method`, of calibrated probabilities where they were calibrated.
    method
        `"predict_proba"` or `"decision_function"`.
    measures
        Of the cut: the rule's own first, then precision and recall.
    brier
        The mean squared error of probabilities, after calibration where there is one; NaN for decision values.
    brier_before
        The same before.
    slope, intercept
        Of the calibration: the line through log-odds (or decision values); NaN without.
    curve
        The reliability curve: mean predicted probability, observed share and number of rows of each bin, of equal
        counts.
    rows, positives
        How many were predicted by models that had not seen them, and how many of these are positive.
    why
        What to know about how this was found; empty where there is nothing.
    """

    threshold: float
    rule: str
    method: str
    measures: tuple[Measured, ...]
    brier: Measured
    brier_before: float
    slope: float
    intercept: float
    curve: tuple[tuple[float, float, int], ...]
    rows: int
    positives: int
    why: str = ""

    @property
    def words(self) -> str:
        """One or two sentences."""
        said = []
        if self.rule:
            told = "; ".join(measured.words for measured in self.measures)
            said.append(f"Threshold {self.threshold:.3g} ({self.rule}): {told}.")
        if math.isfinite(self.slope):
            before = "" if math.isnan(self.brier_before) else f", {self.brier_before:.3g} before"
            said.append(f"Calibrated: Brier score {self.brier.corrected:.3g} expected on new rows{before}.")
        return " ".join(said)

    def dump(self) -> dict[str, Any]:
        """As JSON values; what is not known is None."""
        found = asdict(self)
        for part in (found, found["brier"], *found["measures"]):
            part |= {
                name: None for name, value in part.items() if isinstance(value, float) and not math.isfinite(value)
            }
        return {**found, "measures": list(found["measures"]), "curve": [list(point) for point in self.curve]}


@final
class Calibrated(sk.ClassifierMixin, sk.BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """A fitted classifier of two classes whose probabilities are put right by a line through their log-odds.

    Parameters
    ----------
    estimator
        The fitted classifier.
    method
        What the line goes through: `"predict_proba"` (its log-odds) or `"decision_function"`.
    slope, intercept
        The line.
    """

    def __init__(self, estimator: Any, method: str, slope: float, intercept: float) -> None:
        self.estimator = estimator
        self.method = method
        self.slope = slope
        self.intercept = intercept

    @property
    def classes_(self) -> Any:
        """The two labels, the positive one second."""
        return self.estimator.classes_

    @property
    def n_features_in_(self) -> int:
        """How many columns it was fitted on."""
        return int(self.estimator.n_features_in_)

    def fit(self, X: Any, y: Any) -> Calibrated:
        """Fit the classifier anew; the line stays."""
        self.estimator.fit(X, y)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Calibrated probabilities of the two classes, `(rows, 2)`."""
        scores = _scores(self.method, np.asarray(getattr(self.estimator, self.method)(X)))
        positive = probabilities(self.slope * scores + self.intercept)
        return np.column_stack([1 - positive, positive])

    def predict(self, X: Any) -> Any:
        """The likelier class of each row."""
        return self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(np.intp)]

    def __sklearn_is_fitted__(self) -> bool:
        return True


def check_decision(threshold: Any, *, calibrate: bool, classifier: bool, y: Any, refit: Any) -> Rule | None:
    """The rule for the threshold, once it is known that there is something to decide.

    Raises
    ------
    UsageError
        If the rule is none, no model is fitted at the end, or there are not two classes.
    """
    rule = None if threshold is None else Rule.of(threshold)
    if rule is None and not calibrate:
        return None
    if not refit:
        raise UsageError("threshold and calibrate change the model of refit, and refit is False.", hint="Set refit.")
    classes = len(np.unique(np.asarray(y))) if classifier else 0
    if classes != 2:
        what = f"{classes} classes" if classes else "numbers"
        raise UsageError(f"threshold and calibrate are for two classes, and y has {what}.", hint="Leave them out.")
    return rule


def decide(study: Study, chosen: Chosen, witness: Witness, rule: Rule | None, *, calibrate: bool) -> DecisionReport:
    """Choose the cut and the calibration on the winner's predictions for rows that its models had not seen.

    The corrections repeat on resampled rows the choice of the trial (by the best score), of the cut and of the line,
    and judge them on the rows that were left out. The report is kept with the study.

    Raises
    ------
    InvalidData
        If the winner kept no probabilities or decision values.
    """
    ranked, stored, method, scores = _gathered(study, chosen, witness)
    positive = stored.target.codes == 1
    units, place = units_of(stored, witness), ranked.index(chosen.trial)
    ones = np.ones((1, len(positive))) if stored.weights is None else stored.weights[np.newaxis]
    mine = scores[place]
    slope, intercept = (float(one[0]) for one in platt(mine, positive, ones)) if calibrate else (math.nan, math.nan)
    shown = mine if math.isnan(slope) else slope * mine + intercept
    sure = calibrate or method == "predict_proba"
    brier, before = _brier(mine, positive, units, stored, witness, calibrate=calibrate, method=method)
    cut, measures = math.nan, tuple[Measured, ...]()
    if rule is not None:
        cuts = [Cuts(column, positive) for column in scores]
        counts = cuts[place].counts(ones)
        index = rule.best(counts)[:, np.newaxis]
        above, alarms, *totals = counts
        at = np.take_along_axis(above, index, axis=1), np.take_along_axis(alarms, index, axis=1), totals[0], totals[1]
        found = corrected_cut(
            cuts, rule, units, np.random.default_rng(witness.seed), weights=stored.weights, rounds=_ROUNDS,
            choose=(lambda inside: best(stored.evidence.scores(inside))) if len(ranked) > 1 else None,
        )  # fmt: skip
        measures = tuple(
            Measured(name, float(rule.value(name, at)[0, 0]), told.value, told.low, told.high)
            for name, told in found.items()
        )
        cut = _in_its_unit(float(cuts[place].thresholds[index[0, 0]]), method, slope, intercept)
    curve = reliability(probabilities(shown), positive, ones[0]) if sure else ()
    report = DecisionReport(
        threshold=cut, rule="" if rule is None else rule.name, method=method, measures=measures, brier=brier,
        brier_before=before, slope=slope, intercept=intercept, curve=curve, rows=len(np.unique(stored.row)),
        positives=len(np.unique(stored.row[positive])), why="" if len(ranked) > 1 else _ALONE,
    )  # fmt: skip
    if study.history.attrs.get(DECISION) != (plain := report.dump()):
        study.set_attr(DECISION, plain)
    return report


def decided(model: Any, report: DecisionReport, X: Any, y: Any) -> Any:
    """A fitted model that decides as the report says: calibrated first, then cut."""
    method = report.method
    if math.isfinite(report.slope):
        model, method = Calibrated(model, method, report.slope, report.intercept), "predict_proba"
    if not report.rule:
        return model
    frozen = sk.FrozenEstimator(model)
    return sk.FixedThresholdClassifier(frozen, threshold=report.threshold, response_method=method).fit(X, y)


def reliability(
    predicted: Array, positive: npt.NDArray[np.bool_], weights: Array
) -> tuple[tuple[float, float, int], ...]:
    """Mean prediction, observed share and rows of bins of equal counts, the least probable first.

    Examples
    --------
    >>> reliability(np.array([0.1, 0.2]), np.array([False, True]), np.ones(2))
    ((0.15, 0.5, 2),)
    """
    order = np.argsort(predicted, kind="stable")
    bins = np.array_split(order, min(_BINS, max(1, len(order) // _ROWS_A_BIN)))
    return tuple(
        (
            round(float(np.average(predicted[rows], weights=weights[rows])), 12),
            float(np.average(positive[rows], weights=weights[rows])),
            len(rows),
        )
        for rows in bins
        if weights[rows].sum() > 0
    )


def warn_of_few(y: Any, splits: Sequence[Split], *, stacklevel: int) -> None:
    """Warn where a fold judges by too few rows of a class, one of which more or less turns its score over."""
    codes = np.unique(np.asarray(y).reshape(-1), return_inverse=True)
    if not 2 <= len(codes[0]) <= _CLASSES:
        return
    for fold, (_, test) in enumerate(splits):
        counts = np.bincount(codes[1].reshape(-1)[test], minlength=len(codes[0]))
        if len(test) >= _JUDGES and counts.min() < _FEWEST:
            label = codes[0][counts.argmin()]
            warnings.warn(
                f"Fold {fold + 1} judges by {counts.min()} of class {label!s} among {len(test)} rows: its score is "
                "mostly luck. Use fewer folds, a stratified or repeated scheme, or more rows of that class.",
                TunesmithWarning,
                stacklevel=stacklevel + 1,
            )
            return


def _gathered(study: Study, chosen: Chosen, witness: Witness) -> tuple[list[FrozenTrial], Stored, str, list[Array]]:
    """All trials that compete, where their choice can be repeated, or the winner alone; with how sure they were."""
    every = competing(study, witness)
    attempts = [every] if chosen.rule is None and chosen.repeated and len(every) > 1 else []
    why = ""
    for trials in [*attempts, [chosen.trial]]:
        stored = stored_of(study, trials, witness)
        found = stored if isinstance(stored, str) else _sureness(study, trials, stored)
        if not isinstance(stored, str) and not isinstance(found, str):
            return trials, stored, *found
        why = str(found)
    raise InvalidData(
        f"A threshold or a calibration needs predictions of the winner that can be scored again: {why}.",
        hint="Search again under another name, with a metric of scikit-learn and a model that has predict_proba or "
        "decision_function.",
    )


def _in_its_unit(cut: float, method: str, slope: float, intercept: float) -> float:
    """A cut of log-odds or decision values in the unit that the model answers in; beyond all rows it stays there."""
    if math.isfinite(slope):
        return float(probabilities(np.asarray(slope * cut + intercept)))
    if method == "decision_function":
        return cut
    if abs(cut) > LARGEST:
        return math.nextafter(1.0, 2.0) if cut > 0 else 0.0
    return float(probabilities(np.asarray(cut)))


def _sureness(study: Study, trials: Sequence[FrozenTrial], stored: Stored) -> tuple[str, list[Array]] | str:
    """Log-odds or decision values of each trial, for the rows of what is stored; or why there are none."""
    kept = [SURENESS in trial.artifacts for trial in trials]
    if not any(kept) and stored.method != "predict":
        return stored.method, [_scores(stored.method, answers) for answers in stored.answers]
    if not all(kept):
        return "predicted classes alone were kept"
    found = [unpacked(study.artifact(SURENESS, trial=trial.number), stored.target) for trial in trials]
    if len({method for method, _ in found}) != 1:
        return "models answered in different ways"
    return found[0][0], [_scores(method, answers) for method, answers in found]


def _scores(method: str, answers: npt.NDArray[Any]) -> Array:
    if method == "decision_function":
        return np.asarray(answers, dtype=np.float64).reshape(-1)
    return log_odds(answers[:, 1].astype(np.float64))


def _brier(
    scores: Array,
    positive: npt.NDArray[np.bool_],
    units: npt.NDArray[np.intp],
    stored: Stored,
    witness: Witness,
    *,
    calibrate: bool,
    method: str,
) -> tuple[Measured, float]:
    """The Brier score, and that before calibration."""
    members = np.unique(units, return_inverse=True)[1]
    count = int(members.max()) + 1
    rounds = int(np.clip(20_000_000 // len(scores), 50, _ROUNDS))
    drawn = np.random.default_rng(witness.seed).multinomial(count, np.full(count, 1 / count), size=rounds)
    inside = drawn[:, members].astype(np.float64)
    outside = (inside == 0).astype(np.float64)
    own = np.ones(len(scores)) if stored.weights is None else stored.weights
    inside, outside = inside * own, outside * own
    usable = (inside @ positive > 0) & (inside @ ~positive > 0) & outside.any(axis=1)
    inside, outside = inside[usable], outside[usable]
    before = float(np.average((probabilities(scores) - positive) ** 2, weights=own))
    if method != "predict_proba":
        before = math.nan
    if not calibrate and method != "predict_proba":
        return Measured("brier_score", math.nan, math.nan, math.nan, math.nan), before
    if calibrate:
        slope, intercept = platt(scores, positive, inside)
        line = slope[:, np.newaxis] * scores + intercept[:, np.newaxis]
        whole = platt(scores, positive, own[np.newaxis])
        raw = float(np.average((probabilities(whole[0] * scores + whole[1]) - positive) ** 2, weights=own))
    else:
        line, raw = np.broadcast_to(scores, inside.shape), before
    each = (outside * (probabilities(line) - positive) ** 2).sum(axis=1) / outside.sum(axis=1)
    told: Corrected = drawn_in(each, count, SMOOTH)
    return Measured("brier_score", raw, told.value, max(0.0, told.low), told.high), before
