"""Every command that the documentation shows would be understood: its name, its options, its extras, its make words."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from tests.docs.blocks import ROOT, blocks, name_of, pages_with
from tests.house.house import pyproject
from tunesmith.cli._app import build

KNOWN = {"make", "tunesmith", "pip", "git", "cd", "uv", "python", "export"}


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_console_blocks_are_understood(page: Path) -> None:
    for block in blocks(page, "console"):
        for line in block.code.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                _understand(shlex.split(line.removeprefix("$ "), comments=True))


def _understand(words: list[str]) -> None:
    program, *arguments = words
    assert program in KNOWN, f"{program}: teach tests/docs/test_commands.py what it is"
    match program:
        case "make":
            targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
            assert {word for word in arguments if "=" not in word} <= targets
        case "pip" | "uv":
            asked = re.findall(r"tunesmith\[([\w,]+)\]", " ".join(arguments))
            extras = {extra for found in asked for extra in found.split(",")}
            assert extras <= set(pyproject()["project"]["optional-dependencies"])
        case "tunesmith":
            _parse(arguments)


def _parse(arguments: list[str]) -> None:
    """Parse a command line as the command would, without running it."""

    group = typer.main.get_command(build())
    words = [word for word in arguments if word not in {"|", ">"}]
    context = group.make_context("tunesmith", list(words), resilient_parsing=True)
    if not words or words[0].startswith("-"):
        return
    command = group.get_command(context, words[0])  # type: ignore[attr-defined]
    assert command is not None, f"there is no command {words[0]}"
    command.make_context(words[0], words[1:], parent=context)


def test_every_command_has_its_place_on_the_page() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    commands = typer.main.get_command(build()).commands  # type: ignore[attr-defined]
    assert set(re.findall(r"^## `tunesmith (\w+)`", page, re.MULTILINE)) == set(commands)
