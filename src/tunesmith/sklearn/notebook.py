"""What a notebook shows of a search: what it found, above the diagram of the estimator."""

from __future__ import annotations

from typing import Any

from tunesmith.study import Study
from tunesmith.study.notebook import summary


def with_summary(search: Any, diagram: str) -> str:
    """The diagram under a summary of the search; before `fit` the diagram alone."""
    found = vars(search)
    if "history_" not in found:
        return diagram
    study, report = found.get("_study"), found.get("score_report_")
    location = study.storage.location if isinstance(study, Study) else ""
    return summary(found["history_"], location, worth="" if report is None else report.words) + diagram
