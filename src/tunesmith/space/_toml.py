"""A TOML writer for what a space holds: one table for each parameter, one for each constraint."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100


def dumps(space: Mapping[str, Any]) -> str:
    """The TOML of a space's dictionary.

    Examples
    --------
    >>> print(dumps({"parameters": {"lr": {"type": "float", "low": 0.0, "high": 1.0}}}))
    # A search space for tunesmith.
    <BLANKLINE>
    [parameters.lr]
    type = "float"
    low = 0.0
    high = 1.0
    <BLANKLINE>
    """
    parameters = [_table(f"[parameters.{_key(name)}]", table) for name, table in space.get("parameters", {}).items()]
    constraints = [_table("[[constraints]]", constraint) for constraint in space.get("constraints", [])]
    return "\n".join(["# A search space for tunesmith.\n", *parameters, *constraints])


def _table(header: str, table: Mapping[str, Any]) -> str:
    lines = [header]
    for key, value in table.items():
        line = f"{_key(key)} = {_value(value)}"
        if len(line) > _WIDTH and isinstance(value, list):
            line = f"{_key(key)} = [\n" + "".join(f"    {_value(item)},\n" for item in value) + "]"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if value is None:
        return "{ none = true }"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(item)}' for key, item in value.items())} }}"
    return repr(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
