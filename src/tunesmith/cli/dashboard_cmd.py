"""`tunesmith dashboard`: a live page of the studies in a storage."""

from __future__ import annotations

from typing import Annotated

import typer

from tunesmith import _plugins
from tunesmith.cli._options import DEFAULT_STORAGE
from tunesmith.cli._output import say

_Storage = Annotated[str, typer.Argument(metavar="[STORAGE]", help="Where studies are kept: a path, or a URL.")]
_Port = Annotated[
    int | None, typer.Option("--port", "-p", help="Where to listen; left out: 8787, or the next free one.", min=1)
]
_Edit = Annotated[bool, typer.Option("--allow-edit", help="Let the page queue trials, stop, and change the budget.")]


def dashboard(storage: _Storage = DEFAULT_STORAGE, port: _Port = None, allow_edit: _Edit = False) -> int:
    """Open a live page of the studies in a storage. For this machine alone; it only reads, unless you allow more."""

    def ready(address: str) -> None:
        print(address, flush=True)
        mode = "The page may edit" if allow_edit else "The page only reads (--allow-edit lets it write)"
        say(f"{mode}. The address holds its key: keep it to yourself. Ctrl-C ends it.")

    _plugins.door("dashboard.serving", "serve")(storage, port=port, may_edit=allow_edit, ready=ready)
    say("Ended. No study was stopped by that.")
    return 0
