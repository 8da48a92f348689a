"""Rows in time: the distinct moments, and which rows belong to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from tunesmith.errors import InvalidData
from tunesmith.validation._base import Rows


@final
@dataclass(frozen=True, slots=True)
class Moments:
    """The distinct moments of rows, in their order.

    Parameters
    ----------
    values
        The moments, sorted.
    code
        For each row, the number of its moment.
    order, starts
        Rows sorted by moment, and where in them each moment begins; one more entry marks the end.
    """

    values: Any
    code: Rows
    order: Rows
    starts: Rows

    @classmethod
    def of(cls, times: Any) -> Self:
        """Sort rows by when each was.

        Raises
        ------
        InvalidData
            If a time is missing, or the times cannot be sorted.
        """
        array = np.asarray(times)
        if array.dtype == object and all(isinstance(moment, str) for moment in array):
            array = np.asarray([str(moment) for moment in array])
        try:
            values, code = np.unique(array, return_inverse=True)
            missing = int(np.sum(array != array))
        except TypeError as error:
            raise InvalidData(
                f"The times cannot be sorted: {error}.", hint="Give numbers, dates, or text that sorts by time."
            ) from error
        if missing:
            raise InvalidData(
                f"{missing} of {len(array)} rows have no time.", hint="Fill in or drop the rows without a time."
            )
        order = np.argsort(code, kind="stable")
        starts = np.searchsorted(code[order], np.arange(len(values) + 1))
        return cls(values, code.astype(np.intp), order.astype(np.intp), starts.astype(np.intp))

    @property
    def count(self) -> int:
        """How many distinct moments there are."""
        return len(self.values)

    def rows(self, first: int, end: int) -> Rows:
        """The rows of the moments from number `first` to before `end`, in the order of time."""
        return self.order[self.starts[first] : self.starts[end]]
