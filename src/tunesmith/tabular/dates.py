"""How a column writes its dates, found out once from all of its cells, and dates read in that way alone."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

_NUMERIC = re.compile(r"^\s*(\d{1,2})([-/.])(\d{1,2})[-/.]\d{2,4}(?:\D|$)")
"""A date that begins with two numbers, of which one is the day and one the month."""
_MOSTLY = 0.95


@final
@dataclass(frozen=True, slots=True)
class DateOrder:
    """Whether a column's dates begin with the day or the month.

    Parameters
    ----------
    day_first
        Whether `05/03/2024` is the fifth of March.
    certain
        Whether the cells tell; dates that begin with the year always do.
    share
        Of the cells that tell, how many agree, from 0.5 to 1.
    """

    day_first: bool = False
    certain: bool = True
    share: float = 1.0

    @property
    def words(self) -> str:
        """How the dates are read, for people."""
        order = "day first" if self.day_first else "month first"
        return order if self.certain else f"read {order}, which no cell tells"


def date_order(series: pd.Series) -> DateOrder | None:
    """Find out how a column writes its dates; None where none begins with two numbers that may be day and month.

    A number above 12 is a day. Where no cell has one, the order is the one under which the rows are sorted, if they are
    under one alone; then dots mean day first, as where they are used; then month first is taken, and not certain.

    Examples
    --------
    >>> date_order(pd.Series(["05/03/2024", "26/03/2024"]))
    DateOrder(day_first=True, certain=True, share=1.0)
    >>> date_order(pd.Series(["2024-03-05"])) is None
    True
    """
    found = _leading(series)
    if found is None:
        return None
    first, second, dotted = found
    by_day, by_month = int((first > 12).sum()), int((second > 12).sum())
    if by_day + by_month:
        return DateOrder(by_day > by_month, share=max(by_day, by_month) / (by_day + by_month))
    sorted_so = [bool(read_dates(series, day_first=order).dropna().is_monotonic_increasing) for order in (False, True)]
    if len(first) > 2 and sorted_so[0] != sorted_so[1]:
        return DateOrder(sorted_so[1])
    return DateOrder(day_first=dotted, certain=dotted)


def are_dates(series: pd.Series) -> bool:
    """Whether nearly all cells of a text column are dates, in one order."""
    order = date_order(series)
    if order is not None and order.share < _MOSTLY:
        return False
    read = read_dates(series, day_first=order is not None and order.day_first)
    return bool(read.notna().mean() >= _MOSTLY)


def read_dates(series: pd.Series, *, day_first: bool) -> pd.Series:
    """Dates in UTC; a cell that is none, or none in this order, is missing.

    Examples
    --------
    >>> read_dates(pd.Series(["05/03/2024", "03/26/2024", "2024-03-05"]), day_first=True).dt.month.tolist()
    [3.0, nan, 3.0]
    """
    if not (pd.api.types.is_object_dtype(series.dtype) or pd.api.types.is_string_dtype(series.dtype)):
        return pd.to_datetime(series, errors="coerce", utc=True)
    text = series.astype("string")
    parts = text.str.extract(_NUMERIC)
    leads = parts[0].notna().to_numpy()
    read = _parsed(text.where(~leads), day_first=False)
    if leads.any():
        months = parts[2 if day_first else 0].where(leads, "0").astype(int).to_numpy()
        read = read.where(~leads, _parsed(text.where(leads & (months <= 12)), day_first=day_first))
    return read


def _parsed(text: pd.Series, *, day_first: bool) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pandas tells that it guesses the format of each cell
        return pd.to_datetime(text, errors="coerce", format="mixed", dayfirst=day_first, utc=True)


def _leading(series: pd.Series) -> tuple[npt.NDArray[Any], npt.NDArray[Any], bool] | None:
    """The first and second numbers of the cells that begin with two, and whether dots stand between most."""
    if not (pd.api.types.is_object_dtype(series.dtype) or pd.api.types.is_string_dtype(series.dtype)):
        return None
    parts = series.astype("string").str.extract(_NUMERIC).dropna()
    if parts.empty:
        return None
    return parts[0].astype(int).to_numpy(), parts[2].astype(int).to_numpy(), bool((parts[1] == ".").mean() > 0.5)
