"""A table as columns of numbers, whatever it came as: what leaks are looked for in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of numbers; texts and categories are replaced by codes.

    Parameters
    ----------
    values
        One row a row, one column a column; NaN where a cell is missing.
    names
        What the columns are called.
    numeric
        For each column, whether its numbers were numbers from the start.
    """

    values: Floats
    names: tuple[str, ...]
    numeric: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, X: Any) -> Columns | None:
        """Read an array, a data frame or a list of rows; None for what has no columns (sparse, images, texts)."""
        if hasattr(X, "tocsr"):
            return None
        if hasattr(X, "columns") and hasattr(X, "iloc"):
            series = [X.iloc[:, place] for place in range(X.shape[1])]
            names = tuple(str(name) for name in X.columns)
            parts = [_column(np.asarray(one) if _plain(one) else one.astype(object).to_numpy()) for one in series]
        else:
            try:
                array = np.asarray(X)
            except ValueError:  # rows of different lengths
                return None
            if array.ndim != 2:
                return None
            names = tuple(str(place) for place in range(array.shape[1]))
            if array.dtype.kind in "fiub":
                return cls(array.astype(np.float64), names, np.ones(array.shape[1], dtype=bool))
            parts = [_column(array[:, place]) for place in range(array.shape[1])]
        if not parts:
            return None
        return cls(np.column_stack([values for values, _ in parts]), names, np.array([number for _, number in parts]))

    def __len__(self) -> int:
        return len(self.values)


def _plain(series: Any) -> bool:
    return getattr(series.dtype, "kind", "O") in "fiubM" and isinstance(series.dtype, np.dtype)


def _column(array: Any) -> tuple[Floats, bool]:
    if array.dtype.kind in "fiub":
        return array.astype(np.float64), True
    if array.dtype.kind in "Mm":
        return np.where(np.isnat(array), np.nan, array.astype(np.int64).astype(np.float64)), True
    try:
        return array.astype(np.float64), not any(isinstance(cell, str) for cell in array[:100])
    except (TypeError, ValueError):
        missing = np.array([cell is None or cell != cell for cell in array], dtype=bool)
        codes = np.unique(np.array([str(cell) for cell in array]), return_inverse=True)[1].astype(np.float64)
        codes[missing] = np.nan
        return codes, False
