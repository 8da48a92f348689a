"""One split: part of the rows judges, the others are fitted on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._classes import class_labels
from tunesmith.validation._deal import deal, model_selection, require_groups, require_rows


@final
@dataclass(frozen=True, slots=True)
class HoldoutValidation(ValidationScheme):
    """A single hold-out set: k times cheaper than k folds and noisier; for large data or slow models.

    Where groups are given, each stays on one side.

    Parameters
    ----------
    share
        Share of the rows that judges, above 0 and below 1.
    stratify
        Keep the proportions of the classes. None leaves it to the task: yes for a classifier.
    seed
        Of the draw.

    Examples
    --------
    >>> import numpy as np
    >>> [split] = HoldoutValidation(0.25).splits(np.zeros((8, 1)))
    >>> len(split.train), len(split.test)
    (6, 2)
    """

    share: float = 0.25
    stratify: bool | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        share: object = self.share
        if isinstance(share, bool) or not isinstance(share, (int, float, np.floating)) or not 0 < share < 1:
            raise UsageError(
                f"HoldoutValidation: share must be a number above 0 and below 1, got {share!r}.",
                hint="Write HoldoutValidation(0.25) to keep a quarter of the rows for scoring.",
            )

    @classmethod
    def from_spec(cls, text: str) -> HoldoutValidation:
        """Read the share from `"holdout:0.2"`."""
        try:
            return cls(float(text))
        except ValueError as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(
                f"holdout:{text}: what follows the colon must be the share that is held out.",
                hint='Write "holdout:0.25".',
            ) from error

    def suited(self, *, classifier: bool) -> HoldoutValidation:
        """Stratified for a classifier, unless said otherwise."""
        return self if self.stratify is not None else replace(self, stratify=classifier)

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(2, X)
        selection = model_selection()
        if groups is not None:
            labels = require_groups(groups, 2, X)
            return deal(selection.GroupShuffleSplit(1, test_size=self.share, random_state=self.seed), X, y, labels)
        if self.stratify:
            splitter = selection.StratifiedShuffleSplit(1, test_size=self.share, random_state=self.seed)
            return deal(splitter, X, class_labels(y, 2))
        return deal(selection.ShuffleSplit(1, test_size=self.share, random_state=self.seed), X, y)
