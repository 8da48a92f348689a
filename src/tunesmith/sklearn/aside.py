"""Rows that are put aside before a fit: the last ones in time, whole groups, or a stratified draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith import _plugins
from tunesmith.validation import (
    CombinatorialValidation,
    PurgedValidation,
    Split,
    TimeValidation,
    ValidationScheme,
)


@final
@dataclass(frozen=True, slots=True)
class Aside:
    """How rows are put aside, by the kind of the scheme that deals the others into folds.

    Parameters
    ----------
    share
        Of the rows, above 0 and below 1.
    in_time
        Whether the last ones in time are taken.
    classifier
        Whether the proportions of the classes are kept.
    gap
        In time: how many rows before the first one aside are left out.
    seed
        Of a draw.

    Examples
    --------
    >>> Aside(0.25, in_time=True, classifier=False).deal(8).test.tolist()
    [6, 7]
    """

    share: float
    in_time: bool
    classifier: bool
    gap: int = 0
    seed: int = 0

    @classmethod
    def like(cls, scheme: ValidationScheme, share: float, *, classifier: bool, seed: int = 0) -> Aside:
        """By the same kind of scheme: in time with its gap or horizon, or at random."""
        gap = getattr(scheme, "gap", 0) or getattr(scheme, "horizon", 0) or getattr(_splitter(scheme), "gap", 0)
        return cls(share, is_in_time(scheme), classifier, int(gap), seed)

    def deal(self, rows: int, y: Any = None, groups: Any = None, times: Any = None) -> Split:
        """The rows to go on with (`train`) and those aside (`test`), in ascending order.

        Rows of one moment stay together where `times` say when each was; without them, rows are in order.
        """
        if self.in_time:
            return self._last(np.arange(rows) if times is None else np.asarray(times))
        every, target = np.zeros((rows, 1)), y if self.classifier else None
        if groups is not None:
            folds = max(2, round(1 / self.share))
            dealt = _plugins.load("validation", "group")(folds, seed=self.seed).suited(classifier=self.classifier)
        else:
            holdout = _plugins.load("validation", "holdout")
            dealt = holdout(share=self.share, seed=self.seed).suited(classifier=self.classifier)
        split = dealt.splits(every, target, groups)[0]
        return Split(np.sort(split.train), np.sort(split.test))

    def _last(self, times: Any) -> Split:
        rows = len(times)
        order = np.argsort(times, kind="stable")
        cut = rows - round(rows * self.share)
        while 0 < cut < rows and times[order[cut]] == times[order[cut - 1]]:
            cut += 1
        if cut == rows:  # one moment has them all: it goes aside as a whole
            cut = int(np.searchsorted(times[order], times[order[-1]]))
        kept = order[: max(cut - self.gap, 0)]
        return Split(np.sort(kept).astype(np.intp), np.sort(order[cut:]).astype(np.intp))


def is_in_time(scheme: ValidationScheme) -> bool:
    """Whether a scheme deals spans of time."""
    in_order = (TimeValidation, PurgedValidation, CombinatorialValidation)
    return isinstance(scheme, in_order) or type(_splitter(scheme)).__name__ == "TimeSeriesSplit"


def _splitter(scheme: ValidationScheme) -> Any:
    """The splitter of scikit-learn inside a scheme, if there is one."""
    return getattr(scheme, "_splitter", None)
