"""K folds that never tear a group apart: for rows of the same patient, customer or machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class GroupValidation(ValidationScheme):
    """Group k-fold cross-validation: the score is for groups that the model has never met.

    Parameters
    ----------
    folds
        How many, at least 2 and at most the number of groups.
    stratify
        Keep the proportions of the classes as far as whole groups allow. None leaves it to the task: yes for a
        classifier.
    seed
        Of the deal.

    Examples
    --------
    >>> import numpy as np
    >>> patients = np.array([1, 1, 2, 2, 3, 3])
    >>> splits = GroupValidation(3).splits(np.zeros((6, 1)), groups=patients)
    >>> any(set(patients[s.train]) & set(patients[s.test]) for s in splits)
    False
    """

    folds: int = 5
    stratify: bool | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "GroupValidation")

    @classmethod
    def from_spec(cls, text: str) -> GroupValidation:
        """Read the number of folds from `"group:5"`."""
        return cls(parse_count(text, "group"))

    @property
    def needs_groups(self) -> bool:
        """Always True."""
        return True

    def suited(self, *, classifier: bool) -> GroupValidation:
        """Stratified for a classifier, unless said otherwise."""
        return self if self.stratify is not None else replace(self, stratify=classifier)

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(self.folds, X)
        labels = require_groups(groups, self.folds, X)
        selection = model_selection()
        kind = selection.StratifiedGroupKFold if self.stratify else selection.GroupKFold
        splitter = kind(self.folds, shuffle=True, random_state=self.seed)
        return deal(splitter, X, class_labels(y, self.folds) if self.stratify else y, labels)

    def get_metadata_routing(self) -> Any:
        """Tell scikit-learn's metadata routing that `split` wants groups."""
        return groups_routing(self)
