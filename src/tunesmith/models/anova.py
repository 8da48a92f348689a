"""The trials of a history as a sum of the parts that each parameter and each pair plays: what analyses read."""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from tunesmith.models.surrogate import standardised
from tunesmith.models.table import COMPLETE, PRUNED, Table, table_of
from tunesmith.numerics.anova import Anova, Basis, Draw
from tunesmith.numerics.encoding import Indices, Rows
from tunesmith.numerics.warp import POWERS, scaled
from tunesmith.trial import History
from tunesmith.trial.history import Columns

MOST_ROWS = 300
"""More trials than this are represented by as many."""

MOST_EARLY = 100
"""Of these so many are the first ones, which explore; the others are spread evenly over the later ones."""

MOST_CELLS = 3_000_000
"""So many numbers at most in the covariances of the parts: very wide spaces are modelled on fewer trials."""

FEWEST = 4
"""Of fewer complete trials nothing can be said."""

LEAST = 0.03
"""Predictions are uncertain as if no part had less variance than this, in units of the values' variance."""

DRAWS = 100
"""How many functions stand for what is not known."""


@final
class Decomposition:
    """An `Anova` of the finished trials of one history, on the standardised scale of their values, and the way back.

    Trials that were stopped early count as the samplers' model counts them; failed ones do not count.

    Parameters
    ----------
    table
        The finished trials; at least `FEWEST` must be complete, with values that differ, and a column must be there.
    sign
        The metric's: -1 where the values of the table are its values negated.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1))
    >>> study = ts.minimize(lambda x, y: 3 * x, space, trials=20, sampler="sobol", storage=None, seed=0)
    >>> model = decomposition_of(study.history)
    >>> variances = model.anova.mean.variances(model.basis)
    >>> bool(variances[0, 0] > 100 * variances[1, 1])
    True
    """

    def __init__(self, table: Table, sign: float = 1.0) -> None:
        self.table, self.sign = table, sign
        self.encoder = table.encoder
        self.basis = Basis(table.encoder)
        kept = np.flatnonzero((table.states == COMPLETE) | (table.states == PRUNED))
        raw, variances = (column[kept] for column in table.believed())
        complete = table.states[kept] == COMPLETE
        power = _power(raw[complete])
        self.warp, values, extra = standardised(raw, complete, variances, power, whole=True)
        chosen = representatives(values, len(self.encoder.columns))
        self.trials: Indices = kept[chosen]
        """Which rows of the table are modelled."""
        self.rows: Rows = table.rows[self.trials]
        self.complete = complete[chosen]
        self.values: Rows = values[chosen]
        self.anova = Anova(self.basis, self.basis.of(self.rows), self.values, extra[chosen])
        self.mean: Draw = self.anova.mean

    @functools.cached_property
    def draws(self) -> list[Draw]:
        """Functions that the trials support, each given a resample of them."""
        return self.anova.draws(DRAWS, np.random.default_rng(len(self.table)))

    @functools.cached_property
    def futures(self) -> list[Draw]:
        """Functions that the trials support, given all of them: for predictions."""
        return self.anova.draws(DRAWS, np.random.default_rng(len(self.table)), resample=False, least=LEAST)

    def worlds(self, rows: Rows) -> Rows:
        """The value at some rows, standardised, in each of the futures: `(DRAWS, n)`. NaN is averaged over."""
        shapes = self.basis.of(rows)
        used = np.flatnonzero(shapes.any(axis=0))  # what is averaged over costs nothing
        if len(used) == shapes.shape[1]:
            return np.stack([draw.at(shapes) for draw in self.futures])
        shapes, across = shapes[:, used], np.ix_(used, used)
        return np.stack([Draw(d.constant, d.mains[used], d.pairs[across]).at(shapes) for d in self.futures])

    def known(self, row: Rows) -> Rows:
        """A row without what its own parents switch off; what they switch on and it does not say is averaged over."""
        full = np.nan_to_num(row, nan=0.0)
        found: Rows = np.where(self.encoder.active(full[None, :])[0], row, np.nan)
        return found

    def row_of(self, params: Mapping[str, Any]) -> Rows:
        """The encoded row of params."""
        return self.encoder.encode(params)

    def in_units(self, standardised: Rows) -> Rows:
        """Standardised values in the units and direction of the metric."""
        found: Rows = self.sign * self.warp.backward(standardised)
        return found

    def best_row(self) -> Rows:
        """The encoded params of the complete trial with the best posterior mean, which luck moves less than values.

        Where some keep all bounds of the metrics it is one of these.
        """
        return self._best_row.copy()

    @functools.cached_property
    def _best_row(self) -> Rows:
        allowed = self.complete & self.table.allowed[self.trials]
        rows = self.rows[allowed if allowed.any() else self.complete]
        found: Rows = rows[int(np.argmin(self.mean.at(self.basis.of(rows))))]
        return found

    @property
    def noise(self) -> float:
        """The standard deviation of one trial's value that the model takes for noise, standardised."""
        return float(np.sqrt(np.exp(self.anova.theta[-1])))


def representatives(values: Rows, dims: int) -> Indices:
    """Which of many trials represent them: the first, the best one, and some spread evenly over the others.

    Examples
    --------
    >>> chosen = representatives(np.arange(5000.0), 15)
    >>> len(chosen), bool((chosen[:100] == np.arange(100)).all())
    (300, True)
    """
    count = len(values)
    most = min(MOST_ROWS, max(int((MOST_CELLS / max(dims, 1)) ** 0.5), 60))
    if count <= most:
        return np.arange(count)
    early = min(MOST_EARLY, most // 3)
    later = np.linspace(early, count - 1, most - early).round().astype(np.int64)
    best = int(np.argmin(values))
    chosen = np.concatenate([np.arange(early), later])
    if best not in chosen:
        chosen[early + int(np.argmin(np.abs(later - best)))] = best
    return np.sort(chosen)


def _power(values: Rows) -> float:
    """The exponent that makes heavy tails of values bearable: 1 unless the plain scale fits a normal one far worse.

    A search gathers values near the best, so their distribution says little of their scale, and only a tail that no
    noise has is bent.
    """
    raw = scaled(values, whole=True)
    if raw.is_flat or float(np.abs(raw.standard).max()) < _HEAVY:
        return 1.0
    fits = raw.bent(POWERS)[1]
    return float(POWERS[np.argmax(np.where(np.isfinite(fits), fits - 0.5 * (POWERS - 1.0) ** 2, -np.inf))])


_HEAVY = 10.0
"""From so many standard deviations on a value is one that no noise explains."""


def decomposition_of(history: History) -> Decomposition | None:
    """The decomposition of a history; None where too few trials are complete, values do not differ, or nothing varies.

    What was fitted last to a study is kept in the process; nothing depends on that memory.
    """
    with _LOCK:
        busy = _BUSY.setdefault(history.columns, threading.Lock())
    with busy:  # who asks for what is being fitted waits for it
        with _LOCK:
            kept = _KEPT.get(history.columns)
        if kept is not None and kept[0] == (history.seq, history.revisions) and kept[1] is history.space:
            return kept[2]
        found = _fitted(history)
        with _LOCK:
            _KEPT[history.columns] = ((history.seq, history.revisions), history.space, found)
        return found


def _fitted(history: History) -> Decomposition | None:
    table = table_of(history)
    values = table.values[table.states == COMPLETE]
    if len(values) < FEWEST or not table.encoder.columns or scaled(values).is_flat:
        return None
    return Decomposition(table, history.metric.sign)


_LOCK = threading.Lock()
_BUSY: weakref.WeakKeyDictionary[Columns, threading.Lock] = weakref.WeakKeyDictionary()
_KEPT: weakref.WeakKeyDictionary[Columns, tuple[tuple[int, int], object, Decomposition | None]]
_KEPT = weakref.WeakKeyDictionary()
