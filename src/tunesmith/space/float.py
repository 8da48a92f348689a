"""Float: a real number between two bounds, on a linear or logarithmic scale, free or in steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Self, final

from tunesmith.errors import InvalidParams, InvalidSpace
from tunesmith.space._numbers import clipped, shown, to_float
from tunesmith.space._scale import Lattice, Scale
from tunesmith.space.distribution import UNSET, Distribution
from tunesmith.space.priors import Prior, Warp


@final
class Float(Distribution):
    """A real number from `low` to `high`, both included.

    Parameters
    ----------
    low, high
        The bounds; `low` may equal `high`, then there is one value.
    log
        Whether the scale is logarithmic: each factor of ten gets the same room. Needs `low` above 0.
    step
        If given, only `low`, `low + step`, `low + 2 * step`, ... up to `high`, free of rounding drift.
    default
        The value to try first.
    prior
        `ts.Normal`, `ts.LogNormal` or `ts.Beta`.

    Raises
    ------
    InvalidSpace
        If the bounds are no finite numbers or reversed, or anything else cannot be.

    Examples
    --------
    >>> lr = Float(1e-5, 1e-1, log=True)
    >>> lr.from_unit(0.0), lr.to_unit(0.1), lr.size
    (1e-05, 1.0, None)
    >>> list(Float(0, 0.3, step=0.1).values())
    [0.0, 0.1, 0.2, 0.3]
    """

    kind: ClassVar[str] = "float"
    ordered: ClassVar[bool] = True
    low: float
    high: float
    log: bool
    step: float | None
    _lattice: Lattice | None
    _scale: Scale
    _warp: Warp | None

    def __init__(
        self, low: float, high: float, *, log: bool = False, step: float | None = None,
        default: Any = UNSET, prior: Prior | None = None,
    ) -> None:  # fmt: skip
        start, end = _bound(low, "low"), _bound(high, "high")
        _order(start, end, log)
        stride = None if step is None else _stride(step)
        lattice = None if stride is None else _lattice(start, end, stride, log=log)
        if lattice is not None:
            end = max(end, lattice.at(lattice.count - 1))
        scale = Scale(start, end, log) if lattice is None else lattice.scale
        if prior is not None and not isinstance(prior, Prior):
            raise InvalidSpace(f"Float: prior={prior!r} is no prior.", hint="Use ts.Normal, ts.LogNormal or ts.Beta.")
        self.__dict__.update(
            low=start, high=end, log=log, step=stride, default=UNSET, prior=prior, conditions=(),
            _lattice=lattice, _scale=scale, _warp=None if prior is None else prior.over(scale),
        )  # fmt: skip
        if default is not UNSET:
            try:
                self.__dict__["default"] = self.check(default, "default")
            except InvalidParams as error:
                raise InvalidSpace(f"Float: {error.message}", hint=error.hint) from error

    def check(self, value: Any, name: str) -> float:
        """See `Distribution.check`."""
        if type(value) is not float:
            number = to_float(value)
            if number is None:
                raise InvalidParams(
                    f"{name!r} must be a number from {self.low!r} to {self.high!r}, got {shown(value)}.",
                    hint="Give an int or a float.",
                )
            value = number
        if not self.low <= value <= self.high:
            raise InvalidParams(
                f"{name!r} = {value!r} is outside {self.low!r} to {self.high!r}.",
                hint="Give a value inside the range, or widen the range.",
            )
        return value if self._lattice is None else self._on_lattice(value, name, self._lattice)

    def _on_lattice(self, value: float, name: str, lattice: Lattice) -> float:
        k = min(max(lattice.index(value), 0), lattice.count - 1)
        near = lattice.at(k)
        single_precision = min(1.2e-7 * abs(value), 1e-3 * lattice.step)
        if abs(value - near) > max(1e-8 * lattice.step, single_precision, 4 * math.ulp(value)):
            raise InvalidParams(
                f"{name!r} = {value!r} is not on the steps of {self.step!r} from {self.low!r}.",
                hint=f"The nearest is {near!r}.",
            )
        return near

    def from_unit(self, u: float, *, prior: bool = True) -> float:
        """See `Distribution.from_unit`."""
        if type(u) is not float or not 0.0 <= u <= 1.0:
            u = clipped(u)
        if prior and self._warp is not None:
            u = self._warp.quantile(u)
        lattice = self._lattice
        return self._scale.value(u) if lattice is None else lattice.at(lattice.cell(u))

    def to_unit(self, value: Any) -> float:
        """See `Distribution.to_unit`."""
        lattice = self._lattice
        return self._scale.position(value) if lattice is None else lattice.position(lattice.index(value))

    @property
    def size(self) -> int | None:
        """See `Distribution.size`."""
        if self._lattice is not None:
            return self._lattice.count
        return 1 if self.low == self.high else None

    def values(self) -> Iterator[float]:
        """See `Distribution.values`."""
        if self._lattice is not None:
            return map(self._lattice.at, range(self._lattice.count))
        if self.low == self.high:
            return iter((self.low,))
        raise InvalidSpace(f"{self!r} is continuous and cannot be listed.", hint="Give a step, or ask for grid(n).")

    def grid(self, n: int) -> list[float]:
        """See `Distribution.grid`."""
        if self._lattice is not None:
            return [self._lattice.at(k) for k in self._lattice.spread(n)]
        if self.low == self.high:
            return [self.low]
        if n == 1:
            return [self._scale.value(0.5)]
        inner = (self._scale.value(i / (n - 1)) for i in range(1, n - 1))
        return list(dict.fromkeys([self.low, *inner, self.high]))

    def log_prior(self, value: Any) -> float:
        """See `Distribution.log_prior`."""
        return 0.0 if self._warp is None else self._warp.log_density(self.to_unit(value))

    def widen(self, other: Distribution, name: str) -> Self:
        """See `Distribution.widen`."""
        if not isinstance(other, Float) or (other.log, other.step) != (self.log, self.step):
            raise InvalidParams(f"{name!r} was {self!r} and is now {other!r}.", hint="Type, log and step must stay.")
        low, high = min(self.low, other.low), max(self.high, other.high)
        default = other.default if self.default is UNSET else self.default
        wide = type(self)(low, high, log=self.log, step=self.step, default=UNSET, prior=self.prior)
        for value in (self.low, other.low, default):
            if value is not UNSET and not wide.contains(value):
                raise InvalidParams(f"{name!r}: the steps of {self!r} and {other!r} never meet.", hint="Shift a bound.")
        wide.__dict__["default"] = default
        return wide.with_conditions(self.conditions)

    def rank(self, value: Any) -> float:
        """See `Distribution.rank`."""
        if type(value) is float:
            return value
        number = to_float(value)
        if number is None or math.isnan(number):
            raise InvalidParams(f"{shown(value)} is no number.", hint="Give an int or a float.")
        return number

    def bounds(self) -> tuple[float, float]:
        """See `Distribution.bounds`."""
        return self.low, self.high if self._lattice is None else self._lattice.at(self._lattice.count - 1)

    def place(self, value: float) -> int:
        """Of a stepped parameter: the number of the step nearest to a value."""
        return 0 if self._lattice is None else self._lattice.index(float(value))

    def at(self, place: int) -> float:
        """Of a stepped parameter: the value of a step."""
        return self.low if self._lattice is None else self._lattice.at(place)

    def fields(self) -> dict[str, Any]:
        """See `Distribution.fields`."""
        out: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.log:
            out["log"] = True
        if self.step is not None:
            out["step"] = self.step
        if self.default is not UNSET:
            out["default"] = self.default
        if self.prior is not None:
            out["prior"] = self.prior.dump()
        return out

    def arguments(self) -> list[str]:
        """See `Distribution.arguments`."""
        log, step = ["log=True"] * self.log, [] if self.step is None else [f"step={self.step!r}"]
        return [repr(self.low), repr(self.high), *log, *step]


def _bound(value: Any, which: str) -> float:
    number = to_float(value)
    if number is None or not math.isfinite(number):
        raise InvalidSpace(f"Float: {which}={shown(value)} is no finite number.", hint="Give an int or a float.")
    return number


def _order(low: float, high: float, log: object) -> None:
    if low > high:
        raise InvalidSpace(f"Float: low={low!r} is above high={high!r}.", hint="Swap the bounds.")
    if not isinstance(log, bool):
        raise InvalidSpace(f"Float: log={log!r} is neither True nor False.", hint="Write log=True.")
    if log and low <= 0:
        raise InvalidSpace(
            f"Float: low={low!r} must be above 0 on a logarithmic scale.",
            hint="Raise low (1e-6, say), or drop log=True.",
        )


def _stride(step: Any) -> float:
    stride = to_float(step)
    if stride is None or not 0 < stride < math.inf:
        raise InvalidSpace(f"Float: step={shown(step)} is no positive number.", hint="Drop step for a free range.")
    return stride


def _lattice(low: float, high: float, stride: float, *, log: bool) -> Lattice:
    lattice = Lattice.of_floats(low, high, stride, log=log)
    if lattice.count == 1 and low != high:
        raise InvalidSpace(
            f"Float: step={stride!r} is larger than the range {low!r} to {high!r}.",
            hint="Give a smaller step, or ts.Fixed(value).",
        )
    return lattice
