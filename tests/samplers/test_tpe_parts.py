"""The parts of the tpe sampler: how trials are ranked and thinned, what is never repeated, what is kept when."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

import tunesmith as ts
from tests.models.strangers import beside_a_stranger
from tunesmith.models.table import encoded_running, table_of
from tunesmith.samplers import Seed
from tunesmith.samplers._standing import Branch, standing_of
from tunesmith.samplers.tpe import (
    MOST_KERNELS,
    PART,
    TPESampler,
    _lenders,
    _Model,
    _rank_weights,
    _recency,
    _thinned,
)
from tunesmith.space import Normal

TEN = ts.SearchSpace(
    **{f"x{i}": ts.Float(0, 1) for i in range(4)},
    lr=ts.Float(1e-5, 1e-1, log=True),
    k=ts.Int(1, 10),
    units=ts.Int(1, 1024, log=True),
    kind=ts.Categorical("a", "b", "c"),
    flag=ts.Categorical(False, True),
    depth=ts.Int(1, 12).when("kind", "a", "b"),
)


def told(space, n, loss, *, sampler="random", seed=1):
    study = ts.Study(space, ts.Metric("loss"), sampler=sampler, seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, loss(trial.params))
    return study


def added(space, results):
    study = ts.Study(space, ts.Metric("loss"), sampler="tpe", seed=1)
    for params, value in results:
        study.add(params, value)
    return study


def test_equal_values_weigh_the_same_and_the_best_most():
    weights = _rank_weights(np.array([1.0, 1.0, 2.0, 2.0, 2.0]), np.array([0, 0, 0, 0, 1]))
    assert weights[0] == weights[1] > weights[2] == weights[3] > weights[4] > 0
    assert weights.mean() == pytest.approx(1.0)
    assert _rank_weights(np.zeros(0), np.zeros(0, int)).shape == (0,)


def test_old_bad_trials_fade():
    weights = _recency(100)
    assert weights[0] == 0.01
    assert weights[-25:].tolist() == [1.0] * 25
    assert np.all(np.diff(weights) >= 0)


@pytest.mark.parametrize("n", [MOST_KERNELS, MOST_KERNELS + 1, 3 * MOST_KERNELS, 20 * MOST_KERNELS])
def test_thinned_trials_keep_the_newest_the_best_and_all_the_weight(n):
    space = ts.SearchSpace(x=ts.Float(0, 1))
    values = np.random.default_rng(0).random(n)
    standing = standing_of(table_of(added(space, [({"x": value}, value) for value in values.tolist()]).history))
    good, rest = np.split(standing.best, [20])
    kept, weights = _thinned(n, good, rest, standing.spokesmen)
    assert len(kept) == len(weights) <= MOST_KERNELS
    assert np.all(np.diff(kept) > 0)
    assert set(range(n - PART, n)) - set(good.tolist()) <= set(kept.tolist())
    assert set(rest[:PART].tolist()) <= set(kept.tolist())
    assert not set(good.tolist()) & set(kept.tolist())
    assert weights.sum() == pytest.approx(_recency(n - 20).sum(), rel=0.001)
    assert np.all(weights > 0)


def test_lenders_are_the_best_of_their_branch():
    rows = np.array([[0, 0.1, np.nan], [1, np.nan, 0.5], [1, np.nan, 0.6], [0, 0.2, np.nan]])
    branches = (
        Branch([0], 4, np.array([0, 3, 2, 1])),
        Branch([1], 2, np.array([0, 3]), always=False),
        Branch([2], 2, np.array([2, 1]), always=False),
    )
    lent = _lenders(rows, branches, np.array([0]), 0.5)
    np.testing.assert_array_equal(lent, [[math.nan, math.nan, 0.6]])


def test_nothing_is_tried_twice_until_all_was_tried():
    space = ts.SearchSpace(kind=ts.Categorical("a", "b"), n=ts.Int(1, 9).when("kind", "b"), m=ts.Int(1, 5))
    study = told(space, 50, lambda params: params.get("n", 4) + params["m"], sampler="tpe")
    assert len({tuple(trial.params.items()) for trial in study.trials}) >= 48
    assert len(told(space, 60, lambda params: params["m"], sampler="tpe").trials) == 60


def test_running_trials_are_not_repeated_either():
    space = ts.SearchSpace(n=ts.Int(1, 40))
    study = told(space, 15, lambda params: params["n"], sampler="tpe")
    assert len({trial.params["n"] for trial in study.ask(n=8)}) == 8


def test_constraints_hold_where_the_model_would_break_them():
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)).require("x + y < 0.7")
    study = told(space, 60, lambda params: -params["x"] - params["y"], sampler="tpe")
    assert all(space.check(trial.params) for trial in study.trials)
    assert study.best.value < -0.66


def test_given_values_shape_the_others():
    study = told(TEN, 80, lambda p: abs(p["x0"] - (0.1 if p["kind"] == "a" else 0.9)), sampler="random", seed=4)
    near = [
        TPESampler().sample(study.history, Seed(0, 100 + n), ts.Params({"kind": kind})).params
        for kind in ("a", "c")
        for n in range(30)
    ]
    assert [params["kind"] for params in near] == ["a"] * 30 + ["c"] * 30
    assert all("depth" in params for params in near[:30])
    assert np.median([params["x0"] for params in near[:30]]) < 0.35
    assert np.median([params["x0"] for params in near[30:]]) > 0.65


def test_old_views_and_warm_memories_change_no_suggestion():
    study = told(TEN, 30, lambda params: params["x0"])
    view = study.history
    first = TPESampler().sample(view, Seed(9, 77))
    for _ in range(40):
        study.tell(study.ask(), 0.0)
    assert TPESampler().sample(study.history, Seed(9, 77)) != first
    assert TPESampler().sample(view, Seed(9, 77)) == first
    again = told(TEN, 30, lambda params: params["x0"])
    assert TPESampler().sample(again.history, Seed(9, 77)) == first


def test_objectives_that_declare_on_the_go_are_learnt():
    study = ts.Study(sampler="tpe", seed=2)

    def objective(trial):
        kind = trial.suggest_categorical("kind", ["a", "b"])
        x = trial.suggest_float("x", 0, 1)
        return (x - 0.2) ** 2 + (0.5 if kind == "a" else (trial.suggest_float("y", 0, 1) - 0.8) ** 2)

    study.optimize(objective, trials=60, progress=False)
    assert study.best.value < 0.02
    assert study.best.params["kind"] == "b"


def test_priors_of_the_space_bend_the_start_and_the_model():
    space = ts.SearchSpace(x=ts.Float(0, 1, prior=Normal(0.2, 0.05)), c=ts.Categorical("a", "b", prior=[9, 1]))
    study = told(space, 60, lambda _: 0.0, sampler="tpe")
    xs = [trial.params["x"] for trial in study.trials]
    assert 0.15 < np.median(xs) < 0.3
    assert np.mean([trial.params["c"] == "a" for trial in study.trials]) > 0.6


def test_what_it_says_of_a_suggestion():
    study = told(TEN, 12, lambda params: params["x0"], sampler="tpe")
    assert study.trials[3].why == {"member": "tpe", "phase": "startup", "ended": 3, "of": 10}
    why = TPESampler().sample(study.history, Seed(0, 12)).why
    assert (why["phase"], why["good"], why["bad"]) == ("model", 2, 10)
    assert why["ratio"] > 0
    study.tell(study.ask(), error="no")
    why = TPESampler().sample(study.history, Seed(0, 13)).why
    assert why["failed"] == 1
    assert 0.5 < why["success"] <= 1


def test_all_failed_is_no_reason_to_stop():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="tpe", seed=1)
    for _ in range(30):
        study.tell(study.ask(), error="no")
    assert study.trials[-1].why["good"] == 0
    assert len({trial.params["x"] for trial in study.trials}) == 30


@pytest.mark.parametrize(("trials", "limit"), [(1000, 0.01), (10_000, 0.01)])
def test_an_ask_takes_milliseconds_however_long_the_history(trials, limit):
    study = told(TEN, trials, lambda params: params["x0"], sampler="random")
    history = study.history
    table_of(history)
    started = time.process_time()
    for number in range(10):
        TPESampler().sample(history, Seed(1, trials + number))
    assert (time.process_time() - started) / 10 < limit


@pytest.mark.parametrize("value", [-1e6, 1e6])
def test_what_was_measured_outside_the_space_changes_no_density(value):
    scores = []
    for history in beside_a_stranger(value, trials=40, running=value > 0):
        table = table_of(history)
        model = _Model(table, encoded_running(history, table.encoder, -1), gamma=0.1, prior_weight=1.0)
        scores.append(model.score(table.rows))
        assert model.counts == {"good": 4, "bad": 36}
    np.testing.assert_array_equal(scores[0].ratio, scores[1].ratio)
