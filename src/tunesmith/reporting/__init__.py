"""One self-contained HTML file about a search: no outside assets, no scripts."""

from __future__ import annotations

from tunesmith.reporting.html import write_report

__all__ = ["write_report"]
