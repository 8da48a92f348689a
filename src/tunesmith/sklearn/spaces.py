"""Ready-made spaces: for a known estimator the few hyperparameters that matter, scaled to the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from tunesmith._optional import require
from tunesmith.errors import InvalidSpace, UnknownName, did_you_mean
from tunesmith.sklearn import (
    _spaces_boosters,
    _spaces_clusters,
    _spaces_distances,
    _spaces_linear,
    _spaces_others,
    _spaces_preparation,
    _spaces_trees,
)
from tunesmith.sklearn._spaces_entry import EstimatorSpace, Facts
from tunesmith.sklearn._spaces_fit import fitted
from tunesmith.sklearn._spaces_nesting import holds_others, members
from tunesmith.space import Condition, Distribution, SearchSpace

ESTIMATORS: tuple[EstimatorSpace, ...] = (
    *_spaces_linear.SPACES,
    *_spaces_distances.SPACES,
    *_spaces_trees.SPACES,
    *_spaces_boosters.SPACES,
    *_spaces_others.SPACES,
    *_spaces_preparation.SPACES,
    *_spaces_clusters.SPACES,
)
"""All estimators that have a ready-made space."""

_BY_NAME = {space.name: space for space in ESTIMATORS}
_PACKAGES = frozenset(space.package for space in ESTIMATORS)
_NOTHING_TO_TUNE = frozenset({"DummyClassifier", "DummyRegressor", "FrozenEstimator", "LinearRegression"})
WEIGHTS_HARM = frozenset({"accuracy", "neg_log_loss", "neg_brier_score", "d2_log_loss_score", "d2_brier_score"})
"""Scorers under which weights of classes cost trials and cannot help: all rows count alike in them."""
_OWN = "Or write your own: ts.SearchSpace(C=ts.Float(1e-3, 1e3, log=True))."


@final
@dataclass(frozen=True, slots=True)
class SpaceRow:
    """One parameter of a ready-made space, explained.

    Parameters
    ----------
    name
        The parameter, with the prefix of the step or wrapper that it belongs to.
    distribution
        Its values, default and conditions.
    why
        One line on what it does.
    estimator, source
        Whose it is, and where its rank and range come from.
    """

    name: str
    distribution: Distribution
    why: str
    estimator: str
    source: str


def space_for(
    estimator: Any,
    *,
    n: int | None = None,
    d: int | None = None,
    classes: Sequence[int] | None = None,
    prefix: str = "",
) -> SearchSpace:
    """A good search space for a known estimator: the few hyperparameters that matter, the most tunable first.

    Every point of it can be fitted, and its defaults are the estimator's own values. Give `n` and `d`: ranges such as
    `n_neighbors` or `max_features` depend on them.

    Parameters
    ----------
    estimator
        An estimator of scikit-learn, XGBoost, LightGBM or CatBoost, its class, or the name of its class. In pipelines,
        column transformers, ensembles and wrappers the estimators inside are searched, as `step__param`.
    n, d
        Rows and columns of the data; where they are left out, ranges are cautious.
    classes
        Rows of each class, in the order of their labels: `np.bincount(y)`. Weights of classes are searched where one
        has less than half of the rows that equal classes would have (a quarter of two), and where this is left out.
    prefix
        Put before each name.

    Raises
    ------
    UnknownName
        If nothing is known of the estimator, naming the nearest one that is known.
    InvalidSpace
        If it has no hyperparameter worth a search.

    Notes
    -----
    A number outside of its range, as in `RandomForestClassifier(min_samples_leaf=500)`, widens the range. What is
    neither a number nor a choice, such as a kernel of your own, is left as it is.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> space = space_for(SVC(C=10), n=500, d=8, classes=[240, 260])
    >>> space.names
    ('gamma', 'kernel', 'C', 'degree', 'coef0')
    >>> space.defaults()
    {'kernel': 'rbf', 'gamma': 'scale', 'C': 10.0}
    >>> space_for(SVC(), classes=[480, 20])["class_weight"]
    Categorical(None, 'balanced', default=None)
    """
    rows = explain(estimator, n=n, d=d, classes=classes, prefix=prefix)
    return SearchSpace({row.name: row.distribution for row in rows})


def explain(
    estimator: Any,
    *,
    n: int | None = None,
    d: int | None = None,
    classes: Sequence[int] | None = None,
    prefix: str = "",
) -> tuple[SpaceRow, ...]:
    """What `space_for` gives, with a line on each parameter.

    Examples
    --------
    >>> for row in explain("KNeighborsClassifier", n=100):
    ...     print(row.name, row.distribution, row.why)
    n_neighbors Int(1, 50, log=True, default=5) Rows that are asked: few follow the detail, many smooth the noise.
    weights Categorical('uniform', 'distance', default='uniform') Whether nearer rows count more.
    p Ordinal(1, 2, default=2) 1 adds distances by column, 2 is Euclidean.
    """
    _check_size(n, "n")
    _check_size(d, "d")
    target = class_of(estimator) if isinstance(estimator, str) else estimator
    rows = tuple(_rows(target, Facts(n, d, {}, _checked(classes)), prefix))
    if rows:
        return rows
    name = _name_of(target)
    if isinstance(target, type) and holds_others(name):
        raise InvalidSpace(f"The class {name} holds no estimator.", hint=f"Give an object: space_for({name}(...)).")
    raise InvalidSpace(f"{name} has no hyperparameter that is worth a search.", hint=f"Fit it as it is. {_OWN}")


def find(name: str) -> EstimatorSpace:
    """The table of an estimator by the name of its class, in any case; nothing is imported.

    Raises
    ------
    UnknownName
        If no estimator of this name has a ready-made space.
    """
    folded = {known.casefold(): space for known, space in _BY_NAME.items()}
    if name.casefold() not in folded:
        raise _unknown(name)
    return folded[name.casefold()]


def class_of(name: str) -> type[Any]:
    """The class of an estimator by its name; its package is imported.

    Raises
    ------
    UnknownName
        If no estimator of this name has a ready-made space.
    """
    space = find(name)
    extra = "sklearn" if space.package == "sklearn" else "boosters"
    found: type[Any] = getattr(require(space.module, extra=extra), space.name)
    return found


def _rows(estimator: Any, facts: Facts, prefix: str, *, needed: bool = True) -> Iterator[SpaceRow]:
    name = _known_name(estimator)
    space = _BY_NAME.get(name or "")
    if space is not None:
        for param, distribution, why in fitted(space, estimator, facts):
            yield SpaceRow(prefix + param, _moved(distribution, prefix), why, space.name, space.source)
    elif name is None or not (holds_others(name) or name in _NOTHING_TO_TUNE):
        if needed:
            raise _unknown(_name_of(estimator))
        return
    for member in members(name or "", estimator, facts.d):
        inside = replace(facts, d=member.columns)
        yield from _rows(member.estimator, inside, f"{prefix}{member.name}__", needed=needed and member.needed)


def _known_name(estimator: Any) -> str | None:
    """The name of the first class of a known package among the estimator's own and those that it derives from."""
    kind = estimator if isinstance(estimator, type) else type(estimator)
    for one in kind.__mro__:
        module = one.__module__
        if module.partition(".")[0] in _PACKAGES and not module.startswith(("sklearn.base", "sklearn.utils")):
            return one.__name__
    return None


def _moved(distribution: Distribution, prefix: str) -> Distribution:
    conditions = tuple(Condition(prefix + condition.parent, condition.test) for condition in distribution.conditions)
    return distribution.with_conditions(conditions)


def _name_of(estimator: Any) -> str:
    return (estimator if isinstance(estimator, type) else type(estimator)).__name__


def _unknown(name: str) -> UnknownName:
    near = did_you_mean(name, _BY_NAME).partition(" Known:")[0]
    near = f"{near} " if near.startswith("Did") else ""
    return UnknownName(
        f"There is no ready-made space for {name!r}.", hint=f"{near}`tunesmith spaces` lists all. {_OWN}"
    )


def _checked(classes: Sequence[int] | None) -> tuple[int, ...] | None:
    if classes is None:
        return None
    counts = tuple(int(count) for count in classes)
    if (
        len(counts) < 2
        or min(counts) < 0
        or sum(counts) == 0
        or any(a != b for a, b in zip(counts, classes, strict=True))
    ):
        raise InvalidSpace(f"classes={classes!r} does not count the rows of classes.", hint="Give np.bincount(y).")
    return counts


def _check_size(value: Any, name: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidSpace(
            f"{name}={value!r} is no number of rows or columns.", hint="Give a whole number of 1 or more."
        )
