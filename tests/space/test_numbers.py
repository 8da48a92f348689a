"""Float and Int: bounds, steps, scales, cells, and numbers of every size."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import RELAXED, floats, ints
from tunesmith.errors import InvalidParams
from tunesmith.space import Float, Int, Normal

UNIT = st.floats(0, 1, exclude_max=True)
BIG = 2**53 + 1


@RELAXED
@given(floats(), UNIT)
def test_a_float_inverts_its_scale(x, u):
    value = x.from_unit(u, prior=False)
    assert x.low <= value <= x.high
    assert type(value) is float
    assert x.check(value, "x") == value
    if x.size is None and x.high > x.low * 1.001 + 1e-9:
        assert math.isclose(x.from_unit(x.to_unit(value), prior=False), value, rel_tol=1e-6, abs_tol=1e-9)


@RELAXED
@given(floats(finite=True))
def test_a_stepped_float_owns_equal_cells(x):
    values = list(x.values())
    assert len(values) == x.size
    assert values == sorted(set(values))
    for k, value in enumerate(values):
        assert x.check(value, "x") == value
        assert x.from_unit(x.to_unit(value)) == value
        if not x.log:
            assert x.to_unit(value) == pytest.approx((k + 0.5) / len(values))


@RELAXED
@given(ints(finite=True))
def test_an_int_owns_its_cell(n):
    for value in n.values():
        assert n.check(value, "n") == value
        assert n.from_unit(n.to_unit(value), prior=False) == value
    assert n.from_unit(0.0) == n.low
    assert n.from_unit(math.nextafter(1, 0), prior=False) == max(n.values())


@RELAXED
@given(ints(), UNIT)
def test_any_place_is_an_int_of_the_range(n, u):
    for prior in (True, False):
        value = n.from_unit(u, prior=prior)
        assert type(value) is int
        assert n.check(value, "n") == value
        assert 0 <= n.to_unit(value) <= 1


@RELAXED
@given(st.one_of(floats(), ints(), floats(finite=True)), UNIT, UNIT)
def test_scales_are_monotone(x, u, v):
    low, high = sorted((u, v))
    for prior in (True, False):
        assert x.from_unit(low, prior=prior) <= x.from_unit(high, prior=prior)
    assert x.to_unit(x.from_unit(low)) <= x.to_unit(x.from_unit(high))


@RELAXED
@given(st.one_of(floats(), ints(), floats(finite=True)), st.integers(1, 20))
def test_grids(x, n):
    grid = x.grid(n)
    assert 1 <= len(grid) <= n
    assert grid == sorted(set(grid))
    assert all(x.check(value, "x") == value for value in grid)
    if n > 1 and x.size != 1:
        assert (grid[0], grid[-1]) == (x.low, x.bounds()[1])
    if x.size is not None and x.size <= n:
        assert grid == list(x.values())


def test_integers_beyond_floats_survive():
    n = Int(0, 2**63 - 1)
    assert n.check(BIG, "n") == BIG
    assert n.decode(n.encode(BIG)) == BIG
    assert Int(BIG, BIG + 2).grid(2) == [BIG, BIG + 2]
    assert Int(BIG, BIG + 4, step=2).check(BIG + 2, "n") == BIG + 2
    assert [Int(BIG, BIG + 2).from_unit(u) for u in (0.1, 0.5, 0.9)] == [BIG, BIG + 1, BIG + 2]
    assert Int(BIG, BIG + 2).to_unit(BIG + 1) == 0.5
    assert not Int(0, BIG - 1).contains(BIG)
    assert Int(-(2**63) + 1, 2**63 - 1).size == 2**64 - 1
    assert Int(-(2**63) + 1, 2**63 - 1).from_unit(0.0) == -(2**63) + 1
    assert Int(1, 2**63 - 1, log=True).from_unit(math.nextafter(1, 0)) <= 2**63 - 1
    assert Float(0, 2**60).check(BIG, "x") == float(BIG)


def test_integer_cells_are_equally_likely_and_logarithmic_ones_shrink():
    drawn = [Int(1, 4).from_unit(i / 1000) for i in range(1000)]
    assert [drawn.count(k) for k in range(1, 5)] == [250] * 4
    drawn = [Int(1, 100, log=True).from_unit(i / 10_000) for i in range(10_000)]
    width = math.log(100.5) - math.log(0.5)
    for k in (1, 2, 10, 100):
        assert drawn.count(k) / 10_000 == pytest.approx((math.log(k + 0.5) - math.log(k - 0.5)) / width, abs=2e-3)


def test_the_encoding_is_the_one_of_the_literature():
    n = Int(1, 100, log=True)
    assert n.to_unit(7) == pytest.approx((math.log(7) - math.log(0.5)) / (math.log(100.5) - math.log(0.5)))
    assert Int(3, 8).to_unit(5) == pytest.approx((5 - 2.5) / (8.5 - 2.5))
    x = Float(1e-5, 1e-1, log=True)
    assert x.to_unit(1e-3) == pytest.approx(0.5)


def test_steps_do_not_drift():
    assert list(Float(0, 1, step=0.1).values()) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert list(Float(0.05, 0.35, step=0.1).values()) == [0.05, 0.15, 0.25, 0.35]
    assert Float(1e-7, 5e-7, step=1e-7).grid(9) == [1e-7, 2e-7, 3e-7, 4e-7, 5e-7]
    assert Float(0, 1, step=0.3).bounds() == (0.0, 0.9)
    for k, value in enumerate(Float(-3, 3, step=0.01).values()):
        assert value == float(Fraction(k - 300, 100))


def test_steps_forgive_rounding_but_not_more():
    x = Float(0, 1, step=0.1)
    assert x.check(0.1 + 0.2, "x") == 0.3
    assert x.check(np.float32(0.3), "x") == 0.3
    assert not x.contains(0.31)
    assert Float(0, 0.1 * 3, step=0.1).size == 4
    assert Float(0, 1 - 0.9, step=0.1).size == 2
    assert Float(0, 1 - 0.9, step=0.1).contains(0.1)


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [
        (-sys.float_info.max, sys.float_info.max, False), (5e-324, 1e308, True), (1e-300, 1e300, True),
        (0, 5e-324, False),
        (1, math.nextafter(1, 2), False), (1, math.nextafter(1, 2), True), (-0.0, 0.0, False), (1e308, 1.7e308, False),
    ],
)  # fmt: skip
def test_extreme_ranges(low, high, log):
    x = Float(low, high, log=log)
    for u in (0.0, 1e-300, 0.25, 0.5, 0.75, math.nextafter(1, 0), 1.0, -1.0, 2.0):
        value = x.from_unit(u)
        assert low <= value <= high
        assert 0 <= x.to_unit(value) <= 1
    assert x.grid(3)[0] == low


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0, 1e308, 1e300), (1e-300, 1e-290, 1e-299), (1, 1e16, 0.5), (-1e308, 1e308, 1e308)]
)
@pytest.mark.parametrize("log", [False, True])
def test_extreme_steps(low, high, step, log):
    if log and low <= 0:
        return
    x = Float(low, high, step=step, log=log)
    assert x.from_unit(0.0) == low
    for u in (0.0, 0.3, 0.999, 1.0):
        value = x.from_unit(u)
        assert x.check(value, "x") == value
        assert 0 <= x.to_unit(value) <= 1


def test_one_value():
    for one in (
        Float(2, 2),
        Int(2, 2),
        Float(2, 2, step=1),
        Int(2, 2, step=5),
        Float(2, 2, log=True),
        Int(2, 2, log=True),
    ):
        assert one.size == 1
        assert one.to_unit(2) == 0.5
        assert one.from_unit(0.9) == 2
        assert one.grid(5) == list(one.values()) == [2]
    assert Float(2, 2, prior=Normal(2, 1)).from_unit(0.3) == 2


@pytest.mark.parametrize(
    "value",
    [3, 3.0, np.int8(3), np.uint64(3), np.float64(3), np.float32(3), np.float16(3), np.longdouble(3), np.int64(3)],
    ids=lambda value: type(value).__name__,
)
def test_what_counts_as_a_number(value):
    assert (Int(1, 9).check(value, "n"), type(Int(1, 9).check(value, "n"))) == (3, int)
    assert (Float(1, 9).check(value, "x"), type(Float(1, 9).check(value, "x"))) == (3.0, float)


def test_numpy_bounds_become_plain():
    x = Float(np.float32(0.5), np.int64(2), step=np.float64(0.5))
    assert (x, type(x.low), type(x.step)) == (Float(0.5, 2, step=0.5), float, float)
    n = Int(np.int64(1), np.float64(9))
    assert (n, type(n.high)) == (Int(1, 9), int)


def test_readable():
    assert repr(Float(1e-5, 0.1, log=True, default=0.01)) == "Float(1e-05, 0.1, log=True, default=0.01)"
    assert repr(Int(1, 9, step=2, prior=Normal(3, 1))) == "Int(1, 9, step=2, prior=Normal(mean=3.0, std=1.0))"


def test_values():
    assert Float(0, 1) == Float(0.0, 1.0)
    assert Float(0, 1) != Int(0, 1)
    assert Float(0, 1) != "Float(0, 1)"
    assert len({Float(0, 1), Float(0, 1), Float(0, 1, default=0), Float(0, 1).when("a", 1)}) == 3
    with pytest.raises(InvalidParams, match="steps"):
        Float(0, 1, step=0.25).check(0.3, "x")
