"""A class is an interface or a leaf, never both: abstract or final, and no concrete method is overridden."""

from __future__ import annotations

import abc
import ast
import enum
import inspect
import textwrap
from typing import Any

from tests.house.house import classes, expect_none


def test_every_class_is_abstract_or_final() -> None:
    found = [
        f"{cls.__module__}.{cls.__qualname__}"
        for cls in classes()
        # Errors are a tree, drawn in errors.py; an enum with members is final by the language.
        if not issubclass(cls, BaseException | enum.Enum) and _is_abstract(cls) == _is_final(cls)
    ]
    expect_none(found, "decorate it with @final, or make it abstract")


def test_no_concrete_method_is_overridden() -> None:
    found = []
    for cls in classes():
        ours = [base for base in cls.__mro__[1:] if base.__module__.split(".")[0] == "tunesmith"]
        for name, member in vars(cls).items():
            over = [base.__name__ for base in ours if name in vars(base) and not _is_open(vars(base)[name])]
            if over and _is_method(member) and not name.startswith("__"):
                found.append(f"{cls.__module__}.{cls.__name__}.{name} overrides {over[0]}.{name}")
    expect_none(found, "make the overridden method abstract, or compose")


def _is_final(cls: type[Any]) -> bool:
    return "__final__" in vars(cls)


def _is_abstract(cls: type[Any]) -> bool:
    declared = abc.ABC in cls.__bases__ and bool(cls.__subclasses__())
    return declared or inspect.isabstract(cls) or getattr(cls, "_is_protocol", False) or _is_record_base(cls)


def _is_record_base(cls: type[Any]) -> bool:
    """A record that others extend with fields, such as `Event`: an interface without methods."""
    return bool(cls.__subclasses__()) and not any(map(_is_method, vars(cls).values()))


def _is_method(member: object) -> bool:
    return inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)


def _is_open(member: object) -> bool:
    """Abstract, or a default answer such as `return False`, which hides nothing from whoever overrides it."""
    return getattr(member, "__isabstractmethod__", False) or not _is_method(member) or _is_default_answer(member)


def _is_default_answer(member: object) -> bool:
    function = getattr(member, "fget", None) or getattr(member, "__func__", member)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    *_, last = tree.body  # type: ignore[attr-defined]
    short = len(tree.body) == 1 + (ast.get_docstring(tree) is not None)  # type: ignore[attr-defined, arg-type]
    return short and isinstance(last, ast.Return) and isinstance(last.value, ast.Constant | ast.Name)
