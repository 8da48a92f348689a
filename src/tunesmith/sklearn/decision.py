"""Where a search cuts its winner's probabilities, and how it calibrates them: found on rows it had not seen, judged."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import InvalidData, TunesmithWarning, UsageError
from tunesmith.numerics.optimism import best
from tunesmith.numerics.platt import LARGEST, corrected_brier, platt, probabilities
from tunesmith.numerics.row_scores import Array
from tunesmith.numerics.thresholds import Cuts, Rule, corrected_cut
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.belief import Chosen, Stored, Witness, competing, stored_of, units_of
from tunesmith.sklearn.reliability import curve_of, scores_of, sureness_of
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial
from tunesmith.validation import Split

_ROUNDS = 300
_FEWEST, _JUDGES, _CLASSES = 3, 10, 20
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


_UNKNOWN = Measured("brier_score", math.nan, math.nan, math.nan, math.nan)


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
    positive
        The label that counts as positive.
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
    positive: str = ""

    @property
    def words(self) -> str:
        """One or two sentences."""
        said = []
        if self.rule:
            told = "; ".join(measured.words for measured in self.measures)
            said.append(f"Threshold {self.threshold:.3g} for {self.positive!r} ({self.rule}): {told}.")
        if math.isfinite(self.slope):
            said.append(f"C{self.lines[-1][1:]}.")
        return " ".join(said)

    @property
    def recipe(self) -> dict[str, Any]:
        """All that it takes to decide alike, as JSON values: see `decided`."""
        found: dict[str, Any] = {"method": self.method}
        if math.isfinite(self.slope):
            found |= {"slope": self.slope, "intercept": self.intercept}
        return {**found, "threshold": self.threshold} if self.rule else found

    @property
    def line(self) -> tuple[float, float] | None:
        """Slope and intercept of the calibration; None without."""
        return (self.slope, self.intercept) if math.isfinite(self.slope) else None

    @property
    def lines(self) -> list[str]:
        """One line on the threshold, one on the calibration, where there are these."""
        said = []
        if self.rule:
            said.append(f"threshold {self.threshold:.3g} for {self.positive!r} ({self.rule}): {self.measures[0].words}")
        if math.isfinite(self.slope):
            before = "" if math.isnan(self.brier_before) else f", {self.brier_before:.3g} before"
            said.append(f"calibrated: Brier score {self.brier.corrected:.3g} expected on new rows{before}")
        return said

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
        scores = scores_of(self.method, np.asarray(getattr(self.estimator, self.method)(X)))
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
    if rule is not None:
        _warn_of_positive(np.asarray(y), stacklevel=4)
    return rule


def positive_of(y: Any) -> str:
    """The label of the positive class: the second in order, as scikit-learn has it.

    Examples
    --------
    >>> positive_of(["well", "sick", "well"])
    'well'
    """
    return str(np.unique(np.asarray(y))[1])


def _warn_of_positive(y: npt.NDArray[Any], *, stacklevel: int) -> None:
    """Warn where names decide that the more frequent class is the positive one, which is hardly ever meant."""
    labels, counts = np.unique(y, return_counts=True)
    if y.dtype.kind in "OSU" and isinstance(labels[1], str) and counts[1] > counts[0]:
        warnings.warn(
            f"threshold takes {str(labels[1])!r} for positive, {counts[1]} of {len(y)} rows: the second label "
            f"in order, as scikit-learn has it. If {str(labels[0])!r} is meant, give y as True for it, or 1.",
            TunesmithWarning,
            stacklevel=stacklevel,
        )


def decide(
    study: Study, chosen: Chosen, witness: Witness, rule: Rule | None, *, calibrate: bool, positive: str
) -> DecisionReport:
    """Choose the cut and the calibration on the winner's predictions for rows that its models had not seen.

    The corrections repeat on resampled rows the choice of the trial (by the best score), of the cut and of the line,
    and judge them on the rows that were left out. The report is kept with the study, with the label of the positive
    class, the second of the two.

    Raises
    ------
    InvalidData
        If the winner kept no probabilities or decision values.
    """
    ranked, stored, methods, scores = _gathered(study, chosen, witness)
    yes = stored.target.codes == 1
    units, place = units_of(stored, witness), ranked.index(chosen.trial)
    method = methods[place]  # each trial is cut on a scale of its own
    ones = np.ones((1, len(yes))) if stored.weights is None else stored.weights[np.newaxis]
    mine = scores[place]
    slope, intercept = (float(one[0]) for one in platt(mine, yes, ones)) if calibrate else (math.nan, math.nan)
    shown = mine if math.isnan(slope) else slope * mine + intercept
    honest = method == "predict_proba"
    sure = calibrate or honest
    brier = _UNKNOWN
    before = float(np.average((probabilities(mine) - yes) ** 2, weights=ones[0])) if honest else math.nan
    if sure:
        found = corrected_brier(
            mine, yes, units, np.random.default_rng(witness.seed), weights=stored.weights, calibrate=calibrate
        )
        raw = float(np.average((probabilities(shown) - yes) ** 2, weights=ones[0]))
        brier = Measured("brier_score", raw, found.value, max(0.0, found.low), found.high)
    cut, measures = math.nan, tuple[Measured, ...]()
    if rule is not None:
        cuts = [Cuts(column, yes) for column in scores]
        counts = cuts[place].counts(ones)
        index = rule.best(counts)[:, np.newaxis]
        above, alarms, *totals = counts
        at = np.take_along_axis(above, index, axis=1), np.take_along_axis(alarms, index, axis=1), totals[0], totals[1]
        worth = corrected_cut(
            cuts, rule, units, np.random.default_rng(witness.seed), weights=stored.weights, rounds=_ROUNDS,
            choose=(lambda inside: best(stored.evidence.scores(inside))) if len(ranked) > 1 else None,
        )  # fmt: skip
        measures = tuple(
            Measured(name, float(rule.value(name, at)[0, 0]), told.value, told.low, told.high)
            for name, told in worth.items()
        )
        cut = _in_its_unit(float(cuts[place].thresholds[index[0, 0]]), method, slope, intercept)
    curve = curve_of(probabilities(shown), yes, ones[0]) if sure else ()
    report = DecisionReport(
        threshold=cut, rule="" if rule is None else rule.name, method=method, measures=measures, brier=brier,
        brier_before=before, slope=slope, intercept=intercept, curve=curve, rows=len(np.unique(stored.row)),
        positives=len(np.unique(stored.row[yes])), why="" if len(ranked) > 1 else _ALONE,
        positive=positive,
    )  # fmt: skip
    if study.history.attrs.get(DECISION) != (plain := report.dump()):
        study.set_attr(DECISION, plain)
    return report


def decided(model: Any, recipe: Mapping[str, Any], X: Any, y: Any) -> Any:
    """A fitted model that decides as a report's `recipe` says: calibrated first, then cut."""
    method = recipe["method"]
    if "slope" in recipe:
        model, method = Calibrated(model, method, recipe["slope"], recipe["intercept"]), "predict_proba"
    if "threshold" not in recipe:
        return model
    frozen = sk.FrozenEstimator(model)
    return sk.FixedThresholdClassifier(frozen, threshold=recipe["threshold"], response_method=method).fit(X, y)


@final
@dataclass(frozen=True, slots=True)
class Few:
    """A fold that judges by too few rows of a class, one of which more or less turns its score over.

    Parameters
    ----------
    fold, rows
        Which one, from 0, and how many rows it judges by.
    label, count
        The class, and how many of these rows are of it.
    members
        How many rows of it there are in all.
    """

    fold: int
    rows: int
    label: Any
    count: int
    members: int

    @property
    def words(self) -> str:
        """`"Fold 1 judges by 2 of class yes among 60 rows: its score is mostly luck."`."""
        return (
            f"Fold {self.fold + 1} judges by {self.count} of class {self.label!s} among {self.rows} rows: its score is "
            "mostly luck."
        )

    @property
    def enough(self) -> int:
        """How many stratified folds have enough rows of it each; less than 2 where none have."""
        return self.members // _FEWEST


def few_of_a_class(y: Any, splits: Sequence[Split]) -> Few | None:
    """The first fold that judges by too few rows of a class; None where all have enough."""
    labels, codes = np.unique(np.asarray(y).reshape(-1), return_inverse=True)
    if not 2 <= len(labels) <= _CLASSES:
        return None
    codes = codes.reshape(-1)
    for fold, (_, test) in enumerate(splits):
        counts = np.bincount(codes[test], minlength=len(labels))
        rarest = int(counts.argmin())
        if len(test) >= _JUDGES and counts[rarest] < _FEWEST:
            return Few(fold, len(test), labels[rarest], int(counts[rarest]), int((codes == rarest).sum()))
    return None


def warn_of_few(y: Any, splits: Sequence[Split], *, stacklevel: int) -> None:
    """Warn where a fold judges by too few rows of a class, with what can be done."""
    if few := few_of_a_class(y, splits):
        warnings.warn(
            f"{few.words} Use fewer folds, a stratified or repeated scheme, or more rows of that class.",
            TunesmithWarning,
            stacklevel=stacklevel + 1,
        )


def _gathered(
    study: Study, chosen: Chosen, witness: Witness
) -> tuple[list[FrozenTrial], Stored, list[str], list[Array]]:
    """All trials that compete, where their choice can be repeated, or the winner alone; with how sure they were."""
    every = competing(study, witness)
    attempts = [every] if chosen.rule is None and chosen.repeated and len(every) > 1 else []
    why = ""
    for trials in [*attempts, [chosen.trial]]:
        stored = stored_of(study, trials, witness)
        found = stored if isinstance(stored, str) else sureness_of(study, trials, stored)
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
