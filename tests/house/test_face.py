"""The face, its stub, and the reference agree on what is public."""

from __future__ import annotations

import ast
import re

import pytest

import tunesmith as ts
from tests.house.house import DOCS, SOURCE

PACKAGES = {"analysis", "plots", "samplers", "testing", "validation", "storages", "pruners", "executors"}
"""Rooms that are public as modules."""


def test_all_is_sorted_and_true() -> None:
    assert list(ts.__all__) == sorted(ts.__all__, key=str.casefold)
    assert [name for name in ts.__all__ if not hasattr(ts, name)] == []
    assert set(ts.__all__) <= set(dir(ts))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Studdy'"):
        ts.Studdy  # type: ignore[attr-defined]  # noqa: B018 - the access is the test


def test_the_stub_says_the_same() -> None:
    tree = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8"))
    assert _exported(tree) - {"__version__"} == set(ts.__all__)


def test_each_public_name_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^#+ `ts\.(\w+)", page, re.MULTILINE)) == set(ts.__all__)


def _exported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return {name for name in names if name == "__version__" or not name.startswith("_")}
