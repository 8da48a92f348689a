"""From frozen distributions of scipy to parameters: the same range, and the same shape where we have it."""

from __future__ import annotations

import math
from typing import Any

from tunesmith.errors import InvalidSpace
from tunesmith.space import Beta, Distribution, Float, Int, LogNormal, Normal

_TAIL = 1e-3
"""Share of an endless distribution that is cut off at each end."""
_WIDE = 100.0
"""From this ratio of the ends on, a positive range is searched on a logarithmic scale."""


def looks_like_scipy(given: object) -> bool:
    """Whether something can be drawn from, as `RandomizedSearchCV` asks."""
    return callable(getattr(given, "rvs", None))


def from_scipy(name: str, given: Any) -> Distribution:
    """A parameter with the range of a frozen scipy distribution.

    `uniform`, `loguniform`, `randint`, `norm`, `lognorm` and `beta` keep their shape. Others keep their range (without
    the outermost 0.1 % at an endless side), on a logarithmic scale if it spans a factor of 100.

    Raises
    ------
    InvalidSpace
        If it only has `rvs`: then nobody knows its range.

    Examples
    --------
    >>> from scipy import stats
    >>> from_scipy("C", stats.loguniform(1e-3, 10)), from_scipy("depth", stats.randint(1, 9))
    (Float(0.001, 10.0, log=True), Int(1, 8))
    """
    if not callable(getattr(given, "ppf", None)) or not callable(getattr(given, "support", None)):
        raise InvalidSpace(
            f"Parameter {name!r} was given as {given!r}, which can be drawn from, but has no range.",
            hint="Give a frozen distribution of scipy.stats, such as loguniform(1e-3, 1e3), or a ts.Float.",
        )
    kind = getattr(getattr(given, "dist", None), "name", "")
    low, high = (float(end) for end in given.support())
    start = low if math.isfinite(low) else float(given.ppf(_TAIL))
    end = high if math.isfinite(high) else float(given.ppf(1 - _TAIL))
    if not start <= end:  # NaN, too: scipy's way to say that the arguments make no distribution
        raise InvalidSpace(
            f"Parameter {name!r}: {kind} has no values from {start:g} to {end:g}.", hint="Check its arguments."
        )
    if hasattr(given, "pmf"):
        return _whole(kind, given, start, end)
    if kind == "uniform":
        return Float(start, end)
    if kind in {"loguniform", "reciprocal"}:
        return Float(start, end, log=True)
    if kind == "norm":
        return Float(start, end, prior=Normal(float(given.mean()), float(given.std())))
    if kind == "lognorm" and start >= 0 and float(given.support()[0]) == 0.0:
        start = float(given.ppf(_TAIL))
        median = float(given.median())
        factor = float(given.ppf(0.8413447460685429)) / median  # one standard deviation of the logarithm up
        return Float(start, end, log=True, prior=LogNormal(median, factor))
    if kind == "beta":
        a, b = _shapes(given)
        return Float(start, end, prior=Beta(a, b))
    inner = max(start, float(given.ppf(_TAIL)))
    wide = inner > 0 and end / inner >= _WIDE and not math.isfinite(high)
    return Float(inner, end, log=True) if wide else Float(start, end)


def _whole(kind: str, given: Any, start: float, end: float) -> Distribution:
    low, high = math.ceil(start), math.floor(end)
    endless = not math.isfinite(float(given.support()[1]))
    return Int(low, high, log=kind != "randint" and endless and low >= 1 and high / low >= _WIDE)


def _shapes(given: Any) -> tuple[float, float]:
    shapes, _, _ = given.dist._parse_args(*given.args, **given.kwds)  # noqa: SLF001 - scipy offers no other way
    return float(shapes[0]), float(shapes[1])
