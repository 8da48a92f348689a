from __future__ import annotations

import tunesmith as ts


def test_queued_points_come_first_then_the_defaults():
    space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5))
    study = ts.Study(space, seed=1)
    study.enqueue({"x": 0.9})
    study.optimize(lambda trial: trial.params["x"], trials=5)
    assert [t.params["x"] for t in study.trials[:2]] == [0.9, 0.5]
    assert study.trials[1].why["member"] == "default"
    assert all(t.why["member"] != "default" for t in study.trials[2:])


def test_defaults_that_were_queued_are_not_repeated():
    space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5))
    study = ts.Study(space, seed=1)
    study.enqueue({"x": 0.5})
    study.optimize(lambda trial: trial.params["x"], trials=4)
    assert [t.params["x"] for t in study.trials].count(0.5) == 1


def test_without_defaults_it_just_begins():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), seed=1)
    study.optimize(lambda trial: trial.params["x"], trials=4)
    assert len({t.params["x"] for t in study.trials}) == 4
