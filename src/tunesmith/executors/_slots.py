"""How many workers: the number as users give it, checked."""

from __future__ import annotations

from tunesmith.errors import UsageError

_MOST = 4096


def check_slots(n: object, where: str) -> int:
    """A number of workers as it is.

    Raises
    ------
    UsageError
        If it is no whole number from 1 to 4096.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= _MOST:
        raise UsageError(f"{where}(n={n!r}) is no number of workers.", hint=f"Give a whole number from 1 to {_MOST}.")
    return n


def slots_from_spec(spec: str, name: str) -> int:
    """The number behind the colon of a name such as `"process:4"`.

    Raises
    ------
    UsageError
        If it is no whole number from 1 to 4096.

    Examples
    --------
    >>> slots_from_spec("4", "process")
    4
    """
    if not (spec.isascii() and spec.isdigit() and 1 <= int(spec[:9]) <= _MOST and len(spec) < 9):
        raise UsageError(
            f"executor={f'{name}:{spec[:40]}'!r} names no number of workers.",
            hint=f'Write "{name}:4" for four, or "{name}" for as many as there are cores.',
        )
    return int(spec)
