"""The algorithms that `tune` chooses between, and the one conditional space that holds them all."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from tunesmith._optional import installed, require
from tunesmith.errors import UnknownName, did_you_mean
from tunesmith.sklearn import space_for
from tunesmith.space import Categorical, Params, SearchSpace
from tunesmith.tabular.pipeline import Diet, make_pipeline_for, native_categories
from tunesmith.tabular.roles import Column
from tunesmith.tabular.target import TaskKind

ALGORITHM = "algorithm"
"""The name of the parameter that chooses the algorithm."""


@final
@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm: its short name, how a person calls it, its classes, and what it eats.

    Parameters
    ----------
    name, label
        `"forest"`, `"random forest"`.
    package
        The package that must be installed.
    classifier, regressor
        Where the estimators are: `"sklearn.ensemble.RandomForestClassifier"`.
    diet
        What the preparation gives it.
    fixed
        Arguments that are not tuned: what makes it repeatable, quiet and able to give probabilities.
    slow_rows
        Above this many rows it is left out of the default portfolio, as its cost grows with their square.
    """

    name: str
    label: str
    package: str
    classifier: str
    regressor: str
    diet: Diet
    fixed: Mapping[str, Any]
    slow_rows: int | None = None

    def make(self, kind: TaskKind, columns: Sequence[Column], *, seed: int, threads: int = 1) -> Any:
        """A fresh estimator at its defaults, repeatable, with `threads` threads where it threads itself."""
        module, _, name = (self.classifier if kind == "classification" else self.regressor).rpartition(".")
        kind_of = getattr(require(module, extra="boosters" if self.package != "sklearn" else "sklearn"), name)
        known = inspect.signature(kind_of).parameters
        arguments = {key: value for key, value in self.fixed.items() if key in known or self.package != "sklearn"}
        for key, value in (("random_state", seed), ("n_jobs", threads), ("thread_count", threads)):
            if key in known and not (key == "n_jobs" and self.name == "linear"):
                arguments[key] = value
        if "categorical_features" in known:
            arguments["categorical_features"] = native_categories(columns) or None
        if name == "LogisticRegression":
            arguments["max_iter"] = 1000
        return kind_of(**arguments)


def _sk(module: str, classifier: str, regressor: str) -> tuple[str, str, str]:
    return "sklearn", f"sklearn.{module}.{classifier}", f"sklearn.{module}.{regressor}"


_SVM_ROWS, _KNN_ROWS, _MLP_ROWS = 10_000, 200_000, 100_000

ALGORITHMS: tuple[Algorithm, ...] = (
    Algorithm("linear", "linear model", *_sk("linear_model", "LogisticRegression", "Ridge"), "scaled", {}),
    Algorithm("svm", "support vector machine", *_sk("svm", "SVC", "SVR"), "scaled", {"cache_size": 500}, _SVM_ROWS),
    Algorithm("knn", "nearest neighbours", *_sk("neighbors", "KNeighborsClassifier", "KNeighborsRegressor"), "scaled", {}, _KNN_ROWS),
    Algorithm("forest", "random forest", *_sk("ensemble", "RandomForestClassifier", "RandomForestRegressor"), "whole", {}),
    Algorithm("extra_trees", "extra trees", *_sk("ensemble", "ExtraTreesClassifier", "ExtraTreesRegressor"), "whole", {}),
    Algorithm("boosting", "histogram boosting", *_sk("ensemble", "HistGradientBoostingClassifier", "HistGradientBoostingRegressor"), "native", {}),
    Algorithm("mlp", "neural network", *_sk("neural_network", "MLPClassifier", "MLPRegressor"), "scaled", {}, _MLP_ROWS),
    Algorithm("xgboost", "XGBoost", "xgboost", "xgboost.XGBClassifier", "xgboost.XGBRegressor", "native", {"verbosity": 0}),
    Algorithm("lightgbm", "LightGBM", "lightgbm", "lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor", "native", {"verbosity": -1}),
    Algorithm("catboost", "CatBoost", "catboost", "catboost.CatBoostClassifier", "catboost.CatBoostRegressor", "native",
              {"verbose": False, "allow_writing_files": False}),
)  # fmt: skip


def choose(names: Sequence[str] | None, *, rows: int) -> tuple[Algorithm, ...]:
    """The algorithms to tune: those that were named, or all that are installed and not too slow for so many rows.

    Raises
    ------
    UnknownName
        If a name is unknown, or its package is not installed.
    """
    if not names:
        return tuple(a for a in ALGORITHMS if installed(a.package) and (a.slow_rows is None or rows <= a.slow_rows))
    known = {algorithm.name: algorithm for algorithm in ALGORITHMS}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise UnknownName(f"There is no algorithm {name!r}.", hint=did_you_mean(name, known))
        if not installed(known[name].package):
            hint = f"Type: pip install {known[name].package}"
            raise UnknownName(f"{known[name].label} needs the package {known[name].package!r}, which is not installed.", hint=hint)
        chosen.append(known[name])
    return tuple(chosen)


def portfolio_space(
    algorithms: Sequence[Algorithm], kind: TaskKind, columns: Sequence[Column], *, rows: int
) -> SearchSpace:
    """One conditional space: which algorithm, and the hyperparameters of each where it is chosen.

    The hyperparameter `C` of `linear` is called `linear.C`.
    """
    width = sum(column.role.is_used for column in columns)
    parameters: dict[str, Any] = {ALGORITHM: Categorical(*(a.name for a in algorithms), default=algorithms[0].name)}
    for algorithm in algorithms:
        model = algorithm.make(kind, columns, seed=0)
        own = space_for(model, n=rows, d=width, prefix=f"{algorithm.name}.")
        for name, distribution in own.items():
            parameters[name] = distribution.when(ALGORITHM, algorithm.name)
    return SearchSpace(parameters)


def algorithm_of(params: Mapping[str, Any]) -> Algorithm:
    """The algorithm that a trial's params choose."""
    return next(algorithm for algorithm in ALGORITHMS if algorithm.name == params[ALGORITHM])


def settings_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen algorithm's own arguments: `linear.C` as `C`."""
    start = f"{params[ALGORITHM]}."
    return {name.removeprefix(start): value for name, value in params.items() if name.startswith(start)}


def defaults_of(algorithm: Algorithm, space: SearchSpace) -> Params:
    """The params of one algorithm at its defaults."""
    units = {name: d.to_unit(d.default) for name, d in space.items() if name != ALGORITHM and d.has_default}
    return space.decode(units, {ALGORITHM: algorithm.name, **_exact(algorithm, space)})


def _exact(algorithm: Algorithm, space: SearchSpace) -> dict[str, Any]:
    own = {name: d for name, d in space.items() if name.startswith(f"{algorithm.name}.")}
    values: dict[str, Any] = {ALGORITHM: algorithm.name}
    for name in space.order:
        if name in own and own[name].has_default and name in space.active({**values, name: own[name].default}):
            values[name] = own[name].default
    return {name: value for name, value in values.items() if name != ALGORITHM}


def make_model(
    params: Mapping[str, Any], kind: TaskKind, columns: Sequence[Column], *, seed: int, threads: int = 1
) -> Any:
    """The whole pipeline that a trial's params describe, not fitted."""
    algorithm = algorithm_of(params)
    model = algorithm.make(kind, columns, seed=seed, threads=threads).set_params(**settings_of(params))
    return make_pipeline_for(columns, model, algorithm.diet, random_state=seed)
