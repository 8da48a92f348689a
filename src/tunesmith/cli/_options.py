"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

DEFAULT_STORAGE = "tunesmith.db"

StorageOption: TypeAlias = Annotated[
    str, typer.Option("--storage", "-s", help="Where studies are kept: a path, or a URL.", show_default=True)
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StudyArgument: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[STUDY]", help="Name or key of the study; may be left out where there is one.")
]
