"""The Gaussian process against dense textbook formulas, and every gradient against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import LinAlgError

from tunesmith.numerics.gp import BOUNDS, FLOOR, Evidence, GaussianProcess, Prior, fit

GROUPS = np.array([0, 1, 2, 2, 2])
THETA = np.array([-0.7, 0.1, 0.3, 0.4, -3.0])


def mixed(n, seed=0):
    """Two numbers and a choice of three, and a value that depends on all."""
    rng = np.random.default_rng(seed)
    choice = np.eye(3)[rng.integers(0, 3, n)] * math.sqrt(0.5)
    features = np.column_stack([rng.random((n, 2)), choice])
    values = np.sin(5 * features[:, 0]) + features[:, 1] ** 2 + 2 * features[:, 3] + 0.1 * rng.standard_normal(n)
    return features, (values - values.mean()) / values.std()


def kernel(one, two, theta, groups=GROUPS):
    """Matern-5/2 as it is written in a textbook."""
    scaled = (one[:, None, :] - two[None, :, :]) / np.exp(theta[:-2])[groups]
    r = np.sqrt(5.0) * np.sqrt((scaled**2).sum(axis=2))
    return math.exp(theta[-2]) * (1 + r + r**2 / 3) * np.exp(-r)


def differences(function, x, step=1e-5):
    found = np.empty(len(x))
    for j in range(len(x)):
        shift = np.zeros(len(x))
        shift[j] = step
        found[j] = (function(x + shift) - function(x - shift)) / (2 * step)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_gradient_of_the_evidence_is_exact(seed):
    features, values = mixed(25, seed)
    features = np.concatenate([features, features[:4]])  # the same point twice, with other values
    values = np.concatenate([values, values[:4] + 0.3])
    extra = np.where(np.arange(29) % 7 == 0, 0.25, 0.0)
    evidence = Evidence(features, GROUPS, values, extra, Prior.of(3))
    theta = THETA + 0.5 * np.random.default_rng(seed).standard_normal(5)
    gradient = evidence(theta)[1]
    expected = differences(lambda at: evidence(at)[0], theta)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_evidence_is_the_normal_density_of_the_values():
    features, values = mixed(12)
    extra = np.linspace(0, 0.2, 12)
    prior = Prior.of(3)
    covariance = kernel(features, features, THETA) + np.diag(math.exp(-3.0) + FLOOR + extra)
    expected = 0.5 * values @ np.linalg.solve(covariance, values) + 0.5 * np.linalg.slogdet(covariance)[1]
    found = Evidence(features, GROUPS, values, extra, prior)(THETA)[0]
    assert found == pytest.approx(expected + prior.penalty(THETA)[0], rel=1e-10)


def test_evidence_where_no_covariance_exists_is_worst_and_flat():
    features, values = mixed(5)
    value, gradient = Evidence(features, GROUPS, values, np.full(5, -9.0), Prior.of(3))(THETA)
    assert value == 1e25
    assert not gradient.any()


@pytest.mark.parametrize("dims", [1, 3, 40])
def test_prior_is_flat_at_its_mode_and_steep_as_it_says(dims):
    prior = Prior.of(dims, noise_mean=-5.0)
    mode = prior.mode(dims)
    np.testing.assert_allclose(prior.penalty(mode)[1], 0.0, atol=1e-12)
    other = mode + np.linspace(-1, 1, dims + 2)
    np.testing.assert_allclose(prior.penalty(other)[1], differences(lambda at: prior.penalty(at)[0], other), atol=1e-7)
    assert prior.penalty(other)[0] > prior.penalty(mode)[0]


def test_more_parameters_are_believed_to_matter_less_each():
    assert Prior.of(100).mode(1)[0] == pytest.approx(Prior.of(1).mode(1)[0] + math.log(10))


def test_fit_climbs_and_more_starts_are_never_worse():
    features, values = mixed(40)
    prior = Prior.of(3)
    evidence = Evidence(features, GROUPS, values, np.zeros(40), prior)
    mode = prior.mode(3)
    theta, least = fit(evidence, [mode])
    assert least < evidence(mode)[0] - 1
    assert evidence(theta)[0] == pytest.approx(least, rel=1e-9)
    assert fit(evidence, [mode, mode + 2.0])[1] <= least
    again, _ = fit(evidence, [mode])
    np.testing.assert_array_equal(theta, again)


def test_fit_stays_within_bounds():
    features, values = mixed(10)
    evidence = Evidence(features, GROUPS, values, np.zeros(10), Prior.of(3))
    theta, _ = fit(evidence, [np.full(5, 50.0)])
    low, high = np.array([BOUNDS["length"]] * 3 + [BOUNDS["scale"], BOUNDS["noise"]]).T
    assert np.all((low <= theta) & (theta <= high))


def test_fit_tells_noise_from_signal_and_what_matters_from_what_does_not():
    rng = np.random.default_rng(3)
    features = rng.random((80, 2))
    values = np.sin(8 * features[:, 0])
    noisy = values + 0.8 * rng.standard_normal(80)
    fits = []
    for told in (values, noisy):
        standard = (told - told.mean()) / told.std()
        fits.append(
            fit(Evidence(features, np.array([0, 1]), standard, np.zeros(80), Prior.of(2)), [Prior.of(2).mode(2)])
        )
    (clear, _), (blurred, _) = fits
    assert clear[-1] < -5 < -2 < blurred[-1]
    assert clear[0] + 1 < clear[1]


def test_a_narrow_belief_in_lengths_foretells_more_from_few_values_than_a_wide_one():
    """Ten parameters, each of which matters less than the one before, and 25 values with as much noise."""
    groups, wide = np.arange(10), Prior(math.sqrt(2.0) + 0.5 * math.log(10.0), length_spread=math.sqrt(3.0))
    alike = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        features, others = rng.random((25, 10)), rng.random((300, 10))
        truth, elsewhere = ((x - 0.3) ** 2 @ (1.0 / np.arange(1, 11)) for x in (features, others))
        values = truth + truth.std() * rng.standard_normal(25)
        values = (values - values.mean()) / values.std()
        for prior in (Prior.of(10), wide):
            theta, _ = fit(Evidence(features, groups, values, np.zeros(25), prior), [prior.mode(10)])
            process = GaussianProcess(features, groups, theta, np.zeros(25))
            process.condition(values)
            alike.append(np.corrcoef(process.predict(others)[0], elsewhere)[0, 1])
    assert np.mean(alike[::2]) > np.mean(alike[1::2]) + 0.05


def test_prediction_is_the_textbook_posterior():
    features, values = mixed(20)
    fresh, _ = mixed(9, seed=8)
    extra = np.linspace(0, 0.5, 20)
    process = GaussianProcess(features, GROUPS, THETA, extra)
    process.condition(values)
    covariance = kernel(features, features, THETA) + np.diag(process.noise + extra)
    across = kernel(features, fresh, THETA)
    mean, deviation = process.predict(fresh)
    np.testing.assert_allclose(mean, across.T @ np.linalg.solve(covariance, values), atol=1e-9)
    variance = math.exp(THETA[-2]) - np.sum(across * np.linalg.solve(covariance, across), axis=0)
    np.testing.assert_allclose(deviation, np.sqrt(variance), rtol=1e-6)


def test_extended_is_the_same_as_made_at_once():
    features, values = mixed(30)
    extra = np.where(np.arange(30) % 4 == 0, 0.25, 0.0)
    fresh, _ = mixed(7, seed=4)
    whole = GaussianProcess(features, GROUPS, THETA, extra)
    grown = GaussianProcess(features[:18], GROUPS, THETA, extra[:18])
    for part in (slice(18, 19), slice(19, 30)):
        grown = grown.extended(features[part], extra[part])
    whole.condition(values)
    grown.condition(values)
    assert len(grown) == len(whole) == 30
    np.testing.assert_allclose(grown.factor, whole.factor, atol=1e-10)
    for one, other in zip(whole.predict(fresh), grown.predict(fresh), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_a_copy_is_conditioned_apart():
    features, values = mixed(10)
    process = GaussianProcess(features, GROUPS, THETA, np.zeros(10))
    process.condition(values)
    before = process.predict(features)[0]
    twin = process.copy()
    twin.condition(-values)
    np.testing.assert_array_equal(process.predict(features)[0], before)
    np.testing.assert_allclose(twin.predict(features)[0], -before, atol=1e-12)


def test_worlds_share_a_deviation_and_have_means_of_their_own():
    features, values = mixed(15)
    fresh, _ = mixed(6, seed=2)
    process = GaussianProcess(features, GROUPS, THETA, np.zeros(15))
    process.condition(np.column_stack([values, 2 * values, -values]))
    means, deviation = process.predict_worlds(fresh)
    mean, same = process.predict(fresh)
    np.testing.assert_allclose(means, np.column_stack([mean, 2 * mean, -mean]), atol=1e-9)
    np.testing.assert_array_equal(deviation, same)


@pytest.mark.parametrize("worlds", [1, 5])
def test_slopes_are_exact_in_all_worlds(worlds):
    features, values = mixed(25)
    process = GaussianProcess(features, GROUPS, THETA, np.zeros(25))
    rng = np.random.default_rng(1)
    process.condition(values[:, None] + rng.standard_normal((25, worlds)))
    rows = rng.random((4, 5))
    by_mean, by_deviation = rng.standard_normal((4, worlds)), rng.standard_normal(4)
    slopes = process.with_slopes(rows)
    means, deviation = process.predict_worlds(rows)
    np.testing.assert_allclose(slopes.means, means, atol=1e-12)
    np.testing.assert_allclose(slopes.deviation, deviation, rtol=1e-9)
    gradient = slopes.gradient(by_mean, by_deviation)
    for k in range(4):

        def mixture(row, k=k):
            means, deviation = process.predict_worlds(row[None, :])
            return float(means[0] @ by_mean[k] + deviation[0] * by_deviation[k])

        np.testing.assert_allclose(gradient[k], differences(mixture, rows[k]), rtol=1e-5, atol=1e-6)


def test_draws_have_the_moments_of_the_posterior():
    features, values = mixed(15)
    fresh, _ = mixed(4, seed=6)
    process = GaussianProcess(features, GROUPS, THETA, np.zeros(15))
    process.condition(values)
    draws = process.draw(fresh, np.random.default_rng(0).standard_normal((4, 40_000)))
    mean, deviation = process.predict(fresh)
    np.testing.assert_allclose(draws.mean(axis=1), mean, atol=0.03 * deviation.max())
    np.testing.assert_allclose(draws.std(axis=1), deviation, rtol=0.02)
    twice = process.draw(fresh[[0, 0]], np.random.default_rng(0).standard_normal((2, 100)))
    np.testing.assert_allclose(twice[0], twice[1], atol=0.01 * deviation[0])


def test_what_was_drawn_and_told_is_predicted():
    features, values = mixed(10)
    fresh, _ = mixed(3, seed=9)
    process = GaussianProcess(features, GROUPS, np.array([-0.7, 0.1, 0.3, 0.4, -12.0]), np.zeros(10))
    process.condition(values)
    draws = process.draw(fresh, np.random.default_rng(0).standard_normal((3, 4)))
    grown = process.extended(fresh, np.zeros(3))
    grown.condition(np.concatenate([np.repeat(values[:, None], 4, axis=1), draws]))
    np.testing.assert_allclose(grown.predict_worlds(fresh)[0], draws, atol=0.02)


def test_the_same_row_many_times_is_no_obstacle():
    features = np.full((30, 5), 0.3)
    process = GaussianProcess(features, GROUPS, np.array([0.0, 0.0, 0.0, 4.0, -14.0]), np.zeros(30))
    process.condition(np.linspace(-1, 1, 30))
    mean, deviation = process.predict(features[:1])
    assert mean[0] == pytest.approx(0.0, abs=1e-2)
    assert 0 < deviation[0] < 0.01


def test_variances_that_cannot_be_are_refused():
    rows, theta = np.array([[0.1], [0.5]]), np.array([0.0, 0.0, -4.0])
    with pytest.raises(LinAlgError, match="positive definite"):
        GaussianProcess(rows, np.array([0]), theta, np.full(2, -9.0))
    process = GaussianProcess(rows, np.array([0]), theta, np.zeros(2))
    with pytest.raises(LinAlgError, match="new rows"):
        process.extended(np.array([[0.3]]), np.full(1, -9.0))


def test_no_parameters_at_all():
    features, groups = np.empty((4, 0)), np.empty(0, dtype=np.int64)
    values = np.array([1.0, -1.0, 0.5, -0.5])
    evidence = Evidence(features, groups, values, np.zeros(4), Prior.of(0))
    theta, _ = fit(evidence, [Prior.of(0).mode(0)])
    process = GaussianProcess(features, groups, theta, np.zeros(4))
    process.condition(values)
    assert process.predict(np.empty((1, 0)))[0][0] == pytest.approx(0.0, abs=1e-9)


def test_bordered_factors_stay_inverse_even_where_rows_nearly_repeat():
    rng = np.random.default_rng(3)
    rows = rng.random((60, 3))
    rows[30:] = rows[:30] + 1e-5
    groups, theta = np.arange(3), np.array([0.5, 0.5, 0.5, 0.0, -14.0])
    whole = GaussianProcess(rows, groups, theta, np.zeros(60))
    grown = GaussianProcess(rows[:25], groups, theta, np.zeros(25)).extended(rows[25:50], np.zeros(25))
    grown = grown.extended(rows[50:], np.zeros(10))
    for process in (whole, grown):
        np.testing.assert_allclose(process.inverse @ process.factor, np.eye(60), atol=1e-7)
        process.condition(np.sin(rows.sum(axis=1)))
    asked = rng.random((40, 3))
    across = np.linalg.solve(whole.factor, whole._kernel(whole.scaled, asked * whole.inverse_lengths))
    exact = np.sqrt(np.maximum(whole.scale - (across**2).sum(axis=0), 1e-12))
    for process in (whole, grown):
        np.testing.assert_allclose(process.predict(asked)[1], exact, rtol=1e-3)
        np.testing.assert_allclose(process.with_slopes(asked).deviation, exact, rtol=1e-3)
