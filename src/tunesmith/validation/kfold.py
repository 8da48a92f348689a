"""K folds of equal size: each row judges once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import deal, model_selection, parse_count, require_count, require_rows


@final
@dataclass(frozen=True, slots=True)
class KFoldValidation(ValidationScheme):
    """K-fold cross-validation: for numbers as targets, and for rows that do not belong together.

    Parameters
    ----------
    folds
        How many, at least 2.
    shuffle
        Deal the rows at random. Without it, folds are blocks in the order of the rows.
    seed
        Of the shuffle.

    Examples
    --------
    >>> import numpy as np
    >>> [len(split.test) for split in KFoldValidation(3).splits(np.zeros((10, 2)))]
    [4, 3, 3]
    """

    folds: int = 5
    shuffle: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "KFoldValidation")

    @classmethod
    def from_spec(cls, text: str) -> KFoldValidation:
        """Read the number of folds from `"kfold:5"`."""
        return cls(parse_count(text, "kfold"))

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(self.folds, X)
        seed = self.seed if self.shuffle else None
        splitter = model_selection().KFold(self.folds, shuffle=self.shuffle, random_state=seed)
        return deal(splitter, X, y, groups)
