"""Parzen mixtures over rows of mixed and conditional parameters: drawing from them, and their density."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import final

import numpy as np

from tunesmith.numerics._kernels import CellMasses, Choices, Gaussians, Kernels
from tunesmith.numerics.encoding import Column, Indices, Mask, Rows

FLOOR = 0.02
"""Smallest bandwidth, as a share of the scale."""


def bandwidths(columns: Sequence[Column], trials: int) -> Rows:
    """One bandwidth a column, which narrows as there are more trials.

    Parameters
    ----------
    columns
        What the numbers mean.
    trials
        How many trials there are in all, good and bad, with or without the parameter.

    Returns
    -------
    Standard deviations of the kernels on the unit scale: trials ** -0.65, at least `FLOOR` and half a cell, at most 1

    Notes
    -----
    Hyperopt and Optuna give each kernel the distance to its neighbours instead (Bergstra et al. 2011, "Algorithms for
    hyper-parameter optimization", NIPS), which narrows at once where the first good trials happen to lie close, and
    then neither looks elsewhere nor far along a plateau. One width for all, which cools with the number of trials,
    found better values on smooth, stepped, mixed and conditional functions alike. A conditional parameter has the width
    of the others, though fewer trials had it: otherwise a branch that was tried less has flatter peaks, and is tried
    even less. The floor follows Watanabe 2023, "Tree-structured Parzen estimator" (arXiv 2304.11127).

    Examples
    --------
    >>> bandwidths([Column("x", "continuous")], 100).round(3)
    array([0.05])
    """
    least = np.array([max(FLOOR, 0.5 / column.size if column.kind == "cells" else 0.0) for column in columns])
    widths: Rows = np.clip(max(trials, 1) ** -0.65, least, 1.0)
    return widths


@final
class ParzenMixture:
    r"""A weighted sum of product kernels, one around each row, and one for the prior.

    Its density at x is :math:`\sum_k w_k \prod_j K_{jk}(x_j)` over the columns j that are active in x. Kernels are
    Gaussians cut to [0, 1] for continuous columns, the mass that such a Gaussian has in each cell for cells, and a mix
    of the kernel's own choice and the prior for choices (after Aitchison and Aitken 1976).

    Conditional parameters are part of the same joint mixture. Where a column is active in x but not in kernel k, that
    kernel knows nothing of it and borrows: the columns that are active in the same rows form a group, and the factor is
    the group's own mixture, made of the kernels in which it is active (the prior always is). `sample` draws from
    exactly this density: such columns come, together, from another kernel. Leaving the factor out would favour points
    with more parameters over points with fewer; taking the prior would forget, whenever a parent is changed, all that
    is known of its children. Each column that is inactive in x has no factor, since its parents' factors say already
    how likely that is; so the density sums to one over the whole tree of params.

    Parameters
    ----------
    columns
        What the numbers mean.
    rows
        One kernel each; NaN where inactive.
    widths
        Bandwidth of each column, see `bandwidths`.
    weights
        One for each row; all 1 if left out.
    prior_weight
        Weight of the prior's kernel, which spans all columns, beside kernels of weight 1.
    lenders
        Further rows (NaN where they have nothing to lend) that only lend: they have no kernel of their own, and are
        used where a group is borrowed.

    Examples
    --------
    >>> x = Column("x", "continuous")
    >>> mixture = ParzenMixture([x], np.array([[0.2], [0.3]]), np.array([0.1]))
    >>> density = np.exp(mixture.log_density(np.array([[0.25], [0.9]])))
    >>> bool(density[0] > 5 * density[1])
    True
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Rows,
        widths: Rows,
        weights: Rows | None = None,
        *,
        prior_weight: float = 1.0,
        lenders: Rows | None = None,
    ) -> None:
        self._columns = columns
        own = len(rows)
        if lenders is not None and len(lenders):
            rows = np.concatenate([rows, lenders])
        given = np.ones(own) if weights is None else weights
        self._lending = np.concatenate([given, np.ones(len(rows) - own), [prior_weight]])
        self._weights = self._lending.copy()
        self._weights[own:-1] = 0.0
        active = np.ones((len(columns), len(rows) + 1), dtype=bool)
        np.logical_not(np.isnan(rows.T), out=active[:, :-1])
        always, partial = _grouped(active, own)
        self._always = _kernels(columns, always, rows, widths, prior_weight)
        self._groups = [
            (lends, members, _kernels(columns, members, rows, widths, prior_weight)) for lends, members in partial
        ]

    def log_density(self, rows: Rows) -> Rows:
        """Natural logarithm of the density at each row; NaN marks inactive columns.

        The measure is the unit scale for continuous columns and counting for the others.
        """
        return log_sum_exp(self._log_kernels(rows) + _log_shares(self._weights)[:, None])

    def sample(self, rng: np.random.Generator, n: int, given: Rows | None = None) -> Rows:
        """Draw full rows: conditional columns have a number even where parents make them inactive.

        Parameters
        ----------
        rng
            Only its uniform numbers are used.
        n
            How many.
        given
            A row with numbers for columns that are fixed and NaN for those to draw: kernels then count by how well
            they agree with it.
        """
        weights = self._weights
        fixed = np.zeros(0, dtype=bool) if given is None else ~np.isnan(given)
        if given is not None and fixed.any():
            agree = self._log_kernels(given[None])[:, 0]
            weights = weights * np.exp(agree - agree.max())
        picked = _pick(weights, rng.random(n))
        found = [_draw(self._always, picked, rng)]
        for lends, _, kernels in self._groups:
            borrowed = self._lending * lends
            if given is not None and fixed.any():
                agree = _log(kernels, given[None], len(lends))[:, 0]
                borrowed = borrowed * np.exp(agree - agree[lends].max())
            lender = _pick(borrowed, rng.random(n))
            found.append(_draw(kernels, np.where(lends[picked], picked, lender), rng))
        rows = np.empty((n, len(self._columns)))
        for members, values in itertools.chain.from_iterable(found):
            rows[:, members] = values
        return rows if given is None else np.where(fixed, given, rows)

    def _log_kernels(self, rows: Rows) -> Rows:
        """Log density under each kernel (down) of each row (across), borrowed factors included."""
        count = len(self._weights)
        total = _log(self._always, rows, count)
        for lends, _, kernels in self._groups:
            own = _log(kernels, rows, count)
            shared = log_sum_exp(own[lends] + _log_shares(self._lending[lends])[:, None])
            total += np.where(lends[:, None], own, shared)
        return total


def log_sum_exp(terms: Rows) -> Rows:
    """Logarithm of the sum of exponentials down the first axis, without overflow.

    Examples
    --------
    >>> log_sum_exp(np.log(np.array([[1.0, 4.0], [3.0, 4.0]]))).round(6)
    array([1.386294, 2.079442])
    """
    top = terms.max(axis=0)
    total: Rows = top + np.log(np.exp(terms - top).sum(axis=0))
    return total


def _grouped(active: Mask, own: int) -> tuple[list[int], list[tuple[Mask, list[int]]]]:
    """The columns that are active in all kernels, and the others in groups that are active in the same ones."""
    always: list[int] = []
    groups: dict[bytes, list[int]] = {}
    for j, column in enumerate(active):
        if column[:own].all():
            always.append(j)
        else:
            groups.setdefault(column.tobytes(), []).append(j)
    return always, [(active[members[0]], members) for members in groups.values()]


def _kernels(
    columns: Sequence[Column], members: list[int], rows: Rows, widths: Rows, prior_weight: float
) -> list[Kernels]:
    """The kernels of some columns."""
    found: list[Kernels] = []
    if numeric := [j for j in members if columns[j].kind == "continuous"]:
        found.append(Gaussians(columns, numeric, rows, widths))
    for j in members:
        if columns[j].kind == "cells":
            found.append(CellMasses(columns[j], j, rows[:, j], widths[j]))
        elif columns[j].kind == "choice":
            found.append(Choices(columns[j], j, rows[:, j], prior_weight))
    return found


def _log(parts: list[Kernels], rows: Rows, count: int) -> Rows:
    """The product of some kernels, in logarithms: kernels down, rows across."""
    if not parts:
        return np.zeros((count, len(rows)))
    total = parts[0].log(rows)
    for part in parts[1:]:
        total += part.log(rows)
    return total


def _draw(parts: list[Kernels], picked: Indices, rng: np.random.Generator) -> list[tuple[list[int], Rows]]:
    """For each part its columns, and numbers for them from the kernels that were picked."""
    found = []
    for part in parts:
        uniform = rng.random((len(picked), len(part.members)))
        found.append((part.members, part.draw(picked[:, None], uniform)))
    return found


def _pick(weights: Rows, uniform: Rows) -> Indices:
    """Indices drawn in proportion to weights."""
    cumulative = np.cumsum(weights)
    found: Indices = np.searchsorted(cumulative, uniform * cumulative[-1], "right")
    return np.minimum(found, len(weights) - 1)


def _log_shares(weights: Rows) -> Rows:
    """Logarithms of weights that are scaled to sum to 1."""
    found: Rows = np.log(weights / weights.sum(), where=weights > 0, out=np.full(len(weights), -np.inf))
    return found
