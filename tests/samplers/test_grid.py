from __future__ import annotations

import threading

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidSpace, SearchExhausted, UsageError
from tunesmith.samplers.grid import GridSampler
from tunesmith.storages.memory import MemoryStorage
from tunesmith.testing.samplers import mixed_space


def test_every_cell_of_a_conditional_space_once():
    space = mixed_space()
    study = ts.Study(space, ts.Metric("loss"), sampler="grid")
    study.optimize(lambda trial: trial.params["rate"])
    seen = [tuple(sorted((k, repr(v)) for k, v in t.params.items())) for t in study.trials]
    assert len(seen) == len(set(seen)) == space.grid_size()
    with pytest.raises(SearchExhausted, match="exhausted"):
        study.ask()


def test_continuous_parameters_need_points():
    space = ts.SearchSpace(x=ts.Float(0, 1))
    with pytest.raises(InvalidSpace, match="x"):
        ts.Study(space, sampler="grid").ask()
    with pytest.raises(InvalidSpace, match=r'sampler="grid:5".*tunesmith.samplers.grid.GridSampler'):
        ts.Study(space, sampler="grid").ask()
    assert ts.Study(space, sampler="grid:points=3").ask().params == {"x": 0.0}
    study = ts.Study(space, sampler="grid:5")
    study.optimize(lambda trial: trial.params["x"])
    assert [t.params["x"] for t in study.trials] == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("points", [0, -1, 1.5, True, {"x": 0}])
def test_bad_points(points):
    with pytest.raises(UsageError, match="points"):
        GridSampler(points)


def test_bad_spec():
    with pytest.raises(UsageError, match="number"):
        ts.Study(ts.SearchSpace(k=ts.Int(1, 2)), sampler="grid:many")


def test_undeclared_space_is_refused():
    study = ts.Study(direction="minimize", sampler="grid")
    with pytest.raises(InvalidSpace, match="declared"):
        study.optimize(lambda trial: trial.suggest_int("k", 1, 2), trials=2)


def test_queued_cells_are_not_repeated():
    study = ts.Study(ts.SearchSpace(k=ts.Int(1, 4)), sampler="grid")
    study.enqueue({"k": 3})
    study.add({"k": 1}, 0.5)
    study.optimize(lambda trial: trial.params["k"])
    assert sorted(t.params["k"] for t in study.trials) == [1, 2, 3, 4]


def test_failed_cells_alone_can_be_run_again():
    study = ts.Study(ts.SearchSpace(k=ts.Int(1, 5)), sampler="grid")
    broken = {2, 4}

    def objective(trial):
        if trial.params["k"] in broken:
            raise RuntimeError("not today")
        return trial.params["k"]

    study.optimize(objective)
    failed = [t.number for t in study.trials if t.state is ts.TrialState.FAILED]
    assert len(failed) == 2
    broken.clear()
    for number in failed:
        study.retry(number)
    study.optimize(objective)
    assert len(study.trials) == 5
    assert all(t.state is ts.TrialState.COMPLETE for t in study.trials)


def test_many_workers_share_the_cells_without_a_word():
    storage = MemoryStorage()
    space = ts.SearchSpace(k=ts.Int(1, 8), c=ts.Categorical("a", "b"))
    ts.Study(space, sampler="grid", storage=storage, name="shared")
    found, errors = [], []

    def work():
        study = ts.Study.load(storage, "shared", sampler="grid")
        try:
            while True:
                trial = study.ask()
                found.append((trial.params["k"], trial.params["c"]))
                study.tell(trial, 0.0)
        except SearchExhausted:
            pass
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(found) == len(set(found)) == 16
