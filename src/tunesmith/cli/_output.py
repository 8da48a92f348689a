"""How commands print: tables and JSON to standard output, words about them to standard error."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunesmith._optional import require
from tunesmith.cli._options import DEFAULT_STORAGE
from tunesmith.errors import TunesmithError


def complain(error: TunesmithError) -> None:
    """Print an error and what to do about it, to standard error."""
    print(f"Error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"       {error.hint}", file=sys.stderr)


def say(text: str = "") -> None:
    """Print words for a person, to standard error."""
    print(text, file=sys.stderr, flush=True)


def look_at_failures(study: str, storage: str) -> str:
    """What to type to see why trials of a study failed.

    Examples
    --------
    >>> look_at_failures("my study", "tunesmith.db")
    "Look at the causes: tunesmith trials 'my study' --state failed"
    """
    kept = [] if storage == DEFAULT_STORAGE else ["--storage", storage]
    return f"Look at the causes: {shlex.join(['tunesmith', 'trials', study, '--state', 'failed', *kept])}"


def write_report(study: Any, known: Mapping[str, Any], folder: Path) -> str:
    """Write `report.html` on the model that came of a study; its path.

    Parameters
    ----------
    study
        The study.
    known
        What is known beyond it, by the names of `reporting.TunedModel`.
    folder
        Where to write it.
    """
    reporting = require("tunesmith.reporting", extra="sklearn")
    path = folder / "report.html"
    report = reporting.model_report(reporting.study_report(study), reporting.TunedModel(**known))
    reporting.write(path, reporting.page(report))
    return str(path)


def print_json(value: Any) -> None:
    """Print one JSON value to standard output; what JSON has no word for becomes its repr."""
    print(json.dumps(value, indent=2, default=repr, ensure_ascii=False, allow_nan=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """Print rows under heads; columns in `right` are set to the right. Control characters are made visible."""
    table_of = require("rich.table", extra="all").Table
    console = require("rich.console", extra="all").Console(highlight=False)
    text = require("rich.text", extra="all").Text
    if not console.is_terminal:
        console.width = 200
    table = table_of(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(text(shown(cell)) for cell in row))
    console.print(table)


def shown(value: Any) -> str:
    r"""One cell: floats with six significant digits, None as a dash, control characters escaped.

    Examples
    --------
    >>> shown(0.123456789), shown(None), shown("a\x1b[31m")
    ('0.123457', '-', 'a\\x1b[31m')
    """
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def params_text(params: Mapping[str, Any]) -> str:
    """Params on one line: `lr=0.01  depth=3`."""
    return "  ".join(
        f"{shown(name)}={f'{value:.4g}' if isinstance(value, float) else shown(value)}"
        for name, value in params.items()
    )
