"""Every known estimator stops by the rows that it is given to watch, and is left at its best round."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor

from tunesmith.errors import UsageError
from tunesmith.sklearn.stopping_rules import MOST, RATE, ROUNDS, RULES, Part, known, rule_of

XC, YC = make_classification(200, 6, flip_y=0.3, random_state=0)
XR, YR = make_regression(200, 6, noise=200.0, random_state=0)
YR = (YR - YR.mean()) / YR.std()
WEIGHT = np.random.default_rng(0).uniform(0.5, 1.5, 200)
QUIET = {"xgboost": {"n_jobs": 1}, "lightgbm": {"n_jobs": 1, "verbosity": -1}}
QUIET["catboost"] = {"thread_count": 1, "verbose": False, "allow_writing_files": False}


def parts(X: Any, y: Any, *, weighted: bool = False) -> tuple[Part, Part]:
    made = [{"sample_weight": WEIGHT[rows]} if weighted else {} for rows in (slice(140), slice(140, None))]
    return Part(X[:140], y[:140], made[0]), Part(X[140:], y[140:], made[1])


def booster(package: str, name: str, **params: Any) -> Any:
    return getattr(importlib.import_module(package), name)(**QUIET[package], **params)


OURS = [
    HistGradientBoostingClassifier(max_iter=60),
    HistGradientBoostingRegressor(max_iter=60),
    GradientBoostingClassifier(n_estimators=60, random_state=0),
    GradientBoostingRegressor(n_estimators=60, random_state=0, loss="absolute_error"),
    GradientBoostingClassifier(n_estimators=30, init="zero", loss="exponential", random_state=0),
]


def takes_rows_to_watch(model: Any) -> bool:
    import inspect

    return not type(model).__name__.startswith("Hist") or "X_val" in inspect.signature(type(model).fit).parameters


@pytest.mark.parametrize("model", OURS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("weighted", [False, True])
def test_boosting_of_scikit_learn_is_cut_at_the_best_of_its_stages(model: Any, weighted: bool) -> None:
    from sklearn.base import clone, is_classifier

    model, X, y = clone(model), *((XC, YC) if is_classifier(model) else (XR, YR))
    part, held = parts(X, y, weighted=weighted)
    rule = rule_of(model)
    if not takes_rows_to_watch(model):
        with pytest.raises(UsageError, match=r"1\.7"):
            rule.fit(model, part, held, 10)
        return
    most = clone(model)
    found = rule.fit(model, part, held, 1000)
    most.fit(part.X, part.y, **part.extra)
    weight = held.extra.get("sample_weight")
    if getattr(model, "loss", "") in {"exponential", "absolute_error"}:
        curve = None  # other losses than these two
    elif is_classifier(model):
        curve = [log_loss(held.y, sure, sample_weight=weight) for sure in most.staged_predict_proba(held.X)]
    else:
        curve = [mean_squared_error(held.y, told, sample_weight=weight) for told in most.staged_predict(held.X)]
    if curve is not None:
        assert found == {ROUNDS: np.argmin(curve) + 1}
    stages = list(most.staged_predict(held.X))
    assert (model.predict(held.X) == stages[int(found[ROUNDS]) - 1]).all()
    assert found[ROUNDS] < 60


@pytest.mark.parametrize(
    ("package", "stem"),
    [
        pytest.param(package, stem, marks=pytest.mark.needs(package))
        for package, stem in (("xgboost", "XGB"), ("lightgbm", "LGBM"), ("catboost", "CatBoost"))
    ],
)
@pytest.mark.parametrize("kind", ["Classifier", "Regressor"])
def test_boosters_predict_with_their_best_round_and_see_the_weights(package: str, stem: str, kind: str) -> None:
    X, y = (XC, YC) if kind == "Classifier" else (XR, YR)
    found, told = {}, {}
    for weighted in (False, True):
        model = booster(package, stem + kind, n_estimators=80, learning_rate=0.3)
        part, held = parts(X, y, weighted=weighted)
        found[weighted] = rule_of(model).fit(model, part, held, 10)
        told[weighted] = model.predict(held.X)
        assert found[weighted].keys() == {ROUNDS}
        assert 1 <= found[weighted][ROUNDS] < 80
        again = booster(package, stem + kind, n_estimators=int(found[weighted][ROUNDS]), learning_rate=0.3)
        again.fit(part.X, part.y, **part.extra)
        assert np.allclose(again.predict(held.X), told[weighted], atol=1e-5)


@pytest.mark.needs("catboost")
def test_the_rate_that_catboost_chooses_is_kept_for_the_refit() -> None:
    model = booster("catboost", "CatBoostClassifier", iterations=50)
    rule = rule_of(model)
    found = rule.fit(model, *parts(XC, YC), 10)
    assert found[RATE] == pytest.approx(model.learning_rate_)
    assert rule.refit(model.get_params(), found) == {"iterations": int(found[ROUNDS]), RATE: found[RATE]}


@pytest.mark.needs("lightgbm")
def test_a_dart_of_lightgbm_has_no_best_round() -> None:
    model = booster("lightgbm", "LGBMClassifier", boosting_type="dart")
    assert not rule_of(model).able(model.get_params())


@pytest.mark.needs("lightgbm")
def test_lightgbms_own_stopping_gives_way_and_is_off_in_the_refit() -> None:
    model = booster("lightgbm", "LGBMClassifier", early_stopping_rounds=1, n_estimators=60, learning_rate=0.05)
    rule = rule_of(model)
    own = model.get_params()
    found = rule.fit(model, *parts(XC, YC), 20)
    assert rule.refit(own, found) == {"n_estimators": int(found[ROUNDS]), "early_stopping_rounds": None}


@pytest.mark.parametrize(
    "model",
    [
        MLPClassifier(hidden_layer_sizes=(8,), max_iter=40, learning_rate_init=0.02, random_state=0),
        SGDClassifier(loss="log_loss", max_iter=40, random_state=0),
        SGDClassifier(class_weight="balanced", max_iter=40, early_stopping=True, random_state=0),
        MLPRegressor(hidden_layer_sizes=(8,), max_iter=40, learning_rate_init=0.02, random_state=0),
        SGDRegressor(max_iter=40, random_state=0, average=True),
    ],
    ids=lambda model: type(model).__name__,
)
def test_models_by_epochs_are_put_back_to_their_best_one(model: Any) -> None:
    from sklearn.base import is_classifier

    X, y = (XC, YC) if is_classifier(model) else (XR, YR)
    part, held = parts(X, y)
    losses: list[float] = []
    told = []
    once = type(model).partial_fit

    def heard(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = once(self, *args, **kwargs)
        told.append(self.predict(held.X))
        losses.append(
            log_loss(held.y, self.predict_proba(held.X))
            if hasattr(self, "predict_proba")
            else 1 - self.score(held.X, held.y)
        )
        return found

    kind = type(type(model).__name__, (type(model),), {"partial_fit": heard, "__module__": type(model).__module__})
    model = kind(**model.get_params())
    found = rule_of(model).fit(model, part, held, 5)
    best = int(np.argmin(losses))
    assert found == {ROUNDS: best + 1}
    assert len(losses) == min(best + 1 + 5, 40)
    assert (model.predict(held.X) == told[best]).all()
    assert model.random_state == 0


def test_an_mlp_that_takes_no_epochs_cannot_be_stopped() -> None:
    model = MLPClassifier(solver="lbfgs")
    assert not rule_of(model).able(model.get_params())


def test_the_refit_turns_off_what_would_stop_it() -> None:
    told = {ROUNDS: 12.0, MOST: 2000.0}
    cases = [
        (HistGradientBoostingClassifier(), {"max_iter": 12, "early_stopping": False}),
        (GradientBoostingRegressor(n_iter_no_change=3), {"n_estimators": 12, "n_iter_no_change": None}),
        (SGDClassifier(), {"max_iter": 12, "tol": None}),
        (MLPClassifier(early_stopping=True), {"max_iter": 12, "early_stopping": False}),
    ]
    for model, wanted in cases:
        assert rule_of(model).refit(model.get_params(), told) == wanted


def test_classes_are_known_by_package_and_name_and_by_what_they_derive_from() -> None:
    class Own(HistGradientBoostingClassifier):  # type: ignore[misc]
        pass

    class SGDClassifier:  # of no known package
        pass

    assert rule_of(Own()) is rule_of(HistGradientBoostingClassifier())
    assert rule_of(SGDClassifier()) is None
    assert rule_of(RandomForestClassifier()) is None
    assert len({name for rule in RULES for name in rule.names}) == known().count(",") + 1
