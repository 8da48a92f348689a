"""The objective of a search: one trial's params, fitted and scored fold by fold; each fold is a step."""

from __future__ import annotations

import math
import numbers
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, final

import numpy as np

from tunesmith.errors import InvalidScore, InvalidValue, TrialPruned
from tunesmith.numerics.encoding import Indices
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.answers import Keeper, Question
from tunesmith.sklearn.early_stopping import Stopping
from tunesmith.study.trial import Trial
from tunesmith.trial import FrozenTrial
from tunesmith.validation import ReshuffledValidation, Split, ValidationScheme

SECONDS = "seconds"
"""The kind of a point that says how long fitting or scoring took; its metric is `fit_time` or `score_time`."""
STOPPED = "stopped"
"""The kind of a point that says where early stopping ended a fold's fit; its metric is `rounds`, mostly."""
FAILED_FOLDS = "failed_folds"
"""Attribute of a trial: for each fold that failed, what (`"fitting"` or `"scoring"`) and why."""
FITTING, SCORING = "fitting", "scoring"


@final
class FoldScores(NamedTuple):
    """What one fold gave: scores by metric ("" where there is one, None where its scorer failed), seconds, the trouble.

    `test` is empty where the model could not be fitted.
    """

    test: dict[str, float | None]
    train: dict[str, float | None]
    fit_time: float
    score_time: float
    error: Exception | None = None
    cause: str = ""
    stopped: Mapping[str, float] = MappingProxyType({})


@final
@dataclass
class Data:
    """What is fitted and scored on, and with which metadata; arrays travel to workers by memory map."""

    X: Any
    y: Any
    splits: tuple[Split, ...]
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)
    scheme: ValidationScheme | None = None
    """Deals anew for each trial, where it reshuffles; `splits` is then the deal of trial 0."""
    groups: Any = None
    stopping: Stopping | None = None

    def splits_of(self, trial: int) -> tuple[Split, ...]:
        """The folds that one trial meets."""
        if not isinstance(self.scheme, ReshuffledValidation):
            return self.splits
        return self.scheme.splits_of(trial, self.X, self.y, self.groups)


@final
@dataclass
class FoldObjective:
    """Called with a live trial: fits and scores each fold, reports it, and returns the mean score.

    Parameters
    ----------
    estimator
        Cloned for every fold.
    data
        Rows, splits and metadata.
    scorer
        scikit-learn's: a scorer, several in one, or a callable that gives a number or a dict.
    to_params
        From the trial's params to the estimator's.
    as_given
        Numbers of the trials that evaluate the estimator without setting anything.
    lead
        The metric that the study maximises, where a scorer gives several; empty means the first that it gives.
    metric_names
        All metrics, where they are known before the first score; empty where there is one.
    error_score
        A number for a fold that failed, NaN (the trial fails once all folds were tried), or `"raise"`.
    return_train_score
        Whether the training rows are scored, too.
    verbose
        From 2 on, one line a fold is printed.
    surely
        Whether how sure a classifier is of each row is kept, whatever the scorer looks at.
    """

    estimator: Any
    data: Data
    scorer: Any
    to_params: Callable[[Mapping[str, Any]], dict[str, Any]]
    as_given: frozenset[int] = frozenset()
    lead: str = ""
    metric_names: tuple[str, ...] = ()
    error_score: float | str = math.nan
    return_train_score: bool = False
    verbose: int = 0
    raised: list[Exception] = field(default_factory=list)
    surely: bool = False

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "raised": []}

    def __call__(self, trial: Trial) -> float:
        """Evaluate one trial.

        Raises
        ------
        TrialPruned
            If the study's pruner has seen enough.
        Exception
            What the first failing fold raised.
        """
        params = None if trial.number in self.as_given else self.to_params(trial.params)
        splits = self.data.splits_of(trial.number)
        values: list[float] = []
        failures: dict[int, FoldScores] = {}
        question = Question.of(self.scorer, self.estimator, self.lead)
        keeper = Keeper.of(question, self.data, classifier=sk.is_classifier(self.estimator), surely=self.surely)
        for fold, split in enumerate(splits):
            scores = self._evaluate(params, split, keeper)
            if scores.cause:
                failures[fold] = scores
                self._keep_failure(trial, failures, scores)
            if keeper is not None:
                keeper.take(fold)
            values.append(self._report(trial, fold, scores))
            self._say(fold, params, values[-1], scores)
            if fold + 1 < len(splits) and trial.should_prune():
                raise TrialPruned(f"stopped after fold {fold + 1} of {len(splits)}")
        if failures and not _is_number(self.error_score):
            raise self._first(failures)
        if keeper is not None and not failures:
            keeper.save(trial)
        return float(np.average(np.array([values]), axis=1)[0])  # summed as in scikit-learn, to the last bit

    def _evaluate(self, params: dict[str, Any] | None, split: Split, keeper: Keeper | None) -> FoldScores:
        estimator = sk.clone(self.estimator)
        if params is not None:  # values may be estimators, which must not be shared between folds
            estimator.set_params(**sk.clone(params, safe=False))
        fitted = split.train if self.return_train_score else None
        return evaluate(estimator, self.data, split, self.scorer, fitted=fitted, keeper=keeper)

    def _keep_failure(self, trial: Trial, failures: Mapping[int, FoldScores], newest: FoldScores) -> None:
        told = {str(fold): [FITTING if not found.test else SCORING, found.cause] for fold, found in failures.items()}
        trial.set_attr(FAILED_FOLDS, told)
        if self.error_score == "raise":
            error = newest.error or _scorer_failed(newest)
            self.raised.append(error)
            raise error
        if newest.test:
            warnings.warn(
                f"Scoring failed. The score on this fold will be set to {self.error_score}. Details: {newest.cause}",
                UserWarning,
                stacklevel=2,
            )

    def _report(self, trial: Trial, fold: int, scores: FoldScores) -> float:
        test = self._filled(scores.test or dict.fromkeys(self.metric_names or ("",)))
        train = self._filled(scores.train if scores.test else dict.fromkeys(test))
        lead = self.lead if self.lead in test else next(iter(test))
        for kind, found in (("validation", test), ("train", train if self.return_train_score else {})):
            for name, value in found.items():
                if math.isfinite(value):
                    trial.report(value, step=fold, metric=name, kind=kind, fold=fold)
        if lead != self.lead and math.isfinite(test[lead]):  # pruners look at the study's metric, whose name differs
            trial.report(test[lead], step=fold, fold=fold)
        for name, value in scores.stopped.items():
            trial.report(value, step=fold, metric=name, kind=STOPPED, fold=fold)
        trial.report(scores.fit_time, step=fold, metric="fit_time", kind=SECONDS, fold=fold)
        trial.report(scores.score_time, step=fold, metric="score_time", kind=SECONDS, fold=fold)
        return test[lead]

    def _filled(self, scores: Mapping[str, float | None]) -> dict[str, float]:
        """`error_score` takes the place of a score that could not be had."""
        return {name: _as_number(self.error_score) if value is None else value for name, value in scores.items()}

    def _first(self, failures: Mapping[int, FoldScores]) -> Exception:
        scores = failures[min(failures)]
        error = scores.error or _scorer_failed(scores)
        error.add_note(f"{len(failures)} of {len(self.data.splits)} folds failed; this is fold {min(failures)}.")
        return error

    def _say(self, fold: int, params: Mapping[str, Any] | None, score: float, scores: FoldScores) -> None:
        if self.verbose > 1:
            shown = ", ".join(f"{name}={params[name]}" for name in sorted(params)) if params else "as given"
            seconds = scores.fit_time + scores.score_time
            text = f"[CV {fold + 1}/{len(self.data.splits)}] END {shown}; score={score:.3f} total time={seconds:.1f}s"
            print(text)  # noqa: T201 - what verbose asks for


def _scorer_failed(scores: FoldScores) -> Exception:
    return InvalidScore(scores.cause, hint="Call the scorer on a fitted estimator by itself: scorer(estimator, X, y).")


def evaluate(
    estimator: Any,
    data: Data,
    split: Split,
    scorer: Any,
    *,
    fitted: Indices | None = None,
    keeper: Keeper | None = None,
) -> FoldScores:
    """Fit an estimator on one side of a split and score it on the other.

    Parameters
    ----------
    estimator
        Fitted in place.
    data
        Rows and metadata; `split` is one of its splits.
    split
        Which rows.
    scorer
        As in `FoldObjective`.
    fitted
        Of the rows that it is fitted on, those that are scored, too.
    keeper
        Who listens to what the model answers; `take` it then.

    Returns
    -------
    The scores; `cause` says what failed, and `error` is the exception where there is one.

    Raises
    ------
    InvalidValue
        If a scorer gives something that is no number.
    """
    train, test = split
    X_train, y_train = sk.safe_split(estimator, data.X, data.y, train)
    X_test, y_test = sk.safe_split(estimator, data.X, data.y, test, train)
    fit_params = sk.check_method_params(data.X, params=data.fit_params, indices=train)
    stopped: Mapping[str, float] = {}
    began = time.perf_counter()
    try:
        if data.stopping is not None:
            stopped = data.stopping.fit(estimator, data.X, data.y, train, data.fit_params)
        elif y_train is None:
            estimator.fit(X_train, **fit_params)
        else:
            estimator.fit(X_train, y_train, **fit_params)
    except Exception as error:  # noqa: BLE001 - whatever a model raises is how this fold failed, and is kept
        return FoldScores({}, {}, time.perf_counter() - began, 0.0, error, _line(error))
    fit_time = time.perf_counter() - began
    params = sk.check_method_params(data.X, params=data.score_params, indices=test)
    asked = estimator if keeper is None else keeper.listen(estimator, X_test)
    found, cause, raised = score(asked, X_test, y_test, scorer, params)
    score_time = time.perf_counter() - began - fit_time
    on_train: dict[str, float | None] = {}
    if fitted is not None:
        X_fitted, y_fitted = sk.safe_split(estimator, data.X, data.y, fitted, train)
        params = sk.check_method_params(data.X, params=data.score_params, indices=fitted)
        on_train, train_cause, train_error = score(estimator, X_fitted, y_fitted, scorer, params)
        cause, raised = cause or train_cause, raised or train_error
    return FoldScores(found, on_train, fit_time, score_time, raised, cause, stopped)


def score(
    estimator: Any, X: Any, y: Any, scorer: Any, params: Mapping[str, Any]
) -> tuple[dict[str, float | None], str, Exception | None]:
    """Scores by metric ("" for a single one; None where a scorer failed), what went wrong, and the exception."""
    try:
        found = scorer(estimator, X, **params) if y is None else scorer(estimator, X, y, **params)
    except Exception as error:  # noqa: BLE001 - whatever a scorer raises is how this fold failed, and is kept
        names: Sequence[str] = tuple(getattr(scorer, "_scorers", {})) or ("",)
        return dict.fromkeys(names), _line(error), error
    if not isinstance(found, Mapping):
        return {"": _score_value(found, "")}, "", None
    wrong = {name: text for name, text in found.items() if isinstance(text, str)}  # tracebacks of single scorers
    scores = {str(name): None if name in wrong else _score_value(value, name) for name, value in found.items()}
    return scores, "; ".join(f"{name}: {text.strip().splitlines()[-1]}" for name, text in wrong.items()), None


def _score_value(value: Any, name: Any) -> float:
    if getattr(value, "shape", None) == () and callable(item := getattr(value, "item", None)):
        value = item()
    if isinstance(value, numbers.Real):
        return float(value)
    raise InvalidValue(
        f"scoring must return a number, got {value!r} ({type(value).__name__}){f' for {name!r}' if name else ''}.",
        hint="A scorer is called as scorer(estimator, X, y) and returns one number, or a dict of numbers.",
    )


def stopped_of(trial: FrozenTrial) -> list[dict[str, float]]:
    """What early stopping found in each fold of a trial that was stopped."""
    found: dict[int, dict[str, float]] = {}
    for point in trial.points:
        if point.kind == STOPPED and point.fold is not None:
            found.setdefault(point.fold, {})[point.metric] = point.value
    return [found[fold] for fold in sorted(found)]


def settled(data: Data, estimator: Any, params: Mapping[str, Any], trial: FrozenTrial) -> dict[str, Any]:
    """A trial's params with the number of rounds that its folds found, scaled to all rows."""
    if data.stopping is None:
        return dict(params)
    own = sk.clone(estimator).set_params(**sk.clone(dict(params), safe=False))
    return {**params, **data.stopping.final(own, stopped_of(trial), data.splits, len(data.y))}


def _line(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _is_number(error_score: object) -> bool:
    return isinstance(error_score, numbers.Real) and math.isfinite(error_score)


def _as_number(error_score: object) -> float:
    return float(error_score) if isinstance(error_score, numbers.Real) else math.nan
