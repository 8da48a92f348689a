from __future__ import annotations

import time

import numpy as np

import tunesmith as ts
from tests.pruners.test_racing import field, raced
from tunesmith.models.table import COMPLETE, PRUNED, table_of


def test_a_stopped_trial_counts_with_what_all_folds_would_say():
    scores = field(np.random.default_rng(0), 60, spread=0.4, noise=0.05)
    study = raced(scores)
    table = table_of(study.history)
    stopped = np.flatnonzero(table.states == PRUNED)
    assert len(stopped) > 30
    assert (table.variances[stopped] > 0).all()
    assert (table.ranks(stopped) == COMPLETE).all()
    misses = table.values[stopped] - scores.mean(axis=1)[stopped]
    plain = (
        np.array([np.mean([p.value for p in study.trials[i].points]) for i in stopped]) - scores.mean(axis=1)[stopped]
    )
    assert abs(misses.mean()) < 0.02 < abs(plain.mean())


def test_folds_are_in_the_table_to_be_minimised():
    scores = field(np.random.default_rng(1), 8)
    table = table_of(raced(-scores, direction="maximize").history)
    complete = table.states == COMPLETE
    np.testing.assert_allclose(table.folds[complete], scores[complete])


def test_an_earlier_view_knows_nothing_of_later_trials():
    scores = field(np.random.default_rng(2), 40)
    study = raced(scores)
    history, before = study.history, table_of(study.history)
    kept = before.values.copy(), before.folds.copy()
    for _ in range(5):
        trial = study.ask()
        for fold in range(9):
            trial.report(1.0, step=fold, fold=fold)
        study.tell(trial, 1.0)
    assert table_of(study.history).folds.shape[1] == 9
    again = table_of(history)
    np.testing.assert_array_equal(again.values, kept[0])
    np.testing.assert_array_equal(again.folds, kept[1])


def test_long_histories_cost_no_more_a_trial():
    scores = field(np.random.default_rng(3), 400)
    study = raced(scores)
    table_of(study.history)
    trial = study.ask()
    trial.report(5.0, step=0, fold=0)
    study.tell(trial, state="pruned")
    began = time.process_time()
    table = table_of(study.history)
    assert time.process_time() - began < 0.05
    assert table.variances[-1] > 0


def test_more_folds_than_are_kept_do_no_harm():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    for _ in range(2):
        trial = study.ask()
        trial.report(1.0, step=999, fold=999)
        study.tell(trial, 1.0)
    assert table_of(study.history).folds.shape == (2, 0)
