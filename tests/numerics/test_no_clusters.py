"""Rows without clusters: one hump a column, and otherwise like the rows they were made from."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.no_clusters import one_hump, without_clusters


def test_two_heaps_become_one_hump_of_the_same_spread() -> None:
    rng = np.random.default_rng(0)
    heaps = np.concatenate([rng.normal(-4, 0.3, 200), rng.normal(4, 0.3, 200)])
    made = one_hump(heaps, rng)
    assert made.std() == pytest.approx(heaps.std(), rel=0.1)
    assert (np.abs(heaps) < 2).mean() == 0
    assert (np.abs(made) < 2).mean() > 0.2


def test_a_long_tail_stays_long() -> None:
    rng = np.random.default_rng(1)
    tail = rng.lognormal(size=500)
    made = one_hump(tail, rng)
    assert np.quantile(made, 0.99) == pytest.approx(np.quantile(tail, 0.99), rel=0.35)
    assert np.median(made) < made.mean()


def test_correlations_stay_and_categories_move_as_one() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    kind = np.eye(3)[rng.integers(0, 3, 400)]
    rows = np.column_stack([x, x + 0.3 * rng.normal(size=400), kind])
    made = without_clusters(rows, [(2, 3, 4)], rng)
    assert np.corrcoef(made[:, 0], made[:, 1])[0, 1] == pytest.approx(
        np.corrcoef(rows[:, 0], rows[:, 1])[0, 1], abs=0.1
    )
    assert (made[:, 2:].sum(axis=1) == 1).all()
    assert made[:, 2:].sum(axis=0).tolist() == kind.sum(axis=0).tolist()


def test_constant_columns_and_no_numbers_are_left_as_they_are() -> None:
    rng = np.random.default_rng(3)
    rows = np.column_stack([np.ones(30), rng.normal(size=30)])
    assert (without_clusters(rows, [], rng)[:, 0] == 1).all()
    only = np.eye(2)[rng.integers(0, 2, 30)]
    assert without_clusters(only, [(0, 1)], rng).sum() == 30
