"""Priors: quantiles and densities agree with scipy, and stay inside the range."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from tests.strategies import RELAXED, floats, ints
from tunesmith.space import Beta, Float, Int, LogNormal, Normal

US = [0.0, 1e-6, 0.1, 0.5, 0.9, 1 - 1e-6]


@pytest.mark.parametrize(
    ("low", "high", "mean", "std"), [(0, 10, 2, 1), (0, 10, -3, 2), (0, 10, 14, 2), (-1, 1, 0, 100)]
)
def test_normal_is_a_truncated_normal(low, high, mean, std):
    x = Float(low, high, prior=Normal(mean, std))
    truth = stats.truncnorm((low - mean) / std, (high - mean) / std, mean, std)
    for u in US:
        assert x.from_unit(u) == pytest.approx(truth.ppf(u), rel=1e-6, abs=1e-6)
        value = x.from_unit(u)
        assert x.log_prior(value) == pytest.approx(truth.logpdf(value) + math.log(high - low), rel=1e-6, abs=1e-6)


def test_normal_on_a_logarithmic_scale_is_normal_in_the_value():
    x = Float(0.1, 10, log=True, prior=Normal(3, 1))
    truth = stats.truncnorm((0.1 - 3) / 1, (10 - 3) / 1, 3, 1)
    for u in US:
        assert x.from_unit(u) == pytest.approx(truth.ppf(u), rel=1e-6)


@pytest.mark.parametrize("log", [True, False])
def test_lognormal(log):
    x = Float(1e-4, 1, log=log, prior=LogNormal(0.01, 5))
    mu, sigma = math.log(0.01), math.log(5)
    truth = stats.truncnorm((math.log(1e-4) - mu) / sigma, (0 - mu) / sigma, mu, sigma)
    for u in US:
        assert x.from_unit(u) == pytest.approx(math.exp(truth.ppf(u)), rel=1e-6)


def test_lognormal_where_the_range_starts_at_zero():
    x = Float(0, 1, prior=LogNormal(0.01, 5))
    assert x.from_unit(0.0) == pytest.approx(0, abs=1e-12)
    assert x.from_unit(0.5) == pytest.approx(0.01, rel=0.02)
    assert x.log_prior(0.0) == -math.inf


@pytest.mark.parametrize(("a", "b"), [(2, 5), (1, 3), (3, 1), (0.5, 0.5), (1, 1)])
def test_beta_is_on_the_scale(a, b):
    x = Float(1, 100, log=True, prior=Beta(a, b))
    for u in US:
        assert x.to_unit(x.from_unit(u)) == pytest.approx(stats.beta.ppf(u, a, b), abs=1e-9)
        if 0 < u < 1:
            value = x.from_unit(u)
            assert x.log_prior(value) == pytest.approx(stats.beta.logpdf(x.to_unit(value), a, b), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    "x",
    [
        Float(0, 10, prior=Normal(2, 1)), Float(0.1, 10, log=True, prior=Normal(2, 1)),
        Float(0.1, 10, prior=LogNormal(1, 3)), Float(0.1, 10, log=True, prior=LogNormal(1, 3)),
        Float(0.1, 10, log=True, prior=Beta(2, 3)),
    ],
    ids=repr,
)  # fmt: skip
def test_densities_add_up_to_one_on_the_unit_scale(x):
    total, _ = integrate.quad(lambda u: math.exp(x.log_prior(x.from_unit(u, prior=False))), 0, 1)
    assert total == pytest.approx(1, abs=1e-6)


def test_ints_follow_their_prior():
    n = Int(1, 9, prior=Normal(5, 1))
    drawn = [n.from_unit((i + 0.5) / 10_000) for i in range(10_000)]
    assert drawn.count(5) / 10_000 == pytest.approx(stats.norm.cdf(0.5) - stats.norm.cdf(-0.5), abs=1e-3)
    assert n.log_prior(5) > n.log_prior(2)


@RELAXED
@given(st.one_of(floats(), ints()), st.floats(0, 1))
def test_any_prior_stays_in_range(x, u):
    value = x.from_unit(u)
    assert x.check(value, "x") == value
    assert not math.isnan(x.log_prior(value))


def test_far_tails_keep_their_digits():
    x = Float(5, 6, prior=Normal(0, 1))
    truth = stats.truncnorm(5, 6)
    for u in (0.01, 0.5, 0.99):
        assert x.from_unit(u) == pytest.approx(truth.ppf(u), rel=1e-6)


def test_lightness():
    """Neither numpy nor scipy is opened by a space, priors included (Beta aside)."""
    import subprocess
    import sys

    code = (
        "import random, sys; from tunesmith.space import *; "
        "s = SearchSpace(x=Float(0, 1, prior=Normal(0, 1)), c=Categorical('a', 'b')); s.sample(random.Random(0)); "
        "print([m for m in ('numpy', 'scipy', 'hypothesis', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("a", "b", "u"), [(2, 4, 6e-203), (1.0299192124645518, 0.010251763927488958, 5e-24), (3.19, 730.46, 1.5e-172)]
)
def test_beta_where_scipy_gives_nan(a, b, u):
    place = Float(0, 1, prior=Beta(a, b)).from_unit(u)
    assert 0 <= place < 1e-12


@pytest.mark.parametrize("std", [1e3, 1e8, 1e15, 1e200])
def test_a_wide_prior_is_no_preference(std):
    x = Float(1, 2, prior=Normal(1.2, std))
    for u in (0.0, 0.25, 1.0):
        assert x.from_unit(u) == pytest.approx(1 + u, rel=1e-3)
        assert x.log_prior(x.from_unit(u)) == pytest.approx(0, abs=1e-3)
