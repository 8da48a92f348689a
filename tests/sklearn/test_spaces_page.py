"""The page of ready-made spaces says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.house import DOCS
from tools.spaces_page import PAGE, page, table
from tunesmith.sklearn.spaces import ESTIMATORS


def test_the_table_is_up_to_date() -> None:
    assert Path(PAGE) == DOCS / "spaces.md"
    text = PAGE.read_text(encoding="utf-8")
    if text != page(text):
        pytest.fail("type: python tools/spaces_page.py", pytrace=False)


def test_every_estimator_is_in_it() -> None:
    names = {name for line in table().splitlines()[2:] for name in line.split(" | ")[0].strip("| ").split(", ")}
    assert names == {space.name for space in ESTIMATORS}
