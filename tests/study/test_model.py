"""`study.model()`: predictions in the metric's own units, for points of the space only."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidParams, InvalidTrial

SPACE = ts.SearchSpace(x=ts.Float(0, 10), c=ts.Categorical("a", "b"), y=ts.Float(0, 1).when("c", "b"))


def score(params):
    return 0.9 - 0.01 * (params["x"] - 3) ** 2 - (0.2 * params["y"] if params["c"] == "b" else 0.1)


def told(n, value=score, direction="maximize", sampler="sobol"):
    study = ts.Study(SPACE, ts.Metric("auc", direction), sampler=sampler, seed=1)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(trial.params))
    return study


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_predictions_are_in_the_units_and_direction_of_the_metric(direction):
    model = told(30, direction=direction).model()
    for params in ({"x": 4.0, "c": "a"}, {"x": 1.5, "c": "b", "y": 0.4}):
        prediction = model.predict(params)
        assert prediction.mean == pytest.approx(score(params), abs=0.05)
        assert 0 < prediction.deviation < 0.1


def test_several_points_at_once():
    model = told(20).model()
    points = [{"x": x, "c": "a"} for x in (1.0, 2.0, 3.0)]
    assert model.predict(points) == [model.predict(point) for point in points]
    assert model.predict(iter(points)) == model.predict(points)
    assert model.predict([]) == []


def test_far_from_all_trials_it_is_less_sure():
    study = ts.Study(SPACE, ts.Metric("loss"), seed=1)
    for k in range(8):
        x = 2 + 0.3 * k
        study.add({"x": x, "c": "a"}, math.sin(x))
    model = study.model()
    assert model.predict({"x": 9.9, "c": "a"}).deviation > 3 * model.predict({"x": 3.0, "c": "a"}).deviation


def test_later_trials_do_not_change_it():
    study = told(12)
    model = study.model()
    before = model.predict({"x": 5.0, "c": "a"})
    for _ in range(5):
        study.tell(study.ask(), -7.0)
    assert model.predict({"x": 5.0, "c": "a"}) == before
    assert (model.trials, study.model().trials) == (12, 17)
    assert study.model().predict({"x": 5.0, "c": "a"}) != before
    assert "trials=12" in repr(model)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.trials = 3


def test_asking_for_it_changes_no_suggestion():
    one, two = told(15, sampler="gp"), told(15, sampler="gp")
    one.model().predict({"x": 5.0, "c": "a"})
    assert one.ask().params == two.ask().params


@pytest.mark.parametrize("params", [{"x": 11.0, "c": "a"}, {"x": 1.0}, {"x": 1.0, "c": "a", "y": 0.5}])
def test_what_is_no_point_of_the_space_is_refused(params):
    model = told(5).model()
    with pytest.raises(InvalidParams):
        model.predict(params)
    with pytest.raises(InvalidParams):
        model.predict([params])


def test_nothing_complete_is_said_with_the_cause():
    study = ts.Study(SPACE, ts.Metric("loss"), seed=1)
    with pytest.raises(InvalidTrial, match=r"nothing to model.*optimize"):
        study.model()
    study.tell(study.ask(), error="it diverged")
    with pytest.raises(InvalidTrial, match="failed"):
        study.model()


def test_it_is_a_door_that_opens_numpy_only_when_it_is_used():
    code = "import sys, tunesmith as ts; ts.Study.model; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
