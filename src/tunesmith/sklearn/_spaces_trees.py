"""Ready-made spaces of trees, forests and other ensembles of scikit-learn."""

from __future__ import annotations

from typing import Any

from tunesmith._optional import require
from tunesmith.sklearn._spaces_entry import (
    BISCHL,
    CLASS_WEIGHT,
    MANTOVANI,
    PROBST,
    VAN_RIJN,
    Entry,
    EstimatorSpace,
    Facts,
    both,
    clipped_int,
    column_shares,
    depths,
)
from tunesmith.space import Categorical, Float, Int, Ordinal

_ENSEMBLE = "sklearn.ensemble"
_MORE_TREES = (
    "More trees never hurt but take longer, so n_estimators is not searched (Probst, Boulesteix 2018, JMLR 18(181))."
)
RATE = "How much each tree may correct: smaller is steadier and needs more trees."
TREES = "Number of trees; goes with the learning rate."
_LEAF = "Rows that a leaf must hold: larger is smoother and safer with noise."

LEAVES_PENALTY = (0.0, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Penalties on the values of leaves, from none to strong."""


def _leaf(facts: Facts) -> Int:
    return clipped_int(1, facts.part(1 / 20, 5, 100), default=1)


def _criterion(*, classifier: bool) -> tuple[Entry, ...]:
    choices = Categorical("gini", "entropy", default="gini")
    criterion = Entry("criterion", choices, "How splits are compared; rarely matters much.")
    return (criterion, CLASS_WEIGHT) if classifier else ()


def _tree(*, classifier: bool) -> tuple[Entry, ...]:
    pruning = Ordinal(0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, default=0.0)
    prune = Entry("ccp_alpha", pruning, "Gain that a branch must bring to be kept; 0 keeps all.")
    return (
        Entry("min_samples_leaf", _leaf, _LEAF),
        *((prune,) if classifier else ()),  # in a regressor it is in squared units of the target
        Entry("max_depth", depths, "Longest chain of questions; None grows until leaves are pure."),
        *_criterion(classifier=classifier),
    )


def _forest(*, classifier: bool) -> tuple[Entry, ...]:
    return (
        Entry("min_samples_leaf", _leaf, _LEAF),
        Entry(
            "max_features",
            column_shares("sqrt" if classifier else 1.0),
            "Columns that a split may choose from: fewer makes trees more different from each other.",
        ),
        Entry(
            "max_samples",
            Ordinal(0.2, 0.35, 0.5, 0.65, 0.8, None, default=None).when("bootstrap", True),
            "Share of the rows that each tree sees; None draws as many as there are.",
        ),
        *_criterion(classifier=classifier),
    )


def boosted_trees(facts: Facts) -> Int:
    """Number of boosted trees: with few rows many of them cost time and learn the rows by heart."""
    return Int(30, facts.part(1 / 10, 300, 1000), log=True, default=100)


def boosted_leaves(facts: Facts) -> Int:
    """Leaves of each tree of histogram boosting."""
    return clipped_int(4, facts.part(1 / 10, 63, 255), default=31)


def boosted_leaf_rows(facts: Facts) -> Int:
    """Rows that a leaf of histogram boosting must hold."""
    return clipped_int(1, facts.part(1 / 10, 40, 200), default=20)


_BOOSTING = (
    Entry("learning_rate", Float(0.01, 0.3, log=True, default=0.1), RATE),
    Entry("n_estimators", boosted_trees, TREES),
    Entry("subsample", Float(0.4, 1.0, default=1.0), "Share of the rows that each tree sees; below 1 is more robust."),
    Entry("max_depth", Int(1, 10, default=3), "How many columns may act together in a tree."),
    Entry("min_samples_leaf", _leaf, _LEAF),
    Entry("max_features", column_shares(None), "Columns that a split may choose from; None takes all."),
)


_HIST = (
    Entry("learning_rate", Float(0.01, 0.3, log=True, default=0.1), RATE),
    Entry("max_leaf_nodes", boosted_leaves, "Leaves of each tree: the main brake on how much it can learn by heart."),
    Entry("min_samples_leaf", boosted_leaf_rows, _LEAF),
    Entry("l2_regularization", Ordinal(LEAVES_PENALTY, default=0.0), "Pulls what a leaf predicts towards zero."),
    Entry("max_iter", boosted_trees, TREES),
    Entry("max_features", Float(0.2, 1.0, default=1.0), "Share of the columns that a split may choose from."),
)


def _stumps(*, classifier: bool) -> Entry:
    """AdaBoost's trees as a parameter: without an estimator of its own there is none whose depth could be set."""

    def make(facts: Facts) -> Ordinal | None:
        if facts.own.get("estimator") is not None:
            return None
        trees: Any = require("sklearn.tree", extra="sklearn")
        tree = trees.DecisionTreeClassifier if classifier else trees.DecisionTreeRegressor
        standard = 1 if classifier else 3
        choices = [None if depth == standard else tree(max_depth=depth) for depth in (1, 2, 3, 4, 6, 8, 10)]
        return Ordinal(choices, default=None)

    standard = "None is a stump" if classifier else "None has depth 3"
    return Entry("estimator", make, f"The tree that is boosted, by its depth; {standard}.")


def _ada(*, classifier: bool) -> tuple[Entry, ...]:
    return (
        _stumps(classifier=classifier),
        Entry("learning_rate", Float(0.01, 2.0, log=True, default=1.0), RATE),
        Entry("n_estimators", Int(20, 500, log=True, default=50), TREES),
    )


def _bag_rows(facts: Facts) -> Ordinal:
    everything = 1.0 if facts.own.get("max_samples", 1.0) is not None else None  # what it means depends on the version
    return Ordinal(0.1, 0.2, 0.35, 0.5, 0.65, 0.8, everything, default=everything)


_BAGGING = (
    Entry("max_samples", _bag_rows, "Share of the rows that each member sees."),
    Entry("max_features", Float(0.2, 1.0, default=1.0), "Share of the columns that each member sees."),
    Entry("n_estimators", Int(10, 200, log=True, default=10), "Number of members; more is steadier and slower."),
    Entry("bootstrap", Categorical(True, False, default=True), "Whether a row may be drawn twice for one member."),
)


def _isolation_rows(facts: Facts) -> Ordinal:
    most = max(facts.rows(2048) // 2, 64)
    smaller = [rows for rows in (32, 64, 128) if rows <= most]
    return Ordinal([*smaller, "auto", *(rows for rows in (512, 1024) if rows <= most)], default="auto")


SPACES = (
    *both(
        "DecisionTree",
        "sklearn.tree",
        f"{PROBST} (rpart); {MANTOVANI}",
        _tree(classifier=True),
        _tree(classifier=False),
    ),
    *both(
        "RandomForest",
        _ENSEMBLE,
        f"{VAN_RIJN}; {PROBST} (ranger)",
        _forest(classifier=True),
        _forest(classifier=False),
        _MORE_TREES,
    ),
    *both(
        "ExtraTrees",
        _ENSEMBLE,
        "Geurts, Ernst, Wehenkel 2006, Mach. Learn. 63",
        _forest(classifier=True),
        _forest(classifier=False),
        _MORE_TREES,
    ),
    *both("GradientBoosting", _ENSEMBLE, f"{PROBST} (xgboost); Friedman 2002, Comput. Stat. Data Anal. 38", _BOOSTING),
    *both(
        "HistGradientBoosting",
        _ENSEMBLE,
        f"LightGBM documentation, Parameters Tuning; {PROBST} (xgboost)",
        (*_HIST, CLASS_WEIGHT),
        _HIST,
    ),
    *both("AdaBoost", _ENSEMBLE, VAN_RIJN, _ada(classifier=True), _ada(classifier=False)),
    *both("Bagging", _ENSEMBLE, f"Louppe, Geurts 2012, ECML PKDD; {BISCHL}", _BAGGING),
    EstimatorSpace(
        "IsolationForest",
        _ENSEMBLE,
        "Liu, Ting, Zhou 2008, ICDM",
        (
            Entry(
                "max_samples", _isolation_rows, "Rows that each tree sees; few make outliers stand out. auto is 256."
            ),
            Entry("max_features", Float(0.2, 1.0, default=1.0), "Share of the columns that each tree sees."),
            Entry("n_estimators", Int(50, 500, log=True, default=100), "Number of trees; more is steadier and slower."),
        ),
        "contamination only moves the threshold between in and out, so it is not searched.",
    ),
)
