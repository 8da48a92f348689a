from __future__ import annotations

import pytest

import tunesmith as ts


def points(trials=64, seed=1, enqueue=()):
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1), k=ts.Int(1, 8))
    study = ts.Study(space, sampler="sobol", seed=seed)
    for params in enqueue:
        study.enqueue(params)
    study.optimize(lambda trial: trial.params["x"], trials=trials, progress=False)
    return study.trials


def test_every_dimension_is_filled_evenly():
    found = points()
    for name in ("x", "y"):
        cells = [0] * 16
        for trial in found:
            cells[int(trial.params[name] * 16)] += 1
        assert max(cells) - min(cells) <= 2, cells
    counts = [sum(trial.params["k"] == k for trial in found) for k in range(1, 9)]
    assert max(counts) - min(counts) <= 2


def test_pairs_are_filled_more_evenly_than_by_chance():
    cells = {(int(t.params["x"] * 4), int(t.params["y"] * 4)) for t in points(32)}
    assert len(cells) == 16


def test_seeds_differ_and_repeat():
    assert [t.params for t in points(8)] == [t.params for t in points(8)]
    assert points(8)[0].params != points(8, seed=2)[0].params


def test_queued_points_do_not_shift_the_others():
    plain, queued = points(8), points(8, enqueue=[{"x": 0.5, "y": 0.5, "k": 1}])
    assert [t.params for t in queued[1:]] == [t.params for t in plain[1:]]


def test_constraints_and_conditions():
    space = ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1), y=ts.Float(0, 1).when("kind", "b")).require(
        "x < 0.3 or y < 0.3"
    )
    study = ts.Study(space, sampler="sobol", seed=1)
    study.optimize(lambda trial: trial.params["x"], trials=60, progress=False)
    assert all(space.check(trial.params) for trial in study.trials)
    assert len({tuple(trial.params.items()) for trial in study.trials}) == 60
    assert {trial.params["kind"] for trial in study.trials} == {"a", "b"}


@pytest.mark.parametrize("dims", [1, 40, 300])
def test_many_dimensions(dims):
    space = ts.SearchSpace({f"x{i}": ts.Float(0, 1) for i in range(dims)})
    study = ts.Study(space, sampler="sobol", seed=1)
    study.optimize(lambda trial: trial.params["x0"], trials=4, progress=False)
    assert len({trial.params[f"x{dims - 1}"] for trial in study.trials}) == 4
