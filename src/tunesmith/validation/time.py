"""Folds in the order of time: models are fitted on the past and judged on what came after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith.errors import InvalidData
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import checked, model_selection, parse_count, require_count, row_count


@final
@dataclass(frozen=True, slots=True)
class TimeValidation(ValidationScheme):
    """Forward-chaining cross-validation with a growing past.

    Rows are taken to be in the order of time, unless `times` says when each one was. Then the folds are dealt over the
    distinct moments, so that rows of one moment are never on both sides, and rows may come in any order.

    Parameters
    ----------
    folds
        How many, at least 2; there must be more rows (or moments) than folds.
    gap
        Rows (or moments) that are left out between past and future, where targets look ahead.
    longest
        At most so many rows (or moments) of the past; None takes all of it.

    Examples
    --------
    >>> import numpy as np
    >>> for split in TimeValidation(3).splits(np.zeros((8, 1))):
    ...     print(split.train.tolist(), split.test.tolist())
    [0, 1] [2, 3]
    [0, 1, 2, 3] [4, 5]
    [0, 1, 2, 3, 4, 5] [6, 7]
    """

    folds: int = 5
    gap: int = 0
    longest: int | None = None

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "TimeValidation")
        require_count("gap", self.gap, 0, "TimeValidation")
        if self.longest is not None:
            require_count("longest", self.longest, 1, "TimeValidation")

    @classmethod
    def from_spec(cls, text: str) -> TimeValidation:
        """Read the number of folds from `"time:5"`."""
        return cls(parse_count(text, "time"))

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows, which are in the order of time; see `ValidationScheme.splits`."""
        return self.splits_by(np.arange(row_count(X)), groups)

    def splits_by(self, times: Any, groups: Any = None) -> tuple[Split, ...]:
        """Deal rows by when each of them was.

        Parameters
        ----------
        times
            One number, date or text that sorts by time, a row.
        groups
            Only looked at: groups that are torn apart are warned of.

        Raises
        ------
        InvalidData
            If a time is missing, or there are too few distinct moments.
        """
        array = np.asarray(times)
        if array.dtype == object:
            array = np.asarray([str(moment) for moment in array]) if all(isinstance(t, str) for t in array) else array
        try:
            moments, code = np.unique(array, return_inverse=True)
            missing = int(np.sum(array != array))
        except TypeError as error:
            raise InvalidData(
                f"The times cannot be sorted: {error}.", hint="Give numbers, dates, or text that sorts by time."
            ) from error
        if missing:
            raise InvalidData(
                f"{missing} of {len(array)} rows have no time.", hint="Fill in or drop the rows without a time."
            )
        if len(moments) < self.folds + 1 + self.gap:
            raise InvalidData(
                f"{self.folds} folds in time with a gap of {self.gap} need at least {self.folds + 1 + self.gap} "
                f"distinct moments, got {len(moments)} (n_samples={len(array)}).",
                hint="Use fewer folds, a smaller gap, or a finer time.",
            )
        splitter = model_selection().TimeSeriesSplit(self.folds, gap=self.gap, max_train_size=self.longest)
        try:
            pairs = list(splitter.split(moments))
        except ValueError as error:
            raise InvalidData(f"{error}.", hint="Use fewer folds, a smaller gap, or more rows.") from error
        order = np.argsort(code, kind="stable")
        starts = np.searchsorted(code[order], np.arange(len(moments) + 1))

        def rows(span: Any) -> Any:
            return order[starts[span[0]] : starts[span[-1] + 1]]

        return checked([(rows(train), rows(test)) for train, test in pairs], len(array), groups)
