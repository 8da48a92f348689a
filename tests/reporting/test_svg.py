from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.reporting.studies import curved, studied
from tunesmith import plots
from tunesmith.reporting.svg import drawn

FIGURES = (
    plots.history, plots.slices, plots.ranks, plots.parallel, plots.timeline, plots.cost, plots.ecdf, plots.failures,
    plots.leaderboard, plots.learning_curves, plots.importance, plots.effects, plots.pairs, plots.plateau, plots.trust,
    plots.validation_curves,
)  # fmt: skip


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("trials", [0, 1, 40])
def test_figures_are_well_formed_and_bear_only_known_colours(make, trials):
    picture = drawn(make(studied(trials)))
    root = ET.fromstring(picture)
    assert root.tag == "svg"
    assert not re.search(
        "nan|inf[^o]|None", re.sub('<text.*?</text>|<title>.*?</title>|aria-label="[^"]*"', "", picture)
    )
    assert "<script" not in picture


@pytest.mark.parametrize(("first", "second"), [("x", "y"), ("x", "kind")])
def test_a_surface_covers_its_panel_and_the_best_is_brightest(first, second):
    study = curved(40)
    figure = plots.pairs(study, first, second)
    trace = next(trace for trace in figure.data if "z" in trace)
    root = ET.fromstring(drawn(figure))
    panel = next(one for one in root if one.tag == "svg" and one.find("g/rect") is not None)
    tiles = list(panel.iter("rect"))
    assert len(tiles) == len(trace["x"]) * len(trace["y"])
    whole = float(panel.get("width")) * float(panel.get("height"))
    assert sum(float(tile.get("width")) * float(tile.get("height")) for tile in tiles) == pytest.approx(whole, rel=0.01)
    heights = [value for row in trace["z"] for value in row]
    last = [tiles[heights.index(end)].get("style").removeprefix("fill:") for end in (min(heights), max(heights))]
    light = [sum(int(colour[k : k + 2], 16) for k in (1, 3, 5)) for colour in last]
    assert light[1] > light[0]


def test_each_trial_of_a_history_is_a_mark():
    study = studied(40)
    root = ET.fromstring(drawn(plots.history(study)))
    marks = [mark for group in root.iter("g") if group.get("class") == "marks" for mark in group]
    assert len(marks) == 40 + 1  # and the star


def test_better_values_stand_higher():
    study = studied(40)
    root = ET.fromstring(drawn(plots.history(study)))
    heights = {mark.find("title").text.split()[1]: float(mark.get("cy")) for mark in root.iter("circle")
               if mark.find("title") is not None}  # fmt: skip
    found = sorted((t for t in study.history.complete() if str(t.number) in heights), key=lambda t: t.value)
    assert len(found) > 10
    assert heights[str(found[-1].number)] < heights[str(found[len(found) // 2].number)]
