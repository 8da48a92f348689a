"""What a function takes from around it: values of its closure, its defaults and its module, for a later comparison."""

from __future__ import annotations

import dis
import hashlib
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tunesmith.space import Distribution

_LONGEST = 24
_MOST_BYTES = 1_000_000
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME"}
_STORES = {"STORE_GLOBAL", "STORE_DEREF", "DELETE_GLOBAL", "DELETE_DEREF"}


def captured(function: Callable[..., Any]) -> dict[str, str]:
    """Names that a function takes from around it, and what each stands for, as short texts.

    Only what cannot change by itself is looked at: numbers, texts, tuples of these, arrays and tables. Names that the
    function assigns to (a counter, say) are left out. Texts and arrays are kept as a digest.

    Examples
    --------
    >>> def made(offset):
    ...     return lambda x: x * x + offset
    >>> captured(made(3))
    {'offset': '3'}
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        return {}
    found: dict[str, Any] = {}
    for name, cell in zip(code.co_freevars, getattr(function, "__closure__", None) or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    around = getattr(function, "__globals__", {})
    read: set[str] = set()
    written: set[str] = set()
    for name, operation in _names(code):
        (read if operation in _LOADS else written).add(name)
    found |= {name: around[name] for name in read if name in around}
    plain = code.co_varnames[: code.co_argcount]
    found |= dict(zip(reversed(plain), reversed(getattr(function, "__defaults__", None) or ()), strict=False))
    found |= getattr(function, "__kwdefaults__", None) or {}
    texts = {name: _text(value) for name, value in sorted(found.items()) if name not in written}
    return {name: text for name, text in texts.items() if text is not None}


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What is not what it was, in words; names that are on one side only say nothing."""
    return [
        f"{name} was {before[name]} and is {now[name]}"
        for name in sorted(before.keys() & now.keys())
        if before[name] != now[name]
    ]


def _names(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """Names outside the function that its code, and that of functions within it, reads or writes."""
    for step in dis.get_instructions(code):
        if step.opname in _LOADS | _STORES and isinstance(step.argval, str):
            yield step.argval, step.opname
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _text(value: object) -> str | None:
    if value is None or type(value) in {bool, int, float, complex}:
        return _short(repr(value))
    if type(value) in {str, bytes}:
        return f"a text ({_digest(repr(value).encode())})"
    if type(value) is tuple:
        parts = [_text(part) for part in value[:1000]]
        return None if None in parts else _short(f"({', '.join(map(str, parts))})")
    if isinstance(value, Distribution):
        return None
    return _table_text(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}... ({_digest(text.encode())})"


def _table_text(value: object) -> str | None:
    """An array or a table by its shape and a sample of its cells; None for anything else."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is None:
        return None
    array: Any = value
    if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        array = value.to_numpy()
    if not isinstance(array, numpy.ndarray):
        return None
    flat = array.reshape(-1)
    most = _MOST_BYTES // max(array.itemsize, 1) if array.dtype != object else 1000
    if flat.size > most:
        flat = flat[numpy.random.default_rng(0).integers(0, flat.size, most)]
    cells = repr(flat.tolist()).encode() if array.dtype == object else flat.tobytes()
    return f"an array of {'x'.join(map(str, array.shape))} ({_digest(cells + str(array.dtype).encode())})"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]
