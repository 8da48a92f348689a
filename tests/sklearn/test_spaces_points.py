"""Every point of every ready-made space can be fitted, and its defaults are the estimator's own."""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tunesmith.sklearn.spaces import ESTIMATORS, class_of, space_for
from tunesmith.space import Ordinal, SearchSpace

ROWS, COLUMNS, POINTS = 60, 6, 20

ALL = [
    pytest.param(space.name, marks=[] if space.package == "sklearn" else pytest.mark.needs(space.package))
    for space in ESTIMATORS
]
COUNTS = {"MultinomialNB", "ComplementNB", "BernoulliNB"}
TEXTS = {"TfidfVectorizer", "CountVectorizer"}
POSITIVE = {"PoissonRegressor", "GammaRegressor"}
QUIET: Mapping[str, dict[str, Any]] = {
    "catboost": {"iterations": 5, "verbose": False, "allow_writing_files": False, "thread_count": 1},
    "lightgbm": {"verbose": -1, "n_jobs": 1},
    "xgboost": {"n_jobs": 1},
}
SLOW = ("Random", "Extra", "Isolation", "Gradient", "Hist", "Ada", "Bagging", "MLP", "XGB", "LGBM")
CHEAP = {"n_estimators": 8, "max_iter": 8}
"""More of the same: what can be fitted with few trees can be fitted with many."""


def _make(name: str, params: Mapping[str, Any] | None = None) -> Any:
    kind = class_of(name)
    return kind(**{**QUIET.get(kind.__module__.partition(".")[0], {}), **(params or {})})


def _make_cheap(name: str, params: Mapping[str, Any]) -> Any:
    made = _make(name, params)
    few = {key: CHEAP[key] for key in made.get_params() if key in CHEAP and name.startswith(SLOW)}
    return made.set_params(**few)


def _data(name: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS))
    score = X[:, 0] + 0.5 * X[:, 1] ** 2 + 0.3 * rng.normal(size=ROWS)
    if name in TEXTS:
        words = np.array(["red", "green", "blue", "white", "black", "dark red"])
        return [" ".join(rng.choice(words, 8)) for _ in range(ROWS)], score
    if name in COUNTS:
        X = np.abs(np.round(3 * X))
    if name == "NMF":
        X = np.abs(X)
    if name == "TargetEncoder":
        X = np.round(X)
    if name == "KNNImputer":
        X[rng.random(X.shape) < 0.1] = np.nan
    if name in POSITIVE:
        return X, np.exp(score / 3)
    is_regressor = name.endswith(("Regressor", "SVR", "Ridge", "Lasso", "ElasticNet", "PLSRegression"))
    return X, score if is_regressor else np.digitize(score, [0.0, 0.8])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("sized", [True, False], ids=["sized", "unsized"])
def test_every_point_can_be_fitted(name: str, sized: bool) -> None:
    X, y = _data(name)
    space = space_for(name, n=ROWS if sized else None, d=COLUMNS if sized else None)
    rng = random.Random(0)
    for _ in range(POINTS if sized else POINTS // 4):
        params = space.sample(rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _make_cheap(name, params).fit(X, y)


GIVEN: list[Any] = [
    ("LogisticRegression", {"solver": "saga", "l1_ratio": 0.5}),
    ("LogisticRegression", {"solver": "newton-cg"}),
    ("LinearSVC", {"penalty": "l1"}),
    ("LinearSVC", {"dual": True}),
    ("LinearSVC", {"dual": False}),
    ("LinearSVC", {"loss": "hinge"}),
    ("LinearSVR", {"dual": False, "loss": "squared_epsilon_insensitive"}),
    ("SVC", {"kernel": "sigmoid"}),
    ("SVC", {"kernel": "poly", "gamma": 0.3, "class_weight": {0: 1, 1: 2, 2: 3}}),
    ("KernelRidge", {"kernel": "poly"}),
    ("KNeighborsClassifier", {"metric": "cosine"}),
    ("KNeighborsRegressor", {"n_neighbors": 25, "p": 3}),
    ("RandomForestClassifier", {"bootstrap": False, "max_features": 3, "n_estimators": 8}),
    ("ExtraTreesRegressor", {"bootstrap": True, "max_samples": 0.4, "n_estimators": 8}),
    ("RandomForestRegressor", {"max_samples": 30, "min_samples_leaf": 0.1, "max_features": None, "n_estimators": 8}),
    ("BaggingClassifier", {"max_samples": 0.9, "max_features": 3}),
    ("HistGradientBoostingRegressor", {"loss": "quantile", "quantile": 0.2, "max_leaf_nodes": None, "max_iter": 8}),
    ("GradientBoostingRegressor", {"loss": "huber", "max_depth": None}),
    ("MLPClassifier", {"solver": "lbfgs", "hidden_layer_sizes": 7, "max_iter": 8}),
    ("MLPRegressor", {"solver": "sgd", "activation": "logistic", "max_iter": 8}),
    ("LinearDiscriminantAnalysis", {"solver": "lsqr", "shrinkage": "auto"}),
    ("LinearDiscriminantAnalysis", {"solver": "eigen", "shrinkage": 0.3}),
    ("SGDClassifier", {"loss": "log_loss", "penalty": None}),
    ("PCA", {"n_components": 3}),
    ("PCA", {"n_components": 2, "svd_solver": "randomized"}),
    ("PCA", {"n_components": 0.8}),
    ("SelectKBest", {"k": "all"}),
    ("KBinsDiscretizer", {"strategy": "kmeans"}),
    ("KMeans", {"init": "random", "n_clusters": 30}),
    ("AgglomerativeClustering", {"n_clusters": None, "distance_threshold": 1.0}),
    ("AgglomerativeClustering", {"linkage": "average", "metric": "cosine"}),
    ("GaussianProcessRegressor", {"alpha": np.full(ROWS, 0.1)}),
    ("MultinomialNB", {"alpha": np.full(COLUMNS, 0.1)}),
    pytest.param("XGBClassifier", {"booster": "gblinear"}, marks=pytest.mark.needs("xgboost")),
    pytest.param("XGBRegressor", {"booster": "dart"}, marks=pytest.mark.needs("xgboost")),
    pytest.param(
        "LGBMRegressor",
        {"boosting_type": "rf", "subsample_freq": 1, "subsample": 0.5},
        marks=pytest.mark.needs("lightgbm"),
    ),
    pytest.param("LGBMClassifier", {"boosting_type": "dart", "max_depth": 3}, marks=pytest.mark.needs("lightgbm")),
    pytest.param(
        "CatBoostRegressor", {"max_depth": 3, "reg_lambda": 1, "eta": 0.1}, marks=pytest.mark.needs("catboost")
    ),
    pytest.param("CatBoostClassifier", {"bootstrap_type": "Bayesian"}, marks=pytest.mark.needs("catboost")),
]
"""Estimators with some params set, which leave other combinations to be refused."""


@pytest.mark.parametrize(("name", "given"), GIVEN)
def test_every_point_around_a_given_one_can_be_fitted(name: str, given: dict[str, Any]) -> None:
    X, y = _data(name)
    X = np.abs(X) if name == "MultinomialNB" else X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _make(name, given).fit(X, y)
        space = space_for(_make(name, given), n=ROWS, d=COLUMNS)
        rng = random.Random(1)
        for params in (space.defaults(), *(space.sample(rng) for _ in range(10))):
            _make_cheap(name, {**given, **(params or {})}).fit(X, y)


@pytest.mark.parametrize("name", ALL)
def test_defaults_are_the_estimators_own(name: str) -> None:
    defaults = space_for(name, n=10_000, d=30).defaults()
    assert defaults is not None
    if class_of(name).__module__.startswith("sklearn"):
        own = class_of(name)().get_params()
        assert {param: own[param] for param in defaults} == dict(defaults)


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_has_a_default(name: str) -> None:
    for n, d in ((None, None), (8, 1), (100, 5), (1_000_000, 2000)):
        space = space_for(name, n=n, d=d)
        assert space.defaults() is not None
        assert all(distribution.contains(distribution.default) for _, distribution in space.items())
        assert SearchSpace.load(space.dump()).differs(space) is None


@pytest.mark.parametrize("name", [one for one in ALL if str(one.values[0]).startswith(("XGB", "CatBoost"))])
def test_what_boosters_mean_by_none(name: str) -> None:
    """They show their defaults as None; fitted with what stands in the space they give the same model."""
    X, y = _data(name)
    y = y if name.endswith("Regressor") else (y > 0).astype(int)
    defaults = dict(space_for(_make(name), n=ROWS, d=COLUMNS).defaults() or {})
    as_is = _make(name).fit(X, y)
    rate = defaults["learning_rate"]
    if name.startswith("CatBoost"):
        defaults["learning_rate"] = as_is.learning_rate_
        assert as_is.learning_rate_ == pytest.approx(rate, rel=0.02)
    np.testing.assert_allclose(_make(name, defaults).fit(X, y).predict(X), as_is.predict(X), rtol=1e-6)


def test_words_of_an_estimator_stand_at_their_place() -> None:
    """An Ordinal with "sqrt" in it is in the order of what its values come to."""
    for d in (4, 10, 100, 1000):
        features = space_for("RandomForestClassifier", n=500, d=d)["max_features"]
        assert isinstance(features, Ordinal)
        counts = [int(np.sqrt(d)) if share == "sqrt" else max(int(share * d), 1) for share in features.choices]
        assert counts == sorted(set(counts))
