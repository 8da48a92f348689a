"""What every analysis answers with beside its own fields: a table to print, to copy, or to make a DataFrame of."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True)
class Records:
    """A small table: heads, and rows of plain values (None where nothing is known). It prints as aligned text.

    Parameters
    ----------
    heads
        The columns' names, with their units where they have some.
    rows
        One tuple a row, as long as `heads`.

    Examples
    --------
    >>> records = Records(("trial", "loss"), ((0, 0.123456), (1, None)))
    >>> print(records)
    trial    loss
        0  0.1235
        1       -
    >>> records.dicts()[1]
    {'trial': 1, 'loss': None}
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def dicts(self) -> list[dict[str, Any]]:
        """One dict a row: what `pandas.DataFrame(...)` and JSON take."""
        return [dict(zip(self.heads, row, strict=True)) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        cells = [[shown(cell) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(self.heads, *cells, strict=True)]
        right = self._numeric()
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(line, widths, right, strict=True)
            )
            for line in [list(self.heads), *cells]
        ]
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        """Notebooks show this; every text is escaped."""
        marks = [' style="text-align: right"' if number else "" for number in self._numeric()]
        lines = [
            "".join(f"<{tag}{mark}>{html.escape(text)}</{tag}>" for text, mark in zip(line, marks, strict=True))
            for tag, line in [("th", self.heads), *(("td", [shown(cell) for cell in row]) for row in self.rows)]
        ]
        return f"<table><tr>{'</tr><tr>'.join(lines)}</tr></table>"

    def _numeric(self) -> list[bool]:
        columns = list(zip(*self.rows, strict=True)) if self.rows else [() for _ in self.heads]
        return [all(cell is None or isinstance(cell, int | float) for cell in column) for column in columns]


def shown(value: object) -> str:
    """One value for a reader: numbers as `number` writes them, None as a dash, several of them with commas.

    Examples
    --------
    >>> shown(None), shown(True), shown("dart"), shown((1, 2.50001))
    ('-', 'True', 'dart', '1, 2.5')
    """
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ", ".join(map(shown, value)) if isinstance(value, tuple | list) else str(value)
    return number(value)


def number(value: float, error: float | None = None) -> str:
    """A number for a reader: four significant digits, and no more than its uncertainty supports.

    Parameters
    ----------
    value
        The number.
    error
        Its standard error, if that is known: digits beyond the second of the error are left out.

    Examples
    --------
    >>> number(0.93012345), number(0.93012345, 0.012), number(1e-5), number(20000.0), number(150)
    ('0.9301', '0.93', '1e-5', '20000', '150')
    >>> number(2.5e7), number(-0.00012)
    ('2.5e7', '-0.00012')
    """
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    place = math.floor(math.log10(abs(value)))
    digits = 3 - place
    if error is not None and math.isfinite(error) and error > 0:
        digits = min(digits, 1 - math.floor(math.log10(error)))
    if -4 <= place < 7:
        text = f"{round(value, digits):.{max(digits, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    mantissa, _, exponent = f"{value:.{max(0, min(digits + place, 3))}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 trial`, `3 trials`.

    Examples
    --------
    >>> counted(1, "trial"), counted(1200, "trial"), counted(2, "study", "studies")
    ('1 trial', '1,200 trials', '2 studies')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def optional(value: float) -> float | None:
    """A number as a table keeps it: None in place of NaN."""
    return None if math.isnan(value) else value


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of ordered numbers, linear between them; NaN of none.

    Examples
    --------
    >>> quantile([1.0, 2.0, 4.0], 0.75)
    3.0
    """
    if not ordered:
        return math.nan
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
