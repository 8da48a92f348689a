from __future__ import annotations

import statistics

import pytest

import tunesmith as ts
from tunesmith.errors import UsageError
from tunesmith.samplers.tpe import TPESampler


def search(space, objective, *, sampler="tpe", trials=60, seed=0, **arguments):
    study = ts.Study(space, ts.Metric("loss"), sampler=sampler, seed=seed)
    study.optimize(objective, trials=trials, progress=False, **arguments)
    return study


def mean_best(space, objective, sampler, seeds=6, **arguments):
    return statistics.mean(
        search(space, objective, sampler=sampler, seed=seed, **arguments).best.value for seed in range(seeds)
    )


SPHERE = ts.SearchSpace({f"x{i}": ts.Float(-1, 1) for i in range(4)})
MIXED = ts.SearchSpace(c=ts.Categorical(*"abcdefgh"), k=ts.Int(1, 64, log=True), x=ts.Float(1e-4, 1.0, log=True))
TREE = ts.SearchSpace(
    kind=ts.Categorical("svm", "tree", "net"),
    c=ts.Float(1e-3, 1e3, log=True).when("kind", "svm"),
    depth=ts.Int(1, 30).when("kind", "tree"),
    lr=ts.Float(1e-5, 1.0, log=True).when("kind", "net"),
    width=ts.Int(4, 512, log=True).when("kind", "net"),
)


def sphere(trial):
    return sum((value - 0.3) ** 2 for value in trial.params.values())


def mixed(trial):
    import math

    p = trial.params
    return (p["c"] != "f") + abs(math.log2(p["k"]) - 3) / 3 + abs(math.log10(p["x"]) + 2) / 2


def tree(trial):
    import math

    p = trial.params
    if p["kind"] == "svm":
        return 0.5 + abs(math.log10(p["c"])) / 10
    if p["kind"] == "tree":
        return 0.6 + abs(p["depth"] - 9) / 50
    return abs(math.log10(p["lr"]) + 3) / 2 + abs(math.log2(p["width"]) - 6) / 5


@pytest.mark.parametrize(("space", "objective"), [(SPHERE, sphere), (MIXED, mixed), (TREE, tree)])
def test_it_learns_where_random_search_does_not(space, objective):
    assert mean_best(space, objective, "tpe") < 0.6 * mean_best(space, objective, "random")


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", "auto"])
def test_failures_teach(sampler):
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1))

    def objective(trial):
        if trial.params["x"] > 0.5:
            raise MemoryError("too large")
        return abs(trial.params["x"] - 0.49) + abs(trial.params["y"] - 0.5)

    late = []
    for seed in range(20):
        study = search(space, objective, sampler=sampler, trials=200, seed=seed, max_same_failures=200)
        late.append(sum(trial.state is ts.TrialState.FAILED for trial in study.trials[150:]))
    assert statistics.mean(late) < 10


def test_running_trials_are_kept_away_from():
    study = search(SPHERE, sphere, trials=30)
    batch = study.ask(n=8)
    places = {tuple(round(value, 3) for value in trial.params.values()) for trial in batch}
    assert len(places) == 8


def test_pruned_trials_rank_behind_complete_ones():
    space = ts.SearchSpace(x=ts.Float(0, 1))

    def objective(trial):
        x = trial.params["x"]
        trial.report(x, step=1)
        if x < 0.5:
            raise ts.TrialPruned
        return x

    late = []
    for seed in range(4):
        late += [trial.params["x"] for trial in search(space, objective, trials=60, seed=seed).trials[40:]]
    assert statistics.mean(x >= 0.5 for x in late) > 0.55


def test_it_says_on_what_grounds():
    study = search(SPHERE, sphere, trials=30)
    assert study.trials[0].why["member"] == "tpe"
    assert study.trials[-1].why != study.trials[0].why


@pytest.mark.parametrize(
    "arguments",
    [{"n_startup": 0}, {"n_startup": -1}, {"gamma": 0.0}, {"gamma": 1.5}, {"n_ei": 0}, {"prior_weight": -1.0}],
)
def test_bad_arguments(arguments):
    with pytest.raises(UsageError):
        TPESampler(**arguments)
