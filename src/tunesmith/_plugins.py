"""Members of families by name: a family's own files first, then entry points, so that adding one edits nothing shared.

A family is a package of tunesmith with a plural name (`samplers`, `executors`). Each of its files without a leading
underscore is a member: `samplers/tpe.py` defines `TPESampler`, which answers to `"tpe"`. Other packages add members by
an entry point in the group `tunesmith.samplers`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunesmith.errors import UnknownName, did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FAMILIES = {
    "sampler": "samplers",
    "pruner": "pruners",
    "storage": "storages",
    "executor": "executors",
    "validation": "validation",
    "artifact": "artifacts",
}
"""Family word -> package; a member's class is its file's name plus the family's word (`TPESampler`)."""

_SUFFIX = {"validation": "Validation", "artifact": "Artifacts"}


def names(family: str) -> tuple[str, ...]:
    """The names of a family's members, built in and added, in alphabetical order.

    Examples
    --------
    >>> "random" in names("sampler")
    True
    """
    return tuple(sorted({*_files(family), *_entry_points(family)}))


def load(family: str, name: str) -> type[Any]:
    """The class of one member.

    Raises
    ------
    UnknownName
        If nothing answers to the name; the message offers the nearest one.

    Examples
    --------
    >>> load("sampler", "random").__name__
    'RandomSampler'
    """
    key = name.casefold().replace("-", "_") if isinstance(name, str) else name
    if key in _files(family):
        return _member(importlib.import_module(f"tunesmith.{FAMILIES[family]}.{key}"), family, key)
    if key in (points := _entry_points(family)):
        member: type[Any] = points[key].load()
        return member
    raise UnknownName(f"There is no {family} {name!r}.", hint=did_you_mean(str(name), names(family)))


def make(family: str, spec: object) -> Any:
    """An object from what a user gave: an object as it is, or a name with an optional argument after a colon.

    `"process:4"` calls `ProcessExecutor.from_spec("4")`; without a colon the class is called without arguments.

    Raises
    ------
    UnknownName
        If the name is unknown, or the member takes no argument after a colon.

    Examples
    --------
    >>> type(make("sampler", "random")).__name__
    'RandomSampler'
    """
    if not isinstance(spec, str):
        return spec
    name, colon, argument = spec.partition(":")
    member = load(family, name)
    if not colon:
        return member()
    if not hasattr(member, "from_spec"):
        raise UnknownName(
            f"The {family} {name!r} takes nothing after the colon, got {spec!r}.",
            hint=f"Write {name!r}, or make the object: {member.__name__}(...).",
        )
    return member.from_spec(argument)


def door(module: str, name: str) -> Any:
    """One object of a room that opens numpy, for rooms that must not: `door("models.surrogate", "Surrogate")`."""
    with _OPENING:
        room = importlib.import_module(f"tunesmith.{module}")
    return getattr(room, name)


_OPENING = threading.RLock()
"""Doors are opened one at a time: threads that import rooms of one circle at once may see one half made."""


@functools.cache
def _files(family: str) -> frozenset[str]:
    folder = Path(__file__).parent / FAMILIES[family]
    return frozenset(found.name for found in pkgutil.iter_modules([str(folder)]) if not found.name.startswith("_"))


@functools.cache
def _entry_points(family: str) -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs 20 ms, and `--help` never asks

    found = entry_points(group=f"tunesmith.{FAMILIES[family]}")
    return {point.name: point for point in found}


def _member(module: Any, family: str, name: str) -> type[Any]:
    wanted = (name.replace("_", "") + _SUFFIX.get(family, family)).casefold()
    for attribute, member in vars(module).items():
        if attribute.casefold() == wanted and isinstance(member, type):
            return member
    raise UnknownName(
        f"{module.__name__} defines no class for {name!r}.", hint=f"Name it like {name.title()}{family.title()}."
    )
