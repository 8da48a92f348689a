"""Of very many trials a figure draws the best and a fair sample of the others, and says so."""

from __future__ import annotations

import itertools
import random

import pytest

import tunesmith as ts
from tunesmith import plots
from tunesmith.plots._thin import room, thinned
from tunesmith.trial import TrialState

SPACE = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1), k=ts.Categorical("a", "b"))


@pytest.fixture(scope="module")
def many() -> ts.Study:
    study, draw = ts.Study(SPACE, "loss"), random.Random(0)
    for number in range(4000):
        params = SPACE.sample(draw)
        study.add(params, params["x"] + draw.gauss(0, 0.1), state="failed" if number % 10 == 9 else "complete")
    return study


def test_the_best_are_kept_and_each_rank_of_the_others_alike() -> None:
    kept = thinned(range(10_000), 500)
    assert kept[:100] == list(range(100))
    assert len(set(kept)) == 500
    gaps = {b - a for a, b in itertools.pairwise(kept[100:])}
    assert gaps <= {24, 25}
    assert thinned(range(10_000), 500, 0.0)[0] == 10
    assert thinned(range(7), 500) == list(range(7))


@pytest.mark.parametrize("plot", [plots.slices, plots.effects, plots.ranks, plots.pairs, plots.history])
def test_a_figure_of_thousands_has_the_best_and_says_what_is_left_out(many: ts.Study, plot: object) -> None:
    figure = plot(many)  # type: ignore[operator]
    best = [t.number for t in sorted(many.history.complete(), key=lambda t: t.value)[:80]]
    clouds = [t for t in figure.data if len(t.get("customdata", ())) > 100 and t["mode"] == "markers"]
    assert clouds
    for cloud in clouds:
        assert len(cloud["x"]) <= room(1)
        if cloud["name"] != "failed":
            assert set(best) <= set(cloud["customdata"])
    assert "drawn are the best" in figure.subtitle
    assert "in all" in figure.subtitle


def test_failures_stay_in_sight_and_trials_in_order(many: ts.Study) -> None:
    history = many.history
    figure = plots.history(many)
    by_name = {t["name"]: t for t in figure.data if t.get("customdata")}
    assert len(by_name["failed"]["x"]) == history.counts()[TrialState.FAILED]
    numbers = by_name["complete"]["customdata"]
    assert numbers == sorted(numbers)
    median = sorted(t.value for t in history.complete())[1800]
    below = sum(history.trial(n).value < median for n in numbers) / len(numbers)
    assert 0.5 < below < 0.65, "the best fifth on top of a fair sample"


def test_small_studies_are_drawn_whole() -> None:
    study = ts.minimize(lambda x, y, k: x, SPACE, trials=30, sampler="random", storage=None)
    assert "drawn are" not in plots.slices(study).subtitle
