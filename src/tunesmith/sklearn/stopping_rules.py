"""How each known estimator stops early: one table, by the names of classes, so that no package is imported for it."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from tunesmith._optional import require
from tunesmith.errors import UsageError
from tunesmith.sklearn import _doors as sk

# ruff: noqa: SLF001 - models are cut at their best round, for which scikit-learn has no public way
Facts: TypeAlias = dict[str, float]
"""What stopping found: `rounds`, and what else the refit needs to know. Empty where the model was not stopped."""
ROUNDS, MOST, RATE = "rounds", "most", "learning_rate"


@final
class Part(NamedTuple):
    """Rows with their target and metadata (`sample_weight` and others with one entry a row)."""

    X: Any
    y: Any
    extra: Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """How one family of estimators stops.

    Parameters
    ----------
    package, names
        Where its classes come from, and what they are called.
    rounds
        The parameter that says how many rounds (trees, epochs) are fitted, and its other names.
    usual
        Its default, which nobody chose.
    most
        So many rounds are fitted at most, where nobody chose a number.
    patience
        Rounds without improvement after which fitting stops, where nobody said.
    fit
        Called with the estimator, the rows to fit, the rows to watch, and the patience; gives the facts, and leaves
        the estimator at its best round.
    off
        Parameters with which it does not stop by itself.
    able
        Whether it can be stopped with the parameters that it has.
    """

    package: str
    names: tuple[str, ...]
    rounds: tuple[str, ...]
    usual: int | None
    most: int
    patience: int
    fit: Callable[[Any, Part, Part, int], Facts]
    off: Mapping[str, Any]
    able: Callable[[Mapping[str, Any]], bool] = lambda _own: True

    def param(self, own: Mapping[str, Any]) -> str:
        """The name by which an estimator was told its rounds, else the usual one."""
        return next((name for name in self.rounds if own.get(name) is not None), self.rounds[0])

    def refit(self, own: Mapping[str, Any], facts: Mapping[str, float]) -> dict[str, Any]:
        """The parameters with which an estimator is fitted to the best round, and stops nowhere."""
        found: dict[str, Any] = {self.param(own): int(facts[ROUNDS])}
        found.update({name: value for name, value in self.off.items() if own.get(name, value) != value})
        if RATE in facts:
            found[RATE] = facts[RATE]
        return found


def rule_of(estimator: Any) -> Rule | None:
    """The rule of an estimator by its class, or by one that it derives from; None if none is known."""
    for kind in type(estimator).__mro__:
        package = kind.__module__.partition(".")[0]
        for rule in RULES:
            if kind.__name__ in rule.names and package == rule.package:
                return rule
    return None


def known() -> str:
    """All that can be stopped, as a sentence part."""
    return ", ".join(name for rule in RULES for name in rule.names)


def _xgboost(model: Any, part: Part, held: Part, patience: int) -> Facts:
    model.set_params(early_stopping_rounds=patience)
    names = {"sample_weight": "sample_weight_eval_set", "base_margin": "base_margin_eval_set", "qid": "eval_qid"}
    watched = {names[name]: [value] for name, value in held.extra.items() if name in names}
    model.fit(part.X, part.y, eval_set=[(held.X, held.y)], **{"verbose": False, **part.extra, **watched})
    return {ROUNDS: float(model.best_iteration + 1)}


def _lightgbm(model: Any, part: Part, held: Part, patience: int) -> Facts:
    own = {name: None for name in _LIGHTGBM_STOPS if model.get_params().get(name) is not None}
    if own:
        model.set_params(**own)
    stop = require("lightgbm", extra="boosters").early_stopping(patience, verbose=False)
    names = {"sample_weight": "eval_sample_weight", "init_score": "eval_init_score"}
    watched = {names[name]: [value] for name, value in held.extra.items() if name in names}
    given = {**part.extra, **watched, "callbacks": [*(part.extra.get("callbacks") or ()), stop]}
    two = "eval_X" in inspect.signature(type(model).fit).parameters  # since LightGBM 4.7, where a list of pairs warns
    pair = {"eval_X": held.X, "eval_y": held.y} if two else {"eval_set": [(held.X, held.y)]}
    model.fit(part.X, part.y, **pair, **given)
    return {ROUNDS: float(model.best_iteration_)} if model.best_iteration_ else {}


_LIGHTGBM_STOPS = ("early_stopping_round", "early_stopping_rounds", "early_stopping", "n_iter_no_change")


def _catboost(model: Any, part: Part, held: Part, patience: int) -> Facts:
    own = model.get_params()
    columns = {name: part.extra.get(name, own.get(name)) for name in _CATBOOST_COLUMNS}
    names = {"sample_weight": "weight", "group_id": "group_id", "baseline": "baseline"}
    watched = {names[name]: value for name, value in held.extra.items() if name in names}
    known = {name: value for name, value in columns.items() if value is not None}
    pool = require("catboost", extra="boosters").Pool(held.X, held.y, **known, **watched)
    model.fit(part.X, part.y, eval_set=pool, early_stopping_rounds=patience, use_best_model=True, **part.extra)
    best = model.get_best_iteration()
    if best is None:
        return {}
    # the rate that it chooses by itself hangs on the most rounds that it may take, which the refit makes fewer
    chosen = {} if any(own.get(name) is not None for name in (RATE, "eta")) else {RATE: float(model.learning_rate_)}
    return {ROUNDS: float(best + 1), **chosen}


_CATBOOST_COLUMNS = ("cat_features", "text_features", "embedding_features")


def _histogram(model: Any, part: Part, held: Part, patience: int) -> Facts:
    if "X_val" not in inspect.signature(type(model).fit).parameters:
        raise UsageError(
            f"{type(model).__name__} takes rows to watch since scikit-learn 1.7.",
            hint='Type: pip install -U "scikit-learn>=1.7"',
        )
    model.set_params(early_stopping=True, n_iter_no_change=patience)
    watched = {"sample_weight_val": held.extra["sample_weight"]} if "sample_weight" in held.extra else {}
    model.fit(part.X, part.y, X_val=held.X, y_val=held.y, **watched, **part.extra)
    best = max(1, int(np.argmax(model.validation_score_)))  # the first entry is before any tree
    model._predictors = model._predictors[:best]  # it has no public way to drop the last trees
    model.train_score_, model.validation_score_ = model.train_score_[: best + 1], model.validation_score_[: best + 1]
    return {ROUNDS: float(best)}


@final
class _Watch:
    """The monitor of gradient boosting: follows the loss on the rows that are watched, tree by tree."""

    def __init__(self, held: Part, patience: int) -> None:
        self.rows = held.X.tocsr().astype(np.float32) if hasattr(held.X, "tocsr") else np.asarray(held.X, np.float32)
        self.y, self.weight, self.patience = held.y, held.extra.get("sample_weight"), patience
        self.raw: Any = None
        self.least, self.best = math.inf, 1

    def __call__(self, round_: int, model: Any, _locals: Any) -> bool:
        if self.raw is None:
            self.raw = np.array(model._raw_predict_init(self.rows), dtype=np.float64)
            classes = getattr(model, "classes_", None)
            told = self.y if classes is None else np.searchsorted(classes, self.y)
            self.y = np.ascontiguousarray(told, dtype=np.float64)
        for column, tree in enumerate(model.estimators_[round_]):
            self.raw[:, column] += model.learning_rate * tree.predict(self.rows)
        loss = float(model._loss(self.y, self.raw, self.weight))
        if loss < self.least:
            self.least, self.best = loss, round_ + 1
        return round_ + 1 - self.best >= self.patience


def _monitored(model: Any, part: Part, held: Part, patience: int) -> Facts:
    model.set_params(n_iter_no_change=None)
    watch = _Watch(held, patience)
    model.fit(part.X, part.y, monitor=watch, **part.extra)
    model.estimators_, model.train_score_ = model.estimators_[: watch.best], model.train_score_[: watch.best]
    model.n_estimators_ = watch.best
    return {ROUNDS: float(watch.best)}


def _by_epochs(model: Any, part: Part, held: Part, patience: int) -> Facts:
    """One epoch at a time by `partial_fit`, as these estimators watch no rows but a random draw of their own."""
    asked = model.get_params()
    seed = sk.check_random_state(asked["random_state"])  # one generator for all epochs, so that each is shuffled anew
    weights = {} if asked.get("class_weight") != "balanced" else {"class_weight": _balanced(part.y)}
    model.set_params(random_state=seed, early_stopping=False, **weights)
    first = {"classes": np.unique(part.y)} if sk.is_classifier(model) else {}
    least, best, learnt = math.inf, 0, {}
    for epoch in range(1, int(asked["max_iter"]) + 1):
        model.partial_fit(part.X, part.y, **(first if epoch == 1 else {}), **part.extra)
        loss = _loss(model, held)
        if loss < least:
            least, best = loss, epoch
            learnt = {name: copy.deepcopy(model.__dict__[name]) for name in _LEARNT if name in model.__dict__}
        elif epoch - best >= patience:
            break
    model.__dict__.update(learnt)
    model.n_iter_ = best
    model.set_params(random_state=asked["random_state"])
    return {ROUNDS: float(best)} if best else {}


_LEARNT = ("coefs_", "intercepts_", "coef_", "intercept_", "loss_")


def _balanced(y: Any) -> dict[Any, float]:
    classes, counts = np.unique(y, return_counts=True)
    return dict(zip(classes, len(y) / (len(classes) * counts), strict=True))


def _loss(model: Any, held: Part) -> float:
    """The log loss on the rows that are watched, or 1 less the score where the model gives no probabilities."""
    weight = held.extra.get("sample_weight")
    if hasattr(model, "predict_proba"):
        sure = model.predict_proba(held.X)
        if np.ndim(held.y) == 1:
            return float(sk.metrics.log_loss(held.y, sure, sample_weight=weight, labels=model.classes_))
    return 1.0 - float(model.score(held.X, held.y, weight))


def _takes_epochs(own: Mapping[str, Any]) -> bool:
    return own.get("solver") != "lbfgs"


def _adds_up(own: Mapping[str, Any]) -> bool:
    """Dart changes old trees, and a forest's trees do not follow each other: neither has a best round."""
    return own.get("boosting_type", own.get("boosting")) not in {"dart", "rf"}


def _both(stem: str) -> tuple[str, str]:
    return f"{stem}Classifier", f"{stem}Regressor"


_TREES = ("n_estimators",)
RULES: tuple[Rule, ...] = (
    Rule(
        "xgboost", (*_both("XGB"), "XGBRanker"), _TREES, 100, 2000, 50, _xgboost, {"early_stopping_rounds": None}
    ),
    Rule(
        "lightgbm", _both("LGBM"), (*_TREES, "num_iterations", "num_iteration", "num_boost_round", "num_trees"),
        100, 2000, 50, _lightgbm, dict.fromkeys(_LIGHTGBM_STOPS), _adds_up,
    ),
    Rule(
        "catboost", (*_both("CatBoost"), "CatBoostRanker"),
        ("iterations", "n_estimators", "num_boost_round", "num_trees"), None, 2000, 50, _catboost,
        {},
    ),
    Rule(
        "sklearn", _both("HistGradientBoosting"), ("max_iter",), 100, 2000, 50, _histogram, {"early_stopping": False}
    ),
    Rule("sklearn", _both("GradientBoosting"), _TREES, 100, 2000, 50, _monitored, {"n_iter_no_change": None}),
    Rule(
        "sklearn", _both("MLP"), ("max_iter",), 200, 1000, 10, _by_epochs, {"early_stopping": False}, _takes_epochs
    ),
    Rule("sklearn", _both("SGD"), ("max_iter",), 1000, 1000, 10, _by_epochs, {"early_stopping": False, "tol": None}),
)  # fmt: skip
"""All that is known."""
