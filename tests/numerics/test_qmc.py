"""Tests of tunesmith.numerics.qmc: scipy's points, the net property, one point at a time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.stats import qmc as reference

from tunesmith.numerics.qmc import TABLE_DIMS, sobol, sobol_point


def test_unscrambled_equals_scipy():
    expected = reference.Sobol(TABLE_DIMS, scramble=False, bits=32).random(1024)

    assert np.array_equal(expected, sobol(0, 1024, TABLE_DIMS))


@pytest.mark.parametrize("seed", [None, 0, 7, -3, 2**70])
@pytest.mark.parametrize("dims", [1, 10, 400])
def test_one_point_is_the_same_as_in_a_block(dims, seed):
    block = sobol(37, 90, dims, seed)

    assert all(np.array_equal(block[i], sobol_point(37 + i, dims, seed)) for i in range(90))


def test_far_points_cost_no_more_and_agree():
    index = 2**31 + 12345

    assert np.array_equal(sobol(index - 2, 3, 5, 1)[2], sobol_point(index, 5, 1))


@pytest.mark.parametrize("seed", range(3))
def test_scrambled_points_are_nets(seed):
    """Of 2**m points each of 2**m elementary intervals in the pairs of good dimensions holds exactly one."""
    m = 8
    points = sobol(0, 2**m, 2, seed)  # the first two dimensions form a (0, m, 2)-net
    for k in range(m + 1):
        cells = np.floor(points[:, 0] * 2**k).astype(int) * 2 ** (m - k) + np.floor(points[:, 1] * 2 ** (m - k)).astype(
            int
        )
        assert sorted(cells) == list(range(2**m))


@pytest.mark.parametrize("seed", range(3))
def test_each_coordinate_is_stratified(seed):
    points = np.sort(np.floor(sobol(0, 64, TABLE_DIMS, seed) * 64), axis=0)

    assert np.array_equal(points, np.repeat(np.arange(64.0)[:, None], TABLE_DIMS, axis=1))


def test_discrepancy_is_near_scipys_and_far_below_random():
    ours = np.mean([reference.discrepancy(sobol(0, 128, 6, seed)) for seed in range(5)])
    theirs = np.mean([reference.discrepancy(reference.Sobol(6, seed=seed).random(128)) for seed in range(5)])
    random = np.mean([reference.discrepancy(np.random.default_rng(seed).random((128, 6))) for seed in range(5)])

    assert ours < 1.2 * theirs
    assert ours < 0.5 * random


def test_seeds_differ_and_stay_inside():
    first, second = sobol(0, 256, 8, 1), sobol(0, 256, 8, 2)

    assert not np.any(first == second)
    assert first.min() > 0
    assert first.max() < 1
    assert abs(np.mean([sobol_point(0, 50, seed).mean() for seed in range(50)]) - 0.5) < 0.03


def test_further_dimensions_keep_the_first():
    assert np.array_equal(sobol(0, 50, 4, 9), sobol(0, 50, 12, 9)[:, :4])
    assert np.array_equal(sobol(0, 50, 400, 9)[:, :350], sobol(0, 50, 350, 9))


def test_padding_beyond_the_table_is_uniform_and_independent():
    points = sobol(0, 2000, TABLE_DIMS + 20, 3)[:, TABLE_DIMS:]

    assert np.all(np.abs(points.mean(axis=0) - 0.5) < 0.04)
    assert np.all(np.abs(np.corrcoef(points.T) - np.eye(20)) < 0.12)


def test_the_numbers_never_change():
    """Studies are resumed with the same points by every later version."""
    assert sobol_point(5, 3, 42).tolist() == PINNED


def test_odd_requests():
    assert sobol(0, 0, 3).shape == (0, 3)
    assert sobol_point(0, 0).shape == sobol_point(0, 0, 1).shape == (0,)
    with pytest.raises(ValueError, match="index"):
        sobol_point(-1, 2)
    with pytest.raises(ValueError, match="index"):
        sobol_point(2**32, 2)


def test_a_point_takes_microseconds():
    sobol_point(0, 10, 1)
    started = time.process_time()
    for index in range(1000):
        sobol_point(index, 10, 1)

    assert time.process_time() - started < 0.06


PINNED = [0.7181518749566749, 0.47493946028407663, 0.13731267827097327]
