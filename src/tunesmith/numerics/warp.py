"""Brings values to a scale on which a Gaussian process fits them: Yeo and Johnson's power transform, standardised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from tunesmith.numerics.encoding import Rows

_COARSE = np.linspace(-2.0, 4.0, 25)
_FINE = np.linspace(-0.25, 0.25, 9)
_FAR = 20.0
"""A value so many times farther above the median than the best is below it counts as an outlier."""


@final
@dataclass(frozen=True)
class Warp:
    """A strictly increasing map from values to standardised ones, and back.

    `forward` first centres and scales, then bends by Yeo and Johnson's transform with exponent `power`, then
    standardises; `ceiling` is where outliers of the values that it was fitted on were cut before.

    Examples
    --------
    >>> warp = fit_warp(np.exp(np.linspace(0, 4, 50)))
    >>> warped = warp.forward(np.array([1.0, 10.0, 50.0]))
    >>> bool(np.allclose(warp.backward(warped), [1.0, 10.0, 50.0])), warp.power < 0
    (True, True)
    """

    centre: float
    width: float
    power: float
    mean: float
    spread: float
    ceiling: float

    def forward(self, values: Rows) -> Rows:
        """Standardised values of raw ones."""
        bent = _bend((np.minimum(values, self.ceiling) - self.centre) / self.width, self.power)
        warped: Rows = (bent - self.mean) / self.spread
        return warped

    def backward(self, warped: Rows) -> Rows:
        """Raw values of standardised ones; beyond the end of the transform's range the last value that it can give."""
        values: Rows = _unbend(np.asarray(warped) * self.spread + self.mean, self.power) * self.width + self.centre
        return values


def fit_warp(values: Rows) -> Warp:
    """The transform under which values look most like draws from a normal distribution.

    Parameters
    ----------
    values
        Finite values, at least one. Those far above all others (a diverged run, say) are cut first: they would leave no
        room for the differences that matter. Smaller is better.

    Notes
    -----
    Yeo and Johnson 2000, "A new family of power transformations to improve normality or symmetry", Biometrika 87. The
    exponent has the largest likelihood on a grid between -2 and 4 in steps of 1/16.

    Examples
    --------
    >>> fit_warp(np.full(5, 3.0)).forward(np.full(2, 3.0)).tolist()
    [0.0, 0.0]
    """
    with np.errstate(over="ignore"):  # the sum of two values near the end of the floats
        lowest, middle = float(values.min()), float(np.median(values))
    reach = middle - lowest
    ceiling = middle + _FAR * reach if 0 < reach < np.inf else np.inf
    kept = np.minimum(values, ceiling)
    size = float(np.abs(kept).max()) or 1.0
    scaled = kept / size  # neither squares of 1e300 nor of 1e-300 are numbers
    centre, width = float(scaled.mean()), float(scaled.std())
    if not width > 1e-14:
        return Warp(centre * size, max(size, float(np.finfo(float).tiny)), 1.0, 0.0, 1.0, ceiling)
    standard = (scaled - centre) / width
    power = 1.0
    if len(values) > 3:
        power = _likeliest(standard, _COARSE)
        power = _likeliest(standard, np.clip(power + _FINE, -2.0, 4.0))
    bent = _bend(standard, power)
    mean, spread = float(bent.mean()), float(bent.std())
    if not (np.isfinite(spread) and spread > 1e-8):
        power, mean, spread = 1.0, 0.0, 1.0
    return Warp(centre * size, max(width * size, float(np.finfo(float).tiny)), power, mean, spread, ceiling)


def _likeliest(standard: Rows, powers: Rows) -> float:
    """The exponent with the largest likelihood (Yeo and Johnson 2000, section 4)."""
    bent = np.stack([_bend(standard, power) for power in powers.tolist()])
    jacobian = np.sum(np.sign(standard) * np.log1p(np.abs(standard)))
    with np.errstate(divide="ignore"):
        merit = -0.5 * len(standard) * np.log(bent.var(axis=1)) + (powers - 1.0) * jacobian
    return float(powers[np.argmax(np.where(np.isfinite(merit), merit, -np.inf))])


def _bend(x: Rows, power: float) -> Rows:
    up, down = np.log1p(np.maximum(x, 0.0)), np.log1p(np.maximum(-x, 0.0))
    high = up if power == 0 else np.expm1(power * up) / power
    low = down if power == 2 else np.expm1((2.0 - power) * down) / (2.0 - power)
    bent: Rows = high - low
    return bent


def _unbend(y: Rows, power: float) -> Rows:
    tiny = 1e-12
    up, down = np.maximum(y, 0.0), np.maximum(-y, 0.0)
    high = up if power == 0 else np.log1p(np.maximum(power * up, tiny - 1.0)) / power
    low = down if power == 2 else np.log1p(np.maximum((2.0 - power) * down, tiny - 1.0)) / (2.0 - power)
    x: Rows = np.expm1(np.minimum(high, 300.0)) - np.expm1(np.minimum(low, 300.0))
    return x
