"""Which of several trials is the simplest: by parameters of known estimators that make a model larger or freer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from tunesmith.errors import UsageError, did_you_mean
from tunesmith.numerics.row_scores import Array

Simplicity: TypeAlias = Callable[[Mapping[str, Any]], float] | Mapping[str, str]
"""From params to how complex they are, or which values of each parameter are simpler: `"smaller"` or `"larger"`."""

SMALLER, LARGER = "smaller", "larger"
SIMPLER = {
    "C": SMALLER, "alpha": LARGER, "alpha_1": LARGER, "reg_alpha": LARGER, "reg_lambda": LARGER, "l2_leaf_reg": LARGER,
    "l2_regularization": LARGER, "lambda_1": SMALLER, "epsilon": LARGER, "nu": SMALLER, "ccp_alpha": LARGER,
    "max_depth": SMALLER, "depth": SMALLER, "max_leaf_nodes": SMALLER, "num_leaves": SMALLER, "n_estimators": SMALLER,
    "iterations": SMALLER, "max_iter": SMALLER, "learning_rate": SMALLER, "min_samples_leaf": LARGER,
    "min_samples_split": LARGER, "min_child_weight": LARGER, "min_child_samples": LARGER, "min_split_gain": LARGER,
    "min_impurity_decrease": LARGER, "max_features": SMALLER, "n_neighbors": LARGER, "radius": LARGER,
    "hidden_layer_sizes": SMALLER, "n_components": SMALLER, "degree": SMALLER, "gamma": SMALLER, "k": SMALLER,
    "var_smoothing": LARGER, "shrinkage": LARGER, "reg_param": LARGER, "n_knots": SMALLER, "percentile": SMALLER,
}  # fmt: skip
"""Parameter -> which of its values give the simpler model: fewer and shallower trees, more penalty, fewer units."""
_OF_CLASS = {
    ("XGBClassifier", "gamma"): LARGER, ("XGBRegressor", "gamma"): LARGER, ("LogisticRegression", "max_iter"): "",
    ("MLPClassifier", "max_iter"): "", ("MLPRegressor", "max_iter"): "", ("SGDClassifier", "max_iter"): "",
    ("SGDRegressor", "max_iter"): "", ("SVC", "max_iter"): "", ("RandomForestClassifier", "n_estimators"): "",
    ("RandomForestRegressor", "n_estimators"): "", ("ExtraTreesClassifier", "n_estimators"): "",
    ("ExtraTreesRegressor", "n_estimators"): "",
}  # fmt: skip
"""Where a name means something else: a limit of steps, or trees that are averaged, make no model freer."""


def simplicity_of(given: Simplicity | None, estimator: Any, names: Sequence[str]) -> Simplicity:
    """What to go by: what the user said, or what is known of the estimator's parameters.

    Parameters
    ----------
    given
        None for what is known.
    estimator
        Whose parameters are tuned.
    names
        Those that are.

    Raises
    ------
    UsageError
        If a name or word is not known, or nothing is known of any parameter.
    """
    if callable(given):
        return given
    if given is not None:
        for name, word in given.items():
            if name not in names:
                raise UsageError(f"simplicity names {name!r}, which is not tuned.", hint=did_you_mean(name, names))
            if word not in {SMALLER, LARGER}:
                raise UsageError(
                    f"simplicity[{name!r}] must be 'smaller' or 'larger', got {word!r}.",
                    hint='{"max_depth": "smaller"} says that smaller values are simpler.',
                )
        return dict(given)
    known = {name: word for name in names if (word := _known(estimator, name))}
    if not known:
        raise UsageError(
            f'select="one_se" takes the simplest, and of {", ".join(names)} it is not known which values are simpler.',
            hint='Say it: simplicity={"NAME": "smaller"}, or a function from params to a number, smaller for simpler.',
        )
    return known


def complexities(params: Sequence[Mapping[str, Any]], simplicity: Simplicity) -> Array:
    """How complex each trial is, from 0 to 1: the mean rank of its values; or what the user's function says.

    Examples
    --------
    >>> complexities([{"max_depth": 3}, {"max_depth": None}, {"max_depth": 5}], {"max_depth": "smaller"}).tolist()
    [0.0, 1.0, 0.5]
    """
    if callable(simplicity):
        return np.array([float(simplicity(one)) for one in params])
    ranks = np.full((len(params), len(simplicity)), math.nan)
    for column, (name, word) in enumerate(simplicity.items()):
        sizes = np.array([_size(one[name]) if name in one else math.nan for one in params])
        seen = ~np.isnan(sizes)
        if seen.any():
            order = np.unique(sizes[seen], return_inverse=True)[1].reshape(-1)
            rank = order / max(1, order.max())
            ranks[seen, column] = rank if word == SMALLER else 1 - rank
    seen = ~np.isnan(ranks)
    return np.asarray(np.where(seen, ranks, 0.0).sum(axis=1) / np.maximum(1, seen.sum(axis=1)))


def _known(estimator: Any, name: str) -> str:
    prefix, _, leaf = name.rpartition("__")
    owner = estimator.get_params(deep=True).get(prefix) if prefix else estimator
    owner = owner.steps[-1][1] if hasattr(owner, "steps") else owner
    return _OF_CLASS.get((type(owner).__name__, leaf), SIMPLER.get(leaf, ""))


def _size(value: Any) -> float:
    """A value as a number: no limit is infinite, layers count their units, words have no size."""
    if value is None:
        return math.inf
    if isinstance(value, (tuple, list)):
        return float(sum(value)) if all(isinstance(part, (int, float)) for part in value) else math.nan
    return math.nan if isinstance(value, (bool, str)) else float(value)
