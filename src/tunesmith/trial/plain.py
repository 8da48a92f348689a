"""What may be kept beside a trial: plain JSON, and nothing that JSON would quietly turn into something else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from tunesmith.errors import InvalidValue

DEEPEST = 64
"""How far lists and dictionaries may be nested."""

HINT = "Use None, bool, int, finite float, str, and lists and dictionaries (with text as keys) of these."
_LARGEST_INT = 1 << 63


def plain(value: object, name: str = "value") -> Any:
    """The same value made of plain JSON types; NumPy's numbers become Python's, tuples become lists.

    Parameters
    ----------
    value
        What a user wants to keep.
    name
        What to call it in the message.

    Raises
    ------
    InvalidValue
        If it holds anything that JSON lacks: NaN, sets, dates, bytes, other objects, keys that are no text.

    Examples
    --------
    >>> plain({"shape": (2, 3), "note": None})
    {'shape': [2, 3], 'note': None}
    """
    return _plain(value, name, 0)


def _plain(value: object, path: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise InvalidValue(f"{path[:60]}... is nested more than {DEEPEST} deep.", hint=HINT)
    if isinstance(value, dict):
        return {_key(key, path): _plain(item, f"{path}[{key!r}]", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(value)]
    if getattr(value, "shape", None) == () and callable(item := getattr(value, "item", None)):
        value = item()
    if value is None or value is True or value is False:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            check_plain(exact := kind(value), path)
            return exact
    check_plain(value, path)
    return value


def check_plain(value: object, path: str, depth: int = 0) -> None:
    """Refuse what would not come back from JSON as it is; tuples pass, as lists.

    Raises
    ------
    InvalidValue
        Naming the place.
    """
    if _is_plain(value, depth):  # nearly always, and each suggestion waits for it
        return
    kind = type(value)
    if depth > DEEPEST:
        raise InvalidValue(f"{path[:60]}... is nested more than {DEEPEST} deep.", hint=HINT)
    if isinstance(value, dict):
        for key, item in value.items():
            check_plain(item, f"{path}[{_key(key, path)!r}]", depth + 1)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            check_plain(item, f"{path}[{place}]", depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidValue(f"{path} is {value}, which JSON does not have.", hint=HINT)
    elif kind is int and not -_LARGEST_INT <= value < 2 * _LARGEST_INT:  # type: ignore[operator]
        raise InvalidValue(f"{path} is an int of more than 64 bits.", hint="Keep it as text.")
    elif value is not None and kind not in _PLAIN:
        raise InvalidValue(f"{path} is of type {kind.__qualname__}, which JSON does not have.", hint=HINT)


def _is_plain(value: object, depth: int) -> bool:
    """Whether a value surely passes; where not, `check_plain` finds out what is wrong with it, if anything is."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)  # type: ignore[arg-type]
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -_LARGEST_INT <= value < 2 * _LARGEST_INT  # type: ignore[operator]
    if depth > DEEPEST:
        return False
    if kind is dict:
        return all(type(key) is str and _is_plain(item, depth + 1) for key, item in value.items())  # type: ignore[attr-defined]
    return kind is list and all(_is_plain(item, depth + 1) for item in value)  # type: ignore[attr-defined]


def check_finite(value: object, path: str) -> None:
    """Refuse NaN and infinities anywhere in an event, a dictionary or a list.

    Raises
    ------
    InvalidValue
        Naming the place.
    """
    for place, number in _floats(value, path):
        if not math.isfinite(number):
            raise InvalidValue(f"{place} is {number}, which cannot be stored.", hint="Give finite numbers.")


def _floats(value: object, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _floats(getattr(value, field), f"{path}.{field}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _floats(item, f"{path}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _floats(item, f"{path}[{place}]")


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidValue(f"{path} has the key {key!r}, which is no text.", hint=HINT)
    return key


_PLAIN = frozenset({str, int, bool, float})
