from __future__ import annotations

import math

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import timeline


def test_every_started_trial_has_its_span() -> None:
    history = study_of(50, workers=3)
    found = timeline(history)
    assert {span.trial for span in found.spans} == {trial.number for trial in history.trials}
    assert sum(share.trials for share in found.states) == 50
    assert [share.name for share in found.workers] == sorted(
        {"worker-0", "worker-1", "worker-2"}, key=lambda name: -next(w.seconds for w in found.workers if w.name == name)
    )
    assert found.busy == pytest.approx(sum(trial.duration for trial in history.trials))


def test_lanes_never_overlap_and_busy_and_idle_fill_the_time() -> None:
    found = timeline(study_of(80, workers=2))
    ends: dict[tuple[str, int], float] = {}
    for span in found.spans:
        assert span.start >= ends.get((span.worker, span.lane), 0.0) - 1e-3
        ends[span.worker, span.lane] = span.end
    for worker in found.workers:
        first = min(span.start for span in found.spans if span.worker == worker.name)
        assert worker.seconds + worker.idle == pytest.approx(found.seconds - first, abs=1e-6)


def test_results_made_elsewhere_have_no_time() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    study.enqueue({"x": 0.5})
    found = timeline(study.history)
    assert (found.spans, found.states, found.seconds) == ((), (), 0.0)
    assert math.isnan(found.began)


def test_a_running_trial_reaches_to_now() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", sampler="random", seed=0)
    study.ask()
    begun = study.history.trial(0).started_at or 0.0
    assert timeline(study.history, now=begun + 60).spans[0].end == pytest.approx(60)
