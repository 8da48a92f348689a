from __future__ import annotations

import numpy as np

import tunesmith as ts
from tunesmith.models.table import COMPLETE, FAILED, PRUNED, table_of

SPACE = ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical("a", "b"))


def objective(trial):
    trial.report(trial.params["x"] + 1, step=4)
    if trial.number % 4 == 1:
        raise ts.TrialPruned
    if trial.number % 4 == 2:
        raise ValueError("no")
    return trial.params["x"]


def study(direction="minimize"):
    found = ts.Study(SPACE, ts.Metric("m", direction), sampler="random", seed=1)
    found.optimize(objective, trials=8, progress=False)
    return found


def test_states_values_and_steps():
    found = study()
    table = table_of(found.history)
    assert table.states.tolist() == [COMPLETE, PRUNED, FAILED, COMPLETE] * 2
    xs = np.array([t.params["x"] for t in found.trials])
    np.testing.assert_allclose(table.values[table.states == COMPLETE], xs[table.states == COMPLETE])
    np.testing.assert_allclose(table.values[table.states == PRUNED], xs[table.states == PRUNED] + 1)
    assert np.isnan(table.values[table.states == FAILED]).all()
    assert set(table.steps[table.states == PRUNED]) == {4}


def test_larger_is_better_is_turned_round():
    np.testing.assert_allclose(table_of(study("maximize").history).values[0], -table_of(study().history).values[0])


def test_an_earlier_view_stays_as_it_was():
    found = study()
    then = found.history
    before = table_of(then)
    kept = before.rows.copy(), before.values.copy()
    found.optimize(objective, trials=200, progress=False)
    after = table_of(found.history)
    assert len(after) == 200
    again = table_of(then)
    assert len(again) == len(before) == 8
    np.testing.assert_array_equal(again.rows, kept[0])
    np.testing.assert_array_equal(before.values, kept[1])


def test_a_retried_trial_is_not_counted_twice():
    found = study()
    table_of(found.history)
    found.retry(2)
    assert len(table_of(found.history)) == 7
    found.tell(found.ask(), 0.5)
    table = table_of(found.history)
    assert len(table) == 8
    assert table.values[-1] == 0.5


def test_a_grown_space_is_encoded_anew():
    found = ts.Study(sampler="random", seed=1)
    found.optimize(lambda trial: trial.suggest_float("x", 0, 1), trials=3, progress=False)
    assert table_of(found.history).rows.shape == (3, 1)
    found.optimize(
        lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_float("y", 0, 1), trials=5, progress=False
    )
    table = table_of(found.history)
    assert table.rows.shape == (5, 2)
    assert np.isnan(table.rows[:3, table.encoder.index["y"]]).all()


def test_folds_of_a_stopped_trial_count_by_their_mean():
    def fold_by_fold(trial):
        for fold, value in enumerate((0.5, 0.7, 0.3)):
            trial.report(value, step=fold, fold=fold)
        raise ts.TrialPruned

    found = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    found.optimize(fold_by_fold, trials=1, progress=False)
    table = table_of(found.history)
    assert (round(table.values[0], 12), table.steps[0], table.states[0]) == (0.5, 2.0, PRUNED)
