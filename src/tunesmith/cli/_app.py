"""The application: a command for each file `<name>_cmd.py` beside this one; one place where errors are printed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import typer

from tunesmith import __version__
from tunesmith.cli._output import complain
from tunesmith.errors import TunesmithError, UsageError

EXIT_FAILURE, EXIT_USAGE, EXIT_NO_TRIAL, EXIT_INTERRUPTED = 1, 2, 3, 130

_ABOUT = """Hyperparameter tuning: fewest trials, scores you can believe, nothing lost.

Start with:  tunesmith tune DATA.csv --target COLUMN
"""


def build() -> typer.Typer:
    """Collect the commands; a new file `x_cmd.py` with a function `x` adds one."""
    app = typer.Typer(
        help=_ABOUT, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )  # fmt: skip

    @app.callback()
    def root(
        version: bool = typer.Option(False, "--version", help="Print the version and stop.", is_eager=True),
    ) -> None:
        if version:
            print(__version__)
            raise typer.Exit

    for found in sorted(pkgutil.iter_modules([str(Path(__file__).parent)]), key=lambda module: module.name):
        if found.name.endswith("_cmd"):
            name = found.name.removesuffix("_cmd")
            app.command(name)(getattr(importlib.import_module(f"tunesmith.cli.{found.name}"), name))
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. A user's mistake never shows a traceback."""
    try:
        result = typer.main.get_command(build()).main(list(arguments), prog_name="tunesmith", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_page:
        print(help_page.format_message())
        return EXIT_USAGE
    except click.ClickException as error:
        error.show(sys.stderr)
        return EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except TunesmithError as error:
        complain(error)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILURE
    return result if isinstance(result, int) else 0
