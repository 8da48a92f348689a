"""Furniture of the importance: how the best trials differ from all, in one parameter at a time."""

from __future__ import annotations

import math

import numpy as np

from tunesmith.models.table import COMPLETE, Table
from tunesmith.numerics.anova import Axis, Basis
from tunesmith.numerics.encoding import Rows

BEST = 0.1
"""The share of the trials that counts as the best."""

RESAMPLES = 100

_MOST_TRIALS = 2000
"""Of more trials as many, spread evenly over the study, are looked at."""


def top_against_all(table: Table, basis: Basis, coverage: tuple[float, float]) -> tuple[Rows, Rows, Rows]:
    """Shares of the divergence of the best trials from all, with their interval: `(d,)` each.

    In each parameter the density of the best trials is compared to that of all by Pearson's divergence (Watanabe,
    Bansal and Hutter 2023, "PED-ANOVA", IJCAI, equation 9), among the trials where the parameter is active.
    """
    whole = np.flatnonzero(table.states == COMPLETE)
    if len(whole) > _MOST_TRIALS:
        whole = whole[np.linspace(0, len(whole) - 1, _MOST_TRIALS).round().astype(np.int64)]
    values, rows = table.values[whole], table.rows[whole]
    generator = np.random.default_rng(len(table))
    n = len(values)
    times = np.concatenate([np.ones((1, n)), generator.multinomial(n, np.full(n, 1.0 / n), RESAMPLES)])
    top = _tops(values, times)
    found = np.stack([_divergences(axis, rows[:, j], times, top) for j, axis in enumerate(basis.axes)], axis=1)
    totals = found.sum(axis=1, keepdims=True)
    shares = np.where(totals > 1e-12, found / np.maximum(totals, 1e-300), 0.0)
    low, high = np.quantile(shares[1:], coverage, axis=0)
    return shares[0], np.minimum(low, shares[0]), np.maximum(high, shares[0])


def _tops(values: Rows, times: Rows) -> Rows:
    """How often each trial is among the best of each resample."""
    order = np.argsort(values, kind="stable")
    before = np.cumsum(times[:, order], axis=1) - times[:, order]
    kept = np.clip(np.ceil(BEST * len(values)) - before, 0.0, times[:, order])
    found = np.empty_like(times)
    found[:, order] = kept
    return found


def _divergences(axis: Axis, places: Rows, times: Rows, top: Rows) -> Rows:
    """The divergence in one parameter, one number a resample."""
    known = ~np.isnan(places)
    if not known.any():
        return np.zeros(len(times))
    gaps = places[known][:, None] - axis.nodes[None, :]
    if _is_choice(axis):
        kernels = (np.abs(gaps) < 0.5).astype(float)
    else:
        width = max(1.06 * float(places[known].std()) * int(known.sum()) ** -0.2, 0.5 / len(axis.nodes), 0.02)
        kernels = np.exp(-0.5 * (gaps / width) ** 2) * axis.weights
        kernels /= kernels.sum(axis=1, keepdims=True)
    few = axis.weights  # one trial's worth of the even density
    every, best = times[:, known] @ kernels + few, top[:, known] @ kernels + few
    every /= every.sum(axis=1, keepdims=True)
    best /= best.sum(axis=1, keepdims=True)
    found: Rows = np.sum((best / every - 1.0) ** 2 * every, axis=1)
    return found


def _is_choice(axis: Axis) -> bool:
    return len(axis.nodes) > 1 and math.isclose(float(axis.nodes[1] - axis.nodes[0]), 1.0)
