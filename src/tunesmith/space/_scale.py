"""Scales: where a number lies between two bounds, on a linear or logarithmic axis, with and without a lattice."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tunesmith.space._numbers import decimal_parts

_MAX = sys.float_info.max


@final
@dataclass(frozen=True)
class Scale:
    """The axis from `low` to `high`: `position` maps values to [0, 1], `value` maps back.

    Examples
    --------
    >>> Scale(1e-4, 1.0, log=True).position(1e-2), Scale(0.0, 4.0).value(0.25)
    (0.5, 1.0)
    """

    low: float
    high: float
    log: bool = False
    start: float = field(init=False, repr=False, compare=False)
    width: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        start = math.log(self.low) if self.log else self.low
        end = math.log(self.high) if self.log else self.high
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "width", end - start)

    def position(self, value: float) -> float:
        """The place of a value in [0, 1]; 0.5 when the axis has no length."""
        if self.width == 0:
            return 0.5
        if math.isinf(self.width):
            place = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        else:
            place = ((math.log(value) if self.log else value) - self.start) / self.width
        return min(max(place, 0.0), 1.0)

    @property
    def log_length(self) -> float:
        """Logarithm of the axis' length (in value, or in logarithm of value)."""
        if math.isinf(self.width):
            return math.log(self.high / 2 - self.low / 2) + math.log(2)
        return math.log(self.width) if self.width > 0 else 0.0

    def value(self, place: float) -> float:
        """The value at a place in [0, 1], never outside the bounds."""
        low, high, width = self.low, self.high, self.width
        if width == math.inf:
            found = low * (1 - place) + high * place
        else:
            found = self.start + place * width
            if self.log:
                found = math.exp(found)
        return low if found < low else min(found, high)


@final
@dataclass(frozen=True)
class Lattice:
    """Evenly spaced numbers `(first + k * stride) / denominator`, each owning a cell of the unit interval.

    On a linear axis all cells are equally wide. On a logarithmic one a cell reaches half a step to either side before
    the logarithm is taken, so that small numbers own wide cells (the lower edge never falls below half the smallest
    number). All arithmetic on values is exact: integers, and one correctly rounded division.

    Examples
    --------
    >>> tenths = Lattice.of_floats(0.0, 1.0, 0.1, log=False)
    >>> tenths.count, tenths.at(3), tenths.index(0.7)
    (11, 0.3, 7)
    """

    first: int
    stride: int
    denominator: int
    count: int
    log: bool
    step: float = field(init=False, repr=False, compare=False)
    scale: Scale = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        low, step = self.first / self.denominator, self.stride / self.denominator
        last = self.at(self.count - 1)
        edge = (max(low - step / 2, low / 2) or low) if self.log else max(low - step / 2, -_MAX)
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "scale", Scale(edge, min(last + step / 2, _MAX), self.log))

    @staticmethod
    def of_floats(low: float, high: float, step: float, *, log: bool) -> Lattice:
        """The lattice `low, low + step, ...` up to `high`, exact in the decimals that were written.

        A `high` that rounding errors have put a hair below a multiple counts as that multiple.
        """
        parts = [decimal_parts(number) for number in (low, high, step)]
        places = max(place for _, place in parts)
        first, last, stride = (digits * 10 ** (places - place) for digits, place in parts)
        rounding = int(Fraction(4 * math.ulp(max(abs(low), abs(high)))) * 10 ** (places + 9))
        slack = max(stride, min(rounding, stride * 10**6))  # a billionth of a step, at most a thousandth
        count = ((last - first) * 10**9 + slack) // (stride * 10**9) + 1
        return Lattice(first, stride, 10**places, count, log)

    def at(self, k: int) -> float:
        """The k-th number as a float."""
        return (self.first + k * self.stride) / self.denominator

    def at_int(self, k: int) -> int:
        """The k-th number as an int, for lattices of integers."""
        return self.first + k * self.stride

    def index(self, value: float) -> int:
        """The place of the number nearest to a value; the value may lie off the lattice or outside it."""
        digits, places = decimal_parts(value)
        return _round_div(digits * self.denominator - self.first * 10**places, self.stride * 10**places)

    def cell(self, place: float) -> int:
        """The number whose cell holds a place in [0, 1]."""
        count = self.count
        if not self.log:
            k = int(place * count) if count <= 2**52 else (int(place * 2**53) * count) >> 53
        else:
            value = self.scale.value(place)
            steps = (value - self.at(0)) / self.step
            k = math.floor(steps + 0.5) if steps < 2**52 else self.index(value)
        return 0 if k < 0 else count - 1 if k >= count else k

    def position(self, k: int) -> float:
        """The place of the k-th number in its own cell."""
        if not self.log:
            return (2 * k + 1) / (2 * self.count)
        return self.scale.position(self.at(k)) if self.count > 1 else 0.5

    def spread(self, n: int) -> list[int]:
        """At most n places, both ends included, evenly spaced on the scale; the middle one for n = 1."""
        last = self.count - 1
        if n >= self.count:
            return list(range(self.count))
        if n == 1:
            return [self.cell(0.5)]
        if not self.log:
            return [_round_div(i * last, n - 1) for i in range(n)]
        start, width = self.position(0), self.position(last) - self.position(0)
        return sorted({0, last, *(self.cell(start + width * i / (n - 1)) for i in range(1, n - 1))})


def _round_div(numerator: int, denominator: int) -> int:
    """Nearest integer to a ratio of integers with a positive denominator; halves go up."""
    return (2 * numerator + denominator) // (2 * denominator)
