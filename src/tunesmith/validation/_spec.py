"""What follows the colon of a scheme's name: `"time:5,gap=2,sliding"` as arguments of its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunesmith.errors import UsageError


def parse_options(
    text: str, scheme: str, first: Mapping[str, Callable[[str], Any]], options: Mapping[str, Callable[[str], Any]]
) -> dict[str, Any]:
    """Read `"6x2,embargo=0.01"`: numbers joined by x, then options; a bare option means True.

    Parameters
    ----------
    text, scheme
        What follows the colon, and the name before it.
    first
        Arguments that are given by position, in their order, and how each is read.
    options
        Arguments that are given by name; one that is read by `bool` is given without a value.

    Raises
    ------
    UsageError
        If a part cannot be read, or is no option.

    Examples
    --------
    >>> parse_options("6x2,embargo=0.01", "combinatorial", {"folds": int, "tests": int}, {"embargo": float})
    {'folds': 6, 'tests': 2, 'embargo': 0.01}
    """
    head, *rest = text.split(",")
    pieces = head.split("x")
    if len(pieces) > len(first):
        raise _unreadable(head, scheme, first, options)
    found: dict[str, Any] = {}
    for (name, read), piece in zip(first.items(), pieces, strict=False):
        found[name] = _read(read, piece, text, scheme, first, options)
    for part in rest:
        name, given, value = part.strip().partition("=")
        if name not in options or bool(given) == (options[name] is bool):
            raise _unreadable(part, scheme, first, options)
        found[name] = _read(options[name], value, text, scheme, first, options) if given else True
    return found


def _read(
    read: Callable[[str], Any],
    piece: str,
    text: str,
    scheme: str,
    first: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Any:
    try:
        return read(piece)
    except ValueError as error:
        raise _unreadable(text, scheme, first, options) from error


def _unreadable(part: str, scheme: str, first: Mapping[str, Any], options: Mapping[str, Any]) -> UsageError:
    named = [name if read is bool else f"{name}=..." for name, read in options.items()]
    return UsageError(
        f"{scheme}: {part!r} cannot be read.",
        hint=f'Write "{scheme}:{"x".join(["5", "2"][: len(first)])}"'
        + (f", and after commas any of {', '.join(named)}." if named else "."),
    )
