"""What there is to tell of a search, as one self-contained file: a page without outside assets, or Markdown."""

from __future__ import annotations

from tunesmith.reporting.markdown import markdown
from tunesmith.reporting.model import TunedModel, model_report
from tunesmith.reporting.page import page, write
from tunesmith.reporting.study import StudyReport, study_report

__all__ = ["StudyReport", "TunedModel", "markdown", "model_report", "page", "study_report", "write"]
