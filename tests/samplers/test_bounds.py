"""Measured constraints: the chance to keep them, and where samplers search because of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.models import surrogate as surrogates
from tunesmith.models.table import table_of
from tunesmith.numerics.domain import domain_of
from tunesmith.numerics.gp import GaussianProcess
from tunesmith.samplers._bounds import Bounds
from tunesmith.samplers.gp import GPSampler

SPACE = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1), k=ts.Categorical("a", "b"))
METRICS = [ts.Metric("loss"), ts.Metric("ms", at_most=20), ts.Metric("recall", "maximize", at_least=0.2)]
BEST = -2 * math.sqrt(15 / 80)
"""Of the objective below, where k is b and x equals y."""


def measured(params):
    x, y, slow = params["x"], params["y"], params["k"] == "b"
    return {"loss": -x - y + 0.3 * (not slow), "ms": 40 * (x * x + y * y) + 5 * slow, "recall": 1 - 0.5 * x}


def searched(sampler, trials=50, seed=0):
    study = ts.Study(SPACE, METRICS, sampler=sampler, seed=seed)
    study.optimize(lambda trial: measured(trial.params), trials=trials, progress=False)
    return study


def test_the_chance_is_near_one_within_and_near_zero_beyond_and_its_slope_is_right():
    table = table_of(searched("sobol", 60).history)
    bounds, domain = Bounds(table, [None, None]), domain_of(table.encoder)
    features = domain.known_features(
        np.stack([table.encoder.encode({"x": v, "y": v, "k": "a"}) for v in (0.3, 0.49, 0.51, 0.7)])
    )
    chance = np.exp(bounds.log_chance(features))
    assert chance[0] > 0.95
    assert chance[1] > 0.5 > chance[2]
    assert chance[3] < 0.01
    value, slope = bounds.with_gradient(features)
    np.testing.assert_allclose(value, bounds.log_chance(features), rtol=1e-7, atol=1e-12)
    step = 1e-5 * np.eye(features.shape[1])
    for j in range(2):
        numeric = (bounds.log_chance(features + step[j]) - bounds.log_chance(features - step[j])) / 2e-5
        np.testing.assert_allclose(slope[:, j], numeric, rtol=2e-3, atol=1e-4)


def test_without_bounds_there_is_no_model_of_them():
    study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, sampler="random", storage=None)
    assert Bounds.of(table_of(study.history), study.history) is None


@pytest.mark.parametrize("sampler", ["gp", "auto"])
def test_the_best_on_the_bound_is_found(sampler):
    study = searched(sampler)
    assert study.best.value == pytest.approx(BEST, abs=0.005)
    assert study.history.problem.allows(study.best.values)
    assert {"success", "within_bounds"} & set(study.trials[-1].why) or sampler == "auto"


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_more_trials_keep_the_bounds_than_by_chance(sampler):
    def kept(name):
        studies = [searched(name, 60, seed) for seed in range(5)]
        return sum(study.history.problem.allows(t.values) for study in studies for t in study.trials[-20:])

    assert kept(sampler) > 1.25 * kept("random")


def test_the_search_heads_for_the_bounds_while_no_trial_keeps_them():
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1))
    study = ts.Study(space, [ts.Metric("loss"), ts.Metric("far", at_most=0.03)], sampler="gp", seed=0)

    def objective(trial):
        x, y = trial.params["x"], trial.params["y"]
        return {"loss": -x - y, "far": math.hypot(x - 0.11, y - 0.13)}

    study.optimize(objective, trials=20, progress=False)
    names = [trial.why.get("acquisition") for trial in study.trials]
    assert "within bounds" in names
    assert study.best.values["far"] <= 0.03


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb", "thompson", "portfolio"])
def test_every_acquisition_function_keeps_to_them(acquisition):
    from tunesmith.samplers.gp import GPSampler

    study = searched(GPSampler(acquisition=acquisition), 40)
    assert study.best.value < BEST + 0.05


def test_each_bound_keeps_its_factor_from_one_suggestion_to_the_next(monkeypatch):
    made = []
    monkeypatch.setattr(surrogates, "GaussianProcess", lambda *given: made.append(1) or GaussianProcess(*given))
    study = resampled(searched("sobol", 60))
    asked_and_told(study)
    made.clear()
    asked_and_told(study)
    assert not made


def test_a_fit_of_bounds_alone_is_kept_in_the_log():
    """Stopped trials count for the objective and not for bounds, so that each is fitted at times of its own."""
    study = resampled(searched("sobol", 40))
    for trial in searched("random", 60, seed=1).trials:
        study.add(trial.params, state="pruned")
    kept = [asked_and_told(study).sampler_state for _ in range(4)]
    assert [sorted(state or {}) for state in kept] == [["bounds", "gp"], [], ["bounds"], []]


def resampled(study):
    """The same complete trials in a study of the gp's."""
    other = ts.Study(SPACE, METRICS, sampler=GPSampler(noisy=False), seed=5)
    for trial in study.trials:
        other.add(trial.params, dict(trial.values))
    return other


def asked_and_told(study):
    trial = study.ask()
    return study.tell(trial, measured(trial.params))
