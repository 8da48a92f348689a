"""Numbers as users write them: numpy scalars are unwrapped without importing numpy, booleans are no numbers."""

from __future__ import annotations

from typing import Any

from tunesmith.errors import InvalidParams


def plain(value: Any) -> Any:
    """The Python value inside a numpy scalar; anything else as it is.

    Examples
    --------
    >>> plain(3), plain("a")
    (3, 'a')
    """
    if hasattr(value, "dtype") and hasattr(value, "item") and value.shape == () and not is_array(value):
        inner = value.item()
        if type(inner) is type(value):  # extended precision has no Python counterpart: nearest double
            return float(inner)
        return inner
    return value


def is_array(value: object) -> bool:
    """Whether a value is a numpy-like array, 0-dimensional ones included."""
    return hasattr(value, "__array_interface__") and hasattr(value, "__setitem__")


def real(value: Any) -> int | float | None:
    """The int or float that a value stands for, or None when it is no real number (booleans are none).

    Examples
    --------
    >>> real(3), real(2.5), real(True), real("3")
    (3, 2.5, None, None)
    """
    kind = type(value)
    if kind is float or kind is int:
        return value  # type: ignore[no-any-return]
    value = plain(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return None


def to_float(value: Any) -> float | None:
    """The float that a value stands for, or None when it is no real number or too large for one."""
    number = real(value)
    if number is None:
        return None
    try:
        return float(number)
    except OverflowError:
        return None


def decimal_parts(number: float) -> tuple[int, int]:
    """A finite number as `digits / 10**places`, exactly as it is printed.

    Examples
    --------
    >>> decimal_parts(0.25), decimal_parts(1e-05), decimal_parts(1e20), decimal_parts(3)
    ((25, 2), (1, 5), (100000000000000000000, 0), (3, 0))
    """
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    digits, places = int(whole + fraction), len(fraction) - int(exponent or 0)
    return (digits * 10**-places, 0) if places < 0 else (digits, places)


def clipped(u: float) -> float:
    """A place in the unit interval as a plain float; what lies outside is moved to the nearer end.

    Raises
    ------
    InvalidParams
        For NaN.
    """
    u = float(u)
    if 0.0 <= u <= 1.0:
        return u
    if u != u:
        raise InvalidParams("NaN is no place in the unit interval.", hint="Give a number from 0 to 1.")
    return 0.0 if u < 0 else 1.0


def shown(value: Any, limit: int = 60) -> str:
    """A value and its type for a message, cut to a length.

    Examples
    --------
    >>> shown("0.1")
    "'0.1' (str)"
    """
    text = repr(value)
    return f"{text if len(text) <= limit else text[: limit - 3] + '...'} ({type(value).__name__})"
