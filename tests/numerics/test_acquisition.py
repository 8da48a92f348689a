"""Acquisition functions: their values against high precision, their derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.acquisition import ACQUISITIONS, expected_improvement, log_expected_improvement, log_h

EXACT = [
    (5.0, 1.6094379231264314, 0.19999994053122005),
    (0.0, -0.91893853320467274, 1.2533141373155003),
    (-0.999999, -2.485119121441769, 1.9042705113520568),
    (-1.0, -2.4851210257126413, 1.9042712333296918),
    (-1.000001, -2.4851229299842357, 1.9042719553074503),
    (-10.0, -55.553122036122356, 10.194383033412553),
    (-1000.0, -500014.73445209116, 1000.001999994),
    (-9999.9, -49999019.344599307, 9999.900200001994),
    (-10000.1, -50001019.344639307, 10000.100199997994),
    (-1e6, -500000000028.54996, 1000000.000002),
]
"""z, ln h(z) and its derivative, computed with 80 digits."""


@pytest.mark.parametrize(("z", "value", "slope"), EXACT)
def test_log_h_is_exact(z, value, slope):
    found, steep = log_h(np.array([z]))
    assert found[0] == pytest.approx(value, rel=1e-12)
    assert steep[0] == pytest.approx(slope, rel=1e-7)


def test_log_h_rises_everywhere_and_is_never_infinite():
    z = np.concatenate([-np.logspace(300, -6, 3000), np.linspace(0, 50, 500)])
    value, slope = log_h(z)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()
    assert np.all(np.diff(value) >= 0)
    assert np.all(slope > 0)


def test_expected_improvement_is_what_is_expected():
    draws = 0.3 + 0.7 * np.random.default_rng(0).standard_normal(2_000_000)
    expected = np.maximum(0.1 - draws, 0).mean()
    arguments = np.array([[0.3]]), np.array([0.7]), np.array([0.1])
    assert expected_improvement(*arguments).value[0] == pytest.approx(expected, rel=0.005)
    assert np.exp(log_expected_improvement(*arguments).value[0]) == pytest.approx(expected, rel=0.005)


def test_other_values_by_hand():
    arguments = np.array([[0.3]]), np.array([0.5]), np.array([0.9])
    assert ACQUISITIONS["pi"](*arguments).value[0] == pytest.approx(np.log(0.8413447460685429))  # Phi(1)
    assert ACQUISITIONS["ucb"](*arguments).value[0] == pytest.approx(1.8 * 0.5 - 0.3)


@pytest.mark.parametrize("name", ACQUISITIONS)
@pytest.mark.parametrize("worlds", [1, 4])
def test_derivatives(name, worlds):
    function = ACQUISITIONS[name]
    rng = np.random.default_rng(5)
    means, deviation = rng.standard_normal((30, worlds)), rng.uniform(0.2, 1.5, 30)
    best = rng.standard_normal(worlds) - 0.5
    found = function(means, deviation, best)
    step = 1e-5
    for world in range(worlds):
        shift = np.zeros(worlds)
        shift[world] = step
        high, low = function(means + shift, deviation, best).value, function(means - shift, deviation, best).value
        np.testing.assert_allclose(found.by_mean[:, world], (high - low) / (2 * step), rtol=1e-5, atol=1e-7)
    high, low = function(means, deviation + step, best).value, function(means, deviation - step, best).value
    np.testing.assert_allclose(found.by_deviation, (high - low) / (2 * step), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_worlds_that_are_equal_are_one(name):
    function = ACQUISITIONS[name]
    rng = np.random.default_rng(6)
    means, deviation, best = rng.standard_normal((20, 1)), rng.uniform(0.2, 1.5, 20), np.array([-0.4])
    one = function(means, deviation, best)
    many = function(np.repeat(means, 8, axis=1), deviation, np.repeat(best, 8))
    np.testing.assert_allclose(many.value, one.value, rtol=1e-9)
    np.testing.assert_allclose(many.by_mean.sum(axis=1), one.by_mean[:, 0], rtol=1e-9)
    np.testing.assert_allclose(many.by_deviation, one.by_deviation, rtol=1e-9)


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_lower_means_and_larger_deviations_are_more_promising(name):
    function, best = ACQUISITIONS[name], np.array([0.0])
    means = np.linspace(-2, 3, 20)[:, None]
    assert np.all(np.diff(function(means, np.full(20, 0.5), best).value) < 0)
    assert np.all(np.diff(function(np.full((20, 1), 0.5), np.linspace(0.05, 2, 20), best).value) > 0)


def test_hopeless_points_can_still_be_compared():
    means = np.array([[50.0], [60.0]])
    value = log_expected_improvement(means, np.array([0.01, 0.01]), np.array([0.0])).value
    assert np.isfinite(value).all()
    assert value[0] > value[1]
