"""The gp sampler: what it finds, what it never does, and that it says the same wherever it is asked."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from scipy.linalg import LinAlgError

import tunesmith as ts
from tunesmith.errors import SearchExhausted, UnknownName, UsageError
from tunesmith.models.table import table_of
from tunesmith.samplers import Sampler, Seed, Suggestion
from tunesmith.samplers import gp as module
from tunesmith.samplers.gp import GPSampler
from tunesmith.space import Normal

NOTHING = ts.Params()

MIXED = ts.SearchSpace(
    x=ts.Float(0, 1),
    y=ts.Float(1e-4, 1, log=True),
    n=ts.Int(1, 30),
    c=ts.Categorical("a", "b", "c"),
    z=ts.Float(0, 1).when("c", "b"),
)


def branin(params):
    x, y = params["x"], params["y"]
    valley = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return valley + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.397887


def sphere(params):
    return sum((value - 0.37) ** 2 for value in params.values())


def mixed(params):
    """Best is branch b, but only near its z."""
    z = 5 * (params["z"] - 0.7) ** 2 if params["c"] == "b" else 0.3
    return (params["x"] - 0.2) ** 2 + 0.1 * (math.log10(params["y"]) + 2) ** 2 + 0.001 * (params["n"] - 7) ** 2 + z


BRANIN = ts.SearchSpace(x=ts.Float(-5, 10), y=ts.Float(0, 15))


def told(space, n, loss, *, sampler="gp", seed=1, direction="minimize"):
    study = ts.Study(space, ts.Metric("loss", direction), sampler=sampler, seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, loss(trial.params))
    return study


@pytest.mark.parametrize("seed", range(3))
def test_branin_is_solved_in_forty_trials(seed):
    assert told(BRANIN, 40, branin, seed=seed).best.value < 0.02


def test_a_bowl_in_six_dimensions_is_solved_in_sixty():
    space = ts.SearchSpace({f"x{i}": ts.Float(0, 1) for i in range(6)})
    assert told(space, 60, sphere).best.value < 1e-3


def test_larger_is_better_as_well():
    study = told(BRANIN, 30, lambda params: -branin(params), direction="maximize")
    assert study.best.value > -0.1
    why = study.trials[-1].why
    assert abs(why["expected"] - study.trials[-1].value) < 30
    assert why["expected"] < 10


def test_mixed_and_conditional_spaces_are_searched_better_than_by_tpe():
    gp, tpe = ([told(MIXED, 40, mixed, sampler=name, seed=s).best.value for s in range(3)] for name in ("gp", "tpe"))
    assert np.median(gp) < 1e-3 < np.median(tpe)


def test_a_batch_spreads_out():
    study = told(BRANIN, 15, branin)
    batch = study.ask(n=8)
    places = np.array([[trial.params["x"], trial.params["y"]] for trial in batch]) / 15
    apart = [np.linalg.norm(one - two) for one, two in itertools.combinations(places, 2)]
    assert min(apart) > 1e-3
    assert np.median(apart) > 0.1
    for trial in batch:
        study.tell(trial, branin(trial.params))
    assert study.best.value < 10


@pytest.mark.parametrize("n", [2, 9])
def test_a_finite_space_is_tried_once_through_and_ends(n):
    space = ts.SearchSpace(n=ts.Int(1, n), c=ts.Categorical("a", "b"), d=ts.Int(1, 2).when("c", "b"))
    study = told(space, 3 * n, lambda params: params["n"])
    assert len({tuple(sorted(trial.params.items())) for trial in study.trials}) == 3 * n
    with pytest.raises(SearchExhausted, match=f"{3 * n} points"):
        study.ask()


def test_a_finite_space_that_always_fails_ends_too():
    study = ts.Study(ts.SearchSpace(n=ts.Int(1, 12)), ts.Metric("loss"), sampler="gp", seed=1)
    for _ in range(12):
        study.tell(study.ask(), error="no")
    assert len({trial.params["n"] for trial in study.trials}) == 12
    with pytest.raises(SearchExhausted):
        study.ask()


def test_running_trials_are_not_repeated():
    study = told(ts.SearchSpace(n=ts.Int(1, 40)), 10, lambda params: params["n"])
    tried = {trial.params["n"] for trial in study.trials}
    batch = {trial.params["n"] for trial in study.ask(n=10)}
    assert len(batch) == 10
    assert not batch & tried


def test_failures_are_avoided():
    space = ts.SearchSpace({f"x{i}": ts.Float(0, 1) for i in range(5)})
    study = ts.Study(space, ts.Metric("loss"), sampler="gp", seed=2)
    for _ in range(40):
        trial = study.ask()
        if trial.params["x0"] < 0.5:
            study.tell(trial, error="it diverged")
        else:
            study.tell(trial, sphere({**trial.params, "x0": trial.params["x0"] - 0.4}))
    failed = [trial.state is ts.TrialState.FAILED for trial in study.trials]
    assert sum(failed[10:]) <= 6
    assert study.best.value < 1e-3
    assert 0 < study.trials[-1].why["success"] <= 1


def test_early_failures_are_left_before_there_is_a_model():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="gp", seed=1)
    for _ in range(20):
        study.tell(study.ask(), error="no")
    assert study.trials[-1].why["phase"] == "avoiding failures"
    assert len({trial.params["x"] for trial in study.trials}) == 20


def test_constraints_hold_where_the_model_would_break_them():
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)).require("x + y < 0.7")
    study = told(space, 30, lambda params: -params["x"] - params["y"])
    assert all(space.check(trial.params) for trial in study.trials)
    assert study.best.value < -0.68


def test_given_values_are_kept_and_the_others_suit_them():
    study = told(BRANIN, 60, branin, sampler="sobol")  # a search may leave a valley out that is no deeper than another
    near = [GPSampler().sample(study.history, Seed(1, 60), ts.Params({"x": x})).params for x in (-3.1, 3.1, 9.4)]
    assert [params["x"] for params in near] == [-3.1, 3.1, 9.4]
    np.testing.assert_allclose([params["y"] for params in near], [12.2, 2.3, 2.5], atol=0.5)


@pytest.mark.parametrize("name", ["logei", "ei", "pi", "ucb", "thompson", "portfolio"])
def test_each_acquisition_function_finds_the_valley(name):
    study = told(BRANIN, 30, branin, sampler=GPSampler(acquisition=name))
    assert study.best.value < 2.0
    used = {trial.why["acquisition"] for trial in study.trials if trial.why["phase"] == "model"}
    assert used == {name} if name != "portfolio" else len(used) > 1


def test_a_portfolio_prefers_what_earned_most():
    study = told(BRANIN, 6, branin, sampler="sobol")
    history = study.history
    assert {module._earning_most(history, Seed(0, k)) for k in range(60)} == {"logei", "ei", "pi", "ucb"}
    improving = ts.Study(BRANIN, ts.Metric("loss"), sampler=_Named("ucb"), seed=0)
    for k in range(40):
        improving.tell(improving.ask(), -float(k))
    chosen = [module._earning_most(improving.history, Seed(0, k)) for k in range(50)]
    assert chosen.count("ucb") > 40


class _Named(Sampler):
    """Says of random points that an acquisition function chose them."""

    def __init__(self, name):
        self.name = name

    def sample(self, history, seed, given=NOTHING):
        return Suggestion(history.space.sample(seed.rng(), given), {"member": "gp", "acquisition": self.name})


def test_what_it_says_of_a_suggestion():
    study = told(MIXED, 12, mixed)
    assert study.trials[2].why == {"member": "gp", "phase": "startup", "ended": 2, "of": 4}
    why = study.trials[-1].why
    assert (why["member"], why["phase"], why["acquisition"]) == ("gp", "model", "logei")
    assert why["deviation"] > 0
    assert why["found_by"] in {"local search", "nearby", "global"}
    json.dumps(why, allow_nan=False)


def test_the_log_keeps_what_was_fitted():
    study = told(MIXED, 14, mixed)
    state = study.trials[-1].sampler_state
    assert set(state["gp"]) == {"count", "lengths", "scale", "noise", "power"}
    assert set(state["gp"]["lengths"]) == {"x", "y", "n", "c", "z"}
    assert len(json.dumps(state)) < 2000


def test_old_views_and_warm_memories_change_no_suggestion():
    study = told(MIXED, 20, mixed)
    view = study.history
    first = GPSampler().sample(view, Seed(9, 77))
    for _ in range(15):
        study.tell(study.ask(), 0.5)
    assert GPSampler().sample(study.history, Seed(9, 77)).params != first.params
    assert GPSampler().sample(view, Seed(9, 77)) == first
    assert GPSampler().sample(told(MIXED, 20, mixed).history, Seed(9, 77)) == first


FRESH = """
import sys, json, tunesmith as ts
from tunesmith.samplers import Sampler, Seed, Suggestion
study = ts.Study.load(sys.argv[1], "s", sampler="gp")
found = study.sampler.sample(study.history, Seed(study.seed, study.history.next_number))
print(json.dumps([dict(found.params), found.why, found.state]))
"""


@pytest.mark.parametrize("n", [12, 45])
def test_a_fresh_process_says_the_same_bit_for_bit(n, tmp_path):
    path = str(tmp_path / "study.db")
    study = ts.Study(MIXED, ts.Metric("loss"), sampler="gp", seed=5, storage=path, name="s")
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, mixed(trial.params))
    found = study.sampler.sample(study.history, Seed(study.seed, study.history.next_number))
    done = subprocess.run([sys.executable, "-c", FRESH, path], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads(json.dumps([dict(found.params), found.why, found.state]))


def test_an_ill_matrix_ends_no_study(monkeypatch):
    study = told(MIXED, 12, mixed)

    def ill(*_args, **_options):
        raise LinAlgError("the covariance is not positive definite")

    monkeypatch.setattr(module, "Surrogate", ill)
    trial = study.ask()
    assert study.history.trial(trial.number).why == {
        "member": "gp",
        "phase": "fallback",
        "because": "the covariance is not positive definite",
    }
    assert MIXED.check(trial.params) == trial.params


def test_priors_of_the_space_draw_the_search_to_them():
    space = ts.SearchSpace(x=ts.Float(0, 1, prior=Normal(0.2, 0.05)), c=ts.Categorical("a", "b", prior=[9, 1]))
    study = told(space, 25, lambda _: 0.0)
    assert 0.1 < np.median([trial.params["x"] for trial in study.trials]) < 0.35
    assert told(space, 30, lambda params: abs(params["x"] - 0.35)).best.value < 0.02, "it is no wall"


def test_stopped_trials_teach_too():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="gp", seed=3)

    def objective(trial):
        x = trial.params["x"]
        trial.report(abs(x - 0.3), step=1)
        if x > 0.6:
            raise ts.TrialPruned
        return abs(x - 0.3)

    study.optimize(objective, trials=25, progress=False)
    assert study.best.value < 0.01
    assert sum(trial.params["x"] > 0.6 for trial in study.trials[8:]) < 6


def test_noise_can_be_said():
    rng = np.random.default_rng(0)
    study = told(BRANIN, 15, lambda params: branin(params) + 20 * rng.standard_normal())
    luckiest, mean = (GPSampler(noisy=noisy).sample(study.history, Seed(0, 15)) for noisy in (False, True))
    assert luckiest.params != mean.params
    assert GPSampler().sample(study.history, Seed(0, 15)).params == luckiest.params
    assert GPSampler(deterministic=True).sample(study.history, Seed(0, 15)).params != luckiest.params


def noisy_branin(rng):
    return lambda params: branin(params) + 40 * rng.standard_normal()


def test_doubtful_noise_is_looked_at_once():
    study = told(BRANIN, 40, noisy_branin(np.random.default_rng(0)))
    repeats = [trial for trial in study.trials if trial.why["phase"] == "repeat"]
    assert len(repeats) == 1
    before = study.trials[: repeats[0].number]
    assert repeats[0].number >= 20
    assert repeats[0].params == min(before, key=lambda trial: trial.value).params
    assert "noise" in repeats[0].why["because"]


@pytest.mark.parametrize("sampler", [GPSampler(deterministic=True), GPSampler(noisy=True), GPSampler(noisy=False)])
def test_who_knows_of_noise_is_not_asked(sampler):
    study = told(BRANIN, 30, noisy_branin(np.random.default_rng(0)), sampler=sampler)
    assert "repeat" not in {trial.why["phase"] for trial in study.trials}


def test_a_smooth_objective_and_a_finite_space_are_not_repeated():
    for space, objective in ((BRANIN, branin), (GRID, lambda p: hash((p["i"], p["j"])) % 97)):
        study = told(space, 35, objective)
        assert "repeat" not in {trial.why["phase"] for trial in study.trials}


def test_with_noise_the_search_gathers_where_the_mean_is_best():
    near = []
    for noisy in (False, True):
        study = told(ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)), 60, uneven(), sampler=GPSampler(noisy=noisy))
        near.append(np.mean([abs(t.params["x"] - 0.7) + abs(t.params["y"] - 0.2) < 0.25 for t in study.trials[30:]]))
    assert near[1] > 0.4 > near[0]


def uneven():
    rng = np.random.default_rng(1)
    return lambda p: 4 * ((p["x"] - 0.7) ** 2 + (p["y"] - 0.2) ** 2) + 0.3 * rng.standard_normal()


GRID = ts.SearchSpace(i=ts.Int(1, 99), j=ts.Int(1, 99))


def test_objectives_that_declare_on_the_go_are_learnt():
    study = ts.Study(sampler="gp", seed=2)

    def objective(trial):
        kind = trial.suggest_categorical("kind", ["a", "b"])
        x = trial.suggest_float("x", 0, 1)
        return (x - 0.2) ** 2 + (0.5 if kind == "a" else (trial.suggest_float("y", 0, 1) - 0.8) ** 2)

    study.optimize(objective, trials=40, progress=False)
    assert study.best.value < 0.01
    assert study.best.params["kind"] == "b"


def test_wrong_arguments_are_refused_with_a_hint():
    with pytest.raises(UnknownName, match="logei"):
        GPSampler(acquisition="logie")
    with pytest.raises(UsageError, match="n_startup"):
        GPSampler(n_startup=1)


def test_the_start_is_as_long_as_is_said():
    study = told(BRANIN, 15, branin, sampler=GPSampler(n_startup=12))
    phases = [trial.why["phase"] for trial in study.trials]
    assert phases == ["startup"] * 12 + ["model"] * 3
    assert len(table_of(study.history)) == 15
