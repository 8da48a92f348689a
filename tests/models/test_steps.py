"""Trials that were stopped at a step: what complete ones tell of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.models.surrogate import Surrogate
from tunesmith.models.table import COMPLETE, PRUNED, table_of

SPACE = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1))
STEPS = 9


def final(params):
    return (params["x"] - 0.3) ** 2 + 0.3 * params["y"]


def at_step(params, step):
    """Slow where y is small: a curve of power law."""
    return final(params) + 1.5 / step ** (0.7 + 0.3 * params["y"])


def searched(trials, *, direction="minimize", stop=None, seed=3):
    """Random trials; those that are behind two thirds of the others after the third step are stopped."""
    sign = 1.0 if direction == "minimize" else -1.0
    study = ts.Study(SPACE, ts.Metric("loss", direction), sampler="random", seed=seed)
    rung = []

    def objective(trial):
        for step in range(1, STEPS + 1):
            value = at_step(trial.params, step)
            trial.report(sign * value, step=step)
            if step == 3:
                rung.append(value)
                if stop(trial.number) if stop else value > np.quantile(rung, 1 / 3):
                    raise ts.TrialPruned
        return sign * final(trial.params)

    study.optimize(objective, trials=trials, progress=False)
    return study


def without(table):
    """The same table, as if nothing were known of those that were stopped."""
    return replace(table, expected=table.expected[:0])


def test_what_is_expected_is_near_to_what_would_have_been():
    study = searched(60)
    table = table_of(study.history)
    stopped = table.states == PRUNED
    truth = np.array([final(trial.params) for trial in study.trials])[stopped]
    mean, variance = table.expected[stopped].T
    assert stopped.sum() > 30
    assert np.abs(mean - truth).mean() < 0.25 * np.abs(table.values[stopped] - truth).mean()
    assert np.mean(np.abs(mean - truth) < 3 * np.sqrt(variance)) > 0.9
    assert np.isnan(table.expected[table.states == COMPLETE]).all()


def test_the_model_orders_points_better_with_it():
    """Against the rule for trials of which nothing is expected."""
    points = [{"x": x, "y": y} for x in np.linspace(0, 1, 8).tolist() for y in np.linspace(0, 1, 8).tolist()]
    truth = np.array([final(point) for point in points])
    gained = []
    for seed in range(3):
        table = table_of(searched(40, seed=seed).history)
        ours, crude = (
            np.corrcoef(truth, [Surrogate(one).predict(point).mean for point in points])[0, 1]
            for one in (table, without(table))
        )
        gained.append(ours - crude)
    assert np.mean(gained) > 0.02
    assert min(gained) > -0.02


def test_few_complete_trials_tell_nothing():
    table = table_of(searched(12, stop=lambda number: number >= 3).history)
    assert len(table.expected) == 0
    values, variances = table.believed()
    np.testing.assert_array_equal(values, table.values)
    np.testing.assert_array_equal(variances, table.variances)


def test_larger_is_better_is_turned_round():
    down, up = (table_of(searched(30, direction=word).history).expected for word in ("minimize", "maximize"))
    np.testing.assert_allclose(down, up)


def test_an_earlier_view_stays_as_it_was_and_a_fresh_process_says_the_same():
    study = searched(20)
    then = study.history
    before = table_of(then).expected.copy()
    for trial in searched(20, seed=5).trials:
        if trial.state is ts.TrialState.COMPLETE:
            study.add(trial.params, trial.value)
    study.optimize(lambda trial: final(trial.params), trials=60, progress=False)
    table_of(study.history)
    np.testing.assert_array_equal(table_of(then).expected, before)


def test_trials_that_reported_nothing_count_by_the_rule():
    study = searched(30)
    silent = study.ask()
    study.tell(silent, state="pruned")
    table = table_of(study.history)
    assert np.isfinite(table.expected).any()
    assert np.isnan(table.expected[-1]).all()
    assert np.isfinite(Surrogate(table).predict({"x": 0.5, "y": 0.5})).all()


@pytest.mark.parametrize("step", [1, 3, 9])
def test_a_person_may_stop_at_any_step(step):
    study = searched(20, stop=lambda number: number >= 10)
    trial = study.ask()
    for at in range(1, step + 1):
        trial.report(at_step(trial.params, at), step=at)
    study.tell(trial, state="pruned")
    mean, variance = table_of(study.history).expected[-1]
    assert abs(mean - final(trial.params)) < 0.4
    assert variance > 0
