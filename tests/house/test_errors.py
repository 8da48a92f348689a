"""Every error that tunesmith raises is ours: in the tree of errors.py, with a hint."""

from __future__ import annotations

import ast
import builtins
import inspect

from tests.house.house import classes, expect_none, files
from tunesmith import errors

PROTOCOL = {
    "AssertionError": "what a contract's tests tell a test runner",
    "AttributeError": "module and class `__getattr__` must",
    "EOFError": "a stream that ended",
    "IndexError": "sequences must",
    "KeyError": "mappings must",
    "KeyboardInterrupt": "passed on",
    "LinAlgError": "numpy's and scipy's word for an ill matrix; who asked for the model answers it",
    "NotImplementedError": "what an operating system lacks",
    "StopIteration": "iterators must",
    "SystemExit": "a process's exit code",
    "TypeError": "immutable objects and wrong signatures, as the language does",
    "typer.BadParameter": "a command's usage",
    "typer.Exit": "a command's exit code",
    "unittest.SkipTest": "as AssertionError",
}
"""What Python's or a package's protocols demand, and why."""


def test_every_error_raised_is_ours() -> None:
    """A builtin error is fine where the same room catches it and says it in our words."""
    ours = {cls.__name__ for cls in classes() if issubclass(cls, BaseException)}
    handled: dict[str, str] = {}
    for file in files():
        kinds = [node.type for node in ast.walk(file.tree) if isinstance(node, ast.ExceptHandler) and node.type]
        handled[file.room] = " ".join([handled.get(file.room, ""), *map(ast.unparse, kinds)])
    found = []
    for file in files():
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                name = ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
                last = name.rpartition(".")[2]
                is_class = last[:1].isupper() or inspect.isclass(getattr(builtins, last, None))
                if is_class and name not in PROTOCOL and last not in ours and name not in handled[file.room]:
                    found.append(f"{file.path}:{node.lineno}: {name}")
    expect_none(found, "raise one of tunesmith.errors, with a hint")


def test_every_error_stands_in_the_tree() -> None:
    raisable = {cls for cls in classes() if issubclass(cls, BaseException)}
    tree = errors.__doc__ or ""
    undrawn = [cls for cls in raisable if cls.__module__ == errors.__name__ and cls.__name__ not in tree]
    expect_none(undrawn, "draw it in the tree at the top of errors.py")
    elsewhere = [
        cls for cls in raisable if cls.__module__ != errors.__name__ and "._" not in f"{cls.__module__}.{cls.__name__}"
    ]
    expect_none(elsewhere, "make it a branch of errors.py; one that never leaves its room may stand in the furniture")


def test_a_hint_is_required() -> None:
    hint = inspect.signature(errors.TunesmithError).parameters["hint"]
    assert (hint.kind, hint.default) == (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty)
