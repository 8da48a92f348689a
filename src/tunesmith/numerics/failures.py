"""How likely a point is to fail: an average of simple models, weighted by how well they foretell known failures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import final

import numpy as np
from scipy.special import expit

from tunesmith.numerics.encoding import Column, Indices, Mask, Rows
from tunesmith.numerics.kde import log_sum_exp

RESOLUTIONS = (4, 16)
"""Into how many parts the histograms divide a numeric scale."""

MOST_PAIRS = 45
"""Most pairs of columns that are looked at; the columns that foretell best by themselves come first."""

_STEPS = 10
_RIDGE = 0.01


@final
class FailureModel:
    """The probability not to fail, learnt from rows of which some failed.

    Failures of training programs have simple causes: one value too large, two settings that do not go together, a sum
    (of logarithms: a product) that exceeds the memory. So the model is the Bayesian average of simple ones: the overall
    rate, the histogram of each column and of each pair of columns (inactive is a part of its own), coarse and fine, and
    a logistic regression. Each histogram is judged by how well it foretells each known row from the others.

    Parameters
    ----------
    columns
        What the numbers mean.
    rows
        Encoded params, NaN where inactive.
    failed
        Which of the rows failed.

    Examples
    --------
    >>> x = np.linspace(0, 1, 40)[:, None]
    >>> model = FailureModel([Column("x", "continuous")], x, x[:, 0] > 0.5)
    >>> np.exp(model.log_success(np.array([[0.3], [0.8]]))).round(1)
    array([1., 0.])
    """

    def __init__(self, columns: Sequence[Column], rows: Rows, failed: Mask) -> None:
        self._columns = columns
        self._rate = (failed.sum() + 0.5) / (len(failed) + 1.0)
        overall = failed.sum() * math.log(self._rate) + (~failed).sum() * math.log1p(-self._rate)
        single = np.arange(len(columns))[:, None]
        alone = [_Histograms(columns, parts, single, rows, failed, self._rate) for parts in RESOLUTIONS]
        pairs = _pairs(np.max([histograms.evidence for histograms in alone], axis=0))
        paired = [_Histograms(columns, parts, pairs, rows, failed, self._rate) for parts in RESOLUTIONS if len(pairs)]
        self._histograms = [*alone, *paired]
        self._slopes, support = _logistic(_features(columns, rows), failed)
        each = [histograms.evidence - math.log(max(histograms.count, 1)) for histograms in self._histograms]
        evidence = np.concatenate([[overall], *each, [support]])
        self._log_weights = evidence - log_sum_exp(evidence)

    def log_success(self, rows: Rows) -> Rows:
        """Natural logarithm of the probability not to fail, for each row."""
        parts = [np.full((1, len(rows)), 1.0 - self._rate)]
        parts += [1.0 - histograms.risk(rows) for histograms in self._histograms]
        parts.append(expit(-_features(self._columns, rows) @ self._slopes)[None])
        chance: Rows = np.exp(self._log_weights) @ np.concatenate(parts)
        return np.log(np.maximum(chance, 1e-12))


@final
class _Histograms:
    """The histograms of some sets of columns, each with as many parts in every direction."""

    def __init__(
        self, columns: Sequence[Column], parts: int, sets: Indices, rows: Rows, failed: Mask, rate: float
    ) -> None:
        self._columns, self._parts, self._sets, self._rate = columns, parts, sets, rate
        self.count = len(sets)
        cells = self._cells(rows)
        size = self.count * (parts + 1) ** sets.shape[1]
        flat = cells.ravel()
        self._known = np.bincount(flat, minlength=size).astype(float)
        self._failed = np.bincount(flat, np.broadcast_to(failed, cells.shape).ravel().astype(float), minlength=size)
        others = (self._failed[cells] - failed + rate) / self._known[cells]  # the row itself left out, the rate put in
        self.evidence: Rows = np.log(np.where(failed, others, 1.0 - others)).sum(axis=1)

    def risk(self, rows: Rows) -> Rows:
        """The probability to fail by each histogram (down) for each row (across)."""
        cells = self._cells(rows)
        risk: Rows = (self._failed[cells] + self._rate) / (self._known[cells] + 1.0)
        return risk

    def _cells(self, rows: Rows) -> Indices:
        """The part of each histogram (down) that holds each row (across), numbered through all histograms."""
        base = self._parts + 1
        single = np.empty((len(self._columns), len(rows)), np.int64)
        for j, column in enumerate(self._columns):
            single[j] = _parts(column, rows[:, j], self._parts)
        cells: Indices = single[self._sets[:, 0]]
        for place in range(1, self._sets.shape[1]):
            cells = cells * base + single[self._sets[:, place]]
        cells += np.arange(self.count)[:, None] * base ** self._sets.shape[1]
        return cells


def _parts(column: Column, values: Rows, parts: int) -> Indices:
    """Into which part each number falls; inactive ones have the last to themselves."""
    unknown = np.isnan(values)
    if 0 < column.size <= parts:
        found = column.cells(values)
    elif column.kind == "choice":
        found = column.cells(values) % parts
    else:
        found = np.minimum(np.where(unknown, 0.0, values) * parts, parts - 1).astype(np.int64)
    found[unknown] = parts
    return found


def _pairs(merit: Rows) -> Indices:
    """Pairs of columns, at most so many."""
    width = int((1 + math.sqrt(1 + 8 * MOST_PAIRS)) / 2)
    best = np.sort(np.argsort(-merit, kind="stable")[:width])
    return np.array(list(itertools.combinations(best.tolist(), 2)), dtype=np.int64).reshape(-1, 2)


def _features(columns: Sequence[Column], rows: Rows) -> Rows:
    """Centred numbers, an indicator for each choice, and a constant; 0 where inactive."""
    found = [np.ones(len(rows))]
    for j, column in enumerate(columns):
        if column.kind == "choice":
            found.extend(rows[:, j] == choice for choice in range(column.size))
        else:
            found.append(np.nan_to_num(rows[:, j] - 0.5))
    return np.column_stack(found)


def _logistic(features: Rows, failed: Mask) -> tuple[Rows, float]:
    """Slopes of a ridge logistic regression by Newton's method, and its evidence (Schwarz 1978)."""
    slopes = np.zeros(features.shape[1])
    ridge = np.full(len(slopes), _RIDGE)
    for _ in range(_STEPS):
        risk = expit(features @ slopes)
        slope = features.T @ (failed - risk) - ridge * slopes
        curvature = (features.T * np.maximum(risk * (1.0 - risk), 1e-6)) @ features
        curvature[np.diag_indices(len(slopes))] += ridge
        slopes = slopes + np.linalg.solve(curvature, slope)
    margin = np.where(failed, 1.0, -1.0) * (features @ slopes)
    likelihood = -np.logaddexp(0.0, -margin).sum()
    return slopes, float(likelihood - 0.5 * np.linalg.matrix_rank(features) * math.log(len(failed)))
