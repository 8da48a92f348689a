"""Furniture of the gp sampler: what its acquisition function looks like over the points of a space."""

from __future__ import annotations

from typing import final

import numpy as np

from tunesmith.numerics.acquisition import Acquisition
from tunesmith.numerics.domain import Domain
from tunesmith.numerics.encoding import Mask, Rows
from tunesmith.numerics.failures import FailureModel
from tunesmith.numerics.gp import GaussianProcess
from tunesmith.samplers._bounds import Bounds

BELIEF = 10.0
"""How many trials a user's prior is worth: its weight falls as one over the number of trials."""


@final
class Landscape:
    """An acquisition function over full rows, with the chance not to fail and the user's prior added in logarithms.

    Parameters
    ----------
    domain, process
        The geometry of the space, and the model on its features, conditioned on S possible worlds.
    acquisition, best
        The function, and the best value of each world.
    failures
        The model of failures, if any trial failed.
    bounds
        The models of the metrics that have bounds, if any has.
    belief
        Weight of the logarithm of the user's prior (Hvarfner et al. 2022, "piBO", arXiv 2204.11051, equation 6); 0
        where there is none.
    """

    def __init__(
        self,
        domain: Domain,
        process: GaussianProcess,
        acquisition: Acquisition,
        best: Rows,
        failures: FailureModel | None = None,
        belief: float = 0.0,
        bounds: Bounds | None = None,
    ) -> None:
        self._domain, self._process, self._acquisition, self._best = domain, process, acquisition, best
        self._failures, self._belief, self._bounds = failures, belief, bounds

    def value(self, rows: Rows, active: Mask | None) -> Rows:
        """The value at each full row."""
        features = self._domain.features_of(rows, active)
        means, deviation = self._process.predict_worlds(features)
        value = self._acquisition(means, deviation, self._best).value + self._beside(rows, active)
        return value if self._bounds is None else value + self._bounds.log_chance(features)

    def gradient(self, rows: Rows, active: Mask | None) -> tuple[Rows, Rows]:
        """The value and its gradient; the chance of failure is flat almost everywhere, and left out of the gradient."""
        features = self._domain.features_of(rows, active)
        slopes = self._process.with_slopes(features)
        acquired = self._acquisition(slopes.means, slopes.deviation, self._best)
        by_feature = slopes.gradient(acquired.by_mean, acquired.by_deviation)
        value = acquired.value + self._beside(rows, active)
        if self._bounds is not None:
            chance, slope = self._bounds.with_gradient(features)
            value, by_feature = value + chance, by_feature + slope
        gradient = np.zeros(rows.shape)
        gradient[:, self._domain.numeric] = by_feature[:, self._domain.numeric_features]
        if self._belief:
            gradient += self._belief * self._domain.prior_slope(rows, active)
        return value, gradient

    def log_success(self, row: Rows) -> float | None:
        """The logarithm of the chance not to fail at an encoded row, if any trial failed."""
        return None if self._failures is None else float(self._failures.log_success(row[None, :])[0])

    def log_within(self, row: Rows) -> float | None:
        """The logarithm of the chance to keep all bounds at an encoded row, where there are bounds."""
        if self._bounds is None:
            return None
        return float(self._bounds.log_chance(self._domain.known_features(row[None, :]))[0])

    def _beside(self, rows: Rows, active: Mask | None) -> Rows | float:
        extra: Rows | float = 0.0
        if self._failures is not None:
            extra = self._failures.log_success(rows if active is None else np.where(active, rows, np.nan))
        if self._belief:
            extra = extra + self._belief * self._domain.log_prior(rows, active)
        return extra
