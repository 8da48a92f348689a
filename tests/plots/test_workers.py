from __future__ import annotations

import pytest

from tests.analysis.studies import study_of
from tunesmith import analysis, plots


def test_the_timeline_has_a_bar_a_trial_where_it_ran() -> None:
    told = study_of(60, workers=3)
    spans = {span.trial: span for span in analysis.timeline(told).spans}
    bars = [trace for trace in plots.timeline(told).data if trace["type"] == "bar"]
    numbers = [number for trace in bars for number in trace["customdata"]]
    assert sorted(numbers) == sorted(spans)
    for trace in bars:
        for number, start, length in zip(trace["customdata"], trace["base"], trace["x"], strict=True):
            assert start == pytest.approx(spans[number].start)
            assert length == pytest.approx(spans[number].end - spans[number].start)
            assert trace["name"] in {"complete", "stopped early", "failed"}


def test_the_cost_is_that_of_the_analysis() -> None:
    told = study_of(60)
    found = analysis.timeline(told)
    bars = plots.cost(told).data[0]
    size = 1.0 if found.busy < 120 else 60.0
    assert bars["x"] == pytest.approx([share.seconds / size for share in (*found.states, *found.workers)])


def test_many_workers_are_drawn_without_names() -> None:
    figure = plots.timeline(study_of(120, workers=60))
    assert figure.layout["yaxis"]["tickvals"] == []
    assert figure.height < 800
