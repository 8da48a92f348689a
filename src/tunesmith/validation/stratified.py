"""K folds, each with the classes in the proportions of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._classes import class_labels
from tunesmith.validation._deal import deal, model_selection, parse_count, require_count, require_rows


@final
@dataclass(frozen=True, slots=True)
class StratifiedValidation(ValidationScheme):
    """Stratified k-fold cross-validation: the usual choice for classes.

    A class with fewer members than folds is missing from some of them, which is warned of; where every class has
    fewer, the folds cannot be dealt.

    Parameters
    ----------
    folds
        How many, at least 2.
    shuffle
        Deal the rows of each class at random.
    seed
        Of the shuffle.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([0] * 8 + [1] * 4)
    >>> [int(y[split.test].sum()) for split in StratifiedValidation(4).splits(np.zeros((12, 1)), y)]
    [1, 1, 1, 1]
    """

    folds: int = 5
    shuffle: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "StratifiedValidation")

    @classmethod
    def from_spec(cls, text: str) -> StratifiedValidation:
        """Read the number of folds from `"stratified:5"`."""
        return cls(parse_count(text, "stratified"))

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(self.folds, X)
        labels = class_labels(y, self.folds)
        seed = self.seed if self.shuffle else None
        splitter = model_selection().StratifiedKFold(self.folds, shuffle=self.shuffle, random_state=seed)
        return deal(splitter, X, labels, groups)
