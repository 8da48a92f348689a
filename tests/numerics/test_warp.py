"""Values and their standardised form: there and back, in order, whatever their size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.strategies import RELAXED
from tunesmith.numerics.warp import POWERS, fit_warp, scaled

numbers = hnp.arrays(float, st.integers(1, 40), elements=st.floats(-1e6, 1e6, allow_subnormal=False))


@RELAXED
@given(numbers, st.sampled_from([1e-300, 1e-6, 1.0, 1e6, 1e294]), st.sampled_from([0.0, 0.5, 1.0, 2.0]))
def test_there_and_back(values, size, power):
    values = values * size
    warp = fit_warp(values, power)
    kept = np.minimum(values, warp.ceiling)
    warped = warp.forward(values)
    assert np.isfinite(warped).all()
    width = np.ptp(kept) or np.abs(kept).max()
    np.testing.assert_allclose(warp.backward(warped) / (width or 1), kept / (width or 1), atol=1e-6)


@RELAXED
@given(numbers)
def test_order_is_kept(values):
    warp = fit_warp(values)
    ordered = np.sort(values)
    warped = warp.forward(ordered)
    assert np.all(np.diff(warped) >= 0)
    apart = (np.diff(ordered) > 1e-9 * max(np.ptp(ordered), 1e-9)) & (ordered[1:] <= warp.ceiling)
    assume(np.ptp(ordered) > 1e-6 * np.abs(ordered).max())
    assert np.all(np.diff(warped)[apart] > 0)


@RELAXED
@given(
    hnp.arrays(float, st.integers(4, 30), elements=st.integers(-1000, 1000).map(float)),
    st.sampled_from([2.0, 0.125, 2.0**200, 2.0**-200]),
)
def test_units_do_not_matter(values, unit):
    np.testing.assert_allclose(fit_warp(values * unit).forward(values * unit), fit_warp(values).forward(values))


@pytest.mark.parametrize("value", [0.0, 0.1, 3.0, -1e300, 1e300, 1e308, 1e-300, -1e-308])
@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_equal_values_are_all_zero(value, n):
    warp = fit_warp(np.full(n, value))
    np.testing.assert_allclose(warp.forward(np.full(n, value)), 0.0, atol=1e-9)
    np.testing.assert_allclose(warp.backward(np.zeros(1)), value, rtol=1e-12)
    assert abs(warp.forward(np.array([value / 2]))[0]) < 2, "what is told later stays in proportion"


@pytest.mark.parametrize("size", [1e300, 1e-300, 1.0])
def test_sizes_at_the_ends_of_the_floats(size):
    values = np.linspace(1, 2, 20) * size
    warp = fit_warp(values)
    warped = warp.forward(values)
    assert np.all(np.diff(warped) > 0)
    assert warped.mean() == pytest.approx(0, abs=1e-9)
    assert warped.std() == pytest.approx(1)
    np.testing.assert_allclose(warp.backward(warped), values, rtol=1e-9)


def test_all_exponents_at_once_are_those_of_one():
    values = np.exp(np.random.default_rng(0).standard_normal(200))
    found, logs = scaled(values).bent(POWERS)
    for place in (0, 8, 16, 24, 48):
        np.testing.assert_allclose(found[:, place], fit_warp(values, POWERS[place]).forward(values), atol=1e-9)
    skew = np.mean(((values - values.mean()) / values.std()) ** 3)
    assert skew > 1.5
    assert abs(np.mean(found[:, np.argmax(logs)] ** 3)) < 0.5, "the likeliest takes the skew out"


def test_the_jacobian_is_the_slope():
    values = np.random.default_rng(1).standard_normal(50)
    _, logs = scaled(values).bent(np.array([0.25, 1.0]))
    for power, log in zip([0.25, 1.0], logs, strict=True):
        warp = fit_warp(values, power)
        slopes = (warp.forward(values + 1e-6) - warp.forward(values - 1e-6)) / 2e-6
        assert np.log(slopes * values.std()).sum() == pytest.approx(log, abs=1e-3)


def test_a_diverged_run_leaves_room_for_the_others():
    values = np.append(np.linspace(0, 1, 30), 1e12)
    warp = fit_warp(values, -1.0)
    warped = warp.forward(values)
    assert warp.ceiling < 20
    assert np.ptp(warped[:30]) > 1.5
    assert warped[-1] == warped.max()
    assert warp.forward(np.array([np.inf]))[0] == warped[-1]


def test_beyond_the_range_is_the_end_of_it():
    warp = fit_warp(np.exp(np.linspace(0, 6, 50)), -1.0)
    ends = warp.backward(np.array([-1e6, -1e3, 1e3, 1e6]))
    assert np.isfinite(ends).all()
    assert np.all(np.diff(ends) >= 0)
