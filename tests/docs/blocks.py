"""Code blocks of Markdown pages: which there are, in which language, and which say that they are not to be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+?) -->\n+)?```(?P<language>[\w+-]*)[^\n]*\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """One fenced block: its page, line and language, its text."""

    page: Path
    line: int
    language: str
    code: str


def blocks(page: Path, language: str) -> Iterator[Block]:
    """The blocks of a page in one language, in order, less those that say why they are not run."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        if found["language"] == language and not found["reason"]:
            line = text.count("\n", 0, found.start("code")) + 1
            yield Block(page, line, language, found["code"])


def pages_with(language: str) -> list[Path]:
    """The pages that have a block in this language."""
    return [page for page in PAGES if any(blocks(page, language))]


def name_of(page: Path) -> str:
    """How a page is called in a test's name."""
    return page.relative_to(ROOT).as_posix()
