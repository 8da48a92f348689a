"""Every file, class and function can be taken in at once; exemptions are few, each with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.house import File, expect_none, files

FILE, CLASS, FUNCTION = 500, 300, 60
"""Limits in lines. Seven parameters is ruff's to count (PLR0913)."""

EXEMPT: dict[str, str] = {
    "testing/storages.py": "a contract is one class of many short tests",
}
"""File below src/tunesmith -> why it may be larger. At most one file in fifty."""


def test_sizes() -> None:
    found = [found for file in files() if file.path not in EXEMPT for found in _oversized(file)]
    expect_none(found, "find the two things it does, and give each its own place")


def test_exemptions_are_few_and_needed() -> None:
    assert len(EXEMPT) <= len(files()) / 50
    needed = {file.path for file in files() if list(_oversized(file))}
    assert set(EXEMPT) <= needed
    assert all(len(reason) > 20 for reason in EXEMPT.values())


def _oversized(file: File) -> Iterator[str]:
    if (lines := len(file.text.splitlines())) > FILE:
        yield f"{file.path}: {lines} lines, more than {FILE}"
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ClassDef) and (lines := _lines(node)) > CLASS:
            yield f"{file.path}: class {node.name} has {lines} lines of code, more than {CLASS}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (lines := _lines(node)) > FUNCTION:
            yield f"{file.path}: {node.name}() has {lines} lines of code, more than {FUNCTION}"


def _lines(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: a docstring is no burden, however much it explains."""
    inside = [node, *(child for child in node.body if isinstance(child, ast.FunctionDef))]
    return (node.end_lineno or 0) - node.lineno + 1 - sum(map(_docstring_lines, inside))


def _docstring_lines(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or 0) - first.lineno + 1
    return 0
