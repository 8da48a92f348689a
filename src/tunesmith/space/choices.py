"""Choices: any Python value as something to choose, with a type-aware identity and a form that JSON can hold."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, final

from tunesmith.errors import Corrupt
from tunesmith.space._numbers import plain

LABEL_LENGTH = 200
"""Longest label of an object, in characters; a longer one is cut and ends in a digest of the whole."""

_LARGEST = 2**63 - 1
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@final
@dataclass(frozen=True)
class Opaque:
    """Stands for an object choice that only the user's code can make again: its place among the choices and its label.

    It appears when a stored space is opened without the code that defined it, by a report for instance.

    Examples
    --------
    >>> Opaque(1, "sklearn.svm.SVC")
    Opaque(index=1, label='sklearn.svm.SVC')
    """

    index: int
    label: str


def choice_key(value: Any) -> Hashable:
    """A hashable identity that tells `1`, `1.0` and `True` apart and takes all NaN as one.

    Lists and dicts count by content, other objects by their own equality where they are hashable, else by identity.

    Examples
    --------
    >>> choice_key(1) == choice_key(True), choice_key((1, "a")) == choice_key((1, "a"))
    (False, True)
    >>> choice_key(float("nan")) == choice_key(float("nan"))
    True
    """
    kind = type(value)
    if kind in _ATOMS:
        return (_ATOMS[kind], value)
    if kind is float:
        return ("float", value.hex())
    if kind is tuple or kind is list:
        return (kind.__name__, tuple(choice_key(item) for item in value))
    if kind is dict:
        return ("dict", frozenset((choice_key(key), choice_key(item)) for key, item in value.items()))
    if kind is Opaque:
        return ("opaque", value.index, value.label)
    try:
        hash(value)
    except TypeError:
        return ("id", id(value))
    return ("object", kind, value)


_ATOMS: dict[type, str] = {type(None): "none", bool: "bool", int: "int", str: "str"}


def label_of(value: Any) -> str:
    """A short name for an object, the same in every process: its qualified name, or its repr without addresses.

    Examples
    --------
    >>> label_of(dict), label_of(object())
    ('builtins.dict', '<object object>')
    """
    if isinstance(value, Opaque):
        return value.label
    qualified = getattr(value, "__qualname__", None)
    if isinstance(qualified, str):
        text = f"{getattr(value, '__module__', '?')}.{qualified}"
    else:
        text = _ADDRESS.sub("", repr(value))
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    if len(text) <= LABEL_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{text[: LABEL_LENGTH - 16]}... {digest}"


def is_plain(value: Any) -> bool:
    """Whether JSON (and TOML, None apart) holds the value as it is, without a tag."""
    kind = type(value)
    if kind is str:
        return _encodable(value)
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is float:
        return math.isfinite(value)
    return value is None or kind is bool


def has_json_form(value: Any) -> bool:
    """Whether a value is stored in full; otherwise it is stored as index and label."""
    kind = type(value)
    return value is None or kind in (bool, int, float, str) or (kind is tuple and all(has_json_form(v) for v in value))


def encode(value: Any, index: int = -1) -> Any:
    """The JSON form of a choice: plain where possible, tagged otherwise, index and label for objects.

    Examples
    --------
    >>> encode("a"), encode((1, None)), encode(float("nan")), encode(dict, index=2)
    ('a', {'t': [1, None]}, {'f': 'nan'}, {'o': 2, 'label': 'builtins.dict'})
    """
    if is_plain(value):
        return value
    if not has_json_form(value):
        return {"o": index, "label": label_of(value)}
    if isinstance(value, tuple):
        return {"t": [encode(item) for item in value]}
    if isinstance(value, float):
        return {"f": repr(value)}
    if isinstance(value, int):
        return {"i": hex(value)}
    return {"s": json.dumps(value)}


def decode(stored: Any) -> Any:
    """The value that `encode` stored; objects come back as `Opaque`, a bare JSON list as a tuple.

    Examples
    --------
    >>> decode({"t": [1, {"f": "inf"}]}), decode({"o": 2, "label": "builtins.dict"})
    ((1, inf), Opaque(index=2, label='builtins.dict'))
    """
    if isinstance(stored, list):
        return tuple(decode(item) for item in stored)
    if not isinstance(stored, dict):
        return stored
    try:
        return _untag(stored)
    except (ValueError, LookupError) as error:
        raise Corrupt(
            f"{stored!r} is no stored choice.",
            hint='Use a plain value, { t = [...] }, { f = "nan" } or { o = 0, label = "" }.',
        ) from error


def _untag(stored: dict[str, Any]) -> Any:
    match stored:
        case {"t": list(items), **rest} if not rest:
            return tuple(decode(item) for item in items)
        case {"f": "nan" | "inf" | "-inf" as text, **rest} if not rest:
            return float(text)
        case {"i": str(text), **rest} if not rest:
            return int(text, 16)
        case {"s": str(text), **rest} if not rest:
            return str(json.loads(text))
        case {"none": True, **rest} if not rest:
            return None
        case {"o": int(index), "label": str(label), **rest} if not rest:
            return Opaque(index, label)
    raise LookupError(f"unknown tag in {stored!r}")


def to_python(value: Any) -> str:
    """A choice as Python text; infinities and NaN as the call that makes them.

    Examples
    --------
    >>> to_python((1, float("inf"))), to_python("a")
    ("(1, float('inf'))", "'a'")
    """
    if type(value) is float and not math.isfinite(value):
        return f"float({str(value)!r})"
    if type(value) is tuple:
        return f"({', '.join(map(to_python, value))}{',' * (len(value) == 1)})"
    return repr(value)


def canonical(value: Any) -> Any:
    """A choice as it is kept: numpy scalars become Python values, in nested tuples too."""
    if type(value) in _ATOMS:
        return value
    value = plain(value)
    return tuple(canonical(item) for item in value) if type(value) is tuple else value


def _encodable(text: str) -> bool:
    return text.isascii() or not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)
