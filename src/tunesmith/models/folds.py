"""Scores by fold of the trials that ended, and what they tell of those that were stopped after some folds."""

from __future__ import annotations

import bisect
import math
from typing import final

import numpy as np

from tunesmith.numerics.encoding import Rows
from tunesmith.numerics.folds import FEWEST, Estimate, FoldEffects, shrunk
from tunesmith.trial import FrozenTrial, Metric

MOST_FOLDS = 200
"""Scores on more folds than this are not kept one by one."""

_MOST_REFERENCES = 50
"""How many of the best complete trials say what a fold does to every score."""

_MOST_LEVELS = 200
"""How many of the newest trials say what means are usual."""


@final
class FoldMemory:
    """Scores with room to grow, one row a trial that ended. What is said of a trial depends on earlier ones alone."""

    def __init__(self) -> None:
        self._scores: Rows = np.full((64, 0), math.nan)
        self._widths = [0]
        self._references: list[tuple[float, int]] = []
        self._effects: FoldEffects | None = None
        self._levels: list[float] = []

    def view(self, count: int) -> Rows:
        """The scores of the first trials, as wide as they alone make it."""
        place = min(count, len(self._widths) - 1)
        return self._padded(count)[:count, : self._widths[place]]

    def complete(self, place: int, scores: Rows, value: float) -> None:
        """Keep the scores of a complete trial; others are compared with it if its value is their mean."""
        row = self._kept(place, scores)
        if is_mean_of(value, row):
            bisect.insort(self._references, (value, place))
            del self._references[_MOST_REFERENCES:]
            self._effects = None
            self._remember(value)

    def stopped(self, place: int, scores: Rows) -> Estimate | None:
        """Keep the scores of a stopped trial; its mean over all folds as they let expect it, or None."""
        row = self._kept(place, scores)
        if not np.isfinite(scores).any() or len(self._references) < FEWEST:
            return None
        if self._effects is None:
            self._effects = FoldEffects.of(self._scores[[reference for _, reference in self._references]])
        plain = self._effects.estimate(row)
        found = shrunk(plain, np.array(self._levels))
        self._remember(plain.mean)
        return found

    def _remember(self, level: float) -> None:
        self._levels.append(level)
        del self._levels[:-_MOST_LEVELS]

    def _kept(self, place: int, scores: Rows) -> Rows:
        width = self._scores.shape[1]
        if len(scores) > width:  # trials on fewer folds are no references for those on more
            more = np.full((len(self._scores), len(scores) - width), math.nan)
            self._scores = np.concatenate([self._scores, more], axis=1)
            self._references, self._effects = [], None
        self._scores = self._padded(place + 1)
        self._widths += [self._widths[-1]] * (place + 1 - len(self._widths))
        self._widths.append(self._scores.shape[1])
        row: Rows = self._scores[place]
        row[: len(scores)] = scores
        return row

    def _padded(self, count: int) -> Rows:
        if count <= len(self._scores):
            return self._scores
        self._scores = np.concatenate([self._scores, np.full((count, self._scores.shape[1]), math.nan)])
        return self._scores


def fold_scores(trial: FrozenTrial, metric: Metric) -> Rows:
    """The last score of each fold, to be minimised: one for each fold up to the last that was seen, NaN between."""
    last = {
        point.fold: metric.sign * point.value
        for point in trial.points
        if point.fold is not None and point.kind == "validation" and point.metric in {"", metric.name}
    }
    if not last or min(last) < 0 or max(last) >= MOST_FOLDS:
        return np.empty(0)
    scores = np.full(max(last) + 1, math.nan)
    scores[list(last)] = list(last.values())
    return scores


def is_mean_of(value: float, scores: Rows) -> bool:
    """Whether a trial has seen all folds, and its value is their mean (it may be anything else that was returned).

    Examples
    --------
    >>> is_mean_of(2.0, np.array([1.0, 3.0])), is_mean_of(3.0, np.array([1.0, 3.0]))
    (True, False)
    """
    if len(scores) < 2 or not np.isfinite(scores).all():
        return False
    return math.isclose(value, float(scores.mean()), rel_tol=1e-9, abs_tol=1e-9 * float(np.abs(scores).max()))
