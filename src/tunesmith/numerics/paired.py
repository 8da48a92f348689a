"""Differences on the same folds: a test and a belief that know that training sets overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """What paired differences tell of their mean.

    Parameters
    ----------
    mean
        Of the differences.
    error
        Its standard error, corrected for training sets that overlap.
    low, high
        In which it lies, at 95 %.
    p
        Of the two-sided test that it is 0.
    ahead, equal, behind
        The probability that it is above, within and below the region of practical equivalence. They sum to 1.
    """

    mean: float
    error: float
    low: float
    high: float
    p: float
    ahead: float
    equal: float
    behind: float


def corrected_difference(differences: npt.ArrayLike, ratio: float, rope: float = 0.0) -> Difference:
    """The corrected resampled t-test, and the Bayesian correlated t-test, which share their distribution.

    The variance of the mean of n differences is estimated by `(1/n + ratio) * s**2` (Nadeau and Bengio 2003, equation
    9; Bouckaert and Frank 2004 for repeated folds), with n - 1 degrees of freedom. With a flat prior the posterior of
    the mean is that same Student distribution around the mean (Benavoli, Corani, Demsar, Zaffalon 2017, equation 8,
    with rho / (1 - rho) = ratio).

    Parameters
    ----------
    differences
        One a fold, at least two; those of repeats one after the other.
    ratio
        Judging rows over fitted rows of a fold: 1/4 for five folds.
    rope
        Half the width of the region of practical equivalence, in units of the differences.

    Examples
    --------
    >>> found = corrected_difference([0.02, 0.03, 0.01, 0.04, 0.02], ratio=0.25, rope=0.01)
    >>> round(found.mean, 3), round(found.p, 3), round(found.ahead, 2)
    (0.024, 0.035, 0.93)
    """
    values = np.asarray(differences, dtype=np.float64)
    count, mean = len(values), float(np.mean(values))
    error = math.sqrt(1.0 / count + ratio) * float(np.std(values, ddof=1))
    if error <= 1e-12 * float(np.abs(values).max(initial=0.0)) or error == 0.0:
        side = [mean > rope, abs(mean) <= rope, mean < -rope]
        return Difference(mean, 0.0, mean, mean, 1.0 if mean == 0 else 0.0, *map(float, side))
    freedom = count - 1
    half = float(stdtrit(freedom, 0.975)) * error
    p = 2 * float(stdtr(freedom, -abs(mean) / error))
    behind = float(stdtr(freedom, (-rope - mean) / error))
    ahead = float(stdtr(freedom, (mean - rope) / error))
    return Difference(mean, error, mean - half, mean + half, p, ahead, 1.0 - ahead - behind, behind)


def chosen_elsewhere(table: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """The scores of a selection that never looks at the fold that it is scored on.

    For each fold, the row with the best mean over all *other* folds is taken; its score on this fold is what counts.
    The best mean over all folds is too good, since luck helped to choose it. This is far less so; not at all if scores
    of different folds were independent, which models that were fitted on the other folds' rows are not quite.

    Parameters
    ----------
    table
        Scores, higher is better: one row a trial, one column a fold; at least two columns.

    Returns
    -------
    One score a fold, and the row that gave it.

    Examples
    --------
    >>> scores, rows = chosen_elsewhere(np.array([[0.9, 0.5, 0.5], [0.6, 0.6, 0.6]]))
    >>> scores.tolist(), rows.tolist()
    ([0.6, 0.5, 0.5], [1, 0, 0])
    """
    others = table.sum(axis=1, keepdims=True) - table
    rows = np.argmax(others, axis=0)
    return table[rows, np.arange(table.shape[1])], rows
