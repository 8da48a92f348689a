"""Lazy names for a package's face (PEP 562): a name is imported when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping


def attach(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Give `__getattr__` and `__dir__` for a package whose public names live in modules below it.

    Parameters
    ----------
    package
        The package's `__name__`.
    names
        Public name -> module that defines it, relative to the package (`"space"`, `"study.study"`).

    Returns
    -------
    The two functions, to be bound as `__getattr__` and `__dir__` of the package.

    Examples
    --------
    >>> getattr_, dir_ = attach("tunesmith", {"Float": "space"})
    >>> getattr_("Float").__name__, dir_()
    ('Float', ['Float'])
    """

    def getattr_(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        return getattr(importlib.import_module(f"{package}.{names[name]}"), name)

    def dir_() -> list[str]:
        return sorted(names)

    return getattr_, dir_
