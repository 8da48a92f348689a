"""The application: a command for each file `<name>_cmd.py` beside this one; one place where errors are printed."""

from __future__ import annotations

import functools
import os
import pkgutil
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from tunesmith import _optional, _plugins
from tunesmith.cli._output import complain, say
from tunesmith.errors import StudyExists, StudyNotFound, TunesmithError, TunesmithWarning, UsageError

EXIT_FAILURE, EXIT_USAGE, EXIT_NO_TRIAL, EXIT_INTERRUPTED = 1, 2, 3, 130

_USAGE = (UsageError, StudyNotFound, StudyExists)
"""What another command line mends: also a study that is not there, or that was made with other options."""

_ABOUT = """Hyperparameter tuning: fewest trials, scores you can believe, nothing lost.

Start with:  tunesmith tune DATA.csv --target COLUMN
"""


def build() -> typer.Typer:
    """Collect the commands; a new file `x_cmd.py` with a function `x` adds one."""
    app = typer.Typer(
        help=_ABOUT, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )  # fmt: skip

    @app.callback()
    def root(
        version: bool = typer.Option(
            False, "--version", help="Print the version and stop.", is_eager=True, callback=_print_version
        ),
    ) -> None:
        del version

    for found in sorted(pkgutil.iter_modules([str(Path(__file__).parent)]), key=lambda module: module.name):
        if found.name.endswith("_cmd"):
            name = found.name.removesuffix("_cmd")
            app.command(name)(_audible(_plugins.door(f"cli.{found.name}", name)))
    return app


def _audible(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, with a word about a Ctrl-C that it says nothing of itself; typer would end without one."""

    @functools.wraps(command)
    def called(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except (KeyboardInterrupt, typer.Abort):
            say("Interrupted.")
            return EXIT_INTERRUPTED

    return called


def _print_version(wanted: bool) -> None:
    if wanted:
        print(_optional.version("tunesmith"))
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. A user's mistake never shows a traceback."""
    command = typer.main.get_command(build())
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            result = command.main(list(arguments) or ["--help"], prog_name="tunesmith", standalone_mode=False)
    except typer.TyperException as error:
        _complain_of_usage(error)
        return EXIT_USAGE
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except TunesmithError as error:
        complain(error)
        return EXIT_USAGE if isinstance(error, _USAGE) else EXIT_FAILURE
    if not arguments:
        return EXIT_USAGE
    return result if isinstance(result, int) else 0


def _warn(message: Warning | str, category: type[Warning], *_where: Any, **_more: Any) -> None:
    """A warning as a person reads it: what, not from which line of code."""
    first = str(message).strip().partition("\n")[0]
    ours = isinstance(message, TunesmithWarning)
    say(f"Warning: {first}" if ours else f"Warning: {category.__name__}: {first}")


def _complain_of_usage(error: typer.TyperException) -> None:
    context = getattr(error, "ctx", None)
    if context is not None:
        say(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n")
    say(f"Error: {error.format_message()}")
