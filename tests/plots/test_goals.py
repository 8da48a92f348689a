from __future__ import annotations

import pytest

from tests.analysis.studies import goals_of
from tunesmith import analysis, plots


@pytest.mark.parametrize(("metrics", "panels"), [(2, 1), (3, 3)])
def test_every_pair_of_goals_has_a_panel_with_all_trials(metrics: int, panels: int) -> None:
    told = goals_of(120, metrics=metrics)
    figure = plots.front(told)
    found = analysis.front(told)
    for k in range(panels):
        name = "x" if k == 0 else f"x{k + 1}"
        clouds = [t for t in figure.data if t["xaxis"] == name and t["mode"] == "markers" and t["name"] != "knee"]
        assert sum(len(trace["x"]) for trace in clouds) == len(found.trials)
        on_front = next(trace for trace in clouds if trace["name"] == "on the front")
        assert on_front["customdata"] == list(found.front)


def test_the_steps_pass_through_the_front() -> None:
    told = goals_of(120)
    figure = plots.front(told)
    line = next(trace for trace in figure.data if trace["name"] == "front")
    corners = set(zip(line["x"], line["y"], strict=True))
    marks = next(trace for trace in figure.data if trace["name"] == "on the front")
    assert set(zip(marks["x"], marks["y"], strict=True)) <= corners


def test_the_hypervolume_ends_at_that_of_the_analysis() -> None:
    told = goals_of(80)
    line = plots.hypervolume(told).data[0]
    assert line["y"][-1] == pytest.approx(analysis.front(told).share)
    assert len(line["x"]) == 80


def test_without_trials_there_is_no_front() -> None:
    assert plots.front(goals_of(0)).title == "No trial is complete yet, so there is no front"
    assert plots.hypervolume(goals_of(0)).title == "No front has grown yet"
