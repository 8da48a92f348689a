from __future__ import annotations

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith import analysis, plots
from tunesmith.storages import Decision
from tunesmith.trial import Draft, TrialFinished, TrialStarted


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


def test_trials_that_took_no_time_have_no_bars() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", storage=None)
    drafts = [Draft(TrialStarted(number=0, params={"x": 0.5}, worker="a:1:1"), 1),
              Draft(TrialFinished(number=0, state="complete", values={"loss": 0.5}), 1)]  # fmt: skip
    study.storage.append(study.key, study.history.seq, lambda _tail: Decision(drafts))
    for plot in (plots.timeline, plots.cost):
        figure = plot(study)
        assert figure.title == "The trials took no time that could be measured"
        assert not figure.data
