"""Splits that were made beforehand: as pairs of row numbers, or as a fold number for each row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import numpy as np

from tunesmith.errors import InvalidData
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import checked, groups_routing, row_count

ALWAYS_TRAINS = "-1"
"""The fold number of rows that are never scored, as in scikit-learn's `PredefinedSplit`."""


@final
class PredefinedValidation(ValidationScheme):
    """Splits that were made beforehand.

    Parameters
    ----------
    pairs
        Pairs (train, test) of row numbers, or of masks with one bool a row. An iterator is used up once, here. None
        (the scheme by its name) takes the fold of each row from `groups`: equal labels are judged together, and rows
        labelled -1 are always fitted on.
    shared
        Let a row be on both sides of a split.

    Examples
    --------
    >>> [split] = PredefinedValidation([([0, 1], [2])]).splits([[1], [2], [3]])
    >>> split.test.tolist()
    [2]
    >>> [s.test.tolist() for s in PredefinedValidation().splits([[1], [2], [3], [4]], groups=[0, 1, 1, -1])]
    [[0], [1, 2]]
    """

    def __init__(self, pairs: Iterable[Any] | None = None, *, shared: bool = False) -> None:
        self._shared = shared
        self._pairs = None if pairs is None else tuple(pairs)

    def __repr__(self) -> str:
        return "PredefinedValidation()" if self._pairs is None else f"PredefinedValidation({len(self._pairs)} splits)"

    def __eq__(self, other: object) -> bool:
        """Whether both take the folds from the same pairs, or both from the rows' labels."""
        return isinstance(other, PredefinedValidation) and (self._pairs is other._pairs)

    def __hash__(self) -> int:
        return hash((type(self), id(self._pairs)))

    @property
    def needs_groups(self) -> bool:
        """Whether the folds are read from `groups`."""
        return self._pairs is None

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Give the splits, checked against the rows of X."""
        if self._pairs is not None:
            return checked(self._pairs, row_count(X), groups, shared=self._shared)
        return checked(_pairs_of(groups, row_count(X)), row_count(X))

    def get_metadata_routing(self) -> Any:
        """Tell scikit-learn's metadata routing whether `split` wants groups."""
        return groups_routing(self)


def _pairs_of(groups: Any, rows: int) -> list[tuple[Any, Any]]:
    if groups is None:
        raise InvalidData(
            "Predefined folds were asked for by name, but no fold numbers were given.",
            hint="Pass the fold of each row: search.fit(X, y, groups=folds), or tunesmith tune ... --group COLUMN.",
        )
    labels = np.asarray(groups)
    if labels.shape != (rows,):
        raise InvalidData(f"groups has shape {labels.shape} for {rows} rows.", hint="Give one fold number a row.")
    if labels.dtype.kind == "f" and bool(np.all(labels == np.round(labels))):
        labels = labels.astype(np.int64)  # a column with a missing cell elsewhere reads its whole numbers as floats
    first = {str(label): label for label in np.unique(labels.astype(str) if labels.dtype == object else labels)}
    texts = labels.astype(str)
    folds = [text for text in first if text != ALWAYS_TRAINS]
    if not folds or (len(folds) == 1 and ALWAYS_TRAINS not in first):
        raise InvalidData(
            f"The fold numbers name {len(folds)} fold(s) over {rows} rows, and nothing would be left to fit on.",
            hint="Give at least two fold numbers, or one and -1 for the rows that are always fitted on.",
        )
    return [(np.flatnonzero(texts != fold), np.flatnonzero(texts == fold)) for fold in folds]
