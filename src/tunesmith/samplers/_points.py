"""Furniture of the samplers that model: one question, what is known around it, and points that were never tried."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import final

import numpy as np

from tunesmith.errors import SearchExhausted
from tunesmith.models.table import Table, encoded_running
from tunesmith.numerics.domain import Domain
from tunesmith.numerics.encoding import Encoder, Mask, Rows
from tunesmith.samplers._base import Seed
from tunesmith.samplers._design import sobol_params
from tunesmith.space import Params, SearchSpace
from tunesmith.trial import History

MOST_LISTED = 2048
"""A space of at most so many points is searched by looking at each of them."""

_CLOSE = 1e-4
"""Points that differ less, in every coordinate, count as the same."""

_APART = 1e-3
"""So far from running trials, in some coordinate, a model's suggestions keep."""

_TRIES = 64


@final
class Question:
    """What a sampler is asked, with the trials that are running and the points that are known.

    Parameters
    ----------
    table, history, seed, given
        As in `Sampler.sample`.
    domain
        The geometry of the space.
    """

    def __init__(self, table: Table, history: History, seed: Seed, given: Params, domain: Domain) -> None:
        self.space: SearchSpace = history.space
        self.encoder, self.domain, self.seed, self.given = table.encoder, domain, seed, given
        self.pending: Rows = encoded_running(history, self.encoder, seed.number)
        self.known: Rows = np.concatenate([table.rows, self.pending])
        self._close: Rows = np.repeat([_CLOSE, _APART], [len(table.rows), len(self.pending)])[:, None]
        self.fixed: Rows | None = self.encoder.encode(given) if given else None
        self.generator = np.random.default_rng(seed.entropy)
        self._feasible: dict[bytes, bool] = {}
        self._tried: set[bytes] | None = None

    def full(self, rows: Rows) -> Rows:
        """Encoded rows of full ones: NaN where inactive."""
        return np.where(self.domain.active(rows), rows, np.nan) if self.encoder.has_gates else rows

    def listed(self) -> Rows | None:
        """Full rows of all points of a small finite space, or None if there are more than a few thousand."""
        if self.given or not self.domain.dims or not self.domain.finite:
            return None
        return _listing(self.space, self.encoder)

    def rejects(self, rows: Rows) -> Mask:
        """Which full snapped rows were tried before, or break a constraint."""
        found = np.zeros(len(rows), dtype=bool)
        encoded = self.full(rows)
        if self.domain.may_repeat:
            if self._tried is None:
                self._tried = {row.tobytes() for row in np.nan_to_num(self.known, nan=-1.0)}
            tried = self._tried
            found |= np.array([row.tobytes() in tried for row in np.nan_to_num(encoded, nan=-1.0)], dtype=bool)
        if self.space.constraints:
            for place in np.flatnonzero(~found).tolist():
                found[place] = not self._allowed(encoded[place])
        return found

    @property
    def rule(self) -> Callable[[Rows], Mask] | None:
        """`rejects`, or None where nothing has to be rejected while searching."""
        return self.rejects if self.domain.may_repeat or self.space.constraints else None

    def is_new(self, row: Rows) -> bool:
        """Whether no trial was at an encoded row, or as good as there; of running trials, none near it."""
        if not len(self.known):
            return True
        near = (np.abs(self.known - row) < self._close) | (np.isnan(self.known) & np.isnan(row))
        return not bool(near.all(axis=1).any())

    def params(self, row: Rows) -> Params | None:
        """The params of a full row; None if they break a constraint."""
        params = self.encoder.decode(self.full(row[None, :])[0], self.given)
        return params if self.space.feasible(params) else None

    def design(self) -> Params:
        """A point that is spread evenly among those of other trials, and was not tried if that can be.

        Raises
        ------
        SearchExhausted
            If each point of a small finite space was tried.
        """
        params = sobol_params(self.space, self.seed, self.given)
        if self.is_new(self.encoder.encode(params)):
            return params
        others = self.points_left()
        return next((other for other in others if self.is_new(self.encoder.encode(other))), params)

    def points_left(self) -> list[Params]:
        """Some points at random; of a small finite space only such as were not tried.

        Raises
        ------
        SearchExhausted
            If each point of a small finite space was tried.
        """
        listed = self.listed()
        if listed is None:
            rng = self.seed.rng()
            return [self.space.sample(rng, self.given) for _ in range(_TRIES)]
        left = listed[~self.rejects(listed)]
        if not len(left):
            raise exhausted(len(listed))
        rows = self.full(self.generator.permutation(left)[:_TRIES])
        return [self.encoder.decode(row, self.given) for row in rows]

    def _allowed(self, row: Rows) -> bool:
        key = row.tobytes()
        if key not in self._feasible:
            self._feasible[key] = self.space.feasible(self.encoder.decode(row, self.given))
        return self._feasible[key]


def exhausted(count: int) -> SearchExhausted:
    """What is raised when so many points are all there are, and each was tried."""
    return SearchExhausted(f"Each of the {count} points of the space was tried.", hint="Look at study.best.")


_LISTINGS: weakref.WeakKeyDictionary[Encoder, Rows | None] = weakref.WeakKeyDictionary()


def _listing(space: SearchSpace, encoder: Encoder) -> Rows | None:
    if encoder not in _LISTINGS:
        size = space.size
        few = size is not None and size <= MOST_LISTED
        _LISTINGS[encoder] = np.nan_to_num(encoder.encode_many(space.grid())) if few else None
    return _LISTINGS[encoder]
