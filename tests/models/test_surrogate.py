"""The model of a history: what it keeps, what it predicts, and that a warm process says what a cold one says."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import tunesmith as ts
from tests.models.strangers import beside_a_stranger
from tunesmith.analysis import importance
from tunesmith.errors import InvalidTrial
from tunesmith.models import surrogate as module
from tunesmith.models.surrogate import MOST_ROWS, Fitted, Surrogate, active_set, last_fit, surrogate_of
from tunesmith.models.table import table_of
from tunesmith.numerics.domain import domain_of

SPACE = ts.SearchSpace(
    x=ts.Float(0, 1), y=ts.Float(1e-3, 1, log=True), c=ts.Categorical("a", "b"), z=ts.Float(0, 1).when("c", "b")
)


def loss(params):
    return (params["x"] - 0.3) ** 2 + 0.1 * math.log10(params["y"]) + (0.5 * params.get("z", 1.0))


def told(n, value=loss, *, direction="minimize", space=SPACE, sampler="sobol"):
    study = ts.Study(space, ts.Metric("m", direction), sampler=sampler, seed=4)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(trial.params))
    return study


def all_of(surrogate):
    process = surrogate.process
    return [process.theta, process.factor, process.alpha, surrogate.values, surrogate.modelled]


def test_it_learns_what_it_was_told():
    study = told(40)
    surrogate = surrogate_of(study.history)
    fresh = told(60).trials[40:]
    errors = [surrogate.predict(trial.params).mean - trial.value for trial in fresh]
    assert np.std(errors) < 0.1 * np.std([trial.value for trial in fresh])
    inside = [abs(error) < 3 * surrogate.predict(t.params).deviation for error, t in zip(errors, fresh, strict=True)]
    assert np.mean(inside) > 0.8
    known = study.trials[0]
    assert surrogate.predict(known.params).deviation < surrogate.predict(fresh[0].params).deviation * 2


def test_where_larger_is_better_predictions_have_the_sign_of_the_metric():
    up = surrogate_of(told(30, lambda params: 5 - loss(params), direction="maximize").history)
    down = surrogate_of(told(30).history)
    point = {"x": 0.3, "y": 0.1, "c": "a"}
    assert up.predict(point).mean == pytest.approx(5 - down.predict(point).mean, abs=0.02)
    assert up.predict(point).mean > 4
    assert up.predict(point).deviation > 0


@pytest.mark.parametrize("n", [10, 45, MOST_ROWS + 30])
def test_a_cold_process_says_what_a_warm_one_says_bit_for_bit(n, monkeypatch):
    study = told(n)
    before = Surrogate(table_of(study.history)).fitted
    for _ in range(3):
        trial = study.ask()
        study.tell(trial, loss(trial.params))
        warm = Surrogate(table_of(study.history), before)
        again = Surrogate(table_of(study.history), before)
        module._FACTORS.clear()
        cold = Surrogate(table_of(study.history), before)
        elsewhere = Surrogate(table_of(_copy(study).history), before)
        for other in (again, cold, elsewhere):
            for one, two in zip(all_of(warm), all_of(other), strict=True):
                np.testing.assert_array_equal(one, two)


def _copy(study):
    twin = ts.Study(SPACE, study.metric, seed=1)
    for trial in study.trials:
        twin.add(dict(trial.params), trial.value)
    return twin


def test_fits_are_kept_until_enough_is_new():
    study = told(60)
    first = Surrogate(table_of(study.history))
    assert first.refitted
    assert first.fitted.count == 60
    trial = study.ask()
    study.tell(trial, loss(trial.params))
    second = Surrogate(table_of(study.history), first.fitted)
    assert not second.refitted
    assert second.fitted is first.fitted
    assert len(second.process) == 61
    for _ in range(2):
        study.tell(study.ask(), 1.0)
    assert Surrogate(table_of(study.history), first.fitted).refitted


def test_young_studies_are_fitted_at_each_trial():
    study = told(10)
    fitted = Surrogate(table_of(study.history)).fitted
    study.tell(study.ask(), 1.0)
    assert Surrogate(table_of(study.history), fitted).refitted


def test_a_fit_of_another_space_or_a_longer_study_is_not_used():
    study = told(40)
    fitted = Surrogate(table_of(study.history)).fitted
    other = ts.SearchSpace(x=ts.Float(0, 1), w=ts.Float(0, 1))
    assert Surrogate(table_of(told(40, lambda _: 1.0, space=other).history), fitted).refitted
    assert Surrogate(table_of(told(35).history), fitted).refitted


def test_a_fit_goes_through_json_unchanged():
    fitted = Surrogate(table_of(told(12).history)).fitted
    assert Fitted.from_json(json.loads(json.dumps(fitted.to_json()))) == fitted
    domain = domain_of(table_of(told(12).history).encoder)
    np.testing.assert_array_equal(Fitted.of(fitted.theta(domain), domain, 12, 1.0).theta(domain), fitted.theta(domain))


@pytest.mark.parametrize("state", [{}, {"lengths": 1}, {"count": 1, "lengths": {"x": "?"}, "scale": 0, "noise": 0}])
def test_what_is_no_fit_is_none(state):
    assert Fitted.from_json(state) is None


def test_the_log_keeps_the_newest_fit():
    study = told(14, sampler="gp")
    found = last_fit(study.history)
    states = [trial.sampler_state for trial in study.trials if trial.sampler_state]
    assert found == Fitted.from_json(states[-1]["gp"])
    assert found.count == 13
    assert last_fit(told(14).history) is None
    assert surrogate_of(study.history).fitted.count == 14


def test_units_do_not_change_the_model():
    plain = surrogate_of(told(30).history)
    scaled = surrogate_of(told(30, lambda params: 1024 * loss(params) - 4096).history)
    np.testing.assert_allclose(scaled.values, plain.values, atol=1e-6)
    point = {"x": 0.9, "y": 0.01, "c": "b", "z": 0.5}
    one, two = plain.predict(point), scaled.predict(point)
    assert two.mean == pytest.approx(1024 * one.mean - 4096, abs=1024 * 0.01)
    assert two.deviation == pytest.approx(1024 * one.deviation, rel=0.05)


def test_stopped_trials_count_as_worse_and_as_unsure_where_complete_ones_do_not_tell():
    space = ts.SearchSpace(x=ts.Float(0, 1))

    def objective(trial):
        x = trial.params["x"]
        if x > 0.6:
            trial.report(-9.0 if x < 0.7 else 9.0, step=1)  # what a stopped trial said last
            raise ts.TrialPruned
        return x

    study = ts.Study(space, ts.Metric("m"), sampler="sobol", seed=1)
    study.optimize(objective, trials=24, progress=False)
    surrogate = surrogate_of(study.history)
    xs = surrogate.rows[:, 0]
    assert surrogate.complete.sum() < len(xs) == 24
    middle = np.median(surrogate.values[surrogate.complete])
    np.testing.assert_allclose(surrogate.values[(xs > 0.6) & (xs < 0.7)], middle)
    assert surrogate.values[xs > 0.7].min() > surrogate.values[surrogate.complete].max()
    assert surrogate.incumbent_value() == surrogate.values[surrogate.complete].min()
    extra = np.diag(surrogate.process.factor @ surrogate.process.factor.T) - surrogate.process.scale
    assert extra[~surrogate.complete].min() > extra[surrogate.complete].max() + 0.2


def test_failed_trials_do_not_count():
    study = told(10)
    study.tell(study.ask(), error="no")
    assert len(surrogate_of(study.history).rows) == 10


def test_nothing_complete_is_nothing_to_model():
    study = ts.Study(SPACE, ts.Metric("m"), seed=1)
    study.tell(study.ask(), error="no")
    with pytest.raises(InvalidTrial, match="No trial at a point of the space is complete") as caught:
        surrogate_of(study.history)
    assert "trials" in str(caught.value)


def test_noise_is_learnt():
    rng = np.random.default_rng(0)
    noisy = surrogate_of(told(60, lambda params: loss(params) + rng.standard_normal()).history)
    smooth = surrogate_of(told(60).history)
    assert noisy.process.noise / noisy.process.scale > 10 * smooth.process.noise / smooth.process.scale
    assert noisy.fitted_means().min() > noisy.values.min() == noisy.incumbent_value()


def test_a_heap_of_good_trials_does_not_bend_the_scale():
    """Forty draws of noise around the best and ten far away look skewed; the function is a parabola all the same.

    To make them look normal would take an exponent of -1.5, which stretches the noise.
    """
    rng = np.random.default_rng(3)
    study = ts.Study(ts.SearchSpace(x=ts.Float(-1, 1)), ts.Metric("m"), seed=0)
    for x in [*rng.uniform(-0.1, 0.1, 40), *np.linspace(-1, 1, 10)]:
        study.add({"x": float(x)}, float(3 * x * x + 0.1 * rng.standard_normal()))
    surrogate = surrogate_of(study.history)
    assert 0.0 < surrogate.warp.power <= 1.5
    assert abs(min(np.linspace(-1, 1, 201), key=lambda x: surrogate.predict({"x": x}).mean)) < 0.15


def test_a_logarithmic_scale_is_found():
    study = told(40, lambda params: float(np.exp(6 * params["x"])), space=ts.SearchSpace(x=ts.Float(0, 1)))
    assert surrogate_of(study.history).warp.power < 0.5


def test_noise_is_seen_where_the_same_params_gave_different_values():
    study = told(10)
    study.add(study.trials[3].params, study.trials[3].value)
    assert not surrogate_of(study.history).has_noise
    study.add(study.trials[3].params, study.trials[3].value * (1 + 1e-12))
    assert not surrogate_of(study.history).has_noise, "rounding is no noise"
    study.add(study.trials[3].params, study.trials[3].value + 1)
    assert surrogate_of(study.history).has_noise


def test_noise_that_was_seen_once_is_remembered_in_a_long_study():
    study = told(8)
    study.add(study.trials[3].params, study.trials[3].value + 1)
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(0, 1, (2 * MOST_ROWS, 2)):
        study.add({**study.trials[0].params, "x": float(x)}, float(y) - 2)
    surrogate = surrogate_of(study.history)
    assert not {3, 8} <= set(surrogate.modelled.tolist()), "the pair itself is no longer modelled"
    assert surrogate.has_noise


def test_one_awful_stopped_trial_does_not_hide_the_others():
    study = told(8, lambda params: 1.0)
    trial = study.ask()
    trial.report(1e300, step=1)
    study.tell(trial, state="pruned")
    surrogate = surrogate_of(study.history)
    assert np.isfinite(surrogate.values).all()
    assert math.isfinite(surrogate.predict(trial.params).mean)


def test_fitted_means_are_the_predictions_at_the_trials():
    surrogate = surrogate_of(told(40).history)
    features = surrogate.domain.known_features(surrogate.rows[surrogate.modelled])
    np.testing.assert_allclose(surrogate.fitted_means(), surrogate.process.predict(features)[0], atol=1e-8)


@pytest.mark.parametrize("value", [0.0, 1e300, -1e300, 1e-300])
def test_equal_and_extreme_values_give_finite_predictions(value):
    prediction = surrogate_of(told(15, lambda _: value).history).predict({"x": 0.5, "y": 0.1, "c": "a"})
    assert prediction.mean == pytest.approx(value, rel=1e-6)
    assert math.isfinite(prediction.deviation)


def test_an_active_set_has_the_best_the_newest_and_a_sample():
    rng = np.random.default_rng(0)
    values, complete = rng.random(2000), rng.random(2000) < 0.8
    chosen = active_set(values, complete, 1500)
    assert len(set(chosen.tolist())) == len(chosen) == MOST_ROWS
    assert np.all(np.diff(chosen) > 0)
    assert chosen.max() == 1499
    ranked = np.argsort(np.where(complete[:1500], values[:1500], np.inf))
    assert set(ranked[: MOST_ROWS // 2].tolist()) <= set(chosen.tolist())
    assert set(range(1500 - MOST_ROWS // 4, 1500)) <= set(chosen.tolist())
    np.testing.assert_array_equal(chosen, active_set(values, complete, 1500))
    np.testing.assert_array_equal(active_set(values, complete, 7), np.arange(7))


@pytest.mark.parametrize("value", [-1e6, 1e6])
def test_what_was_measured_outside_the_space_changes_no_prediction(value):
    one, other = (surrogate_of(history) for history in beside_a_stranger(value))
    for params in ({"x": 1.0, "c": "a", "n": 2}, {"x": 0.1, "c": "b", "n": 8}):
        assert one.predict(params) == other.predict(params)
    assert one.incumbent_value() == other.incumbent_value()


def test_trials_outside_the_space_alone_are_nothing_to_model():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("m"), seed=1)
    study.enqueue({"x": 2.0}, outside=True)
    study.tell(study.ask(), 1.0)
    assert study.best.value == 1.0
    with pytest.raises(InvalidTrial, match="No trial at a point of the space is complete"):
        surrogate_of(study.history)


@pytest.mark.parametrize("sampler", ["gp", "tpe", "random"])
def test_far_from_the_best_it_says_what_was_told_though_the_trials_gather_at_the_best(sampler: str) -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(-1, 1), y=ts.Int(1, 5)), "loss", seed=0, sampler=sampler)
    study.optimize(lambda trial: trial.params["x"] ** 2 + trial.params["y"], trials=60, progress=False)
    for params, truth in [({"x": -1.0, "y": 5}, 6.0), ({"x": 0.5, "y": 4}, 4.25), ({"x": 0.0, "y": 1}, 1.0)]:
        mean, deviation = study.model().predict(params)
        assert abs(mean - truth) < 0.15 + 3 * deviation
        assert deviation < 0.5
    found = {one.name: one.share for one in importance(study).params}
    assert found["y"] > 0.85, "of what x and y do together in all of the space"


def test_a_run_that_diverged_leaves_room_for_the_others() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 10)), "loss", seed=0, sampler="random")
    study.optimize(lambda t: 1e12 if t.number == 5 else (t.params["x"] - 3) ** 2, trials=40, progress=False)
    assert study.model().predict({"x": 6.0}).mean == pytest.approx(9.0, abs=1.5)
