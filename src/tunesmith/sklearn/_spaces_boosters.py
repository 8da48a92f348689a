"""Ready-made spaces of XGBoost, LightGBM and CatBoost."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tunesmith.sklearn._spaces_entry import BISCHL, CLASS_WEIGHT, PROBST, Entry, EstimatorSpace, Facts, both
from tunesmith.sklearn._spaces_trees import (
    LEAVES_PENALTY,
    RATE,
    TREES,
    boosted_leaf_rows,
    boosted_leaves,
    boosted_trees,
)
from tunesmith.space import Categorical, Distribution, Float, Int, Ordinal

_TREES = Entry("n_estimators", boosted_trees, TREES)
_LASSO = "Pulls what leaves predict to exactly zero."
_RIDGE = "Pulls what leaves predict towards zero."
_GROWN = (None, "gbtree", "dart")


_XGBOOST = (
    Entry("learning_rate", Float(0.01, 0.5, log=True, default=0.3), RATE),
    Entry("reg_alpha", Ordinal(LEAVES_PENALTY[:8], default=0.0), _LASSO),
    Entry("reg_lambda", Float(1e-3, 100.0, log=True, default=1.0), _RIDGE),
    Entry(
        "min_child_weight",
        Float(0.1, 50.0, log=True, default=1.0).when("booster", *_GROWN),
        "Weight of rows that a leaf must hold: larger is smoother.",
    ),
    Entry(
        "subsample",
        Float(0.4, 1.0, default=1.0).when("booster", *_GROWN),
        "Share of the rows that each tree sees; below 1 is more robust.",
    ),
    _TREES,
    Entry(
        "colsample_bytree",
        Float(0.3, 1.0, default=1.0).when("booster", *_GROWN),
        "Share of the columns that each tree sees.",
    ),
    Entry(
        "max_depth",
        Int(1, 12, default=6).when("booster", *_GROWN),
        "How many columns may act together in a tree.",
    ),
)


def _more_weight(facts: Facts) -> Ordinal | None:
    """How much a positive row counts: as any other, the root of what makes both classes equal, all of that."""
    if facts.classes is None or len(facts.classes) != 2 or not facts.unequal or min(facts.classes) < 1:
        return None
    equal = facts.classes[0] / facts.classes[1]
    return Ordinal(*sorted((1.0, float(f"{math.sqrt(equal):.4g}"), float(f"{equal:.4g}"))), default=1.0)


_POSITIVES = Entry(
    "scale_pos_weight", _more_weight, "How much a positive row counts; offered where two classes are known as unequal."
)


def _unless(*others: str) -> Callable[[Facts], Distribution | None]:
    """Class weights, unless the estimator was given some in another way: boosters refuse two."""

    def make(facts: Facts) -> Distribution | None:
        given = any(facts.own.get(other) not in (None, False) for other in others)
        return None if given else CLASS_WEIGHT.distribution(facts)

    return make


_BAGS = Categorical(0, 1, default=0).when("boosting_type", "gbdt", "dart")
_LIGHTGBM = (
    Entry("num_leaves", boosted_leaves, "Leaves of each tree: the main brake on how much it can learn by heart."),
    Entry("min_child_samples", boosted_leaf_rows, "Rows that a leaf must hold: larger is smoother."),
    Entry("learning_rate", Float(0.01, 0.3, log=True, default=0.1), RATE),
    _TREES,
    Entry("reg_alpha", Ordinal(LEAVES_PENALTY[:8], default=0.0), _LASSO),
    Entry("reg_lambda", Ordinal(LEAVES_PENALTY, default=0.0), _RIDGE),
    Entry("colsample_bytree", Float(0.3, 1.0, default=1.0), "Share of the columns that each tree sees."),
    Entry("subsample_freq", _BAGS, "Whether each tree sees a share of the rows (1) or all of them (0)."),
    Entry(
        "subsample",
        Float(0.4, 1.0, default=1.0).when("subsample_freq", 1),
        "The share of the rows; LightGBM ignores it where subsample_freq is 0.",
    ),
)
_LIGHTGBM_WEIGHT = Entry("class_weight", _unless("is_unbalance", "scale_pos_weight"), CLASS_WEIGHT.why)


def _catboost(*, classifier: bool) -> tuple[Entry, ...]:
    def rate(facts: Facts) -> Float:
        return Float(0.003, 0.5, log=True, default=_automatic_rate(facts, classifier=classifier))

    return (
        Entry("learning_rate", rate, f"{RATE} The default is what CatBoost takes for so many rows.", ("eta",)),
        Entry("depth", Int(2, 10, default=6), "Depth of each symmetric tree.", ("max_depth",)),
        Entry("l2_leaf_reg", Float(0.3, 100.0, log=True, default=3.0), _RIDGE, ("reg_lambda",)),
        Entry(
            "random_strength",
            Ordinal(0.0, 0.1, 0.3, 1.0, 3.0, 10.0, default=1.0),
            "Noise in the choice of splits: more makes trees differ.",
        ),
        Entry(
            "rsm",
            Float(0.3, 1.0, default=1.0).when("task_type", None, "CPU"),
            "Share of the columns that a split may choose from.",
            ("colsample_bylevel",),
        ),
        *((Entry("auto_class_weights", _automatic_weights, _AUTOMATIC),) if classifier else ()),
    )


_AUTOMATIC = "Balanced makes up for a rare class, SqrtBalanced by half; not offered where classes are about equal."


def _automatic_weights(facts: Facts) -> Categorical | None:
    if facts.unequal is False or any(
        facts.own.get(other) is not None for other in ("class_weights", "scale_pos_weight")
    ):
        return None
    return Categorical(None, "SqrtBalanced", "Balanced", default=None)


def _automatic_rate(facts: Facts, *, classifier: bool) -> float:
    """The learning rate that CatBoost chooses by itself, by rows and trees (two classes; squared error).

    It is a power law in both, of which the exponents were read off fitted models.
    """
    trees = _first(facts.own, ("iterations", "n_estimators", "num_boost_round", "num_trees")) or 1000
    at_1000, by_rows, by_trees = (0.010302, 0.427, -0.917) if classifier else (0.040943, 0.158, -0.813)
    rate = at_1000 * (facts.rows(10_000) / 1000) ** by_rows * (float(trees) / 1000) ** by_trees
    return round(min(max(rate, 0.003), 0.5), 6) if math.isfinite(rate) else 0.03


def _first(own: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((own[name] for name in names if own.get(name) is not None), None)


SPACES: tuple[EstimatorSpace, ...] = (
    *both(
        "XGB",
        "xgboost",
        f"{PROBST} (xgboost); XGBoost documentation, Notes on Parameter Tuning",
        (*_XGBOOST, _POSITIVES),
        _XGBOOST,
        "XGBoost shows its defaults as None; the values here are what None means.",
    ),
    *both(
        "LGBM",
        "lightgbm",
        f"LightGBM documentation, Parameters Tuning; {PROBST} (xgboost)",
        (*_LIGHTGBM, _LIGHTGBM_WEIGHT),
        _LIGHTGBM,
    ),
    *both(
        "CatBoost",
        "catboost",
        f"CatBoost documentation, Parameter tuning; {BISCHL}",
        _catboost(classifier=True),
        _catboost(classifier=False),
        "The number of trees stays at yours (1,000): the learning rate makes up for it.",
    ),
)
