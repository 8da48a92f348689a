from __future__ import annotations

import random

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith import analysis, plots


def test_the_bars_are_the_shares_with_their_intervals() -> None:
    told = study_of(60)
    found = analysis.importance(told)
    bars = plots.importance(told).data[0]
    assert bars["x"] == [one.share for one in found.params]
    ends = [share + far for share, far in zip(bars["x"], bars["error_x"]["array"], strict=True)]
    assert ends == pytest.approx([max(one.high, one.share) for one in found.params])


def test_the_lines_are_the_effects_and_every_trial_is_behind_them() -> None:
    told = study_of(60)
    found = analysis.effects(told)
    figure = plots.effects(told)
    for one in found.effects:
        line = next(trace for trace in figure.data if trace["name"] == f"{one.name}, mean")
        assert line["y"] == list(one.mean)
    clouds = [trace for trace in figure.data if trace["name"] == "complete"]
    assert max(len(trace["x"]) for trace in clouds) == len(told.complete())


def test_the_surface_is_the_joint_effect() -> None:
    told = study_of(60)
    found = analysis.joint_effect(told, "lr", "dropout")
    surface = plots.pairs(told, "lr", "dropout").data[0]
    assert surface["type"] == "contour"
    assert surface["z"][2][5] == found.mean[5][2]
    assert plots.pairs(told, "lr", "booster").data[0]["type"] == "heatmap"


def test_safe_ranges_end_where_the_analysis_says() -> None:
    told = study_of(60)
    found = analysis.plateau(told)
    figure = plots.plateau(told)
    safe = [trace for trace in figure.data if trace["type"] == "bar" and "base" in trace]
    assert len(safe) == len(found.ranges)
    for trace, one in zip(safe, found.ranges, strict=True):
        assert sum(trace["x"]) == pytest.approx(one.share, abs=0.2), one.name


def test_the_errors_of_the_model_are_drawn() -> None:
    told = study_of(60)
    assert plots.trust(told).data[0]["y"] == list(analysis.trust(told).residuals)


@pytest.mark.parametrize("plot", [plots.importance, plots.effects, plots.plateau])
def test_what_the_data_do_not_support_says_so(plot: object) -> None:
    draw = random.Random(0)
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)), "loss")
    for _ in range(7):
        study.add({"x": draw.random(), "y": draw.random()}, draw.random())
    figure = plot(study)  # type: ignore[operator]
    assert figure.title.startswith("Not reliable")
    assert any("not reliable" in note["text"] for note in figure.layout["annotations"])
    assert figure.layout["shapes"], "what is not supported is shaded"
