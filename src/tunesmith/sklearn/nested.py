"""Nested cross-validation: the score of the whole procedure, tuning included, and how stable its choices are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.numerics.nested import Interval, nested_interval
from tunesmith.numerics.paired import corrected_difference
from tunesmith.sklearn import _doors as sk
from tunesmith.space import Categorical
from tunesmith.validation import Split, fold_ratio, from_cv

if TYPE_CHECKING:  # the search is given; only its type is named
    from tunesmith.sklearn.search import TuneSearchCV

_OF_A_ROW: dict[str, Any] = {
    "accuracy": lambda model, X, y: (np.asarray(model.predict(X)) == y).astype(float),
    "neg_mean_squared_error": lambda model, X, y: -((np.asarray(model.predict(X)) - y) ** 2),
    "neg_mean_absolute_error": lambda model, X, y: -np.abs(np.asarray(model.predict(X)) - y),
}
"""Scores that are means of what each row gives."""


@final
@dataclass(frozen=True, slots=True)
class Stability:
    """How much the choice of one parameter differs between outer folds.

    Parameters
    ----------
    name
        The parameter.
    chosen
        What each outer fold chose; None where it was not active.
    share
        How many of them agree on the most frequent choice, 0 to 1.
    spread
        The range of the choices over the range of the parameter, on its scale (a log scale where it has one): 0 if all
        agree, 1 if they lie at both ends. NaN for choices without an order.
    """

    name: str
    chosen: tuple[Any, ...]
    share: float
    spread: float


@final
@dataclass(frozen=True, slots=True)
class NestedResult:
    """What nested cross-validation found.

    Parameters
    ----------
    scores
        Of each outer fold, by the model that its own search chose.
    mean, low, high
        The score to expect of the procedure, and its 95 % interval.
    interval
        How the interval was made.
    params
        What the search of each outer fold chose.
    inner
        The best score that each search reported: higher than `scores` by its optimism.
    stability
        For each parameter, how much the choices differ.
    studies
        The names of the studies, where a storage keeps them.
    """

    scores: tuple[float, ...]
    mean: float
    low: float
    high: float
    interval: str
    params: tuple[Mapping[str, Any], ...]
    inner: tuple[float, ...]
    stability: tuple[Stability, ...]
    studies: tuple[str, ...]

    def table(self) -> list[dict[str, Any]]:
        """One dict an outer fold: what `pandas.DataFrame(...)` takes."""
        return [
            {"fold": fold, "score": score, "inner score": inner, **params}
            for fold, (score, inner, params) in enumerate(zip(self.scores, self.inner, self.params, strict=True))
        ]

    def stability_table(self) -> list[dict[str, Any]]:
        """One dict a parameter."""
        return [
            {"parameter": one.name, "share of the most frequent": one.share, "spread": one.spread, "chosen": one.chosen}
            for one in self.stability
        ]


def nested_cv(
    search: TuneSearchCV,
    X: Any,
    y: Any = None,
    *,
    cv: Any = 5,
    groups: Any = None,
    interval: Literal["corrected t", "bates"] = "corrected t",
) -> NestedResult:
    """Score a search as a whole: on each outer fold, by what it chose without ever seeing that fold.

    Parameters
    ----------
    search
        A `TuneSearchCV` with one metric; cloned for every outer fold. With a `storage`, each outer fold has a study of
        its own there (its name, or "nested", and the fold), and calling again resumes them.
    X, y, groups
        The rows.
    cv
        The outer folds, as in `TuneSearchCV`.
    interval
        `"corrected t"`: Student's interval over the outer scores with the correction for overlapping training sets
        (Nadeau and Bengio 2003), at no further fit. `"bates"`: Bates, Hastie, Tibshirani (2021), for accuracy, squared
        and absolute error; it searches each pair of outer folds, too: `cv * (cv - 1) / 2` searches more.

    Returns
    -------
    Scores, mean with its interval, what each fold chose, and how stable that is.

    Raises
    ------
    UsageError
        If the search has several metrics, does not refit, or its metric has no interval of that kind.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import tunesmith as ts
    >>> X, y = load_wine(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), LogisticRegression())
    >>> search = ts.TuneSearchCV(model, {"logisticregression__C": [0.01, 0.1, 1.0]}, cv=3)
    >>> found = ts.nested_cv(search, X, y, cv=3)
    >>> len(found.scores), found.low < found.mean <= found.high
    (3, True)
    """
    _refuse(search, interval)
    X, y = sk.indexable(X, y)
    scheme = from_cv(cv, y, classifier=sk.is_classifier(search.estimator))
    splits = scheme.splits(X, y, groups)
    searches = [_fitted(search, X, y, groups, split.train, f"outer-{fold}") for fold, split in enumerate(splits)]
    scores = [float(one.score(*_rows(one, X, y, split.test))) for one, split in zip(searches, splits, strict=True)]
    if interval == "bates":
        _refuse_overlap(splits)
        found = _bates(search, searches, X, y, groups, splits)
    else:
        student = corrected_difference(scores, fold_ratio(splits))
        found = Interval(student.mean, student.low, student.high)
    return NestedResult(
        tuple(scores), found.mean, found.low, found.high, interval,
        tuple(one.best_params_ for one in searches), tuple(float(one.best_score_) for one in searches),
        _stability(searches), tuple(one.study_.name for one in searches) if search.storage is not None else (),
    )  # fmt: skip


def _refuse(search: TuneSearchCV, interval: str) -> None:
    if not search.refit or callable(search.refit) or isinstance(search.scoring, (list, tuple, dict, set)):
        raise UsageError(
            "nested_cv needs a search with one metric that refits its best params.",
            hint="Set scoring to one name and leave refit=True.",
        )
    if search.study is not None:
        raise UsageError("nested_cv makes a study for each outer fold.", hint="Leave study out; give storage and name.")
    if interval not in {"corrected t", "bates"}:
        raise UsageError(f"There is no interval {interval!r}.", hint='Write "corrected t" or "bates".')
    if interval == "bates" and _kind(search) not in _OF_A_ROW:
        raise UsageError(
            f'interval="bates" needs a score that is a mean over rows, not {search.scoring!r}.',
            hint=f'Use {", ".join(sorted(_OF_A_ROW))}, or interval="corrected t".',
        )


def _refuse_overlap(splits: tuple[Split, ...]) -> None:
    judged = np.concatenate([split.test for split in splits])
    if len(np.unique(judged)) != len(judged) or any(len(s.train) + len(s.test) != len(judged) for s in splits):
        raise UsageError('interval="bates" needs k folds that judge each row once.', hint="Use cv=5, or cv='kfold:5'.")


def _kind(search: TuneSearchCV) -> str:
    if search.scoring is None and sk.is_classifier(search.estimator):
        return "accuracy"
    return search.scoring if isinstance(search.scoring, str) else ""


def _fitted(search: TuneSearchCV, X: Any, y: Any, groups: Any, rows: Any, part: str) -> TuneSearchCV:
    one: TuneSearchCV = sk.clone(search)
    one.set_params(name=f"{search.name or 'nested'}-{part}" if search.storage is not None else None)
    X_part, y_part = _rows(one, X, y, rows)
    metadata = {} if groups is None else {"groups": np.asarray(groups)[rows]}
    return one.fit(X_part, y_part, **metadata)


def _rows(search: TuneSearchCV, X: Any, y: Any, rows: Any) -> tuple[Any, Any]:
    X_part, y_part = sk.safe_split(search.estimator, X, y, rows)
    return X_part, y_part


def _bates(
    search: TuneSearchCV, searches: list[TuneSearchCV], X: Any, y: Any, groups: Any, splits: tuple[Split, ...]
) -> Interval:
    of_a_row, folds = _OF_A_ROW[_kind(search)], len(splits)
    outer = [of_a_row(one, *_rows(one, X, y, s.test)) for one, s in zip(searches, splits, strict=True)]
    inner: list[list[Any]] = [[] for _ in range(folds)]
    for one, other in combinations(range(folds), 2):
        rows = np.setdiff1d(splits[one].train, splits[other].test)
        found = _fitted(search, X, y, groups, rows, f"without-{one}-{other}")
        inner[one].append(of_a_row(found, *_rows(found, X, y, splits[other].test)))
        inner[other].append(of_a_row(found, *_rows(found, X, y, splits[one].test)))
    return nested_interval(outer, [np.concatenate(parts) for parts in inner])


def _stability(searches: list[TuneSearchCV]) -> tuple[Stability, ...]:
    space = searches[0].study_.space
    chosen = [one.study_.history.trial(int(one.cv_results_["trial_number"][one.best_index_])) for one in searches]
    found = []
    for name in space.names:
        distribution = space[name]
        values = [trial.params.get(name) for trial in chosen]
        active = [value for value in values if value is not None]
        most = max(Counter(map(repr, values)).values())
        spread = math.nan
        if not isinstance(distribution, Categorical) and active and all(map(distribution.contains, active)):
            places = [distribution.to_unit(value) for value in active]
            spread = float(np.ptp(places))
        found.append(Stability(name, tuple(values), most / len(values), spread))
    return tuple(found)
