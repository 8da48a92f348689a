"""Small scikit-learn models, scored by cross-validation on data that scikit-learn brings: steps, plateaus, cliffs."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn import (
    datasets,
    ensemble,
    linear_model,
    model_selection,
    neighbors,
    neural_network,
    preprocessing,
    svm,
    tree,
)
from sklearn.kernel_ridge import KernelRidge

import tunesmith as ts
from benchmarks.searching.problem import EvaluationFailed, Point, Problem, Task

Builder = Callable[[dict[str, Any]], Any]
FOLDS = 3
PENALTY = 20.0
"""A log loss or a relative error is cut here: models that blow up are all equally bad."""


class Case(NamedTuple):
    """A model, its space, its data, and how it is measured: `error`, `log loss` or `rmse` (relative to the mean's)."""

    split: str
    data: str
    measure: str
    space: ts.SearchSpace
    build: Builder


def tasks() -> list[Task]:
    """Every case; the data are read when one is made."""
    return [Task(name, "sklearn", case.split, functools.partial(problem, name)) for name, case in CASES.items()]


def problem(name: str) -> Problem:
    """One model on one data set, by three fixed folds."""
    case = CASES[name]
    return Problem(case.space, functools.partial(_loss, name))


def _loss(name: str, params: Point) -> float:
    case = CASES[name]
    scores = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for X, y, X_test, y_test in _folds(case.data):
            try:
                model = case.build(dict(params)).fit(X, y)
                scores.append(_score(case.measure, model, y, X_test, y_test))
            except (ValueError, FloatingPointError) as error:
                raise EvaluationFailed(str(error)) from error
    return sum(scores) / len(scores)


def _score(measure: str, model: Any, y: Any, X_test: Any, y_test: Any) -> float:
    if measure == "error":
        return float(np.mean(model.predict(X_test) != y_test))
    if measure == "log loss":
        right = model.predict_proba(X_test)[np.arange(len(y_test)), y_test]
        return min(PENALTY, float(-np.mean(np.log(np.maximum(right, 1e-15)))))
    off = model.predict(X_test) - y_test
    value = math.sqrt(float(np.mean(off * off))) / float(np.std(y))
    return min(PENALTY, value) if math.isfinite(value) else PENALTY


@functools.cache
def _folds(data: str) -> list[tuple[Any, Any, Any, Any]]:
    """Scaled training and test rows of each fold."""
    X, y = getattr(datasets, f"load_{data}")(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(y))[:400]
    X, y = X[rows], y[rows]
    kind = model_selection.KFold if data == "diabetes" else model_selection.StratifiedKFold
    found = []
    for train, test in kind(FOLDS, shuffle=True, random_state=0).split(X, y):
        scaler = preprocessing.StandardScaler().fit(X[train])
        found.append((scaler.transform(X[train]), y[train], scaler.transform(X[test]), y[test]))
    return found


# -- models and spaces ------------------------------------------------------------------------------------------------

_KERNELS = {
    "C": ts.Float(1e-3, 1e4, log=True),
    "kernel": ts.Categorical("rbf", "poly", "sigmoid"),
    "gamma": ts.Float(1e-5, 10.0, log=True),
    "degree": ts.Int(2, 5).when("kernel", "poly"),
    "coef0": ts.Float(-1.0, 2.0).when("kernel", "poly", "sigmoid"),
}
_SVC = ts.SearchSpace(_KERNELS, shrinking=ts.Categorical(True, False))
_SVR = ts.SearchSpace(_KERNELS, epsilon=ts.Float(0.1, 100.0, log=True))
_TREE = {
    "max_depth": ts.Int(1, 20),
    "min_samples_split": ts.Int(2, 60, log=True),
    "min_samples_leaf": ts.Int(1, 40, log=True),
    "max_features": ts.Float(0.05, 1.0),
}
_ONE_TREE = ts.SearchSpace(
    _TREE, criterion=ts.Categorical("gini", "entropy"), splitter=ts.Categorical("best", "random"),
    ccp_alpha=ts.Float(1e-5, 0.1, log=True),
)  # fmt: skip
_NEIGHBOURS = ts.SearchSpace(
    n_neighbors=ts.Int(1, 60, log=True),
    weights=ts.Categorical("uniform", "distance"),
    metric=ts.Categorical("minkowski", "chebyshev", "cosine", "canberra"),
    p=ts.Float(0.5, 6.0).when("metric", "minkowski"),
    clip=ts.Float(0.5, 5.0),
    power=ts.Float(0.3, 2.0),
)
_FOREST = ts.SearchSpace(_TREE, n_estimators=ts.Int(2, 16), bootstrap=ts.Categorical(True, False))
_BOOST = ts.SearchSpace(
    learning_rate=ts.Float(0.01, 2.0, log=True),
    n_estimators=ts.Int(2, 16),
    max_depth=ts.Int(1, 8),
    subsample=ts.Float(0.2, 1.0),
    max_features=ts.Float(0.05, 1.0),
    min_samples_leaf=ts.Int(1, 40, log=True),
)
_ADA = ts.SearchSpace(
    learning_rate=ts.Float(0.01, 3.0, log=True),
    n_estimators=ts.Int(2, 16),
    depth=ts.Int(1, 6),
    leaf=ts.Int(1, 30, log=True),
    max_features=ts.Float(0.05, 1.0),
)
_NET = ts.SearchSpace(
    units=ts.Int(2, 48, log=True),
    activation=ts.Categorical("relu", "tanh", "logistic"),
    solver=ts.Categorical("adam", "sgd", "lbfgs"),
    alpha=ts.Float(1e-6, 10.0, log=True),
    rate=ts.Float(1e-4, 1.0, log=True).when("solver", "adam", "sgd"),
    batch=ts.Int(8, 128, log=True).when("solver", "adam", "sgd"),
    momentum=ts.Float(0.0, 0.99).when("solver", "sgd"),
)
_SGD = ts.SearchSpace(
    loss=ts.Categorical("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"),
    penalty=ts.Categorical("l2", "l1", "elasticnet"),
    l1_ratio=ts.Float(0.0, 1.0).when("penalty", "elasticnet"),
    alpha=ts.Float(1e-7, 1.0, log=True),
    learning_rate=ts.Categorical("optimal", "invscaling", "constant"),
    eta0=ts.Float(1e-5, 1.0, log=True).when("learning_rate", "invscaling", "constant"),
    power_t=ts.Float(0.1, 0.9).when("learning_rate", "invscaling"),
    average=ts.Categorical(False, True),
)
_ELASTIC = ts.SearchSpace(
    degree=ts.Int(1, 2), alpha=ts.Float(1e-3, 1e2, log=True), l1_ratio=ts.Float(0.01, 1.0),
    max_iter=ts.Int(5, 200, log=True), power=ts.Float(0.3, 2.0),
)  # fmt: skip
_RIDGE = ts.SearchSpace(
    alpha=ts.Float(1e-4, 1e3, log=True),
    kernel=ts.Categorical("rbf", "laplacian", "polynomial", "sigmoid"),
    gamma=ts.Float(1e-5, 10.0, log=True),
    degree=ts.Int(2, 4).when("kernel", "polynomial"),
    coef0=ts.Float(0.0, 3.0).when("kernel", "polynomial", "sigmoid"),
)


def _transformed(model: Any, change: Callable[[Any], Any]) -> Any:
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - beside its only use

    return make_pipeline(preprocessing.FunctionTransformer(change), model)


def _bend(power: float, clip: float = math.inf) -> Callable[[Any], Any]:
    return lambda X: np.sign(X) * np.minimum(np.abs(X), clip) ** power


def _neighbours(p: dict[str, Any]) -> Any:
    change = _bend(p.pop("power"), p.pop("clip"))
    return _transformed(neighbors.KNeighborsClassifier(algorithm="brute", **p), change)


def _ada(p: dict[str, Any]) -> Any:
    stump = tree.DecisionTreeClassifier(
        max_depth=p["depth"], min_samples_leaf=p["leaf"], max_features=p["max_features"], random_state=0
    )
    return ensemble.AdaBoostClassifier(
        stump, n_estimators=p["n_estimators"], learning_rate=p["learning_rate"], random_state=0
    )


def _net(p: dict[str, Any]) -> Any:
    return neural_network.MLPClassifier(
        (p["units"],), activation=p["activation"], solver=p["solver"], alpha=p["alpha"],
        learning_rate_init=p.get("rate", 0.001), batch_size=p.get("batch", "auto"), momentum=p.get("momentum", 0.9),
        max_iter=12, random_state=0,
    )  # fmt: skip


def _elastic(p: dict[str, Any]) -> Any:
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - beside its only use

    bend, degree = preprocessing.FunctionTransformer(_bend(p.pop("power"))), p.pop("degree")
    return make_pipeline(bend, preprocessing.PolynomialFeatures(degree), linear_model.ElasticNet(**p))


def _sgd(p: dict[str, Any]) -> Any:
    return linear_model.SGDClassifier(max_iter=8, tol=None, random_state=0, **p)


CASES = {
    "svc-cancer": Case("dev", "breast_cancer", "error", _SVC, lambda p: svm.SVC(max_iter=3000, **p)),
    "knn-wine": Case("dev", "wine", "error", _NEIGHBOURS, _neighbours),
    "tree-digits": Case(
        "dev", "digits", "error", _ONE_TREE, lambda p: tree.DecisionTreeClassifier(random_state=0, **p)
    ),
    "forest-diabetes": Case(
        "dev", "diabetes", "rmse", _FOREST, lambda p: ensemble.RandomForestRegressor(random_state=0, **p)
    ),
    "net-iris": Case("dev", "iris", "log loss", _NET, _net),
    "elastic-diabetes": Case("dev", "diabetes", "rmse", _ELASTIC, _elastic),
    "ada-cancer": Case("dev", "breast_cancer", "error", _ADA, _ada),
    "sgd-digits": Case("held-out", "digits", "error", _SGD, _sgd),
    "svr-diabetes": Case("held-out", "diabetes", "rmse", _SVR, lambda p: svm.SVR(max_iter=3000, **p)),
    "boosting-cancer": Case(
        "held-out", "breast_cancer", "log loss", _BOOST,
        lambda p: ensemble.GradientBoostingClassifier(random_state=0, **p),
    ),
    "knn-digits": Case("held-out", "digits", "error", _NEIGHBOURS, _neighbours),
    "trees-wine": Case(
        "held-out", "wine", "log loss", _FOREST, lambda p: ensemble.ExtraTreesClassifier(random_state=0, **p)
    ),
    "ridge-diabetes": Case("held-out", "diabetes", "rmse", _RIDGE, lambda p: KernelRidge(**p)),
    "tree-cancer": Case(
        "held-out", "breast_cancer", "error", _ONE_TREE, lambda p: tree.DecisionTreeClassifier(random_state=0, **p)
    ),
    "net-cancer": Case("held-out", "breast_cancer", "error", _NET, _net),
}  # fmt: skip
