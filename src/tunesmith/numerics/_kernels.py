"""Furniture of the Parzen mixtures: one kernel a row and one for the prior, for columns of each kind."""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Sequence
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from tunesmith.numerics.encoding import Column, Indices, Mask, Rows

_LOG_ROOT_2PI = 0.9189385332046727
_TINY = 1e-300


class Kernels(abc.ABC):
    """Kernels over some columns: one around each row, the last one for the prior.

    Attributes
    ----------
    members
        The columns.
    """

    members: list[int]

    @abc.abstractmethod
    def log(self, rows: Rows) -> Rows:
        """Log density under each kernel (down) of each row (across); 0 where either is inactive (NaN)."""

    @abc.abstractmethod
    def draw(self, sources: Indices, uniform: Rows) -> Rows:
        """Numbers for `members` (across), one line for each of the kernels in `sources`, a matrix of one column."""


@final
class Gaussians(Kernels):
    """Gaussians cut to [0, 1], for any number of continuous columns at once.

    Parameters
    ----------
    columns
        All columns of the rows.
    members
        Those that the kernels are about.
    rows
        One kernel each.
    widths
        Standard deviation of the kernels, by column.
    """

    def __init__(self, columns: Sequence[Column], members: list[int], rows: Rows, widths: Rows) -> None:
        self.members = members
        own = np.concatenate([rows[:, members], [[columns[j].mean for j in members]]])
        known = ~np.isnan(own)
        self._mu = mu = np.where(known, own, 0.5)
        self._sigma = sigma = np.empty(mu.shape)
        sigma[:-1], sigma[-1] = widths[members], [columns[j].spread for j in members]
        self._mass = np.maximum(1.0 - _tail(-mu / sigma) - _tail((mu - 1.0) / sigma), _TINY)
        tightness, centred = 1.0 / sigma**2, mu - 0.5
        constant = -np.log(sigma * self._mass) - _LOG_ROOT_2PI - 0.5 * centred**2 * tightness
        parts = np.stack([-0.5 * tightness, centred * tightness, constant])
        if not known.all():
            parts *= known
        self._coefficients = np.concatenate(parts, axis=1)  # all log densities are one product of matrices

    def log(self, rows: Rows) -> Rows:
        """See `Kernels.log`."""
        x = rows[:, self.members].T
        known = ~np.isnan(x)
        x = np.where(known, x - 0.5, 0.0)
        found: Rows = self._coefficients @ np.concatenate([x * x, x, known])
        return found

    def draw(self, sources: Indices, uniform: Rows) -> Rows:
        """See `Kernels.draw`."""
        places = np.arange(len(self.members))
        mu, sigma = self._mu[sources, places], self._sigma[sources, places]
        z = ndtri(ndtr(-mu / sigma) + uniform * self._mass[sources, places])
        drawn: Rows = np.clip(mu + sigma * z, 0.0, 1.0)
        return drawn


@final
class CellMasses(Kernels):
    """The share of a Gaussian in each cell, for one column of cells.

    Kernels in the same cell are the same, so there is one table of all cells by all kernels that differ.

    Parameters
    ----------
    column
        What the numbers mean.
    member
        Which column it is.
    values
        One kernel each.
    width
        Standard deviation of the Gaussians, on the unit scale.
    """

    def __init__(self, column: Column, member: int, values: Rows, width: float) -> None:
        self.members = [member]
        self._column = column
        self._cells = np.concatenate([column.cells(values), [column.size]])
        self._cells[:-1][np.isnan(values)] = column.size + 1
        self._cumulative, self._table = _cell_masses(column, width)

    def log(self, rows: Rows) -> Rows:
        """See `Kernels.log`."""
        found: Rows = self._table[:, self._column.cells(rows[:, self.members[0]])][self._cells]
        return found

    def draw(self, sources: Indices, uniform: Rows) -> Rows:
        """See `Kernels.draw`."""
        kernels = np.minimum(self._cells[sources[:, 0]], self._column.size)
        cells = np.sum(self._cumulative[:-1, kernels] <= uniform[:, 0], axis=0)
        found: Rows = self._column.centres[cells]
        return found[:, None]


@final
class Choices(Kernels):
    """A mix of the kernel's own choice and the prior, for one column of choices.

    The prior's share falls as there are more kernels (Aitchison and Aitken 1976, "Multivariate binary discrimination by
    the kernel method", Biometrika 63), grows with the square root of the number of choices, and is at most one half.
    In proportion to the number of choices, as Optuna has it, it forgets too much of what is known where these are many.

    Parameters
    ----------
    column
        What the numbers mean.
    member
        Which column it is.
    values
        One kernel each.
    prior_weight
        How much of the prior all kernels together have for a column of one choice, beside 1 for their own choices.
    """

    def __init__(self, column: Column, member: int, values: Rows, prior_weight: float) -> None:
        self.members = [member]
        self._column = column
        size = column.size
        self._own = np.concatenate([column.cells(values), [-1]])  # the prior's kernel has no choice of its own
        self._active: Mask = self._own != size
        blur = prior_weight * math.sqrt(size) / np.count_nonzero(self._active)
        self._share = min(blur / (1.0 + blur), 0.5)
        self._weights = np.append(column.weights, 1.0)  # the last is for rows in which the column is inactive
        self._cumulative = np.cumsum(column.weights)

    def log(self, rows: Rows) -> Rows:
        """See `Kernels.log`."""
        chosen = self._column.cells(rows[:, self.members[0]])
        prior = np.maximum(self._weights[chosen], _TINY)
        inactive = chosen == self._column.size
        miss = np.where(inactive, 0.0, np.log(np.maximum(self._share * prior, _TINY)))
        match = np.where(inactive, 0.0, np.log(1.0 - self._share + self._share * prior))
        found: Rows = np.where(self._own[:, None] == chosen, match, miss)
        found[~self._active] = 0.0
        found[-1] = np.where(inactive, 0.0, np.log(prior))
        return found

    def draw(self, sources: Indices, uniform: Rows) -> Rows:
        """See `Kernels.draw`."""
        own = self._own[sources[:, 0]]
        keeps = (own >= 0) & (own < self._column.size) & (uniform[:, 0] >= self._share)
        other = uniform[:, 0] / np.where(own < 0, 1.0, self._share) * self._cumulative[-1]
        from_prior = np.searchsorted(self._cumulative[:-1], other, "right")
        drawn: Rows = np.where(keeps, own, from_prior).astype(float)[:, None]
        return drawn


@functools.lru_cache(maxsize=256)
def _cell_masses(column: Column, width: float) -> tuple[Rows, Rows]:
    """Of a Gaussian in each cell, and of the prior: the cumulative shares of all cells, and their logarithms.

    The logarithms have a line for each kernel (of each cell, prior, inactive) and a column for each cell and inactive.
    """
    size = column.size
    centres = np.append(column.centres, column.mean)
    sigmas = np.append(np.full(size, width), column.spread)
    masses = np.diff(ndtr((column.edges[:, None] - centres) / sigmas), axis=0)
    cumulative = np.cumsum(masses, axis=0)
    cumulative /= np.maximum(cumulative[-1], _TINY)
    table = np.zeros((size + 2, size + 1))
    table[: size + 1, :size] = np.log(np.maximum(masses / np.maximum(masses.sum(axis=0), _TINY), _TINY)).T
    return cumulative, table


def _tail(z: Rows) -> Rows:
    """The normal distribution function; computed only where it matters beside 1."""
    near = z > -8.0
    found: Rows = np.zeros(z.shape)
    found[near] = ndtr(z[near])
    return found
