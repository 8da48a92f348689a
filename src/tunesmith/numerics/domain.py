"""The geometry of a space for a kernel: full rows are snapped to what trials can be, and become features."""

from __future__ import annotations

import weakref
from typing import final

import numpy as np

from tunesmith.numerics.encoding import Encoder, Indices, Mask, Rows

FEW_CELLS = 6
"""A numeric parameter of at most so many values is searched value by value, never along a gradient."""


@final
class Domain:
    """Turns full rows of an encoder into what a stationary kernel can compare.

    A numeric parameter is one feature, its place on the unit scale. A choice of L levels is L features, 0 but for its
    own of 1/sqrt(2), so that two different choices are at distance 1. An inactive parameter sits in the middle: where
    it is inactive in two rows they do not differ by it, and rows with and without it differ by its parents.

    Parameters
    ----------
    encoder
        Says what the columns are.

    Examples
    --------
    >>> from tunesmith.space import Categorical, Int, SearchSpace
    >>> encoder = Encoder(SearchSpace(kind=Categorical("a", "b"), n=Int(1, 4).when("kind", "b")))
    >>> domain = Domain(encoder)
    >>> domain.features(domain.snap(np.array([[0.0, 0.9], [1.0, 0.9]]))).round(2).tolist()
    [[0.71, 0.0, 0.5], [0.0, 0.71, 0.88]]
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        columns = encoder.columns
        self.dims = len(columns)
        self.choices = [j for j, column in enumerate(columns) if column.kind == "choice"]
        self.numeric = [j for j, column in enumerate(columns) if column.kind != "choice"]
        groups: list[int] = []
        self._first = []
        for j, column in enumerate(columns):
            self._first.append(len(groups))
            groups += [j] * (column.size if column.kind == "choice" else 1)
        self.groups: Indices = np.array(groups, dtype=np.int64)
        self.numeric_features: Indices = np.array([self._first[j] for j in self.numeric], dtype=np.int64)
        self._cells = {j: (columns[j].edges[1:-1], columns[j].centres) for j in self.numeric if columns[j].size}
        self._cells |= {j: lattice for j, lattice in encoder.lattices.items() if lattice is not None}
        self.sizes: Indices = np.array(
            [c.size if c.kind == "choice" else len(self._cells[j][1]) if j in self._cells else 0
             for j, c in enumerate(columns)], dtype=np.int64
        )  # fmt: skip
        """Number of choices or values of each column; 0 for what counts as continuous."""
        parents = {c.parent for name, part in encoder.space.items() for c in part.conditions if name in encoder.index}
        self.gating: Mask = np.array([column.name in parents for column in columns], dtype=bool)
        """Which columns decide whether others are active."""
        self.conditional: Mask = np.array([bool(encoder.space[c.name].conditions) for c in columns], dtype=bool)
        """Which columns are not always active."""
        few = np.array([0 < size <= FEW_CELLS for size in self.sizes], dtype=bool)
        self.smooth: Mask = np.array([c.kind != "choice" for c in columns], dtype=bool) & ~few & ~self.gating
        """Which columns are moved along gradients."""
        self.may_repeat = bool(self.dims) and bool(((self.sizes > 0) | self.conditional).all())
        """Whether a point can have no continuous coordinate at all."""
        self.has_prior = any(part.prior is not None for _, part in encoder.space.items())
        """Whether the user said where good values may lie."""
        self.finite = bool(self.dims) and bool((self.sizes > 0).all())

    def snap(self, rows: Rows) -> Rows:
        """Full rows with every number moved to the nearest that a trial can have; inactive ones stay as they are."""
        snapped = rows.copy()
        for j, (edges, centres) in self._cells.items():
            snapped[:, j] = centres[np.searchsorted(edges, rows[:, j], "right")]
        return snapped

    def active(self, rows: Rows) -> Mask:
        """Which numbers of full rows are active."""
        return self.encoder.active(rows)

    def features(self, rows: Rows) -> Rows:
        """Features of full rows, `(n, len(groups))`; inactive numbers are put in the middle."""
        return self.features_of(rows, self.encoder.active(rows) if self.encoder.has_gates else None)

    def known_features(self, rows: Rows) -> Rows:
        """Features of encoded rows, whose inactive numbers are NaN."""
        active = ~np.isnan(rows)
        return self.features_of(np.where(active, rows, 0.0), None if active.all() else active)

    def features_of(self, rows: Rows, active: Mask | None) -> Rows:
        """Features of full rows of which it is known what is active."""
        found = np.empty((len(rows), len(self.groups)))
        if self.numeric:
            places = rows[:, self.numeric]
            if active is not None:
                places = np.where(active[:, self.numeric], places, 0.5)
            found[:, self.numeric_features] = places
        for j in self.choices:
            first, size = self._first[j], self.encoder.columns[j].size
            block = found[:, first : first + size]
            block[...] = 0.0
            block[np.arange(len(rows)), rows[:, j].astype(np.int64)] = np.sqrt(0.5)
            if active is not None:
                block[~active[:, j]] = np.sqrt(0.5) / size
        return found

    def draw(self, generator: np.random.Generator, n: int) -> Rows:
        """Full rows drawn evenly from the space, not yet snapped."""
        rows = generator.random((n, self.dims))
        for j in self.choices:
            size = self.encoder.columns[j].size
            rows[:, j] = np.minimum(np.floor(rows[:, j] * size), size - 1)
        return rows

    def log_prior(self, rows: Rows, active: Mask | None) -> Rows:
        """Logarithm of the user's prior at full rows, up to a constant: normal in numbers, by weights in choices."""
        found = np.zeros(rows.shape)
        for j, column in enumerate(self.encoder.columns):
            if column.kind == "choice":
                found[:, j] = np.log(np.maximum(column.weights, 1e-12))[rows[:, j].astype(np.int64)]
            elif self.encoder.space[column.name].prior is not None:
                found[:, j] = -0.5 * ((rows[:, j] - column.mean) / column.spread) ** 2
        total: Rows = found.sum(axis=1) if active is None else np.where(active, found, 0.0).sum(axis=1)
        return total

    def prior_slope(self, rows: Rows, active: Mask | None) -> Rows:
        """The gradient of `log_prior` by the numeric columns."""
        found = np.zeros(rows.shape)
        for j, column in enumerate(self.encoder.columns):
            if column.kind != "choice" and self.encoder.space[column.name].prior is not None:
                found[:, j] = (column.mean - rows[:, j]) / column.spread**2
        return found if active is None else np.where(active, found, 0.0)

    def filled(self, rows: Rows, generator: np.random.Generator) -> Rows:
        """Encoded rows with random numbers in place of NaN."""
        return np.where(np.isnan(rows), self.draw(generator, len(rows)), rows)

    def values(self, j: int) -> Rows:
        """All numbers that a finite column can have."""
        if self.encoder.columns[j].kind == "choice":
            return np.arange(self.encoder.columns[j].size, dtype=float)
        return self._cells[j][1]

    def place(self, j: int, numbers: Rows) -> Indices:
        """Which of its values each number of a finite column is."""
        if self.encoder.columns[j].kind == "choice":
            return numbers.astype(np.int64)
        return np.searchsorted(self._cells[j][0], numbers, "right")


def domain_of(encoder: Encoder) -> Domain:
    """The domain of an encoder; the process remembers it as long as the encoder lives."""
    domain = _DOMAINS.get(encoder)
    if domain is None:
        domain = _DOMAINS[encoder] = Domain(encoder)
    return domain


_DOMAINS: weakref.WeakKeyDictionary[Encoder, Domain] = weakref.WeakKeyDictionary()
