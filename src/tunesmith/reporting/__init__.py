"""What there is to tell of a search, as one self-contained file: a page without outside assets, or Markdown."""

from __future__ import annotations

from tunesmith.reporting.html import write_report
from tunesmith.reporting.markdown import markdown
from tunesmith.reporting.page import page
from tunesmith.reporting.study import StudyReport, study_report

__all__ = ["StudyReport", "markdown", "page", "study_report", "write_report"]
