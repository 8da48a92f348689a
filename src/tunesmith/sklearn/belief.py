"""The corrected score of a search: from the predictions that its trials kept, or from the scores of their folds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from tunesmith.numerics import row_scores
from tunesmith.numerics.optimism import Choose, Corrected, best, bootstrap
from tunesmith.numerics.row_scores import Array, Asked, Averaged, Confused, Ranked, RowScores
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.answers import PREDICTIONS, Question, Recorded, Target, ask_again, positions, unpacked
from tunesmith.sklearn.objective import FAILED_FOLDS, Data
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, TrialState
from tunesmith.validation import (
    BBC,
    SCORE_REPORT,
    ReshuffledValidation,
    ScoreReport,
    fold_ratio,
    limits,
    report_from_folds,
    reported,
)

_MOST_NUMBERS = 20_000_000
"""Of losses that are held; beyond, with ten thousands of rows, the worst of very many trials do not compete."""
_CALL = 40_000
"""What one call of a scorer costs, in numbers touched."""
_DOUBTS = 300
_OTHER_RULE = "the correction repeats the choice of the best score, which is not quite how this one was chosen"


@final
@dataclass(frozen=True)
class Witness:
    """All that is needed to score a search's stored predictions again.

    Parameters
    ----------
    data
        Rows, folds and metadata of the search.
    question
        What the scorer asked models for; None where that is not known.
    classifier
        Whether the target is made of classes.
    groups
        One label a row where rows hang together; then whole groups are drawn.
    seed
        Of the resamples.
    """

    data: Data
    question: Question | None
    classifier: bool
    groups: Any = None
    seed: int = 0


@final
@dataclass(frozen=True)
class Chosen:
    """The trial that a search chose, and how.

    Parameters
    ----------
    trial
        A complete trial.
    select
        The rule's name.
    rule
        From the trials that compete to the same rule for resamples, which sees scores by fold; None for the best score.
    repeated
        Whether the correction repeats the rule that chose.
    """

    trial: FrozenTrial
    select: str = "best"
    rule: Callable[[Sequence[FrozenTrial]], Choose] | None = None
    repeated: bool = True


def report_and_keep(study: Study, chosen: Chosen, witness: Witness) -> ScoreReport:
    """The report on the trial that was chosen; it is kept with the study, for those who have no predictions."""
    report = believe(study, chosen, witness)
    kept = {"ended": study.history.finished_count, "report": report.dump()}
    if study.history.attrs.get(SCORE_REPORT) != kept:
        study.set_attr(SCORE_REPORT, kept)
    return report


def believe(study: Study, chosen: Chosen, witness: Witness) -> ScoreReport:
    """The report on the trial that was chosen: from predictions where all that compete have kept theirs."""
    history = study.history
    ranked = competing(study, witness)
    stored = stored_of(study, ranked, witness)
    if isinstance(stored, str):
        return report_from_folds(history, chosen.trial, select=chosen.select, why=stored, wider=_overlap(witness.data))
    by_fold = chosen.rule is not None
    units = units_of(stored, witness)
    with sk.config_context(skip_parameter_validation=True, assume_finite=True):  # the same scorer, asked often
        found = bootstrap(
            stored.evidence, units, np.random.default_rng(witness.seed), weights=stored.weights,
            folds=stored.fold if by_fold else None,
            choose=best if chosen.rule is None else chosen.rule(ranked),
        )  # fmt: skip
    if not math.isfinite(found.value):
        why = "too few rows of some class to resample them"
        return report_from_folds(history, chosen.trial, select=chosen.select, why=why)
    if found.low == found.high and witness.classifier:
        found = _doubted(found, stored, units, ranked.index(chosen.trial), witness)
    report = reported(
        found, -history.metric.sign, metric=history.metric.name,
        greater_is_better=history.metric.direction == "maximize", raw=chosen.trial.value, method=BBC,
        trials=len(history.complete()), stopped=history.counts()[TrialState.PRUNED], rows=len(np.unique(stored.row)),
        select=chosen.select, why="" if chosen.repeated else _OTHER_RULE,
    )  # fmt: skip
    if witness.question is not None and witness.question.as_it_scores:  # a study calls it "score"
        return report.within(*limits("accuracy" if witness.classifier else "r2"))
    return report


def _overlap(data: Data) -> float:
    """By how much Student's interval of the folds is too narrow, as they are subsamples that overlap; else 1."""
    if data.scheme is None or data.scheme.holds_out:
        return 1.0
    return math.sqrt(len(data.splits) * fold_ratio(data.splits))


def competing(study: Study, witness: Witness) -> list[FrozenTrial]:
    """The complete trials, the best first; the worst of very many are left out."""
    history = study.history
    complete = [trial for trial in history.complete() if FAILED_FOLDS not in trial.attrs]
    ranked = sorted(complete, key=lambda trial: history.metric.sign * trial.value)
    return ranked[: max(20, _MOST_NUMBERS // max(1, sum(len(test) for _, test in witness.data.splits)))]


@final
@dataclass(frozen=True)
class Stored:
    """Predictions that can be scored again, and of each predicted row its number, its fold and its weight.

    `methods` gave each trial's answers, and need not be alike: one model has probabilities, another decision values.
    """

    evidence: RowScores
    methods: Sequence[str]
    answers: Sequence[npt.NDArray[Any]]
    target: Target
    row: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    weights: Array | None


def stored_of(study: Study, trials: Sequence[FrozenTrial], witness: Witness) -> Stored | str:
    """What the trials have kept, arranged; or why there is nothing to score again, in words."""
    data = witness.data
    question = witness.question
    if data.y is None:
        return "there is no target, so that only the scores of the folds were used"
    if question is None:
        return "this scorer may look at more than predictions, so that only the scores of the folds were used"
    target = Target.of(data.y, classifier=witness.classifier)
    if target is None:
        return "the target is no single column, so that only the scores of the folds were used"
    if isinstance(data.scheme, ReshuffledValidation):
        return "each trial had folds of its own, so that only the scores of the folds were used"
    if set(data.score_params) - {"sample_weight"}:
        return "the scorer was given more than weights, so that only the scores of the folds were used"
    without = sum(PREDICTIONS not in trial.artifacts for trial in trials)
    if without:
        return f"{without} trials kept no predictions, so that only the scores of the folds were used"
    found = [unpacked(study.artifact(PREDICTIONS, trial=trial.number), target) for trial in trials]
    columns = {_columns_of(method, answers) for method, answers in found}
    if len(columns) != 1:
        return "some models answered in more columns than others, so that only the scores of the folds were used"
    kept = positions(data.splits, len(target.codes), columns.pop())
    row = np.concatenate([split.test[at] for split, at in zip(data.splits, kept, strict=True)])
    if {len(answers) for _, answers in found} != {len(row)}:
        return "predictions of other folds were kept, so that only the scores of the folds were used"
    fold = np.repeat(np.arange(len(kept)), [len(at) for at in kept])
    weights = data.score_params.get("sample_weight")
    own = None if weights is None else np.asarray(weights, dtype=np.float64)[row]
    here = Target(target.codes[row], target.classes)
    methods, answers = [method for method, _ in found], [one for _, one in found]
    evidence = evidence_of(question.scorer, methods, answers, here, fold, own)
    return Stored(evidence, methods, answers, here, row, fold, own)


def _columns_of(method: str, answers: npt.NDArray[Any]) -> int:
    """How many numbers are kept a row."""
    return 1 if answers.ndim == 1 or (method == "predict_proba" and answers.shape[1] == 2) else int(answers.shape[1])


def _doubted(found: Corrected, stored: Stored, units: npt.NDArray[Any], chosen: int, witness: Witness) -> Corrected:
    """The interval of a classifier that made no mistake, and so scores the same on all resamples.

    It may make one on other rows: of n rows without a mistake the share of mistakes is beta(1, n + 1) under a uniform
    prior (Laplace's rule of succession), and so many answers are exchanged for those on rows of other classes.
    """
    rng = np.random.default_rng(witness.seed)
    members = np.unique(units, return_inverse=True)[1]
    count = int(members.max()) + 1
    codes, answers = stored.target.codes, stored.answers[chosen]
    others = {label: np.flatnonzero(codes != label) for label in np.unique(codes)}
    made = []
    for _ in range(_DOUBTS):
        taken = np.arange(len(codes))
        for row in np.flatnonzero((rng.random(count) < rng.beta(1, count + 1))[members]).tolist():
            taken[row] = rng.choice(others[codes[row]])
        made.append(answers[taken])
    scorer = witness.question.scorer if witness.question is not None else None
    methods = [stored.methods[chosen]] * len(made)
    evidence = evidence_of(scorer, methods, made, stored.target, stored.fold, stored.weights)
    ones = np.ones((1, len(codes))) if stored.weights is None else stored.weights[np.newaxis]
    low, high = np.percentile(evidence.scores(ones)[0], [2.5, 97.5])
    return found._replace(low=min(float(low), found.value), high=max(float(high), found.value))


def evidence_of(
    scorer: Any,
    methods: Sequence[str],
    answers: Sequence[npt.NDArray[Any]],
    target: Target,
    fold: npt.NDArray[np.intp],
    weights: Array | None = None,
) -> RowScores:
    """Predictions, ready to be scored on resamples: at once where the score is known, else by asking the scorer.

    Parameters
    ----------
    scorer
        scikit-learn's.
    methods
        Of each trial, the method that gave its answers.
    answers
        Of each trial, one row for each predicted row.
    target
        What was true of these rows.
    fold
        The fold of each.
    weights
        Their own weights, which are in those of the resamples, too.
    """
    known = _known(scorer, methods, answers, target, fold)
    if known is not None:
        return known
    classes = target.classes
    y = target.codes if classes is None else classes[target.codes]
    models = [
        Recorded.of({method: classes[one] if classes is not None and method == "predict" else one}, classes)
        for method, one in zip(methods, answers, strict=True)
    ]
    pooled = "decision_function" not in methods  # it has no common scale, and all trials are scored alike
    parts = [fold >= 0] if pooled else [fold == number for number in np.unique(fold)]

    def score(trial: int, drawn: Array) -> float:
        found = [_asked(scorer, models[trial], np.where(part, drawn, 0.0), y, weights) for part in parts]
        found = [value for value in found if math.isfinite(value)]
        return float(np.mean(found)) if found else math.nan

    return Asked(score, len(models), len(models) * len(parts) * _CALL)


def _asked(scorer: Any, model: Recorded, drawn: Array, y: npt.NDArray[Any], weights: Array | None) -> float:
    """The scorer's value on rows as often as they were drawn; NaN where a class is missing among them."""
    rows = np.repeat(np.arange(len(y)), drawn.astype(np.intp)) if weights is None else np.flatnonzero(drawn)
    if not len(rows) or (model.kind == "classification" and len(np.unique(y[rows])) < len(model.classes_)):
        return math.nan
    return ask_again(scorer, model, rows, y, None if weights is None else drawn)


def _known(
    scorer: Any, methods: Sequence[str], answers: Sequence[npt.NDArray[Any]], target: Target, fold: npt.NDArray[np.intp]
) -> RowScores | None:
    """The fast ways, for scores that are means over rows or areas under a curve."""
    function, options = scorer._score_func, scorer._kwargs  # noqa: SLF001 - they have no public names
    metrics, codes = sk.metrics, target.codes
    method = methods[0] if len(set(methods)) == 1 else ""
    if target.classes is not None and method == "predict":
        return _of_classes(function, dict(options), np.column_stack(answers), target, target.classes)
    if function is metrics.roc_auc_score and options == {"multi_class": "ovr"} and method == "predict_proba":
        return Averaged(
            [
                Ranked(np.column_stack([one[:, label] for one in answers]), codes == label, fold)
                for label in range(answers[0].shape[1])
            ]
        )
    if options:
        return None
    if function is metrics.log_loss and method == "predict_proba":
        rows = np.arange(len(codes))
        return row_scores.log_loss(np.column_stack([one[rows, codes] for one in answers]))
    if function is metrics.roc_auc_score and target.classes is not None and len(target.classes) == 2:
        columns = [one[:, 1] if one.ndim == 2 else one for one in answers]
        return Ranked(np.column_stack(columns), codes == 1, fold)
    if method == "predict" and target.classes is None:
        stacked = np.column_stack(answers)
        kinds = {metrics.mean_squared_error: "mse", metrics.root_mean_squared_error: "rmse", metrics.r2_score: "r2"}
        if function in kinds:
            return row_scores.squared(codes, stacked, kinds[function])
        if function is metrics.mean_absolute_error:
            return row_scores.absolute(codes, stacked)
    return None


def _of_classes(
    function: Any, options: dict[str, Any], answers: npt.NDArray[Any], target: Target, classes: npt.NDArray[Any]
) -> RowScores | None:
    """Scores of predicted classes; `answers` are their codes, of shape `(rows, trials)`."""
    metrics = sk.metrics
    if function is metrics.accuracy_score and not options:
        return row_scores.accuracy(answers != target.codes[:, np.newaxis])
    names = {
        metrics.f1_score: "f1", metrics.precision_score: "precision", metrics.recall_score: "recall",
        metrics.jaccard_score: "jaccard", metrics.balanced_accuracy_score: "balanced_accuracy",
        metrics.matthews_corrcoef: "matthews",
    }  # fmt: skip
    if function not in names:
        return None
    average = "macro"
    if names[function] not in {"balanced_accuracy", "matthews"}:
        average = options.pop("average", "binary")
        positive = options.pop("pos_label", 1)
        if average == "binary" and not (len(classes) == 2 and classes[1] == positive):
            return None
    if options or average not in {"binary", "macro", "weighted"}:
        return None
    return Confused(answers, target.codes, len(classes), names[function], average)


def units_of(stored: Stored, witness: Witness) -> npt.NDArray[np.intp]:
    """What is drawn as a whole: the number of each predicted row, or that of its group."""
    return stored.row if witness.groups is None else _codes(witness.groups)[stored.row]


def _codes(labels: Any) -> npt.NDArray[np.intp]:
    return np.asarray(np.unique(np.asarray(labels), return_inverse=True)[1].reshape(-1))
