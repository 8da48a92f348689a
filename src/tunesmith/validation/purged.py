"""K folds in time whose training rows share no moment with what judges them: for labels that look ahead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import checked, require_count, row_count
from tunesmith.validation._purge import Labels, embargo_moments, require_share
from tunesmith.validation._spec import parse_options


@final
@dataclass(frozen=True, slots=True)
class PurgedValidation(ValidationScheme):
    """Purged k-fold cross-validation with an embargo (Lopez de Prado 2018, chapter 7).

    Each fold is a span of time. A row whose label shares a moment with the label of a judging row is purged from the
    training rows, before and after the fold; after it, rows of the embargo are left out, too.

    Parameters
    ----------
    folds
        How many, at least 2.
    embargo
        Share of all moments that is left out after each fold, at least 0 and below 1 (the book takes 0.01).
    horizon
        How many moments a label looks ahead, where `ends` is not given.
    starts
        When each row was, in any order of the rows; None means that the rows are in the order of time.
    ends
        When the label of each row was known: the last moment that it depends on, inclusive. In the same kind of time
        as `starts` (row numbers where that is None).

    Examples
    --------
    >>> import numpy as np
    >>> for split in PurgedValidation(3, horizon=1, embargo=0.1).splits(np.zeros((9, 1))):
    ...     print(split.train.tolist(), split.test.tolist())
    [5, 6, 7, 8] [0, 1, 2]
    [0, 1, 8] [3, 4, 5]
    [0, 1, 2, 3, 4] [6, 7, 8]
    """

    folds: int = 5
    embargo: float = 0.01
    horizon: int = 0
    starts: Any = field(default=None, repr=False, compare=False)
    ends: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "PurgedValidation")
        require_count("horizon", self.horizon, 0, "PurgedValidation")
        require_share(self.embargo, "PurgedValidation")

    @classmethod
    def from_spec(cls, text: str) -> PurgedValidation:
        """Read `"purged:5"`, or `"purged:5,horizon=10,embargo=0.02"`."""
        return cls(**parse_options(text, "purged", {"folds": int}, {"embargo": float, "horizon": int}))

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        return self.splits_by(np.arange(row_count(X)) if self.starts is None else self.starts, groups, rows=X)

    def splits_by(self, times: Any, groups: Any = None, *, rows: Any = None) -> tuple[Split, ...]:
        """Deal rows by when each of them was.

        Parameters
        ----------
        times
            One number, date or text that sorts by time, a row.
        groups
            Only looked at: groups that are torn apart are warned of.
        rows
            The rows, where their number is to be checked against the times.

        Raises
        ------
        InvalidData
            If times are missing or too few, or no row is left to fit on.
        """
        labels = Labels.of(times, self.ends, self.horizon)
        embargo = embargo_moments(self.embargo, labels.moments.count)
        pairs = [labels.pair([block], embargo) for block in labels.blocks(self.folds)]
        return checked(pairs, len(labels.last) if rows is None else row_count(rows), groups)
