"""A search without a target: which measure, on which rows, and what to say where none can be had."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any, final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.measures import (
    CLUSTERS,
    DENSITIES,
    EMBEDDINGS,
    MEASURES,
    agreement,
    cluster_score,
    downstream,
    reconstruction,
    sampled,
    trustworthiness,
)
from tunesmith.validation import KFoldValidation, SubsampleValidation, ValidationScheme

_REFITS, _REFIT_SHARE = 2, 2 / 3
_NEEDS = {
    **dict.fromkeys(CLUSTERS, ("fit_predict", "predict")),
    "trustworthiness": ("transform", "fit_transform"),
    "downstream": ("transform", "fit_transform"),
    "reconstruction": ("inverse_transform",),
    "log_likelihood": ("score_samples",),
    "bic": ("bic",),
    "aic": ("aic",),
}
_PREDICT = {"classifier", "regressor", "outlier_detector"}
_ON_FITTED_ROWS = ("stability", "bic", "aic")


@final
class Measure:
    """A scorer that needs no target: `measure(fitted, X)`, larger is better.

    Distances are measured where the pipeline's first steps, as they were given, put the rows; so a search over these
    steps cannot bend the ruler. They are fitted to the rows that are measured, alike for all trials.

    Parameters
    ----------
    name
        One of `MEASURES`.
    ruler
        What stands before the last step of the estimator; None for the rows as they are.
    """

    def __init__(self, name: str, ruler: Any = None) -> None:
        self.name, self.ruler = name, ruler

    def __call__(self, estimator: Any, X: Any, y: Any = None, **_metadata: Any) -> float:
        """Measure a fitted estimator on rows: those it was fitted on, where it has no answer for others."""
        if self.name == "stability":
            return stability(estimator, X)
        if self.name in CLUSTERS:
            labels = labels_for(estimator, X)
            drawn = sampled(len(labels)) if self.name in {"silhouette", "dbcv"} else np.arange(len(labels))
            return cluster_score(self.name, self._placed(sk.safe_indexing(X, drawn)), labels[drawn])
        if self.name == "log_likelihood":
            return float(np.mean(estimator.score_samples(X)))
        if self.name in DENSITIES:
            last, rows = _last(estimator), X if not hasattr(estimator, "steps") else estimator[:-1].transform(X)
            return -float(getattr(last, self.name)(rows))
        if self.name == "reconstruction":
            restored = estimator.inverse_transform(estimator.transform(X))
            if self.ruler is None:
                return reconstruction(_dense(X), _dense(restored))
            ruler = sk.clone(self.ruler)
            return reconstruction(_dense(ruler.fit_transform(X)), _dense(ruler.transform(restored)))
        embedded = _dense(positions_of(estimator, X))
        if self.name == "downstream":
            return downstream(embedded, y)
        drawn = sampled(len(embedded))
        return trustworthiness(self._placed(sk.safe_indexing(X, drawn)), embedded[drawn])

    def _placed(self, X: Any) -> Any:
        return _dense(X if self.ruler is None else sk.clone(self.ruler).fit_transform(X))

    def __repr__(self) -> str:
        return f"Measure({self.name!r})"


@final
class OfLabels:
    """A scorer of clusters by known labels.

    It keeps predictions of different folds apart, as each fold has its own numbers for the clusters, and it takes the
    labels of the rows that were fitted where the estimator cannot predict.
    """

    def __init__(self, scorer: Any) -> None:
        self.scorer = scorer

    def __call__(self, estimator: Any, X: Any, y: Any = None, **metadata: Any) -> float:
        """Score the labels as if they were predicted."""
        return float(self.scorer(_Labels(labels_for(estimator, X)), X, y, **metadata))


@final
class _Labels(sk.RegressorMixin, sk.BaseEstimator):  # type: ignore[misc]
    """Labels that are known, as a model that predicts them."""

    def __init__(self, labels: Any) -> None:
        self.labels = labels

    def predict(self, X: Any) -> Any:
        return self.labels

    def __sklearn_is_fitted__(self) -> bool:
        return True


def scorers_of(search: Any, make: Callable[[Any], Any]) -> Any:
    """What scikit-learn makes of `scoring`, which may name measures of ours; without one, what suits the estimator.

    Parameters
    ----------
    search
        With `estimator` and `scoring`.
    make
        From a search to scikit-learn's scorers.

    Raises
    ------
    UsageError
        If the estimator cannot be measured so.
    """
    scoring = search.scoring if search.scoring is not None else _suiting(search.estimator)
    if isinstance(scoring, (str, sk.BaseScorer)):
        scoring = _measured(scoring, search.estimator)
    elif isinstance(scoring, Mapping):
        scoring = {name: _measured(one, search.estimator) for name, one in scoring.items()}
    elif isinstance(scoring, list | tuple | set) and any(one in MEASURES for one in scoring if isinstance(one, str)):
        scoring = {one: _measured(one, search.estimator) for one in scoring}
    asked = copy(search)
    asked.scoring = scoring
    return make(asked)


def _suiting(estimator: Any) -> str | None:
    """The measure of an estimator for which nobody asked: its own score, unless that always prefers more clusters."""
    kind = getattr(sk.get_tags(estimator), "estimator_type", None)
    if kind == "clusterer":
        return "silhouette"
    if kind in {None, "density_estimator"} and hasattr(estimator, "score_samples"):
        return None if hasattr(estimator, "transform") else "log_likelihood"
    if kind == "outlier_detector":
        raise UsageError(
            f"{_name(estimator)} has no score of its own, and which rows are outliers is not known without labels.",
            hint="Give known outliers as y, 1 and -1 for an outlier, and scoring='balanced_accuracy'.",
        )
    if not hasattr(estimator, "score"):
        if hasattr(estimator, "transform") or hasattr(estimator, "fit_transform"):
            return "trustworthiness"
        if hasattr(estimator, "fit_predict"):
            return "silhouette"
    return None


def _measured(scoring: Any, estimator: Any) -> Any:
    """A measure for its name; a score of known labels so that it asks for labels; anything else as it is."""
    if isinstance(scoring, str) and scoring in MEASURES:
        _require_suits(scoring, estimator)
        return Measure(scoring, sk.clone(estimator[:-1]) if len(getattr(estimator, "steps", ())) > 1 else None)
    if hasattr(estimator, "fit_predict") and getattr(sk.get_tags(estimator), "estimator_type", None) not in _PREDICT:
        scorer = sk.get_scorer(scoring) if isinstance(scoring, str) else scoring
        return OfLabels(scorer) if isinstance(scorer, sk.BaseScorer) else scorer
    return scoring


def _require_suits(name: str, estimator: Any) -> None:
    kind = getattr(sk.get_tags(estimator), "estimator_type", None)
    if name in CLUSTERS and kind == "outlier_detector":
        raise UsageError(
            f"{_name(estimator)} tells outliers from other rows and makes no clusters; {name} measures clusters.",
            hint="Give known outliers as y, and a scoring such as 'roc_auc'.",
        )
    if not any(hasattr(estimator, method) for method in _NEEDS[name]):
        suited = [one for one in MEASURES if any(hasattr(estimator, method) for method in _NEEDS[one])]
        raise UsageError(
            f"scoring={name!r} needs {' or '.join(_NEEDS[name])}, which {_name(estimator)} does not have.",
            hint=f"It can be measured by {', '.join(suited)}." if suited else "Give a function as scoring.",
        )


def require_target(search: Any, y: Any, scorers: Any) -> None:
    """Refuse a score that compares with a target where there is none.

    Raises
    ------
    UsageError
        Naming the measures that need none.
    """
    if y is not None:
        return
    for one in _each(scorers):
        compares = isinstance(one, (sk.BaseScorer, OfLabels)) or getattr(one, "name", "") == "downstream"
        if compares and not isinstance(one, sk.PassthroughScorer):
            suited = [
                name for name in MEASURES
                if name != "downstream" and any(hasattr(search.estimator, method) for method in _NEEDS[name])
            ]  # fmt: skip
            named = f"scoring={search.scoring!r} " if isinstance(search.scoring, str) else "This scoring "
            raise UsageError(
                f"{named}compares with a target, and fit got none.",
                hint=f"Write fit(X, y), or a scoring that needs none: {', '.join(suited)}."
                if suited
                else "Write fit(X, y).",
            )


def scheme_without_target(search: Any, scorers: Any) -> ValidationScheme | None:
    """How to deal rows where nobody said more than a number of folds; None where scikit-learn's way is meant.

    What can answer for new rows is measured on rows that were held out, dealt at random; what cannot, and measures that
    look at the rows that were fitted, on subsamples.
    """
    if not (search.cv is None or (isinstance(search.cv, numbers.Integral) and not isinstance(search.cv, bool))):
        return None
    if not any(isinstance(one, (Measure, OfLabels)) for one in _each(scorers)):
        return None
    folds = 5 if search.cv is None else int(search.cv)
    seed = int(search.random_state) if isinstance(search.random_state, numbers.Integral) else 0
    if folds >= 2 and _on_fitted_rows(search.estimator, scorers):
        return SubsampleValidation(folds, seed=seed)
    return KFoldValidation(folds, shuffle=True, seed=seed) if folds >= 2 else None


def require_fitting(search: Any, scheme: ValidationScheme, scorers: Any) -> None:
    """Refuse rows that cannot judge: held-out ones of what answers for none, or fitted ones of what predicts a target.

    Raises
    ------
    UsageError
        Saying which scheme to take.
    """
    if not scheme.holds_out and getattr(sk.get_tags(search.estimator), "estimator_type", None) in _PREDICT:
        raise UsageError(
            f"cv={search.cv!r} judges {_name(search.estimator)} by the rows that it learnt from.",
            hint="Write cv=5: rows that were held out judge a model that predicts.",
        )
    answers = not any(
        (isinstance(one, Measure) and one.name not in _ON_FITTED_ROWS) or isinstance(one, OfLabels)
        for one in _each(scorers)
    )
    if answers or not _on_fitted_rows(search.estimator, scorers):
        return
    if search.test_size is not None:
        raise UsageError(
            f"test_size puts rows aside, and {_name(search.estimator)} has no answer for rows that it was not fitted "
            "on.",
            hint="Leave test_size out.",
        )
    if scheme.holds_out and "shared_rows" not in search.allow:
        raise UsageError(
            f"cv={search.cv!r} holds rows out, and {_name(search.estimator)} has no answer for rows that it was not "
            "fitted on.",
            hint='Leave cv out, or write cv="subsample:5".',
        )


def _on_fitted_rows(estimator: Any, scorers: Any) -> bool:
    """Whether the rows that were fitted must be those that are measured."""
    for one in _each(scorers):
        if isinstance(one, OfLabels) and not hasattr(estimator, "predict"):
            return True
        if isinstance(one, Measure):
            method = "predict" if one.name in CLUSTERS else "transform" if one.name in EMBEDDINGS else "fit"
            if one.name in _ON_FITTED_ROWS or not hasattr(estimator, method):
                return True
    return False


def stability(estimator: Any, X: Any) -> float:
    """Whether the same clusters are found again in parts of the rows (Lange et al. 2004; Hennig 2007).

    Two thirds of the rows are clustered anew, twice, and held against the labels that they have: the adjusted Rand
    index, on average.

    Parameters
    ----------
    estimator
        Fitted.
    X
        Rows that it has labels for.
    """
    labels = labels_for(estimator, X)
    rng = np.random.default_rng(0)
    found = []
    for _ in range(_REFITS):
        drawn = np.sort(rng.choice(len(labels), max(2, round(_REFIT_SHARE * len(labels))), replace=False))
        part = sk.safe_indexing(X, drawn)
        again = sk.clone(estimator).fit(part)
        found.append(agreement(labels[drawn], labels_for(again, part)))
    return float(np.mean(found))


def labels_for(estimator: Any, X: Any) -> Any:
    """The cluster of each row: by `predict`, or the labels of the rows that were fitted.

    Raises
    ------
    UsageError
        If it has no answer for these rows.
    """
    if hasattr(estimator, "predict"):
        return np.asarray(estimator.predict(X))
    labels = getattr(_last(estimator), "labels_", None)
    return np.asarray(_of_fitted(estimator, labels, X))


def positions_of(estimator: Any, X: Any) -> Any:
    """Where an embedding puts rows: by `transform`, or the positions of the rows that were fitted.

    Raises
    ------
    UsageError
        If it has no answer for these rows.
    """
    if hasattr(estimator, "transform"):
        return estimator.transform(X)
    return _of_fitted(estimator, getattr(_last(estimator), "embedding_", None), X)


def fitted_labels(estimator: Any) -> Any:
    """The labels of the rows that a clustering was fitted on; None where it keeps none."""
    return getattr(_last(estimator), "labels_", None)


def _of_fitted(estimator: Any, found: Any, X: Any) -> Any:
    rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if found is None or len(found) != rows:
        raise UsageError(
            f"{_name(estimator)} has an answer for the rows that it was fitted on alone, and got {rows} others.",
            hint="Measure it on the same rows, or take an estimator with predict or transform.",
        )
    return found


def _each(scorers: Any) -> Iterator[Any]:
    several = isinstance(scorers, sk.MultimetricScorer)
    yield from scorers._scorers.values() if several else (scorers,)  # noqa: SLF001 - it has no public list


def _last(estimator: Any) -> Any:
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


def _name(estimator: Any) -> str:
    return type(_last(estimator)).__name__


def _dense(X: Any) -> Any:
    rows = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    return np.asarray(rows, dtype=np.float64)
