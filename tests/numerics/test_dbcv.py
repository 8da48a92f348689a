"""DBCV against the values of other programs, at its edges, and whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_moons

from tunesmith.numerics.dbcv import core_distances, dbcv


def test_the_values_are_those_of_the_authors_program() -> None:
    """As its port to Python (package kdbcv, `use_original_mst_implementation=True`) printed them."""
    X, y = make_moons(n_samples=300, noise=0.05, random_state=1782)
    assert dbcv(X, y) == pytest.approx(0.9094225859550192, abs=1e-9)
    X, y = make_blobs(150, centers=3, random_state=1)
    assert dbcv(X, y) == pytest.approx(0.8464257560167784, abs=1e-9)


def test_moons_cut_across_are_worse_than_moons() -> None:
    X, y = make_moons(200, noise=0.05, random_state=0)
    assert dbcv(X, y) > 0.5
    assert dbcv(X, (X[:, 0] > 0.5).astype(int)) < 0


def test_the_order_of_rows_and_the_names_of_clusters_change_nothing() -> None:
    X, y = make_blobs(150, centers=3, random_state=1)
    moved = np.random.default_rng(0).permutation(150)
    assert dbcv(X[moved], 7 - y[moved]) == pytest.approx(dbcv(X, y), abs=1e-12)


def test_noise_costs_its_share() -> None:
    X, y = make_blobs(150, centers=3, random_state=1, cluster_std=0.3)
    far = np.vstack([X, X + 1000.0])
    assert dbcv(far, np.concatenate([y, np.full(150, -1)])) == pytest.approx(dbcv(X, y) / 2)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [-1, -1, -1, -1], [-1, 2, 2, 2]])
def test_fewer_than_two_clusters_are_worth_the_least(labels: list[int]) -> None:
    assert dbcv(np.arange(8.0).reshape(4, 2), np.array(labels)) == -1.0


def test_single_rows_equal_rows_and_many_columns_give_numbers() -> None:
    rng = np.random.default_rng(0)
    assert -1 <= dbcv(rng.normal(size=(5, 2)), np.arange(5)) <= 1
    assert dbcv(np.repeat([[0.0, 0.0], [1.0, 1.0]], 5, axis=0), np.repeat([0, 1], 5)) == 1.0
    assert dbcv(np.zeros((6, 2)), np.repeat([0, 1], 3)) == 0.0
    X, y = make_blobs(60, centers=2, n_features=400, random_state=0)
    assert 0 < dbcv(X, y) <= 1


def test_core_distances_are_the_mean_of_powers() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(6, 3))
    own = ((rows[:, None] - rows[None]) ** 2).sum(-1)
    powers = [np.mean([own[i, j] ** -3.0 for j in range(6) if j != i]) ** (-1 / 3) for i in range(6)]
    assert core_distances(own, 3) == pytest.approx(powers)
