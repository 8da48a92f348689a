from __future__ import annotations

import dataclasses
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


def shares(*told: tuple[str, float, float, float]) -> analysis.Importance:
    """An importance with the given names, shares and intervals."""
    params = tuple(analysis.ParamImportance(n, s, a, b, s, 1.0, "", 0.1, 0.0, 0.2) for n, s, a, b in told)
    return dataclasses.replace(analysis.importance(study_of(60)), params=params, interactions=0.0)


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ([("a", 0.8, 0.6, 0.9), ("b", 0.2, 0.1, 0.3)], "a matters most, with 80% of what auc does"),
        ([("a", 0.5, 0.3, 0.7), ("b", 0.4, 0.2, 0.6), ("c", 0.1, 0, 0.2)], "a (50%) or b (40%) matters most"),
        (
            [("a", 0.77, 0.01, 1), ("b", 0.1, 0, 0.9), ("c", 0.1, 0, 0.8), ("d", 0.03, 0, 0.7)],
            "What matters most is not settled: a leads with 77%, and may have 1% to 100%",
        ),
    ],
)
def test_the_title_claims_what_the_intervals_hold(
    told: list[tuple[str, float, float, float]], title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shares(*told)
    monkeypatch.setattr(analysis, "importance", lambda *_: found)
    assert plots.importance(study_of(60)).title == title


def test_no_value_is_called_best_where_no_trial_was_completed() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)), "loss", storage=None)
    draw = random.Random(0)
    for _ in range(60):
        x, y = draw.random(), draw.random()
        if x > 0.6:
            study.enqueue({"x": x, "y": y})
            study.tell(study.ask(), error="out of memory")
        else:
            study.add({"x": x, "y": y}, 1 - x + 0.1 * y)
    found = plots.effects(study)
    assert found.title.startswith("x moves loss by")
    assert float(found.title.rsplit(" ", 1)[1]) <= 0.7


def test_a_choice_that_switches_others_on_is_said_to_stand_for_all_of_them() -> None:
    subtitle = plots.effects(study_of(60)).subtitle
    assert "a value of booster stands for all that it allows, not for its best" in subtitle
