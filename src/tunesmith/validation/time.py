"""Folds in the order of time: models are fitted on the past and judged on what came after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from tunesmith.errors import InvalidData, UsageError
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import checked, require_count, row_count
from tunesmith.validation._moments import Moments
from tunesmith.validation._spec import parse_options


@final
@dataclass(frozen=True, slots=True)
class TimeValidation(ValidationScheme):
    """Forward-chaining cross-validation: with a growing past, or with a window that slides along.

    Rows are taken to be in the order of time, unless `splits_by` says when each one was. Then the folds are dealt over
    the distinct moments, so that rows of one moment are never on both sides, and rows may come in any order.

    Parameters
    ----------
    folds
        How many, at least 2; there must be more rows (or moments) than folds.
    gap
        Rows (or moments) that are left out between past and future, where targets look ahead.
    longest
        At most so many rows (or moments) of the past; None takes all of it, or what `window` says.
    window
        `"expanding"` fits on all of the past. `"sliding"` fits every fold on as many moments as the first one has, so
        that scores differ by what is learnt, not by how much; for worlds that change.
    judged
        Rows (or moments) that judge in each fold; None shares them out evenly. The last fold ends with the data.

    Examples
    --------
    >>> import numpy as np
    >>> for split in TimeValidation(3).splits(np.zeros((8, 1))):
    ...     print(split.train.tolist(), split.test.tolist())
    [0, 1] [2, 3]
    [0, 1, 2, 3] [4, 5]
    [0, 1, 2, 3, 4, 5] [6, 7]
    >>> [split.train.tolist() for split in TimeValidation(3, window="sliding").splits(np.zeros((8, 1)))]
    [[0, 1], [2, 3], [4, 5]]
    """

    folds: int = 5
    gap: int = 0
    longest: int | None = None
    window: Literal["expanding", "sliding"] = "expanding"
    judged: int | None = None

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "TimeValidation")
        require_count("gap", self.gap, 0, "TimeValidation")
        if self.longest is not None:
            require_count("longest", self.longest, 1, "TimeValidation")
        if self.judged is not None:
            require_count("judged", self.judged, 1, "TimeValidation")
        if self.window not in {"expanding", "sliding"}:
            raise UsageError(
                f"TimeValidation: window must be 'expanding' or 'sliding', got {self.window!r}.",
                hint='Write TimeValidation(5, window="sliding"), or longest=100 for a window of your own length.',
            )

    @classmethod
    def from_spec(cls, text: str) -> TimeValidation:
        """Read `"time:5"`, or `"time:5,gap=2,sliding"` with `longest=` and `judged=`."""
        options = {"gap": int, "longest": int, "judged": int, "sliding": bool, "expanding": bool}
        found = parse_options(text, "time", {"folds": int}, options)
        found.pop("expanding", None)
        return cls(**found) if not found.pop("sliding", False) else cls(**found, window="sliding")

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
        moments = Moments.of(times)
        judged = self.judged if self.judged is not None else moments.count // (self.folds + 1)
        first = moments.count - self.folds * judged
        if judged < 1 or first - self.gap < 1:
            needed = self.folds * max(1, judged) + self.gap + 1
            raise InvalidData(
                f"{self.folds} folds in time with a gap of {self.gap} need at least {needed} distinct moments, "
                f"got {moments.count} (n_samples={len(moments.code)}).",
                hint="Use fewer folds, a smaller gap, or a finer time.",
            )
        longest = self.longest if self.longest is not None else moments.count
        if self.window == "sliding":
            longest = min(longest, first - self.gap)
        pairs = []
        for start in range(first, moments.count, judged):
            end = start - self.gap
            pairs.append((moments.rows(max(0, end - longest), end), moments.rows(start, start + judged)))
        return checked(pairs, len(moments.code), groups)
