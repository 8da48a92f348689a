"""The command line: parses, calls a room, prints; results go to standard output, everything else to standard error."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Exit codes: 0 success, 1 failure, 2 usage, 3 no trial succeeded, 130 interrupted."""
    from tunesmith.cli._app import run  # noqa: PLC0415 - typer is imported only when the command line is used

    sys.exit(run(sys.argv[1:]))
