"""The algorithms that `tune` chooses between, and the one conditional space that holds them all."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import get_scorer
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import has_fit_parameter

from tunesmith._optional import installed, require
from tunesmith.errors import InvalidSpace, UnknownName, UsageError, did_you_mean
from tunesmith.sklearn import space_for
from tunesmith.sklearn.early_stopping import without_rounds
from tunesmith.sklearn.simplicity import LARGER, SIMPLER, SMALLER
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

    @property
    def weighs(self) -> bool:
        """Whether it can be fitted with row weights."""
        return bool(has_fit_parameter(self._class("classification"), "sample_weight"))

    def _class(self, kind: TaskKind) -> Any:
        module, _, name = (self.classifier if kind == "classification" else self.regressor).rpartition(".")
        return getattr(require(module, extra="boosters" if self.package != "sklearn" else "sklearn"), name)

    def make(self, kind: TaskKind, columns: Sequence[Column], *, seed: int, threads: int = 1) -> Any:
        """A fresh estimator at its defaults, repeatable, with `threads` threads where it threads itself."""
        kind_of = self._class(kind)
        known = inspect.signature(kind_of).parameters
        arguments = {key: value for key, value in self.fixed.items() if key in known or self.package != "sklearn"}
        ours = {"random_state": seed, "n_jobs": None if self.name == "linear" else threads, "thread_count": threads}
        arguments |= {key: value for key, value in ours.items() if key in known and value is not None}
        if "categorical_features" in known:
            arguments["categorical_features"] = native_categories(columns) or None
        if kind_of.__name__ == "LogisticRegression":
            arguments["max_iter"] = 1000
        return kind_of(**arguments)


def _sk(
    name: str,
    label: str,
    module: str,
    classes: str,
    diet: Diet,
    fixed: Mapping[str, Any] | None = None,
    slow: int | None = None,
) -> Algorithm:
    classifier, regressor = (f"sklearn.{module}.{one}" for one in classes.split("/"))
    return Algorithm(name, label, "sklearn", classifier, regressor, diet, fixed or {}, slow)


def _booster(name: str, label: str, stem: str, fixed: Mapping[str, Any]) -> Algorithm:
    return Algorithm(name, label, name, f"{name}.{stem}Classifier", f"{name}.{stem}Regressor", "native", fixed)


ALGORITHMS: tuple[Algorithm, ...] = (
    _sk("linear", "linear model", "linear_model", "LogisticRegression/Ridge", "scaled"),
    _sk("svm", "support vector machine", "svm", "SVC/SVR", "scaled", {"cache_size": 500}, 10_000),
    _sk("knn", "nearest neighbours", "neighbors", "KNeighborsClassifier/KNeighborsRegressor", "scaled", None, 200_000),
    _sk("forest", "random forest", "ensemble", "RandomForestClassifier/RandomForestRegressor", "whole"),
    _sk("extra_trees", "extra trees", "ensemble", "ExtraTreesClassifier/ExtraTreesRegressor", "whole"),
    _sk(
        "boosting",
        "histogram boosting",
        "ensemble",
        "HistGradientBoostingClassifier/HistGradientBoostingRegressor",
        "native",
    ),
    _sk("mlp", "neural network", "neural_network", "MLPClassifier/MLPRegressor", "scaled", None, 100_000),
    _booster("xgboost", "XGBoost", "XGB", {"verbosity": 0}),
    _booster("lightgbm", "LightGBM", "LGBM", {"verbosity": -1}),
    _booster("catboost", "CatBoost", "CatBoost", {"verbose": False, "allow_writing_files": False}),
)
"""The whole portfolio, in the order in which defaults are tried."""


def choose(names: Sequence[str] | None, *, rows: int, scoring: str, weighted: bool = False) -> tuple[Algorithm, ...]:
    """The algorithms to tune: those that were named, or all that are installed, fast enough and able.

    Raises
    ------
    UnknownName
        If a name is unknown, or its package is not installed.
    UsageError
        If a named algorithm gives no probabilities and the metric needs them.
    """
    barred = _barred(scoring, weighted=weighted)
    if not names:
        found = (a for a in ALGORITHMS if installed(a.package) and a.name not in barred)
        return tuple(a for a in found if a.slow_rows is None or rows <= a.slow_rows)
    known = {algorithm.name: algorithm for algorithm in ALGORITHMS}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise UnknownName(f"There is no algorithm {name!r}.", hint=did_you_mean(name, known))
        if not installed(known[name].package):
            hint = f"Type: pip install {known[name].package}"
            raise UnknownName(
                f"{known[name].label} needs the package {known[name].package!r}, which is not installed.", hint=hint
            )
        if name in barred:
            raise UsageError(f"{known[name].label} {barred[name]}.", hint="Leave this --model out, or that option.")
        chosen.append(known[name])
    return tuple(algorithm for algorithm in ALGORITHMS if algorithm in chosen)


def left_out(*, rows: int, scoring: str, weighted: bool = False) -> dict[str, str]:
    """Labels of the installed algorithms that are not chosen by themselves, and why, in words."""
    barred = _barred(scoring, weighted=weighted)
    for one in ALGORITHMS:
        if one.slow_rows is not None and rows > one.slow_rows:
            barred.setdefault(one.name, f"is slow on more than {one.slow_rows:,} rows")
    return {one.label: barred[one.name] for one in ALGORITHMS if one.name in barred and installed(one.package)}


def _barred(scoring: str, *, weighted: bool) -> dict[str, str]:
    """Names of the algorithms that cannot do what is asked, and why."""
    barred = dict.fromkeys(_UNSURE, f"gives no probabilities, which {scoring!r} needs") if _is_sure(scoring) else {}
    if weighted:
        barred |= {one.name: "cannot weigh rows" for one in ALGORITHMS if installed(one.package) and not one.weighs}
    return barred


_UNSURE = ("svm",)
_SCALES_TARGET = ("svm", "mlp")
"""Regressors whose defaults expect a target of about unit size."""


def _is_sure(scoring: str) -> bool:
    """Whether a scorer asks for probabilities and nothing less; scikit-learn tells it in the scorer's repr only."""
    told = repr(get_scorer(scoring))
    return "predict_proba" in told and "decision_function" not in told


def portfolio_space(
    algorithms: Sequence[Algorithm],
    kind: TaskKind,
    columns: Sequence[Column],
    *,
    rows: int,
    classes: Sequence[int] | None = None,
    stops: bool = False,
) -> SearchSpace:
    """One conditional space: which algorithm, and the hyperparameters of each where it is chosen.

    The hyperparameter `C` of `linear` is called `linear.C`. Where fits stop early, rounds are not searched.
    """
    width = sum(column.role.is_used for column in columns)
    parameters: dict[str, Any] = {ALGORITHM: Categorical(*(a.name for a in algorithms), default=algorithms[0].name)}
    for algorithm in algorithms:
        model = algorithm.make(kind, columns, seed=0)
        own = space_for(model, n=rows, d=width, classes=classes, prefix=f"{algorithm.name}.")
        if stops and not _scales_target(algorithm, kind):
            own = without_rounds(own, model, prefix=f"{algorithm.name}.")
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
    defaults = space.fix({ALGORITHM: algorithm.name}).defaults()
    if defaults is None:
        raise InvalidSpace(f"The space of {algorithm.label} lacks a default.", hint="Give each of its parameters one.")
    return defaults


def _scales_target(algorithm: Algorithm, kind: TaskKind) -> bool:
    return kind == "regression" and algorithm.name in _SCALES_TARGET


def make_model(
    params: Mapping[str, Any], kind: TaskKind, columns: Sequence[Column], *, seed: int, threads: int = 1
) -> Any:
    """The whole pipeline that a trial's params describe, not fitted."""
    algorithm = algorithm_of(params)
    model = algorithm.make(kind, columns, seed=seed, threads=threads).set_params(**settings_of(params))
    if _scales_target(algorithm, kind):
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    return make_pipeline_for(columns, model, algorithm.diet, random_state=seed)


_PLAIN = ("linear", "knn", "svm", "forest", "extra_trees", "boosting", "lightgbm", "xgboost", "catboost", "mlp")
"""Algorithms, the simplest first: by how much of a model there is to look through."""


def complexity(params: Mapping[str, Any]) -> float:
    """How complex a trial's model is, smaller for simpler: its algorithm first, then its own settings.

    Examples
    --------
    >>> simple, other = ({"algorithm": "linear", "linear.alpha": alpha} for alpha in (100.0, 0.01))
    >>> complexity(simple) < complexity(other) < complexity({"algorithm": "forest"})
    True
    """
    own = {name.partition(".")[2]: value for name, value in params.items() if name != ALGORITHM}
    logs = [
        sign * math.atan(math.log10(max(float(value), 1e-12)))
        for name, value in own.items()
        if (sign := _SIGNS.get(SIMPLER.get(name, ""))) and isinstance(value, (int, float))
    ]
    rank = _PLAIN.index(params[ALGORITHM]) if params[ALGORITHM] in _PLAIN else len(_PLAIN)
    return rank + (sum(logs) / len(logs) / math.pi if logs else 0.0)


_SIGNS = {SMALLER: 1, LARGER: -1}
