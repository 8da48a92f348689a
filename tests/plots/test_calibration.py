from __future__ import annotations

import pytest

import tunesmith as ts
from tests.plots.figures import probabilities_of
from tunesmith import analysis, plots


def test_marks_whiskers_and_bars_are_those_of_the_analysis() -> None:
    study = probabilities_of(60)
    figure, found = plots.reliability(study), analysis.reliability(study)
    assert found is not None
    diagonal, _, marks, bars = figure.data
    assert diagonal["x"] == diagonal["y"]
    assert marks["x"] == [one.predicted for one in found.bins]
    assert marks["y"] == [one.observed for one in found.bins]
    up, down = marks["error_y"]["array"], marks["error_y"]["arrayminus"]
    assert [y + u for y, u in zip(marks["y"], up, strict=True)] == pytest.approx([one.high for one in found.bins])
    assert [y - d for y, d in zip(marks["y"], down, strict=True)] == pytest.approx([one.low for one in found.bins])
    assert bars["y"] == [60] * 5
    assert figure.title == "Probabilities are off in 1 of 5 groups of rows"
    assert "40 of them positive" in figure.subtitle


def test_calibrated_ones_are_called_so() -> None:
    figure = plots.reliability(probabilities_of(60, calibrated=True, curve=[[0.2, 0.2, 300]]))
    assert figure.title == "Calibrated probabilities agree with what came"


def test_without_probabilities_it_says_what_it_takes() -> None:
    study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=2, storage=None, seed=0)
    figure = plots.reliability(study)
    assert figure.title == "No probabilities were kept that could be looked at"
    assert "two classes" in figure.subtitle
