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

MOST_COLUMNS = 10
"""How many columns are looked at in pairs and by the regression: those that foretell best by themselves."""

MOST_CHOICES = 16
"""A column of more choices takes no part in the regression."""

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
        cells = [_cells(columns, rows, parts) for parts in RESOLUTIONS]
        single = np.arange(len(columns))[:, None]
        alone = [_Histograms(cells, level, single, failed, self._rate) for level in range(len(RESOLUTIONS))]
        merit = np.max([histograms.evidence for histograms in alone], axis=0)
        self._lead = np.sort(np.argsort(-merit, kind="stable")[:MOST_COLUMNS]).tolist()
        pairs = np.array(list(itertools.combinations(self._lead, 2)), dtype=np.int64).reshape(-1, 2)
        paired = [
            _Histograms(cells, level, pairs, failed, self._rate) for level in range(len(RESOLUTIONS)) if len(pairs)
        ]
        self._histograms = [*alone, *paired]
        self._slopes, support = _logistic(self._features(rows), failed)
        each = [histograms.evidence - math.log(max(len(histograms.evidence), 1)) for histograms in self._histograms]
        evidence = np.concatenate([[overall], *each, [support]])
        self._log_weights = evidence - log_sum_exp(evidence)

    def log_success(self, rows: Rows) -> Rows:
        """Natural logarithm of the probability not to fail, for each row."""
        cells = [_cells(self._columns, rows, parts) for parts in RESOLUTIONS]
        parts = [np.full((1, len(rows)), 1.0 - self._rate)]
        parts += [1.0 - histograms.risk(cells) for histograms in self._histograms]
        parts.append(expit(-self._features(rows) @ self._slopes)[None])
        chance: Rows = np.exp(self._log_weights) @ np.concatenate(parts)
        return np.log(np.maximum(chance, 1e-12))

    def _features(self, rows: Rows) -> Rows:
        """A constant, centred numbers, and an indicator for each choice; 0 where inactive."""
        found = [np.ones(len(rows))]
        for j in self._lead:
            column = self._columns[j]
            if column.kind != "choice":
                found.append(np.nan_to_num(rows[:, j] - 0.5))
            elif column.size <= MOST_CHOICES:
                found.extend(rows[:, j] == choice for choice in range(column.size))
        return np.column_stack(found)


@final
class _Histograms:
    """The histograms of some sets of columns at one resolution."""

    def __init__(self, cells: list[Indices], level: int, sets: Indices, failed: Mask, rate: float) -> None:
        self._level, self._sets, self._rate = level, sets, rate
        self._base = RESOLUTIONS[level] + 1
        places = self._places(cells)
        size = len(sets) * self._base ** sets.shape[1]
        flat = places.ravel()
        self._known = np.bincount(flat, minlength=size).astype(float)
        self._failed = np.bincount(flat, np.broadcast_to(failed, places.shape).ravel(), minlength=size)
        others = (self._failed[places] - failed + rate) / self._known[places]  # without the row itself, with the rate
        self.evidence: Rows = np.log(np.where(failed, others, 1.0 - others)).sum(axis=1)

    def risk(self, cells: list[Indices]) -> Rows:
        """The probability to fail by each histogram (down) for each row (across)."""
        places = self._places(cells)
        risk: Rows = (self._failed[places] + self._rate) / (self._known[places] + 1.0)
        return risk

    def _places(self, cells: list[Indices]) -> Indices:
        """The part of each histogram (down) that holds each row (across), numbered through all histograms."""
        single = cells[self._level]
        places: Indices = single[self._sets[:, 0]]
        for column in self._sets[:, 1:].T:
            places = places * self._base + single[column]
        places += np.arange(len(self._sets))[:, None] * self._base ** self._sets.shape[1]
        return places


def _cells(columns: Sequence[Column], rows: Rows, parts: int) -> Indices:
    """Into which part of its column (down) each number falls; inactive ones have the last to themselves."""
    found = np.empty((len(columns), len(rows)), np.int64)
    for j, column in enumerate(columns):
        values = rows[:, j]
        unknown = np.isnan(values)
        if 0 < column.size <= parts:
            found[j] = column.cells(values)
        elif column.kind == "choice":
            found[j] = column.cells(values) % parts
        else:
            found[j] = np.minimum(np.where(unknown, 0.0, values) * parts, parts - 1)
        found[j, unknown] = parts
    return found


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
