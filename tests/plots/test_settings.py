from __future__ import annotations

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith import analysis, plots
from tunesmith.errors import InvalidParams


def test_a_slice_shows_every_trial_in_which_its_parameter_is_active() -> None:
    told = study_of(60)
    found = analysis.ranking(told)
    figure = plots.slices(told)
    clouds = [trace for trace in figure.data if trace["name"] == "complete"]
    assert [len(trace["x"]) for trace in clouds] == [column.active for column in found.columns]
    rates = dict(zip(clouds[0]["customdata"], clouds[0]["x"], strict=True))
    assert rates == {number: told.trial(number).params["lr"] for number in found.trials}


def test_a_line_of_parallel_coordinates_is_a_trial() -> None:
    told = study_of(60)
    figure = plots.parallel(told)
    lines = [trace for trace in figure.data if trace["mode"] == "lines" and trace["name"] != "best"]
    count = len(told.complete())
    assert sum(trace["y"].count(None) for trace in lines) == count
    ends = next(trace for trace in figure.data if trace["mode"] == "markers")
    assert ends["customdata"][0] == told.best.number
    assert ends["y"] == sorted(ends["y"], reverse=True)


def test_what_is_not_active_passes_at_the_foot() -> None:
    told = study_of(60)
    figure = plots.parallel(told, params=["depth"])
    feet = [y for trace in figure.data if trace["mode"] == "lines" and trace["name"] != "best"
            for x, y in zip(trace["x"], trace["y"], strict=True) if x == 0 and y == 0.02]  # fmt: skip
    assert len(feet) == sum("depth" not in trial.params for trial in told.complete())


def test_ranks_have_a_panel_a_pair() -> None:
    told = study_of(60)
    assert len(plots.ranks(told).data) == 3
    one = plots.ranks(told, params=["lr", "dropout"]).data
    assert len(one) == 1
    assert len(one[0]["x"]) == len(told.complete())


def test_the_leaderboard_is_that_of_the_analysis() -> None:
    told = study_of(60)
    found = analysis.leaderboard(told)
    figure = plots.leaderboard(told)
    box = next(trace for trace in figure.data if trace["type"] == "box")
    assert box["median"] == [one.median for one in found.standings if one.complete >= 2]
    stars = [trace["x"][0] for trace in figure.data if trace["name"] == "best"]
    assert stars == [one.best for one in found.standings]


def test_an_unknown_parameter_is_told() -> None:
    for plot in (plots.slices, plots.parallel, plots.ranks):
        with pytest.raises(InvalidParams, match="no parameter 'dept' that varies"):
            plot(study_of(10), params=["lr", "dept"])


def test_a_study_of_one_parameter_has_no_pair() -> None:
    study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, sampler="random", storage=None)
    assert plots.ranks(study).title.startswith("Ranks of pairs need two parameters")


def branches(trials: int = 12) -> ts.Study:
    """Nine algorithms of two parameters each; all but the last, which wins, were tried once."""
    names = [f"a{k}" for k in range(9)]
    space: dict[str, ts.Categorical | ts.Float | ts.Int] = {"algorithm": ts.Categorical(*names)}
    for name in names:
        space |= {
            f"{name}.x": ts.Float(0, 1).when("algorithm", name),
            f"{name}.y": ts.Int(1, 9).when("algorithm", name),
        }
        space[f"{name}.z"] = ts.Float(0, 1).when("algorithm", name)
    study = ts.Study(ts.SearchSpace(space), "loss", storage=None)
    for name in names[:-1]:
        study.add({"algorithm": name, f"{name}.x": 0.5, f"{name}.y": 5, f"{name}.z": 0.5}, 1.0)
    for k in range(trials):
        study.add({"algorithm": "a8", "a8.x": k / trials, "a8.y": k % 9 + 1, "a8.z": 0.5 + k / 50}, 0.1 + k / 100)
    return study


def names_of(figure: plots.Figure) -> list[str]:
    return [axis["title"]["text"] for name, axis in figure.layout.items() if name.startswith("xaxis")]


def test_of_a_space_of_branches_the_winners_is_drawn() -> None:
    figure = plots.slices(branches())
    assert names_of(figure) == ["algorithm", "a8.x", "a8.y", "a8.z"]
    assert "24 params that say less left out" in figure.subtitle
    assert figure.title == "The best trial has algorithm a8, a8.x 0, a8.y 1 and a8.z 0.5"
    ticks = plots.parallel(branches()).layout["xaxis"]["ticktext"]
    assert ticks == ["algorithm", "a8.x", "a8.y", "a8.z", "loss ↓"]
    assert {trace["xaxis"] for trace in plots.ranks(branches()).data} == {"x", "x2", "x3"}
    assert names_of(plots.ranks(branches())) == ["a8.x", "a8.x", "a8.y"]


def test_all_parameters_are_drawn_where_there_is_room() -> None:
    told = study_of(60)
    assert names_of(plots.slices(told)) == ["lr", "booster", "depth", "dropout"]
    assert "left out" not in plots.slices(told).subtitle
