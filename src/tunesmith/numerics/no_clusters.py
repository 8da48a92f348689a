"""Rows without clusters that are otherwise like given ones: what a measure of clusters must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

_GRID, _STEPS = 256, 20
_MOST = 1_000
_HUMP = 0.05
"""Share of the rows that a hump has at least; the last rows of a long tail are none."""


def without_clusters(rows: Array, loose: Sequence[Sequence[int]], rng: np.random.Generator) -> Array:
    """As many rows in which each column has one hump, with the same spread, tails and correlations.

    Each number is drawn from its own column, blurred just so far that one hump is left (Silverman 1981), and brought
    back to its spread; a Gaussian copula ties the columns together as they were. Columns that stand for one category
    are shuffled together.

    Parameters
    ----------
    rows
        Shape `(rows, columns)`.
    loose
        For each category the numbers of its columns.
    rng
        Random numbers.

    Examples
    --------
    >>> two = np.concatenate([np.full(50, -3.0), np.full(50, 3.0)])[:, None] + np.linspace(-0.1, 0.1, 100)[:, None]
    >>> made = without_clusters(two, [], np.random.default_rng(0))
    >>> bool((np.abs(two) < 2).mean() == 0), bool((np.abs(made) < 2).mean() > 0.2)
    (True, True)
    """
    count = len(rows)
    made = np.array(rows, dtype=np.float64)
    apart = {column for group in loose for column in group}
    for group in loose:
        made[:, list(group)] = rows[rng.permutation(count)][:, list(group)]
    numbers = [column for column in range(rows.shape[1]) if column not in apart and np.ptp(rows[:, column]) > 0]
    if not numbers:
        return made
    ties = np.argsort(np.argsort(_together(rows[:, numbers], rng), axis=0), axis=0)
    for place, column in enumerate(numbers):
        made[:, column] = np.sort(one_hump(rows[:, column], rng))[ties[:, place]]
    return made


def one_hump(values: Array, rng: np.random.Generator) -> Array:
    """As many draws from the least blurred density of some values that has one hump; mean and spread are kept.

    Examples
    --------
    >>> drawn = one_hump(np.array([0.0, 0.0, 9.0, 9.0] * 50), np.random.default_rng(0))
    >>> bool(abs(drawn.std() - 4.5) < 0.6)
    True
    """
    spread = float(values.std())
    width = _critical(values if len(values) <= _MOST else rng.choice(values, _MOST, replace=False), spread)
    drawn = rng.choice(values, len(values)) + width * rng.normal(size=len(values))
    mean = float(values.mean())
    return np.asarray(mean + (drawn - mean) / np.sqrt(1 + (width / spread) ** 2))


def _critical(values: Array, spread: float) -> float:
    """The smallest width of Gaussian hills whose sum has one hump; few rows far out make none of their own."""
    low, high = 0.01 * spread, 4.0 * spread
    for _ in range(_STEPS):
        middle = float(np.sqrt(low * high))
        grid = np.linspace(values.min() - middle, values.max() + middle, _GRID)
        density = np.exp(-0.5 * ((grid[:, None] - values[None, :]) / middle) ** 2).sum(axis=1)
        rising = np.diff(density) > 0
        valleys = np.flatnonzero(~rising[:-1] & rising[1:]) + 1
        parts = np.add.reduceat(density, np.concatenate([[0], valleys])) / density.sum()
        low, high = (low, middle) if (parts >= _HUMP).sum() <= 1 else (middle, high)
    return high


def _together(rows: Array, rng: np.random.Generator) -> Array:
    """Gaussian draws that hang together as the ranks of the rows do."""
    from scipy.special import ndtri  # noqa: PLC0415 - scipy opens with the first measure

    count, columns = rows.shape
    ranks = np.argsort(np.argsort(rows + 0.0, axis=0, kind="stable"), axis=0)
    scores = ndtri((ranks + 0.5) / count)
    shared = np.atleast_2d(np.corrcoef(scores, rowvar=False)) if columns > 1 else np.eye(1)
    values, vectors = np.linalg.eigh(shared)
    drawn: Array = rng.normal(size=(count, columns)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return drawn
