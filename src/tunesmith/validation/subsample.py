"""Subsamples that are fitted on and measured on: for clustering and embedding, where nothing is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import require_count, require_groups, require_rows, row_count
from tunesmith.validation._spec import parse_options


@final
@dataclass(frozen=True, slots=True)
class SubsampleValidation(ValidationScheme):
    """Random subsamples: each is fitted on and measured on, to see how a measure varies from sample to sample.

    For estimators that give labels or positions to the rows that they were fitted on and to no others. Nothing is held
    out, so it is no scheme for a model that predicts a target. Where groups are given, whole groups are drawn.

    Parameters
    ----------
    repeats
        How many subsamples, at least 2.
    share
        Share of the rows in each, above 0 and below 1.
    seed
        Of the draws.

    Examples
    --------
    >>> import numpy as np
    >>> splits = SubsampleValidation(repeats=3).splits(np.zeros((10, 1)))
    >>> len(splits), len(splits[0].train), bool((splits[0].train == splits[0].test).all())
    (3, 8, True)
    """

    repeats: int = 5
    share: float = 0.8
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("repeats", self.repeats, 2, "SubsampleValidation")
        share: object = self.share
        if isinstance(share, bool) or not isinstance(share, (int, float, np.floating)) or not 0 < share < 1:
            raise UsageError(
                f"SubsampleValidation: share must be a number above 0 and below 1, got {share!r}.",
                hint="Write SubsampleValidation(share=0.8).",
            )

    @classmethod
    def from_spec(cls, text: str) -> SubsampleValidation:
        """Read `"subsample:10"` and `"subsample:10,share=0.5"`."""
        return cls(**parse_options(text, "subsample", {"repeats": int}, {"share": float, "seed": int}))

    @property
    def holds_out(self) -> bool:
        """Nothing: each subsample judges what was fitted on it."""
        return False

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Draw the subsamples; see `ValidationScheme.splits`."""
        require_rows(4, X)
        rng = np.random.default_rng(self.seed)
        rows = row_count(X)
        labels = np.arange(rows) if groups is None else require_groups(groups, 2, X)
        members, codes = np.unique(labels, return_inverse=True)
        size = min(max(2, round(self.share * len(members))), len(members) - 1)
        drawn = []
        for _ in range(self.repeats):
            taken = np.isin(codes.reshape(-1), rng.choice(len(members), size, replace=False))
            found = np.flatnonzero(taken).astype(np.intp)
            found.flags.writeable = False
            drawn.append(Split(found, found))
        return tuple(drawn)
