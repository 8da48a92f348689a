"""Priors: where good values are believed to lie, cut to a parameter's range."""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar, final

from tunesmith import _optional
from tunesmith.errors import InvalidSpace
from tunesmith.space._numbers import to_float
from tunesmith.space._scale import Scale

_STANDARD = NormalDist()
_FARTHEST = 6.0
"""A prior centred more standard deviations than this outside the range is a mistake (the unit, most often)."""
_NARROW = 1e-6
"""A range of fewer standard deviations than this sees a flat piece of the bell."""


class Warp(abc.ABC):
    """A prior cut to one range: how the unit interval is bent so that believed values take more of it.

    Both methods speak of places on the parameter's own scale: 0 is its low end, 1 its high end, after the logarithm
    for a logarithmic parameter.
    """

    @abc.abstractmethod
    def quantile(self, u: float) -> float:
        """The place below which the share `u` of the prior lies (inverse distribution function)."""

    @abc.abstractmethod
    def log_density(self, place: float) -> float:
        """Natural logarithm of the prior's density at a place; 0 everywhere would be no preference."""


class Prior(abc.ABC):
    """A belief about good values, to be cut to the range of the parameter that it is given to."""

    kind: ClassVar[str]

    @abc.abstractmethod
    def over(self, scale: Scale) -> Warp:
        """The prior cut to a range.

        Raises
        ------
        InvalidSpace
            If the range holds practically nothing of it.
        """

    @abc.abstractmethod
    def dump(self) -> dict[str, Any]:
        """The JSON form."""


@final
@dataclass(frozen=True)
class Normal(Prior):
    """Normal in the parameter's own unit (also for a logarithmic parameter), cut to the range.

    Parameters
    ----------
    mean, std
        Centre and standard deviation, in the parameter's unit; `std` above 0.

    Examples
    --------
    >>> from tunesmith.space import Float
    >>> x = Float(0, 10, prior=Normal(2, 1))
    >>> round(x.from_unit(0.5), 3), x.from_unit(0.5, prior=False)
    (2.029, 5.0)
    """

    mean: float
    std: float
    kind: ClassVar[str] = "normal"

    def __post_init__(self) -> None:
        _numbers(self, "mean", "std")
        _positive(self, "std")

    def over(self, scale: Scale) -> Warp:
        """See `Prior.over`."""
        return _normal_warp(self, self.mean, self.std, scale, on_log=False)

    def dump(self) -> dict[str, Any]:
        """See `Prior.dump`."""
        return {"type": self.kind, "mean": self.mean, "std": self.std}


@final
@dataclass(frozen=True)
class LogNormal(Prior):
    """Log-normal: about two thirds between `median / factor` and `median * factor`, cut to the range.

    Parameters
    ----------
    median
        The middle value, above 0, in the parameter's unit (the exponential of mu).
    factor
        How many times more or less is one standard deviation away, above 1 (the exponential of sigma).

    Examples
    --------
    >>> from tunesmith.space import Float
    >>> lr = Float(1e-5, 1, log=True, prior=LogNormal(1e-3, 3))
    >>> round(lr.from_unit(0.5), 5)
    0.001
    """

    median: float
    factor: float
    kind: ClassVar[str] = "lognormal"

    def __post_init__(self) -> None:
        _numbers(self, "median", "factor")
        _positive(self, "median")
        if self.factor <= 1:
            raise InvalidSpace(
                f"LogNormal: factor={self.factor!r} must be above 1.",
                hint="factor=3 means: a third or three times the median is one standard deviation away.",
            )

    def over(self, scale: Scale) -> Warp:
        """See `Prior.over`."""
        return _normal_warp(self, math.log(self.median), math.log(self.factor), scale, on_log=True)

    def dump(self) -> dict[str, Any]:
        """See `Prior.dump`."""
        return {"type": self.kind, "median": self.median, "factor": self.factor}


@final
@dataclass(frozen=True)
class Beta(Prior):
    """Beta(a, b) over the parameter's scale: `Beta(2, 5)` leans to the low end, `Beta(1, 1)` is no preference.

    Parameters
    ----------
    a, b
        Both above 0; the mean lies at `a / (a + b)` of the scale (of the logarithm for a logarithmic parameter).

    Notes
    -----
    Drawing from it needs scipy, except where `a` or `b` is 1.

    Examples
    --------
    >>> from tunesmith.space import Float
    >>> Float(0, 100, prior=Beta(1, 3)).from_unit(0.875)
    50.0
    """

    a: float
    b: float
    kind: ClassVar[str] = "beta"

    def __post_init__(self) -> None:
        _numbers(self, "a", "b")
        _positive(self, "a")
        _positive(self, "b")

    def over(self, scale: Scale) -> Warp:
        """See `Prior.over`."""
        return _BetaWarp(self.a, self.b)

    def dump(self) -> dict[str, Any]:
        """See `Prior.dump`."""
        return {"type": self.kind, "a": self.a, "b": self.b}


@final
@dataclass(frozen=True)
class _NormalWarp(Warp):
    """A normal distribution between two bounds, in value or in logarithm of value; tails are kept accurate."""

    mean: float
    std: float
    on_log: bool
    scale: Scale
    low: float
    high: float
    """Ends of the range in standard deviations from the mean, mirrored to the left if `flip`."""
    flip: bool
    mass: float

    def quantile(self, u: float) -> float:
        u = 1 - u if self.flip else u
        if self.high - self.low < _NARROW:
            z = self.low + u * (self.high - self.low)
        else:
            z = _STANDARD.inv_cdf(min(max(_cdf(self.low) + u * self.mass, 1e-300), 1 - 1e-16))
        found = self.mean + self.std * (-z if self.flip else z)
        if not self.on_log:
            return self.scale.position(min(max(found, self.scale.low), self.scale.high))
        if self.scale.log:
            return min(max((found - self.scale.start) / self.scale.width, 0.0), 1.0) if self.scale.width else 0.5
        found = math.exp(min(found, 709.0))
        return self.scale.position(min(max(found, self.scale.low), self.scale.high))

    def log_density(self, place: float) -> float:
        value = self.scale.value(place)
        if self.on_log and value <= 0:
            return -math.inf
        z = ((math.log(value) if self.on_log else value) - self.mean) / self.std
        log_pdf = -0.5 * z * z - math.log(self.std * math.sqrt(2 * math.pi) * self.mass)
        slope = self.scale.log_length  # log of d value / d place, or of d log value / d place
        if self.on_log and not self.scale.log:
            return log_pdf + slope - math.log(value)
        if not self.on_log and self.scale.log:
            return log_pdf + slope + math.log(value)
        return log_pdf + slope


@final
@dataclass(frozen=True)
class _BetaWarp(Warp):
    """The beta distribution on the unit interval."""

    a: float
    b: float

    def quantile(self, u: float) -> float:
        if self.b == 1:
            return float(u ** (1 / self.a))
        if self.a == 1:
            return float(1 - (1 - u) ** (1 / self.b))
        special = _optional.require("scipy.special", extra="all")
        found = float(special.betaincinv(self.a, self.b, u))
        return found if 0 <= found <= 1 else _bisect(lambda place: float(special.betainc(self.a, self.b, place)), u)

    def log_density(self, place: float) -> float:
        norm = math.lgamma(self.a + self.b) - math.lgamma(self.a) - math.lgamma(self.b)
        return norm + _weighted_log(self.a - 1, place) + _weighted_log(self.b - 1, 1 - place)


def load_prior(stored: Mapping[str, Any]) -> Prior:
    """The prior that `dump` stored.

    Raises
    ------
    InvalidSpace
        If the type or a field is unknown.
    """
    kinds: dict[str, type[Normal | LogNormal | Beta]] = {"normal": Normal, "lognormal": LogNormal, "beta": Beta}
    fields = {key: value for key, value in stored.items() if key != "type"}
    kind = kinds.get(str(stored.get("type")))
    if kind is None:
        raise InvalidSpace(f"There is no prior {stored.get('type')!r}.", hint=f"Known: {', '.join(kinds)}.")
    wanted = [field.name for field in dataclasses.fields(kind)]
    if set(fields) != set(wanted):
        raise InvalidSpace(
            f"A prior of type {kind.kind!r} got {', '.join(fields) or 'nothing'}.",
            hint=f"It needs exactly: {', '.join(wanted)}.",
        )
    return kind(**fields)


def _normal_warp(prior: Prior, mean: float, std: float, scale: Scale, *, on_log: bool) -> Warp:
    if on_log and scale.high <= 0:
        raise InvalidSpace(f"{prior!r} lies above 0, the range ends at {scale.high:g}.", hint="Use ts.Normal here.")
    ends = [(-math.inf if value <= 0 else math.log(value)) if on_log else value for value in (scale.low, scale.high)]
    low, high = ((end - mean) / std for end in ends)
    flip = low > 0
    if flip:
        low, high = -high, -low
    if high < -_FARTHEST:
        raise InvalidSpace(
            f"{prior!r} lies practically outside the range {scale.low:g} to {scale.high:g}.",
            hint="Give the prior in the parameter's own unit, or widen it.",
        )
    mass = _cdf(high) - _cdf(low) if high - low >= _NARROW else _STANDARD.pdf(low) * (high - low)
    return _NormalWarp(mean, std, on_log, scale, low, high, flip, max(mass, 1e-300))


def _bisect(cdf: Callable[[float], float], u: float) -> float:
    """The quantile by halving, for the rare places where scipy's inverse gives NaN (tiny `u`, or `a` close to 1)."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle) < u else (low, middle)
    return (low + high) / 2


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _weighted_log(weight: float, value: float) -> float:
    if weight == 0:
        return 0.0
    return weight * math.log(value) if value > 0 else math.copysign(math.inf, -weight)


def _numbers(prior: Prior, *names: str) -> None:
    for name in names:
        number = to_float(getattr(prior, name))
        if number is None or not math.isfinite(number):
            raise InvalidSpace(
                f"{type(prior).__name__}: {name}={getattr(prior, name)!r} is no finite number.",
                hint="Give plain numbers in the parameter's own unit.",
            )
        object.__setattr__(prior, name, number)


def _positive(prior: Prior, name: str) -> None:
    if getattr(prior, name) <= 0:
        raise InvalidSpace(
            f"{type(prior).__name__}: {name}={getattr(prior, name)!r} must be above 0.", hint="Give a positive number."
        )
