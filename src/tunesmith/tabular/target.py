"""What is predicted: the kind of task, its classes, and the metric that suits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final

import numpy as np
import pandas as pd

from tunesmith._optional import require
from tunesmith.errors import InvalidData, UnknownName, UsageError, did_you_mean

TaskKind: TypeAlias = Literal["classification", "regression"]

_FEW_CLASSES = 20
_MINORITY = 0.2
_FEWEST_ROWS = 20
_METRICS = {
    "auc": "roc_auc", "rmse": "neg_root_mean_squared_error", "mse": "neg_mean_squared_error",
    "mae": "neg_mean_absolute_error", "logloss": "neg_log_loss", "log_loss": "neg_log_loss",
    "mape": "neg_mean_absolute_percentage_error", "pr_auc": "average_precision", "brier": "neg_brier_score",
}  # fmt: skip
"""Names that people say -> scikit-learn's names."""
_OF_MANY = {"roc_auc": "roc_auc_ovr", "f1": "f1_macro", "precision": "precision_macro", "recall": "recall_macro",
            "jaccard": "jaccard_macro"}  # fmt: skip
"""Metrics of two classes -> their mean over more classes, in which each class counts alike."""
_REGRESSION_ONLY = frozenset({
    "d2_absolute_error_score", "explained_variance", "neg_max_error", "neg_mean_absolute_error",
    "neg_mean_absolute_percentage_error", "neg_mean_gamma_deviance", "neg_mean_poisson_deviance",
    "neg_mean_squared_error", "neg_mean_squared_log_error", "neg_median_absolute_error",
    "neg_root_mean_squared_error", "neg_root_mean_squared_log_error", "r2",
})  # fmt: skip
"""Scorers of numbers; all others score classes."""


@final
@dataclass(frozen=True, slots=True)
class Target:
    """The column to predict, ready for scikit-learn.

    Parameters
    ----------
    name, kind
        The column, and `"classification"` or `"regression"`.
    y
        One entry a row: class codes from 0 (the positive class of two is 1), or floats.
    classes
        The classes' labels in the order of their codes; empty for regression.
    scoring
        scikit-learn's name of the metric; larger is better.
    why
        Why this kind and metric, in words.
    """

    name: str
    kind: TaskKind
    y: np.ndarray[Any, Any]
    classes: tuple[Any, ...]
    scoring: str
    why: str

    @property
    def is_error(self) -> bool:
        """Whether people read the metric as an error (smaller is better), with the sign turned."""
        return self.scoring.startswith("neg_")

    @property
    def metric_name(self) -> str:
        """How people call the metric: `"roc_auc"`, `"root_mean_squared_error"`."""
        return self.scoring.removeprefix("neg_")

    def shown(self, score: float) -> float:
        """A score as people read it: an error is positive."""
        return -score if self.is_error else score


def make_target(
    series: pd.Series, *, task: str | None = None, metric: str | None = None, positive: str | None = None
) -> Target:
    """Decide the task and the metric, and code the target.

    Parameters
    ----------
    series
        The target column without missing cells.
    task
        `"classification"` or `"regression"`; guessed when left out.
    metric
        scikit-learn's name of a scorer, or a common one such as `"auc"` or `"rmse"`.
    positive
        The label of the positive class of two; the rarer one when left out.

    Raises
    ------
    InvalidData
        If there are too few rows, one class only, or text where numbers are needed.
    UnknownName
        If there is no such metric.

    Examples
    --------
    >>> target = make_target(pd.Series(["yes", "no"] * 20))
    >>> target.kind, target.scoring
    ('classification', 'roc_auc')
    """
    name = str(series.name)
    if len(series) < _FEWEST_ROWS:
        raise InvalidData(
            f"Only {len(series)} rows have a target; at least {_FEWEST_ROWS} are needed.", hint="Give more rows."
        )
    if task is not None and task not in {"classification", "regression"}:
        raise UsageError(f"There is no task {task!r}.", hint=did_you_mean(task, ["classification", "regression"]))
    kind, why = _kind(series, task)
    if kind == "regression":
        return _regression(series, name, metric, positive, why)
    return _classification(series, name, metric, positive, why)


def _kind(series: pd.Series, task: str | None) -> tuple[TaskKind, str]:
    distinct = series.nunique()
    if task is not None:
        return ("classification" if task == "classification" else "regression"), "you said so"
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        return "classification", f"{distinct} labels"
    whole = bool((series == series.round()).all())
    if whole and (distinct <= 2 or (distinct <= _FEW_CLASSES and distinct <= len(series) / 20)):
        return "classification", f"{distinct} whole numbers"
    return "regression", f"{distinct:,} distinct numbers"


def _regression(series: pd.Series, name: str, metric: str | None, positive: str | None, why: str) -> Target:
    if positive is not None:
        raise UsageError(
            f"--positive {positive!r} was given for a regression.", hint="Leave it out, or add --task classification."
        )
    numbers = pd.to_numeric(series, errors="coerce").astype(float)
    if bool(numbers.isna().any()) or not bool(np.isfinite(numbers).all()):
        bad = series[numbers.isna() | ~np.isfinite(numbers.fillna(0))].iloc[0]
        raise InvalidData(
            f"The target {name!r} holds {bad!r}, which is no finite number.",
            hint="Clean the column, or use --task classification.",
        )
    if bool((numbers == numbers.iloc[0]).all()):
        raise InvalidData(f"The target {name!r} is the same in every row.", hint="Choose another --target.")
    scoring = _scoring(metric, "regression", "neg_root_mean_squared_error")
    return Target(name, "regression", numbers.to_numpy(), (), scoring, why)


def _classification(series: pd.Series, name: str, metric: str | None, positive: str | None, why: str) -> Target:
    counts = series.value_counts()
    if len(counts) < 2:
        raise InvalidData(
            f"The target {name!r} has one class only: {str(counts.index[0])!r}.", hint="Choose another --target."
        )
    if len(counts) > max(100, len(series) // 10):
        raise InvalidData(
            f"The target {name!r} has {len(counts):,} classes in {len(series):,} rows.",
            hint="Use --task regression if it is a number, or choose another --target.",
        )
    classes = sorted(counts.index, key=lambda label: (str(type(label)), label))
    if len(classes) == 2:
        wanted = _positive(classes, counts, positive)
        classes = [label for label in classes if label != wanted] + [wanted]
        share = float(counts.min() / counts.sum())
        default, note = "roc_auc", f"the rarer class has {share:.0%} of rows"
    elif positive is not None:
        raise UsageError(f"--positive {positive!r} was given for {len(classes)} classes.", hint="Leave it out.")
    else:
        share = float(counts.min() / counts.sum())
        default, note = ("neg_log_loss", f"{len(classes)} classes, the rarest with {share:.1%} of rows")
        if share >= _MINORITY:
            default = "accuracy"
    codes = series.map({label: code for code, label in enumerate(classes)}).to_numpy(dtype=np.int64)
    scoring = _scoring(metric, "classification", default)
    if len(classes) > 2:
        scoring = _OF_MANY.get(scoring, scoring)
        _refuse_unless_it_scores(scoring, len(classes), str(metric))
    return Target(name, "classification", codes, tuple(classes), scoring, f"{why}; {note}")


def _refuse_unless_it_scores(scoring: str, classes: int, metric: str) -> None:
    """Ask the scorer about a model of so many classes: some are for two only, which no list of theirs tells."""
    metrics, dummy = require("sklearn.metrics", extra="sklearn"), require("sklearn.dummy", extra="sklearn")
    y = np.arange(2 * classes) % classes
    X = np.zeros((len(y), 1))
    try:
        metrics.get_scorer(scoring)(dummy.DummyClassifier(strategy="prior").fit(X, y), X, y)
    except ValueError as error:
        raise UsageError(
            f"The metric {metric!r} does not suit {classes} classes: {str(error).splitlines()[0]}",
            hint="Try one of: accuracy, balanced_accuracy, logloss, auc, f1.",
        ) from error


def _positive(classes: list[Any], counts: pd.Series, positive: str | None) -> Any:
    if positive is None:
        usual = [label for label in classes if str(label).casefold() in {"1", "true", "yes", "y", "positive", "bad"}]
        return usual[0] if len(usual) == 1 else min(classes, key=lambda label: (counts[label], str(label)))
    for label in classes:
        if str(label) == positive:
            return label
    raise UsageError(
        f"No class is called {positive!r}.", hint=did_you_mean(positive, [str(label) for label in classes])
    )


def _scoring(metric: str | None, kind: TaskKind, default: str) -> str:
    if metric is None:
        return default
    name = _METRICS.get(metric.casefold(), metric)
    known = require("sklearn.metrics", extra="sklearn").get_scorer_names()
    if name not in known and f"neg_{name}" in known:
        name = f"neg_{name}"
    if name not in known:
        raise UnknownName(f"There is no metric {metric!r}.", hint=did_you_mean(metric, [*known, *_METRICS]))
    if (name in _REGRESSION_ONLY) if kind == "classification" else (name not in _REGRESSION_ONLY):
        suited = "auc, accuracy, logloss, f1" if kind == "classification" else "rmse, mae, r2, mape"
        raise UsageError(f"The metric {metric!r} does not suit a {kind}.", hint=f"Try one of: {suited}.")
    return name
