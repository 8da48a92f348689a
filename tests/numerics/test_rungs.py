from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.rungs import FEWEST, SLOPE, Rung, expected


def test_the_line_is_found_and_its_variance():
    generator = np.random.default_rng(0)
    seen = generator.normal(5.0, 2.0, 200)
    rung = Rung.of(seen, 1.0 + 0.4 * seen + generator.normal(0.0, 0.3, 200))
    assert rung.slope == pytest.approx(0.4, abs=0.05)
    assert rung.final - rung.slope * rung.seen == pytest.approx(1.0, abs=0.2)
    assert rung.variance == pytest.approx(0.09, rel=0.4)


def test_a_few_wild_curves_do_not_bend_it():
    seen = np.linspace(1.0, 3.0, 30)
    final = 0.5 * seen + 0.01 * np.sin(20 * seen)
    final[[3, 20]] = 40.0, 70.0
    assert Rung.of(seen, final).slope == pytest.approx(0.5, abs=0.05)


def test_where_trials_do_not_tell_a_difference_mostly_stays():
    rung = Rung.of(np.full(FEWEST, 2.0), np.array([0.9, 1.0, 1.0, 1.1]))
    assert rung.slope == pytest.approx(SLOPE)
    assert rung.final == pytest.approx(1.0)


def test_the_farther_away_the_less_is_known():
    generator = np.random.default_rng(1)
    seen = generator.random(6)
    rung = Rung.of(seen, 0.5 * seen + 0.1 * generator.standard_normal(6))
    near, far = expected(np.array([rung, rung]), np.array([rung.seen, rung.seen + 5.0]))
    assert far[1] > 2 * near[1] > 0


@pytest.mark.parametrize("size", [1e-300, 1e-9, 1e9, 1e120])
def test_units_do_not_matter(size):
    seen = np.array([1.0, 2.0, 3.0, 4.0, 6.0])
    final = np.array([0.5, 1.1, 1.4, 2.1, 2.9])
    rung, scaled = Rung.of(seen, final), Rung.of(size * seen, size * final)
    assert np.isfinite(scaled).all()
    if 1e-100 < size < 1e100:
        assert scaled.slope == pytest.approx(rung.slope, rel=1e-6)


def test_equal_values_give_finite_numbers():
    assert np.isfinite(Rung.of(np.zeros(5), np.zeros(5))).all()
