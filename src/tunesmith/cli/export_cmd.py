"""`tunesmith export`: all trials as CSV or JSON lines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli._options import DEFAULT_STORAGE, StorageOption, StudyArgument
from tunesmith.cli._output import say
from tunesmith.errors import UsageError, did_you_mean
from tunesmith.study import Study
from tunesmith.study.export import write_csv, write_jsonl

_Out = Annotated[Path | None, typer.Option("--out", "-o", help="File to write; standard output if left out.")]
_Format = Annotated[str | None, typer.Option("--format", "-f", help="csv or jsonl; from the file's name if left out.")]


def export(
    study: StudyArgument = None,
    storage: StorageOption = DEFAULT_STORAGE,
    out: _Out = None,
    format: _Format = None,  # noqa: A002 - the option's name
) -> None:
    """Write all trials, one row each, safe to open in a spreadsheet."""
    wanted = format or (out.suffix.lstrip(".") if out is not None and out.suffix else "csv")
    writers = {"csv": write_csv, "jsonl": write_jsonl}
    if wanted not in writers:
        raise UsageError(f"There is no format {wanted!r}.", hint=did_you_mean(wanted, writers))
    history = Study.load(storage, study).history
    if out is None:
        writers[wanted](history, sys.stdout)
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writers[wanted](history, file)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.", hint="Choose another --out.") from error
    say(f"{len(history)} trials written to {out}")
