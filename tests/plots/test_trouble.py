from __future__ import annotations

from tests.analysis.studies import study_of
from tunesmith import analysis, plots


def test_every_cause_has_its_bar_and_its_region() -> None:
    told = study_of(120)
    found = analysis.failures(told)
    figure = plots.failures(told)
    assert figure.data[0]["x"] == [len(cause.trials) for cause in found.causes]
    notes = " ".join(note["text"] for note in figure.layout["annotations"])
    assert "lr above" in notes
    assert f"{found.failed} of 120 trials failed" in figure.subtitle


def test_no_failure_is_good_news() -> None:
    assert plots.failures(study_of(20, failures=False)).title == "No trial has failed"
