"""Brings values to a scale on which a Gaussian process fits them: Yeo and Johnson's power transform, standardised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from tunesmith.numerics.encoding import Rows

_FAR = 20.0
"""A value so many times farther above the median than the best is below it counts as an outlier; likewise one that is
so many times farther above the best than the next better one."""


@final
@dataclass(frozen=True)
class Warp:
    """A strictly increasing map from values to standardised ones, and back.

    `forward` first centres and scales, then bends by Yeo and Johnson's transform with exponent `power`, then
    standardises; `ceiling` is where outliers of the values that it was fitted on were cut before.

    Examples
    --------
    >>> warp = fit_warp(np.exp(np.linspace(0, 4, 50)), power=-1.0)
    >>> warped = warp.forward(np.array([1.0, 10.0, 50.0]))
    >>> bool(np.allclose(warp.backward(warped), [1.0, 10.0, 50.0]))
    True
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


POWERS: Rows = np.linspace(-2.0, 4.0, 49)
"""The exponents that are chosen from."""


@final
@dataclass(frozen=True)
class Scaled:
    """Values centred, scaled and freed of outliers: what Yeo and Johnson's transform is applied to.

    Parameters
    ----------
    standard
        `(n,)` values with mean 0 and deviation 1, or all 0 if they do not differ.
    centre, width
        In units of the values.
    ceiling
        Where they were cut.
    """

    standard: Rows
    centre: float
    width: float
    ceiling: float

    @property
    def is_flat(self) -> bool:
        """Whether all values are the same."""
        return not self.standard.any()

    def bent(self, powers: Rows) -> tuple[Rows, Rows]:
        """Standardised values `(n, P)` by each exponent, and the logarithms of the Jacobians `(P,)`."""
        found = np.stack([_bend(self.standard, power) for power in powers.tolist()], axis=1)
        spread = found.std(axis=0)
        usable = np.isfinite(spread) & (spread > 1e-8)
        spread = np.where(usable, spread, 1.0)
        found = np.where(usable, (found - found.mean(axis=0)) / spread, 0.0)
        jacobian = float(np.sum(np.sign(self.standard) * np.log1p(np.abs(self.standard))))
        logs = (powers - 1.0) * jacobian - len(self.standard) * np.log(spread)
        return found, np.where(usable, logs, -np.inf)


def scaled(values: Rows, *, whole: bool = False) -> Scaled:
    """Centre and scale values, after those far above all others (a diverged run, say) were cut.

    Parameters
    ----------
    values
        Finite values, at least one. Smaller is better.
    whole
        Whether all of the space matters, not just where it is good: then only values beyond a gap are cut. A search
        gathers its trials near the best, where the median soon is; what is far above it is not unusual in the space.
    """
    ceiling = _beyond_gap(values) if whole else _above_median(values)
    kept = np.minimum(values, ceiling)
    size = float(np.abs(kept).max()) or 1.0
    small = kept / size  # neither squares of 1e300 nor of 1e-300 are numbers
    centre, width = float(small.mean()), float(small.std())
    least = float(np.finfo(float).tiny)
    if not width > 1e-14:
        return Scaled(np.zeros(len(values)), centre * size, max(size, least), ceiling)
    return Scaled((small - centre) / width, centre * size, max(width * size, least), ceiling)


def _above_median(values: Rows) -> float:
    """Where values are cut of which those matter that compete with the best."""
    with np.errstate(over="ignore"):  # the sum of two values near the end of the floats
        lowest, middle = float(values.min()), float(np.median(values))
    reach = middle - lowest
    return middle + _FAR * reach if 0 < reach < np.inf else np.inf


def _beyond_gap(values: Rows) -> float:
    """Where values are cut that no others lead up to: twice as far as the worst below the first gap in the worse half.

    Examples
    --------
    >>> (
    ...     _beyond_gap(np.array([0.0, 1e-4, 2e-4, 1e-3, 5e-3, 0.05, 0.4, 3.0])),
    ...     _beyond_gap(np.array([0.0, 1.0, 2.0, 1e9])),
    ... )
    (inf, 4.0)
    """
    with np.errstate(over="ignore"):
        above = np.sort(values) - float(values.min())
    climbed = above[len(above) // 2 :]
    climbed = climbed[climbed > 0.0]
    gaps = np.flatnonzero(climbed[1:] / _FAR > climbed[:-1])
    return float(values.min() + 2.0 * climbed[gaps[0]]) if len(gaps) else np.inf


def fit_warp(values: Rows, power: float = 1.0, *, whole: bool = False) -> Warp:
    """The transform of this exponent for some finite values.

    Outliers far above all other values are cut first (see `scaled`): they would leave no room for the differences that
    matter.

    Notes
    -----
    Yeo and Johnson 2000, "A new family of power transformations to improve normality or symmetry", Biometrika 87.

    Examples
    --------
    >>> fit_warp(np.full(5, 3.0)).forward(np.full(2, 3.0)).tolist()
    [0.0, 0.0]
    """
    found = scaled(values, whole=whole)
    bent = _bend(found.standard, power)
    mean, spread = float(bent.mean()), float(bent.std())
    if not (np.isfinite(spread) and spread > 1e-8):
        power, mean, spread = 1.0, 0.0, 1.0
    return Warp(found.centre, found.width, power, mean, spread, found.ceiling)


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
