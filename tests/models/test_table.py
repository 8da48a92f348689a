from __future__ import annotations

import numpy as np

import tunesmith as ts
from tests.models.strangers import PLACE, beside_a_stranger
from tunesmith.models.table import COMPLETE, FAILED, PRUNED, encoded_running, table_of

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


def test_a_trial_outside_the_space_has_no_row():
    for place in (PLACE, {**PLACE, "x": 0.5, "c": "z"}, {**PLACE, "x": 0.5}):  # one is marked as outside, no more
        with_it, without = beside_a_stranger(-100.0, place)
        one, other = table_of(with_it), table_of(without)
        assert (with_it.best.number, with_it.best.value) == (3, -100.0)
        assert one.places.tolist() == [0, 1, 2, *range(4, 13)]
        for column in ("rows", "values", "states", "steps", "variances", "excess", "folds", "expected"):
            np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


def test_one_that_runs_outside_the_space_has_none_either():
    with_it, _ = beside_a_stranger(-100.0, running=True)
    assert [trial.params["x"] for trial in with_it.running()] == [3.0]
    assert encoded_running(with_it, table_of(with_it).encoder, -1).shape == (0, 3)


def test_earlier_views_agree_on_who_was_outside():
    found = study()
    views = [found.history]
    for params, outside in (({"x": 2.0}, True), ({"x": 0.5, "c": "a"}, False), ({"x": 0.5, "c": "a"}, True)):
        found.enqueue(params, outside=outside)
        views.append(found.history)
        found.tell(found.ask(), 1.0)
        views.append(found.history)
    sizes = [8, 8, 8, 8, 9, 9, 9]
    assert [len(table_of(view)) for view in reversed(views)] == sizes[::-1]  # the longest first, then what is kept
    assert [table_of(view).places[-1] for view in views] == [7, 7, 7, 7, 9, 9, 9]


def test_values_that_a_narrower_space_does_not_hold_were_not_measured_in_it():
    narrow = ts.SearchSpace(x=ts.Float(0, 0.5), c=ts.Categorical("a", "b"), n=ts.Int(1, 8))
    found = beside_a_stranger(0.0)[0]
    table = table_of(found.with_space(narrow))
    ended = found.finished()
    assert table.places.tolist() == [k for k, trial in enumerate(ended) if trial.params["x"] <= 0.5]
    np.testing.assert_allclose(table.rows[:, 0], [2 * ended[k].params["x"] for k in table.places])
