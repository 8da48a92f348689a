"""K folds, dealt several times: less noise for more fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, final

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._classes import class_labels
from tunesmith.validation._deal import (
    deal,
    model_selection,
    parse_count,
    require_count,
    require_groups,
    require_rows,
)


@final
@dataclass(frozen=True, slots=True)
class RepeatedValidation(ValidationScheme):
    """Repeated k-fold cross-validation: for small data, where one deal of the folds decides too much.

    Where groups are given, each stays on one side of every fold.

    Parameters
    ----------
    folds
        How many in each repeat, at least 2.
    repeats
        How often the rows are dealt anew, at least 1.
    stratify
        Keep the proportions of the classes. None leaves it to the task: yes for a classifier.
    seed
        Of the deals.

    Examples
    --------
    >>> import numpy as np
    >>> len(RepeatedValidation(folds=5, repeats=2).splits(np.zeros((10, 1))))
    10
    """

    folds: int = 5
    repeats: int = 3
    stratify: bool | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2, "RepeatedValidation")
        require_count("repeats", self.repeats, 1, "RepeatedValidation")

    @classmethod
    def from_spec(cls, text: str) -> RepeatedValidation:
        """Read folds and repeats from `"repeated:5x3"`."""
        folds, times, repeats = text.partition("x")
        if not times:
            return cls(parse_count(folds, "repeated"))
        return cls(parse_count(folds, "repeated"), parse_count(repeats, "repeated"))

    def suited(self, *, classifier: bool) -> RepeatedValidation:
        """Stratified for a classifier, unless said otherwise."""
        return self if self.stratify is not None else replace(self, stratify=classifier)

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(self.folds, X)
        selection = model_selection()
        if groups is not None:
            labels = require_groups(groups, self.folds, X)
            kind = selection.StratifiedGroupKFold if self.stratify else selection.GroupKFold
            target = class_labels(y, self.folds) if self.stratify else y
            deals = (
                deal(kind(self.folds, shuffle=True, random_state=self.seed + repeat), X, target, labels)
                for repeat in range(self.repeats)
            )
            return tuple(chain.from_iterable(deals))
        kind = selection.RepeatedStratifiedKFold if self.stratify else selection.RepeatedKFold
        splitter = kind(n_splits=self.folds, n_repeats=self.repeats, random_state=self.seed)
        return deal(splitter, X, class_labels(y, self.folds) if self.stratify else y)
