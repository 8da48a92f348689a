from __future__ import annotations

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith import analysis, plots


def test_every_curve_is_drawn_the_leaders_alone() -> None:
    told = study_of(60)
    found = analysis.learning_curves(told)
    figure = plots.learning_curves(told)
    leaders = [trace for trace in figure.data if trace["name"].startswith("trial ")]
    assert len(leaders) == 10
    curves = {curve.trial: curve for curve in found.curves}
    for trace in leaders:
        assert trace["y"] == list(curves[trace["customdata"][0]].values)
    others = [y for trace in figure.data if trace["name"] == "others" for y in trace["y"]]
    assert others.count(None) + 10 == len(found.curves)
    triangles = next(trace for trace in figure.data if trace["name"] == "stopped early")
    assert len(triangles["x"]) == found.stopped


def test_training_and_validation_have_a_mark_a_trial() -> None:
    told = study_of(60)
    found = analysis.validation_curves(told)
    figure = plots.validation_curves(told)
    for which in ("train", "validation"):
        cloud = next(trace for trace in figure.data if trace["name"] == which)
        assert cloud["y"] == list(getattr(found, which))
    middle = next(trace for trace in figure.data if trace["name"] == "validation, median")
    assert middle["y"] == [one.validation for one in found.curves[0].bins]


def test_folds_are_not_called_steps() -> None:
    assert plots.learning_curves(study_of(20)).layout["xaxis"]["title"]["text"] == "step"


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_sample_sizes_are_drawn_whatever_is_known(count):
    study = ts.Study(ts.SearchSpace(rows=ts.Int(50, 800, log=True)), ts.Metric("error"))
    for rows in (50, 100, 200, 400, 800)[:count]:
        study.add({"rows": rows}, 0.1 + rows**-0.5)
    figure = plots.sample_sizes(study)
    assert figure.title
    drawn = [trace for trace in figure.data if trace["mode"] == "markers"]
    assert [len(trace["x"]) for trace in drawn] == ([count] if count else [])
    assert any(trace["name"] == "twice as many" for trace in figure.data) == (count >= 3)


def test_hyperparameters_with_a_single_value_leave_room_to_the_others() -> None:
    space = ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1).when("kind", "a"), y=ts.Float(0, 1))
    study = ts.Study(space, "loss", storage=None)
    for k in range(8):
        study.enqueue({"kind": "b", "y": k / 8} if k else {"kind": "a", "x": 0.5, "y": 0.0})
        trial = study.ask()
        trial.report(0.5 + k / 10, step=0)
        trial.report(0.4 + k / 10, step=0, kind="train")
        study.tell(trial, 0.5 + k / 10)
    figure = plots.validation_curves(study)
    names = [axis["title"]["text"] for name, axis in figure.layout.items() if name.startswith("xaxis")]
    assert names == ["kind", "y"]
    assert "1 hyperparameter with hardly two values left out" in figure.subtitle
