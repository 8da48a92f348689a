from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.reporting.studies import studied
from tunesmith import plots
from tunesmith.reporting.svg import drawn

FIGURES = (
    plots.history, plots.slices, plots.ranks, plots.parallel, plots.timeline, plots.cost, plots.ecdf, plots.failures,
    plots.leaderboard, plots.learning_curves,
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
