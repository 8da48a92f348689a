"""Acquisition functions: how promising a point is, given the model's mean and deviation there; with derivatives.

All are for minimisation, and larger is more promising. Means come as `(m, S)`: in each of S possible worlds (one draw
of what the running trials will return) there is a mean of its own, and a best value of its own. The values of the
worlds are averaged, so that points next to a running trial lose what that trial is expected to find (Snoek, Larochelle
and Adams 2012, section 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias, final

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from tunesmith.numerics.encoding import Rows

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_ROOT_HALF_PI = math.sqrt(0.5 * math.pi)
_FAR = -1e4


@final
class Acquired(NamedTuple):
    """Values `(m,)` of an acquisition function, and its derivatives by means `(m, S)` and deviation `(m,)`."""

    value: Rows
    by_mean: Rows
    by_deviation: Rows


Acquisition: TypeAlias = Callable[[Rows, Rows, Rows], Acquired]
"""From means `(m, S)`, deviations `(m,)` and the best value of each world `(S,)` to what is acquired."""


def log_h(z: Rows) -> tuple[Rows, Rows]:
    """The logarithm of h(z) and its derivative, where h(z) = phi(z) + z Phi(z), without underflow.

    Source: Ament, Daulton, Eriksson, Balandat, Bakshy 2023, "Unexpected improvements to expected improvement for
    Bayesian optimization", NeurIPS 36, equation 9.

    Examples
    --------
    >>> value, slope = log_h(np.array([0.0, -100.0]))
    >>> value.round(3).tolist(), slope.round(3).tolist()
    ([-0.919, -5010.13], [1.253, 100.02])
    """
    near = z > -1.0
    value, slope = np.empty_like(z), np.empty_like(z)
    x = z[near]
    tail = ndtr(x)
    h = np.exp(-0.5 * x * x - _HALF_LOG_2PI) + x * tail
    value[near], slope[near] = np.log(h), tail / h
    x = np.maximum(z[~near], -1e150)
    inner = x > _FAR
    mills = _ROOT_HALF_PI * erfcx(-x / math.sqrt(2.0))
    rest = np.where(inner, 1.0 + x * mills, 1.0 / (x * x))
    value[~near] = -0.5 * x * x - _HALF_LOG_2PI + np.log(rest)
    slope[~near] = np.where(inner, mills / rest, -x)
    return value, slope


def log_expected_improvement(means: Rows, deviation: Rows, best: Rows) -> Acquired:
    """Logarithm of the improvement that is expected beyond the best value."""
    z = (best[None, :] - means) / deviation[:, None]
    value, slope = log_h(z)
    if z.shape[1] == 1:
        share, total = np.ones_like(z), value[:, 0]
    else:
        top = value.max(axis=1, keepdims=True)
        share = np.exp(value - top)
        mass = share.sum(axis=1, keepdims=True)
        share /= mass
        total = top[:, 0] + np.log(mass[:, 0] / z.shape[1])
    pull = share * slope / deviation[:, None]
    return Acquired(np.log(deviation) + total, -pull, 1.0 / deviation - np.sum(pull * z, axis=1))


def expected_improvement(means: Rows, deviation: Rows, best: Rows) -> Acquired:
    """The improvement that is expected beyond the best value (Jones, Schonlau and Welch 1998, equation 15)."""
    z = (best[None, :] - means) / deviation[:, None]
    tail, density = ndtr(z), np.exp(-0.5 * z * z - _HALF_LOG_2PI)
    value = deviation * np.mean(density + z * tail, axis=1)
    return Acquired(value, -tail / z.shape[1], density.mean(axis=1))


def probability_of_improvement(means: Rows, deviation: Rows, best: Rows) -> Acquired:
    """Logarithm of the probability to improve on the best value by a tenth of a deviation (Kushner 1964)."""
    goal = best - _MARGIN
    z = (goal[None, :] - means) / deviation[:, None]
    logs = log_ndtr(z)
    top = logs.max(axis=1, keepdims=True)
    share = np.exp(logs - top)
    mass = share.sum(axis=1, keepdims=True)
    share /= mass
    slope = share * np.exp(-0.5 * z * z - _HALF_LOG_2PI - logs) / deviation[:, None]
    return Acquired(top[:, 0] + np.log(mass[:, 0] / z.shape[1]), -slope, -np.sum(slope * z, axis=1))


_MARGIN = 0.1
"""In units of the standardised values."""


def upper_confidence_bound(means: Rows, deviation: Rows, best: Rows) -> Acquired:
    """How good the value may be: 1.8 deviations below the mean (Srinivas et al. 2010; the factor is Vizier's)."""
    del best
    worlds = means.shape[1]
    return Acquired(
        _OPTIMISM * deviation - means.mean(axis=1),
        np.full(means.shape, -1.0 / worlds),
        np.full(len(deviation), _OPTIMISM),
    )


def indifferent(means: Rows, deviation: Rows, best: Rows) -> Acquired:
    """Nothing, anywhere: what to acquire while no trial keeps the bounds, and only that counts."""
    del best
    return Acquired(np.zeros(len(deviation)), np.zeros(means.shape), np.zeros(len(deviation)))


_OPTIMISM = 1.8

ACQUISITIONS: dict[str, Acquisition] = {
    "logei": log_expected_improvement,
    "ei": expected_improvement,
    "pi": probability_of_improvement,
    "ucb": upper_confidence_bound,
}
"""By name; Thompson sampling is no function of mean and deviation, and stands in the sampler."""
