"""Int: a whole number between two bounds, each owning a cell of the scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self, final

from tunesmith.errors import InvalidParams, InvalidSpace
from tunesmith.space._numbers import clipped, real, shown
from tunesmith.space._scale import Lattice
from tunesmith.space.distribution import UNSET, Distribution
from tunesmith.space.priors import Prior, Warp

LARGEST = 2**63 - 1
"""Bounds lie within plus and minus this, so that every store and data frame can hold the values."""


@final
class Int(Distribution):
    """A whole number from `low` to `high`, both included.

    Parameters
    ----------
    low, high
        The bounds, at most 2**63 - 1 in size; `low` may equal `high`, then there is one value.
    log
        Whether the scale is logarithmic. Needs `low` of at least 1.
    step
        Only `low`, `low + step`, ... up to `high`.
    default
        The value to try first.
    prior
        `ts.Normal`, `ts.LogNormal` or `ts.Beta`.

    Raises
    ------
    InvalidSpace
        If the bounds are no whole numbers or reversed, or anything else cannot be.

    Notes
    -----
    Every number owns a cell that reaches half a step to either side (Garrido-Merchan and Hernandez-Lobato 2020), so
    the ends are as likely as their neighbours; `to_unit` gives the number's own place in its cell.

    Examples
    --------
    >>> depth = Int(1, 4)
    >>> [depth.from_unit(u) for u in (0.0, 0.3, 0.6, 0.99)], depth.to_unit(1), depth.size
    ([1, 2, 3, 4], 0.125, 4)
    """

    kind: ClassVar[str] = "int"
    ordered: ClassVar[bool] = True
    low: int
    high: int
    log: bool
    step: int
    _lattice: Lattice
    _warp: Warp | None

    def __init__(
        self, low: int, high: int, *, log: bool = False, step: int = 1,
        default: Any = UNSET, prior: Prior | None = None,
    ) -> None:  # fmt: skip
        start, end, stride = _whole(low, "low"), _whole(high, "high"), _whole(step, "step")
        _order(start, end, stride, log)
        if prior is not None and not isinstance(prior, Prior):
            raise InvalidSpace(f"Int: prior={prior!r} is no prior.", hint="Use ts.Normal, ts.LogNormal or ts.Beta.")
        lattice = Lattice(start, stride, 1, (end - start) // stride + 1, log)
        self.__dict__.update(
            low=start, high=end, log=log, step=stride, default=UNSET, prior=prior, conditions=(),
            _lattice=lattice, _warp=None if prior is None else prior.over(lattice.scale),
        )  # fmt: skip
        if default is not UNSET:
            try:
                self.__dict__["default"] = self.check(default, "default")
            except InvalidParams as error:
                raise InvalidSpace(f"Int: {error.message}", hint=error.hint) from error

    def check(self, value: Any, name: str) -> int:
        """See `Distribution.check`."""
        if type(value) is not int:
            number = real(value)
            if number is None or number != number or (isinstance(number, float) and not number.is_integer()):
                raise InvalidParams(
                    f"{name!r} must be a whole number from {self.low} to {self.high}, got {shown(value)}.",
                    hint="Give an int.",
                )
            value = int(number)
        if not self.low <= value <= self.high:
            raise InvalidParams(
                f"{name!r} = {value} is outside {self.low} to {self.high}.",
                hint="Give a value inside the range, or widen the range.",
            )
        if self.step != 1 and (value - self.low) % self.step:
            raise InvalidParams(
                f"{name!r} = {value} is not on the steps of {self.step} from {self.low}.",
                hint=f"The one below is {value - (value - self.low) % self.step}.",
            )
        return value  # type: ignore[no-any-return]

    def from_unit(self, u: float, *, prior: bool = True) -> int:
        """See `Distribution.from_unit`."""
        if type(u) is not float or not 0.0 <= u <= 1.0:
            u = clipped(u)
        if prior and self._warp is not None:
            u = self._warp.quantile(u)
        return self._lattice.at_int(self._lattice.cell(u))

    def to_unit(self, value: Any) -> float:
        """See `Distribution.to_unit`."""
        return self._lattice.position((int(value) - self.low) // self.step)

    @property
    def size(self) -> int:
        """See `Distribution.size`."""
        return self._lattice.count

    def values(self) -> Iterator[int]:
        """See `Distribution.values`."""
        return iter(range(self.low, self.high + 1, self.step))

    def grid(self, n: int) -> list[int]:
        """See `Distribution.grid`."""
        return [self._lattice.at_int(k) for k in self._lattice.spread(n)]

    def log_prior(self, value: Any) -> float:
        """See `Distribution.log_prior`."""
        return 0.0 if self._warp is None else self._warp.log_density(self.to_unit(value))

    def widen(self, other: Distribution, name: str) -> Self:
        """See `Distribution.widen`."""
        if not isinstance(other, Int) or (other.log, other.step) != (self.log, self.step):
            raise InvalidParams(f"{name!r} was {self!r} and is now {other!r}.", hint="Type, log and step must stay.")
        if (self.low - other.low) % self.step:
            raise InvalidParams(f"{name!r}: the steps of {self!r} and {other!r} do not meet.", hint="Shift a bound.")
        low, high = min(self.low, other.low), max(self.high, other.high)
        default = other.default if self.default is UNSET else self.default
        wide = type(self)(low, high, log=self.log, step=self.step, default=default, prior=self.prior)
        return wide.with_conditions(self.conditions)

    def rank(self, value: Any) -> float:
        """See `Distribution.rank`."""
        number = real(value)
        if number is None or number != number:
            raise InvalidParams(f"{shown(value)} is no number.", hint="Give an int.")
        return number

    def bounds(self) -> tuple[float, float]:
        """See `Distribution.bounds`."""
        return self.low, self._lattice.at_int(self._lattice.count - 1)

    def place(self, value: float) -> int:
        """The number of the step nearest to a value."""
        return self._lattice.index(value)

    def at(self, place: int) -> int:
        """The value of a step."""
        return self._lattice.at_int(place)

    def fields(self) -> dict[str, Any]:
        """See `Distribution.fields`."""
        out: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.log:
            out["log"] = True
        if self.step != 1:
            out["step"] = self.step
        if self.default is not UNSET:
            out["default"] = self.default
        if self.prior is not None:
            out["prior"] = self.prior.dump()
        return out

    def arguments(self) -> list[str]:
        """See `Distribution.arguments`."""
        log, step = ["log=True"] * self.log, [] if self.step == 1 else [f"step={self.step}"]
        return [str(self.low), str(self.high), *log, *step]


def _whole(value: Any, which: str) -> int:
    number = real(value)
    if number is None or (isinstance(number, float) and not number.is_integer()):
        raise InvalidSpace(
            f"Int: {which}={shown(value)} is no whole number.", hint=f"Give {which} as an int, or use ts.Float."
        )
    whole = int(number)
    if abs(whole) > LARGEST:
        raise InvalidSpace(f"Int: {which}={shown(value)} is beyond 2**63 - 1.", hint="Use ts.Float(..., log=True).")
    return whole


def _order(low: int, high: int, step: int, log: object) -> None:
    if low > high:
        raise InvalidSpace(f"Int: low={low} is above high={high}.", hint="Swap the bounds.")
    if not isinstance(log, bool):
        raise InvalidSpace(f"Int: log={log!r} is neither True nor False.", hint="Write log=True.")
    if log and low < 1:
        raise InvalidSpace(f"Int: low={low} must be at least 1 where log=True.", hint="Raise low, or drop log=True.")
    if step < 1:
        raise InvalidSpace(f"Int: step={step} must be at least 1.", hint="Drop step to take every number.")
    if step > high - low and low != high:
        raise InvalidSpace(
            f"Int: step={step} is larger than the range {low} to {high}.",
            hint="Give a smaller step, or ts.Fixed(value).",
        )
