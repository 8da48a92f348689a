"""Which part of an objective cannot be sent to another process, and what to do about it."""

from __future__ import annotations

import functools
import io
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tunesmith.errors import ExecutorError

_DEPTH = 12
_WIDTH = 1_000

_INSIDE = {
    "_thread.lock": "lock",
    "_thread.RLock": "lock",
    "socket.socket": "connection",
    "sqlite3.Connection": "connection",
    "sqlite3.Cursor": "connection",
    "ssl.SSLSocket": "connection",
    "ssl.SSLContext": "connection",
    "builtins.generator": "generator",
}


def blame(thing: object, error: Exception, try_to_pickle: Callable[[object], None]) -> ExecutorError:
    """The error to raise for something that could not be pickled: it names the innermost part that is at fault.

    Parameters
    ----------
    thing
        What was to be pickled.
    error
        What pickle said.
    try_to_pickle
        Raises if its argument cannot be pickled.
    """
    hops: list[str] = []
    seen: set[int] = set()
    culprit, reason = thing, error
    while len(hops) < _DEPTH:
        found = _first_bad(culprit, seen, try_to_pickle)
        if found is None:
            break
        hop, culprit, reason = found
        hops.append(hop)
    kind = _kind(culprit)
    inner = hops[1:] or hops  # the first hop is from the task, which is ours, to the objective
    where = " of ".join(reversed(inner[-2:])) or _short(thing)
    noun = "open file" if isinstance(culprit, io.IOBase) else _INSIDE.get(kind, "object")
    return ExecutorError(
        f"The objective cannot be sent to a worker process: {where} is {_article(noun)} ({kind}), "
        f"which cannot be pickled ({type(reason).__name__}: {str(reason)[:300]}).",
        hint=f'Make the {noun} inside the objective, or use executor="thread".',
    )


def _first_bad(
    thing: object, seen: set[int], try_to_pickle: Callable[[object], None]
) -> tuple[str, object, Exception] | None:
    for count, (hop, part) in enumerate(_parts(thing)):
        if count >= _WIDTH:
            return None
        if id(part) in seen:
            continue
        seen.add(id(part))
        try:
            try_to_pickle(part)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's __reduce__ raises is the answer
            return hop, part, error
    return None


def _parts(thing: object) -> Iterator[tuple[str, object]]:
    """What pickle would look into, each with words for where it is."""
    if isinstance(thing, types.FunctionType):
        yield from _parts_of_function(thing)
    elif isinstance(thing, types.MethodType):
        yield f"the object of the method {thing.__name__!r}", thing.__self__
        yield f"the method {thing.__name__!r}", thing.__func__
    elif isinstance(thing, functools.partial):
        yield "the function of a partial", thing.func
        yield from ((f"argument {number} of a partial", part) for number, part in enumerate(thing.args))
        yield from ((f"argument {name!r} of a partial", part) for name, part in thing.keywords.items())
    elif isinstance(thing, Mapping):
        yield from ((f"item {_short(key)}", part) for key, part in thing.items())
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from ((f"item {number}", part) for number, part in enumerate(thing))
    elif isinstance(thing, type):
        yield from ((f"attribute {name!r} of class {thing.__qualname__}", part) for name, part in vars(thing).items())
    elif not isinstance(thing, types.ModuleType):
        yield from _parts_of_object(thing)


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    name = function.__qualname__
    for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        if cell != types.CellType():
            yield f"variable {variable!r} of {name}", cell.cell_contents
    for variable in _global_names(function.__code__):
        if variable in function.__globals__:
            yield f"global {variable!r} of {name}", function.__globals__[variable]
    for number, part in enumerate(function.__defaults__ or ()):
        yield f"default {number} of {name}", part
    for variable, part in (function.__kwdefaults__ or {}).items():
        yield f"default {variable!r} of {name}", part
    yield from ((f"attribute {key!r} of {name}", part) for key, part in vars(function).items())


def _parts_of_object(thing: object) -> Iterator[tuple[str, object]]:
    slots = [name for kind in type(thing).__mro__ for name in _names(kind.__dict__.get("__slots__", ()))]
    for name in dict.fromkeys([*getattr(thing, "__dict__", ()), *getattr(thing, "__struct_fields__", ()), *slots]):
        if hasattr(thing, name):
            yield f"attribute {name!r} of {type(thing).__name__}", getattr(thing, name)


def _global_names(code: types.CodeType) -> list[str]:
    inner = [name for part in code.co_consts if isinstance(part, types.CodeType) for name in _global_names(part)]
    return list(dict.fromkeys([*code.co_names, *inner]))


def _names(slots: Any) -> list[str]:
    return [slots] if isinstance(slots, str) else list(slots)


def _kind(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _short(thing: object) -> str:
    name = getattr(thing, "__qualname__", None)
    text = name if isinstance(name, str) else repr(thing) if isinstance(thing, str | int) else type(thing).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
