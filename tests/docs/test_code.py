"""Every Python block of the documentation runs as written; blocks of one page are one session."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from tests.docs.blocks import blocks, name_of, pages_with


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_blocks_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = types.ModuleType("session")
    monkeypatch.setitem(sys.modules, "session", session)
    for block in blocks(page, "python"):
        # The compiler counts from the block's line, so that a traceback points into the page.
        code = "\n" * (block.line - 1) + block.code
        exec(compile(code, str(page), "exec"), vars(session))
