"""Furniture of the gp sampler: the chance that a point keeps the bounds of the metrics that have some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self, final

import numpy as np
from scipy.special import log_ndtr

from tunesmith.models.surrogate import Fitted, Surrogate, fits_of
from tunesmith.models.table import COMPLETE, FAILED, Table
from tunesmith.numerics.encoding import Mask, Rows
from tunesmith.numerics.gp import GaussianProcess
from tunesmith.trial import History

_HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
KEPT = "bounds"
"""Under which key of a sampler's state the fits are kept."""


@final
class _Bound(NamedTuple):
    """A model of one metric's excess, and the place of the bound on the model's scale."""

    surrogate: Surrogate
    limit: float

    @property
    def process(self) -> GaussianProcess:
        return self.surrogate.process


@final
class Bounds:
    """One Gaussian process for each metric with bounds: how likely all are kept at a point.

    The excess of a metric (how far it is beyond its bound, negative within) is modelled as the objective is, from
    complete trials alone; the chances of several metrics are multiplied (Gardner et al. 2014, "Bayesian optimization
    with inequality constraints", ICML, equation 6).

    Parameters
    ----------
    table
        The finished trials, of which at least one is complete.
    fits
        For each bound its last fit, or None.
    """

    def __init__(self, table: Table, fits: Sequence[Fitted | None]) -> None:
        self._bounds: list[_Bound] = []
        states = np.where(table.states == COMPLETE, COMPLETE, FAILED)
        for place, before in zip(range(table.excess.shape[1]), fits, strict=True):
            part = replace(table, values=table.excess[:, place], states=states, variances=np.zeros(len(table)))
            surrogate = Surrogate(part, before)
            self._bounds.append(_Bound(surrogate, float(surrogate.warp.forward(np.zeros(1))[0])))

    @classmethod
    def of(cls, table: Table, history: History) -> Self | None:
        """The bounds of a history's metrics, starting from the fits that its log keeps; None where there are none."""
        if not table.excess.shape[1]:
            return None
        return cls(table, fits_of(history, KEPT, table.excess.shape[1]))

    def log_chance(self, features: Rows) -> Rows:
        """Logarithm of the chance that all bounds are kept, at rows of features."""
        total = np.zeros(len(features))
        for bound in self._bounds:
            mean, deviation = bound.process.predict(features)
            total += log_ndtr((bound.limit - mean) / deviation)
        return total

    def with_gradient(self, features: Rows) -> tuple[Rows, Rows]:
        """The same, and its gradient by the features."""
        total, gradient = np.zeros(len(features)), np.zeros(features.shape)
        for bound in self._bounds:
            slopes = bound.process.with_slopes(features)
            z = (bound.limit - slopes.means[:, 0]) / slopes.deviation
            log_chance = log_ndtr(z)
            by_z = np.exp(-0.5 * z * z - _HALF_LOG_2PI - log_chance)
            total += log_chance
            gradient += slopes.gradient((-by_z / slopes.deviation)[:, None], -by_z * z / slopes.deviation)
        return total, gradient

    def drawn(self, features: Rows, generator: np.random.Generator) -> Mask:
        """Whether all bounds are kept at rows of features, in one joint draw of what is believed."""
        kept = np.ones(len(features), dtype=bool)
        for bound in self._bounds:
            normals = generator.standard_normal((len(features), 1))
            kept &= bound.process.draw(features, normals)[:, 0] <= bound.limit
        return kept

    @property
    def refitted(self) -> bool:
        """Whether one of them was fitted anew: they fall due at times of their own, for only complete trials count."""
        return any(bound.surrogate.refitted for bound in self._bounds)

    def state(self) -> list[dict[str, Any]]:
        """The fits, for the log."""
        return [bound.surrogate.fitted.to_json() for bound in self._bounds]
