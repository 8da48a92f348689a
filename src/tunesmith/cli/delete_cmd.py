"""`tunesmith delete`: remove a study."""

from __future__ import annotations

from typing import Annotated

import typer

from tunesmith.cli._options import DEFAULT_STORAGE, StorageOption
from tunesmith.cli._output import say
from tunesmith.errors import UsageError
from tunesmith.study import Study

_Name = Annotated[str, typer.Argument(metavar="STUDY", help="Name or key of the study.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def delete(study: _Name, storage: StorageOption = DEFAULT_STORAGE, yes: _Yes = False) -> None:
    """Delete a study with all its trials and artefacts. There is no way back."""
    found = Study.load(storage, study)
    trials = len(found)
    if not yes:
        question = f"Delete study {found.name!r} with {trials} trials from {storage}? Type its name"
        try:
            answer = typer.prompt(question, err=True)
        except typer.Abort:
            raise UsageError("Nobody answered: nothing was deleted.", hint="Or pass --yes.") from None
        if answer != found.name:
            raise UsageError(f"{answer!r} is not {found.name!r}: nothing was deleted.", hint="Or pass --yes.")
    found.delete()
    say(f"Deleted {found.name!r} with {trials} trials.")
