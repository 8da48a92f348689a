"""A scheme that somebody else made: any splitter of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from tunesmith.errors import UsageError
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import deal


@final
class SplitterValidation(ValidationScheme):
    """Any object with scikit-learn's `split(X, y, groups)`.

    Parameters
    ----------
    splitter
        Such as `StratifiedGroupKFold(5)`. One with a mutable `RandomState` deals other folds at each call: it is asked
        once a study, and a resumed study will say that the folds differ.
    metadata
        What else `split` is to be called with.
    shared
        Let a row be on both sides of a split, as a fold that only measures the fit to the training rows has it.

    Examples
    --------
    >>> from sklearn.model_selection import LeaveOneOut
    >>> len(SplitterValidation(LeaveOneOut()).splits([[1], [2], [3]]))
    3
    """

    def __init__(self, splitter: Any, metadata: Mapping[str, Any] | None = None, *, shared: bool = False) -> None:
        if not callable(getattr(splitter, "split", None)):
            raise UsageError(
                f"{splitter!r} has no method split(X, y, groups).",
                hint="Give a splitter of scikit-learn, pairs of row numbers, a name such as 'kfold:5', or a number.",
            )
        self._splitter = splitter
        self._metadata = dict(metadata or {})
        self._shared = shared

    def __repr__(self) -> str:
        return f"SplitterValidation({self._splitter!r})"

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Ask the splitter, once."""
        return deal(self._splitter, X, y, groups, self._metadata, shared=self._shared)
