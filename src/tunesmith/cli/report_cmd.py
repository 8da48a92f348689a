"""`tunesmith report`: all about a study in one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tunesmith import _plugins
from tunesmith.cli._options import DEFAULT_STORAGE, StorageOption, StudyArgument
from tunesmith.cli._output import say
from tunesmith.errors import UsageError, did_you_mean
from tunesmith.study import Study

_ENDINGS = {"html": "html", "htm": "html", "md": "md", "markdown": "md"}
_Out = Annotated[Path | None, typer.Option("--out", "-o", help="File to write; standard output if left out.")]
_Format = Annotated[str | None, typer.Option("--format", "-f", help="html or md; from the file's name if left out.")]


def report(
    study: StudyArgument = None,
    storage: StorageOption = DEFAULT_STORAGE,
    out: _Out = None,
    format: _Format = None,  # noqa: A002 - the option's name
) -> None:
    """Write a report on a study, as a page or as Markdown. The page opens without network."""
    told = format or (out.suffix.lstrip(".") if out is not None and out.suffix else "html")
    wanted = _ENDINGS.get(told.casefold())
    if wanted is None:
        raise UsageError(f"There is no format {told!r}.", hint=did_you_mean(told, ["html", "md"]))
    found = _plugins.door("reporting.study", "study_report")(Study.load(storage, study))
    module, maker = ("page", "page") if wanted == "html" else ("markdown", "markdown")
    text = _plugins.door(f"reporting.{module}", maker)(found)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        _plugins.door("reporting.page", "write")(out, text)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.", hint="Choose another --out.") from error
    say(f"Report written to {out}")
