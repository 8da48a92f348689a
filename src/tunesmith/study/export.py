"""Trials as files: CSV that is safe in a spreadsheet, and JSON lines that lose nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from tunesmith.trial import FrozenTrial, History

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(history: History, file: TextIO) -> None:
    """Write one row a trial. A text that a spreadsheet would take for a formula gets an apostrophe before it.

    Examples
    --------
    >>> safe("=1+1"), safe("-1"), safe("gini")
    ("'=1+1", '-1', 'gini')
    """
    names = history.space.names
    metrics = [metric.name for metric in history.problem.metrics]
    writer = csv.writer(file, lineterminator="\n")
    heads = ["number", "state", *metrics, *(f"param_{name}" for name in names)]
    writer.writerow([safe(head) for head in [*heads, "origin", "chosen_by", "started_at", "seconds", "error"]])
    for trial in history.trials:
        writer.writerow([safe(cell) for cell in _cells(trial, metrics, names)])


def write_jsonl(history: History, file: TextIO) -> None:
    """Write one JSON object a line, with every point that was reported."""
    for trial in history.trials:
        row = {
            "number": trial.number, "state": trial.state.value, "values": trial.values,
            "params": history.space.encode_params(trial.params), "origin": trial.origin, "why": trial.why,
            "queued_at": trial.queued_at, "started_at": trial.started_at, "finished_at": trial.finished_at,
            "attempt": trial.attempt, "attrs": trial.attrs, "notes": list(trial.notes), "artifacts": trial.artifacts,
            "points": [[p.metric, p.step, p.kind, p.fold, p.value] for p in trial.points],
            "error": None if trial.error is None else {"type": trial.error.type, "message": trial.error.message},
        }  # fmt: skip
        file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")


def safe(cell: Any) -> Any:
    """One cell of a CSV: numbers as they are, None empty, text that begins like a formula disarmed."""
    if cell is None or isinstance(cell, (bool, int, float)):
        return "" if cell is None else cell
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()


def _cells(trial: FrozenTrial, metrics: list[str], names: tuple[str, ...]) -> Iterator[Any]:
    yield trial.number
    yield trial.state.value
    yield from (trial.values.get(name) for name in metrics)
    yield from (trial.params.get(name) for name in names)
    yield trial.origin
    yield trial.why.get("member")
    yield trial.started_at
    yield trial.duration
    yield None if trial.error is None else f"{trial.error.type}: {trial.error.message}"
