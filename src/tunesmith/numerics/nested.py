"""An interval for a cross-validated score that knows how much cross-validation itself varies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt

_Z = 1.959963984540054


@final
class Interval(NamedTuple):
    """A mean and in which range it lies, at 95 %."""

    mean: float
    low: float
    high: float


def nested_interval(outer: Sequence[npt.NDArray[np.float64]], inner: Sequence[npt.NDArray[np.float64]]) -> Interval:
    """Nested cross-validation of Bates, Hastie, Tibshirani (2021), algorithm 1 and section 4.3, one deal of the folds.

    The usual standard error takes the rows' losses for independent and is too small. Here the error of cross-validation
    is estimated: on each outer fold, what cross-validation without it promised is held against what came.

    Parameters
    ----------
    outer
        For each outer fold the losses (or scores) of its rows, by a model fitted on all others.
    inner
        For each outer fold the losses of all *other* rows, each by a model fitted without its fold and the outer one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> losses = rng.integers(0, 2, (5, 40)).astype(float)
    >>> others = [np.delete(losses, fold, axis=0).ravel() for fold in range(5)]
    >>> found = nested_interval(list(losses), others)
    >>> bool(found.low < losses.mean() < found.high)
    True
    """
    folds = len(outer)
    every = np.concatenate(list(outer))
    squares = np.mean([(a.mean() - b.mean()) ** 2 for a, b in zip(inner, outer, strict=True)])
    noise = np.mean([b.var(ddof=1) / len(b) for b in outer])
    naive = every.std(ddof=1) / math.sqrt(len(every))
    error = math.sqrt(max(0.0, float(squares - noise)))
    error = min(max(error, naive), math.sqrt(folds) * naive)
    nested = float(np.mean(np.concatenate(list(inner))))
    bias = (1 + (folds - 2) / folds) * (nested - float(every.mean()))
    half = _Z * math.sqrt((folds - 1) / folds) * error
    return Interval(nested - bias, nested - bias - half, nested - bias + half)
