"""K folds of whole groups, with the classes in their proportions as far as whole groups allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._classes import class_labels
from tunesmith.validation._deal import (
    deal,
    groups_routing,
    model_selection,
    parse_count,
    require_count,
    require_groups,
    require_rows,
)


@final
@dataclass(frozen=True, slots=True)
class StratifiedGroupValidation(ValidationScheme):
    """Stratified group k-fold cross-validation, whatever the task: what `"group"` is for a classifier.

    Parameters
    ----------
    folds
        How many, at least 2 and at most the number of groups.
    seed
        Of the deal.

    Examples
    --------
    >>> import numpy as np
    >>> patients, y = np.repeat(np.arange(6), 2), np.repeat([0, 1, 0, 1, 0, 1], 2)
    >>> [np.bincount(y[s.test]).tolist() for s in StratifiedGroupValidation(3).splits(np.zeros((12, 1)), y, patients)]
    [[2, 2], [2, 2], [2, 2]]
    """

    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "StratifiedGroupValidation")

    @classmethod
    def from_spec(cls, text: str) -> StratifiedGroupValidation:
        """Read the number of folds from `"stratified_group:5"`."""
        return cls(parse_count(text, "stratified_group"))

    @property
    def needs_groups(self) -> bool:
        """Always True."""
        return True

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(self.folds, X)
        labels = require_groups(groups, self.folds, X)
        splitter = model_selection().StratifiedGroupKFold(self.folds, shuffle=True, random_state=self.seed)
        return deal(splitter, X, class_labels(y, self.folds), labels)

    def get_metadata_routing(self) -> Any:
        """Tell scikit-learn's metadata routing that `split` wants groups."""
        return groups_routing(self)
