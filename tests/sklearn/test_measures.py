"""Measures without a target: as scikit-learn has them, and a number where there is nothing to measure."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import load_iris, make_blobs
from sklearn.decomposition import PCA

from tunesmith.sklearn import measures as m

X, Y = make_blobs(90, centers=3, random_state=0)
SCORES = ("silhouette", "calinski_harabasz", "davies_bouldin", "dbcv")


def test_without_noise_they_are_those_of_scikit_learn() -> None:
    assert m.cluster_score("silhouette", X, Y) == pytest.approx(metrics.silhouette_score(X, Y))
    assert m.cluster_score("calinski_harabasz", X, Y) == pytest.approx(metrics.calinski_harabasz_score(X, Y))
    assert m.cluster_score("davies_bouldin", X, Y) == pytest.approx(-metrics.davies_bouldin_score(X, Y))


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize(
    "labels", [np.zeros(90), np.full(90, -1), np.arange(90), np.where(np.arange(90) < 2, np.arange(90), -1)]
)
def test_one_cluster_all_noise_and_a_cluster_a_row_are_worth_the_worst(name: str, labels: np.ndarray) -> None:
    assert m.cluster_score(name, X, labels.astype(int)) == m.WORST[name]


@pytest.mark.parametrize("name", SCORES[:3])
def test_noise_in_good_clusters_costs_and_stays_above_the_worst(name: str) -> None:
    noisy = np.where(np.arange(90) % 3 == 0, -1, Y)
    assert m.WORST[name] < m.cluster_score(name, X, noisy) < m.cluster_score(name, X, Y)


def test_many_rows_are_measured_on_a_sample_that_stays_the_same() -> None:
    many, own = make_blobs(6_000, centers=3, random_state=0)
    found = m.cluster_score("silhouette", many, own)
    assert found == m.cluster_score("silhouette", many, own)
    assert found == pytest.approx(metrics.silhouette_score(many[:4_000], own[:4_000]), abs=0.03)


def test_agreement_is_the_adjusted_rand_index_and_noise_counts_as_not_known() -> None:
    other = np.where(np.arange(90) % 7 == 0, (Y + 1) % 3, Y)
    assert m.agreement(Y, other) == pytest.approx(metrics.adjusted_rand_score(Y, other))
    half = np.where(np.arange(90) % 2 == 0, -1, Y)
    assert m.agreement(half, half) == pytest.approx(0.5)
    assert m.agreement(Y, np.full(90, -1)) == -0.5


def test_embeddings_keep_neighbours_and_variance_or_do_not() -> None:
    rows = load_iris().data
    pca = PCA(2).fit(rows)
    assert m.trustworthiness(rows, pca.transform(rows)) > 0.95
    assert m.trustworthiness(rows, np.zeros((150, 2))) == 0.0
    assert m.trustworthiness(rows, np.full((150, 2), np.nan)) == 0.0
    restored = pca.inverse_transform(pca.transform(rows))
    assert m.reconstruction(rows, restored) == pytest.approx(pca.explained_variance_ratio_.sum())
    assert m.reconstruction(np.ones((5, 2)), np.ones((5, 2))) == 0.0


def test_what_a_small_model_makes_of_an_embedding() -> None:
    rows, y = load_iris(return_X_y=True)
    assert m.downstream(rows, y) > 0.9
    assert m.downstream(rows[:, :2], rows[:, 2] + 0.01 * rows[:, 3]) > 0.7
    assert m.downstream(np.random.default_rng(0).normal(size=(150, 2)), y) < 0.5
