"""A study's report as Markdown, for a pull request: words, tables and settings; figures as their sentences."""

from __future__ import annotations

import html
import re
from typing import Any

from tunesmith.analysis._records import Records, shown
from tunesmith.plots.figure import Figure
from tunesmith.reporting.study import Block, Code, StudyReport, Table

_MARKS = re.compile(r"([\\`*_\[\]|~#@])")


def markdown(report: StudyReport) -> str:
    """The report as Markdown. Names and messages cannot become markup; of all trials, only their number is told."""
    parts = [f"# {_text(report.title)}", f"**{_text(report.verdict)}**"]
    parts.append(_table(Records(tuple(word for word, _ in report.strip), (tuple(told for _, told in report.strip),))))
    for section in report.sections:
        parts += [f"## {_text(section.heading)}", *map(_block, section.blocks)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, str):
        return _text(block)
    if isinstance(block, tuple):
        return "\n".join(f"- {_text(item)}" for item in block)
    if isinstance(block, Code):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
        return f"{fence}{block.language}\n{block.text}\n{fence}"
    if isinstance(block, Figure):
        return f"- {_text(block.title)} ({_text(block.subtitle)})"
    return _long(block) if block.long else _table(block.records)


def _long(table: Table) -> str:
    return f"{len(table.records):,} trials; the HTML report and `tunesmith export` list them."


def _table(records: Records) -> str:
    rule = ["---"] * len(records.heads)
    lines = [[_text(head) for head in records.heads], rule, *([_cell(cell) for cell in row] for row in records.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    return _text(shown(value))


def _text(value: object) -> str:
    """One line in which nothing is markup."""
    return _MARKS.sub(r"\\\1", html.escape(" ".join(str(value).split()), quote=False))
