from __future__ import annotations

import itertools
import math
import statistics
import time

import msgspec
import numpy as np
import pytest

import tunesmith as ts
from tests.models.strangers import beside_a_stranger
from tunesmith.errors import UsageError
from tunesmith.models.table import table_of
from tunesmith.samplers import Sampler, Seed
from tunesmith.samplers._evolution import Plan, search_of
from tunesmith.samplers.cmaes import CmaesSampler

BOX = ts.SearchSpace({f"x{i}": ts.Float(-1, 1) for i in range(4)})
MIXED = ts.SearchSpace(
    {f"x{i}": ts.Float(-5, 5) for i in range(3)}
    | {f"k{i}": ts.Int(-10, 10) for i in range(3)}
    | {f"b{i}": ts.Categorical(False, True) for i in range(2)}
)
TREE = ts.SearchSpace(
    kind=ts.Categorical("svm", "net"),
    c=ts.Float(1e-3, 1e3, log=True).when("kind", "svm"),
    lr=ts.Float(1e-5, 1.0, log=True).when("kind", "net"),
    width=ts.Int(4, 512, log=True).when("kind", "net"),
)

NOTHING = ts.Params()


def told(space, n, loss, *, sampler="cmaes", seed=0):
    study = ts.Study(space, ts.Metric("loss"), sampler=sampler, seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, loss(trial.params))
    return study


def best(space, n, loss, sampler, seeds=3):
    return statistics.median(told(space, n, loss, sampler=sampler, seed=seed).best.value for seed in range(seeds))


def sphere(p):
    return sum((value - 0.3) ** 2 for value in p.values())


def ellipsoid(p):
    return sum(10 ** (4 * i / 3) * (p[f"x{i}"] - 0.1) ** 2 for i in range(4))


def rosenbrock(p):
    x = [2 * p[f"x{i}"] for i in range(4)]
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def mixed(p):
    numbers = sum((i + 1) * (p[f"x{i}"] - 1) ** 2 + 10**i * (p[f"k{i}"] - 3) ** 2 for i in range(3))
    return numbers + 5 * sum(not p[f"b{i}"] for i in range(2))


def tree(p):
    if p["kind"] == "svm":
        return 0.5 + abs(math.log10(p["c"])) / 10
    return (math.log10(p["lr"]) + 3) ** 2 / 2 + abs(math.log2(p["width"]) - 6) / 5


@pytest.mark.parametrize(
    ("loss", "trials", "goal"), [(sphere, 500, 1e-6), (ellipsoid, 900, 1e-6), (rosenbrock, 1500, 1e-4)]
)
def test_it_converges(loss, trials, goal):
    assert best(BOX, trials, loss, "cmaes") < goal < best(BOX, trials, loss, "random") / 100


def test_whole_numbers_and_choices_converge_too():
    assert best(MIXED, 700, mixed, "cmaes") < 0.01 < best(MIXED, 700, mixed, "random") / 100


def test_conditional_parameters_are_learnt():
    assert best(TREE, 300, tree, "cmaes") < 0.25 * best(TREE, 300, tree, "random")


def test_it_begins_at_the_best_that_is_known():
    study = ts.Study(BOX, ts.Metric("loss"), sampler="cmaes", seed=1)
    for value in (0.9, -0.7, 0.5):
        study.add({f"x{i}": value for i in range(4)}, abs(value + 0.7))
    xs = np.array([list(study.ask().params.values()) for _ in range(40)])
    assert np.all(xs.mean(axis=0) < -0.3)


def test_a_better_point_from_elsewhere_joins_the_generation():
    def mean(*, guest):
        study = told(BOX, 60, lambda p: sum(abs(x + 0.9) for x in p.values()), seed=2)
        if guest:
            study.add(dict.fromkeys(BOX.names, 0.9), -5.0)
        for _ in range(9):
            trial = study.ask()
            study.tell(trial, sum(abs(x + 0.9) for x in trial.params.values()))
        history = study.history
        return search_of(history, table_of(history), Plan(None, 0.3, restarts=True)).evolution.mean.mean()

    assert mean(guest=True) > mean(guest=False)


def test_many_workers_lose_nothing():
    def batched(seed):
        study = ts.Study(BOX, ts.Metric("loss"), sampler="cmaes", seed=seed)
        waiting = []
        for _ in range(500):
            waiting.append(study.ask())
            if len(waiting) == 12:
                trial = waiting.pop(0)
                study.tell(trial, sphere(trial.params))
        return study.best.value

    assert statistics.median(map(batched, range(3))) < 1e-4


def test_failures_stops_and_constraints():
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)).require("x + y < 1.2")
    study = ts.Study(space, ts.Metric("loss"), sampler="cmaes", seed=0)
    for _ in range(200):
        trial = study.ask()
        x, y = trial.params["x"], trial.params["y"]
        if y > 0.8:
            study.tell(trial, error="too large")
        elif x < 0.2:
            trial.report(x, step=1)
            study.tell(trial, state="pruned")
        else:
            study.tell(trial, (x - 0.45) ** 2 + (y - 0.75) ** 2)
    assert study.best.value < 1e-4
    late = study.trials[150:]
    assert sum(trial.state is not ts.TrialState.COMPLETE for trial in late) < 25
    assert all(space.check(trial.params) for trial in study.trials)


def test_nothing_is_tried_twice_while_anything_is_left():
    space = ts.SearchSpace(k=ts.Int(1, 12), c=ts.Categorical("a", "b"))
    study = told(space, 20, lambda p: abs(p["k"] - 9))
    assert len({tuple(trial.params.values()) for trial in study.trials}) >= 19
    assert len(told(space, 40, lambda p: p["k"]).trials) == 40


def test_it_begins_anew_when_it_has_converged():
    study = told(ts.SearchSpace(x=ts.Float(0, 1)), 700, lambda p: math.cos(18 * p["x"]) + p["x"])
    runs = [trial.why["run"] for trial in study.trials]
    assert runs == sorted(runs)
    assert runs[-1] >= 2
    once = told(ts.SearchSpace(x=ts.Float(0, 1)), 300, lambda p: p["x"] ** 2, sampler=CmaesSampler(restarts=False))
    assert once.trials[-1].why["run"] == 0


def test_a_plateau_is_left():
    study = told(BOX, 400, lambda _: 1.0)
    assert study.trials[-1].why["run"] >= 1
    assert study.trials[120].why["sigma"] > 0.3


@pytest.mark.parametrize(("space", "loss"), [(MIXED, mixed), (TREE, tree)])
def test_a_fresh_replay_agrees_bit_for_bit(space, loss):
    study = told(space, 120, loss, seed=4)
    answers = {}
    for _ in range(30):
        answers[study.history] = CmaesSampler().sample(study.history, Seed(9, 500))
        trial = study.ask()
        study.tell(trial, loss(trial.params))
    for view, answer in reversed(answers.items()):  # what is kept is of a later view: each is played anew
        assert CmaesSampler().sample(view, Seed(9, 500)) == answer


@pytest.mark.parametrize(
    "state", [None, {"latent": "no"}, {"latent": [1.0]}, {"latent": ["a", "b"]}, {"latent": [0.99, 0.5]}]
)
def test_a_state_that_does_not_fit_its_trial_is_passed_over(state):
    class Odd(Sampler):
        def sample(self, history, seed, given=NOTHING):
            return msgspec.structs.replace(CmaesSampler().sample(history, seed, given), state=state)

    space = ts.SearchSpace(k=ts.Int(1, 10), x=ts.Float(0, 1))
    study = told(space, 80, lambda p: p["k"] + p["x"], sampler=Odd())
    assert study.best.value < 1.5
    assert study.trials[-1].why["generation"] > 5


def test_what_it_keeps_is_little():
    assert all(len(trial.sampler_state["latent"]) == 6 for trial in told(MIXED, 40, mixed).trials)
    assert all(trial.sampler_state is None for trial in told(BOX, 30, sphere).trials)


def test_an_ask_takes_less_than_a_millisecond_however_long_the_history():
    study = told(MIXED, 2000, mixed)
    history = study.history
    sampler = CmaesSampler()
    sampler.sample(history, Seed(1, 2000))
    started = time.process_time()
    for number in range(20):
        sampler.sample(history, Seed(1, 2000 + number))
    assert (time.process_time() - started) / 20 < 0.003


@pytest.mark.parametrize("arguments", [{"population": 3}, {"sigma": 0.0}, {"sigma": 1.5}])
def test_bad_arguments(arguments):
    with pytest.raises(UsageError):
        CmaesSampler(**arguments)


def test_what_it_says_of_a_suggestion():
    why = told(BOX, 20, sphere).trials[-1].why
    assert why == {"member": "cmaes", "run": 0, "generation": 2, "sigma": why["sigma"]}


@pytest.mark.parametrize("value", [-1e6, 1e6])
def test_a_search_does_not_begin_outside_the_space(value):
    one, other = (
        search_of(history, table_of(history), Plan(None, 0.3, restarts=True)).evolution.mean
        for history in beside_a_stranger(value)
    )
    np.testing.assert_array_equal(one, other)
