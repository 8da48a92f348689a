"""A search without a target: the measure and the rows that suit each estimator, and clear words where none do."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.manifold import MDS
from sklearn.metrics import adjusted_rand_score, make_scorer
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import KFold
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import tunesmith as ts
from tunesmith.errors import UsageError
from tunesmith.sklearn.unsupervised import Measure, stability
from tunesmith.validation import SubsampleValidation, splits_fingerprint

X, Y = make_blobs(120, centers=3, cluster_std=0.6, random_state=0)
K = {"n_clusters": [2, 3, 4, 6]}


def fitted(estimator: Any, space: Any = None, y: Any = None, rows: Any = X, **how: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ts.TuneSearchCV(estimator, space, **{"trials": 6, "random_state": 0, **how}).fit(rows, y)


@pytest.mark.parametrize("scoring", [None, "silhouette", "calinski_harabasz", "davies_bouldin"])
def test_the_number_of_clusters_is_found(scoring: str | None) -> None:
    search = fitted(KMeans(n_init=3, random_state=0), K, scoring=scoring)
    assert search.best_params_ == {"n_clusters": 3}
    assert search.study_.metric.name == (scoring or "silhouette")
    assert adjusted_rand_score(Y, search.labels_) > 0.95
    assert (search.predict(X) == search.labels_).all()


@pytest.mark.parametrize("estimator", [DBSCAN(), AgglomerativeClustering(), make_pipeline(StandardScaler(), DBSCAN())])
def test_what_cannot_predict_is_measured_on_subsamples(estimator: Any) -> None:
    search = fitted(estimator, trials=8)
    dealt = splits_fingerprint(SubsampleValidation(5, seed=0).splits(X))
    assert search.study_.card["search"]["splits"] == dealt
    assert search.racing_ == "", "subsamples are folds that trials can race over"
    assert len(search.labels_) == len(X)
    assert "no target" in search.score_report_.why


def test_stable_clusters_are_no_more_than_there_are() -> None:
    search = fitted(KMeans(n_init=3, random_state=0), K, scoring="stability")
    assert search.best_params_["n_clusters"] in {2, 3}
    assert search.best_score_ > 0.95


def test_shapes_that_only_density_sees_are_found_by_dbcv() -> None:
    moons, y = make_moons(200, noise=0.05, random_state=0)
    search = fitted(DBSCAN(), {"eps": ts.Float(0.05, 0.6, log=True)}, rows=moons, scoring="dbcv", trials=15)
    assert adjusted_rand_score(y, search.labels_) > 0.95


def test_trials_that_see_one_cluster_or_noise_alone_are_complete_and_worst() -> None:
    search = fitted(DBSCAN(), {"eps": [1e-6, 0.5, 1e6]}, include_default=False)
    assert search.cv_results_["mean_test_score"].tolist()[::2] == [-1.0, -1.0]
    assert set(search.cv_results_["status"]) == {"complete"}


def test_a_search_in_which_nothing_is_found_ends_with_the_worst_score() -> None:
    search = fitted(DBSCAN(eps=1e6), {"min_samples": [3, 4]})
    assert search.best_score_ == -1.0


@pytest.mark.parametrize(
    ("estimator", "space", "metric"),
    [
        (GaussianMixture(random_state=0), {"n_components": [1, 3]}, "log_likelihood"),
        (KernelDensity(), {"bandwidth": [0.1, 0.5, 50.0]}, "log_likelihood"),
        (PCA(), {"n_components": [1, 2]}, "score"),
        (MDS(n_init=1, max_iter=20, init="random", random_state=0), {"eps": [1e-3, 1e-2]}, "trustworthiness"),
    ],
)
def test_the_measure_that_suits(estimator: Any, space: Any, metric: str) -> None:
    search = fitted(estimator, space, rows=X[:60], cv=4)
    assert search.study_.metric.name == metric
    assert np.isfinite(search.best_score_)


def test_a_mixture_is_chosen_by_bic_on_the_rows_that_were_fitted() -> None:
    search = fitted(GaussianMixture(random_state=0), {"n_components": [1, 3, 9]}, scoring="bic")
    assert search.best_params_ == {"n_components": 3}
    rows = SubsampleValidation(5, seed=0).splits(X)[0].train
    model = GaussianMixture(3, random_state=0).fit(X[rows])
    row = search.cv_results_["params"].index({"n_components": 3})
    assert search.cv_results_["split0_test_score"][row] == pytest.approx(-model.bic(X[rows]))


def test_known_labels_judge_clusters_fold_by_fold() -> None:
    for estimator, space in ((KMeans(n_init=3), K), (AgglomerativeClustering(), K)):
        search = fitted(estimator, space, Y, scoring="adjusted_rand_score")
        assert search.best_params_ == {"n_clusters": 3}
        assert search.score_report_.corrected > 0.8, "clusters have other numbers in each fold"
    mine = fitted(AgglomerativeClustering(), K, Y, scoring=make_scorer(adjusted_rand_score))
    assert mine.best_params_ == {"n_clusters": 3}


def test_several_measures() -> None:
    search = fitted(KMeans(n_init=3), K, scoring=["silhouette", "dbcv"], refit="dbcv", racing=False)
    assert {"mean_test_silhouette", "mean_test_dbcv"} <= set(search.cv_results_)


def test_downstream_looks_at_a_target_and_reconstruction_at_the_rows() -> None:
    pca = make_pipeline(StandardScaler(), PCA())
    space = {"pca__n_components": [1, 2]}
    assert fitted(pca, space, Y, scoring="downstream").best_score_ > 0.9
    search = fitted(pca, space, scoring="reconstruction", include_default=False)
    assert search.best_score_ == pytest.approx(1.0)
    assert search.best_params_ == {"pca__n_components": 2}


def test_a_search_over_the_preparation_cannot_bend_the_ruler() -> None:
    rows = X * [1.0, 1000.0]
    pipeline = make_pipeline(StandardScaler(), KMeans(3, n_init=3, random_state=0))
    search = fitted(pipeline, {"standardscaler__with_std": [True, False]}, rows=rows, include_default=False)
    by_scaled, by_raw = search.cv_results_["mean_test_score"]
    assert by_scaled > by_raw, "in raw columns the large one alone makes tight clusters"


def test_a_test_set_is_put_aside_without_a_target() -> None:
    search = fitted(KMeans(n_init=3), K, test_size=0.25)
    assert search.test_score_.score > 0.5
    assert search.test_score_.rows == 30


def test_the_interval_of_subsamples_is_the_jackknifes() -> None:
    search = fitted(AgglomerativeClustering(), K)
    row = search.best_index_
    folds = [search.cv_results_[f"split{fold}_test_score"][row] for fold in range(5)]
    reach = 2.776 * np.std(folds, ddof=1) * np.sqrt(0.8 / 0.2)
    assert search.score_report_.high - search.score_report_.low == pytest.approx(2 * reach, rel=0.05)


@pytest.mark.parametrize(
    ("estimator", "how", "said"),
    [
        (KMeans(), {"scoring": "accuracy"}, "compares with a target"),
        (DBSCAN(), {"scoring": "adjusted_rand_score"}, "compares with a target"),
        (KMeans(), {"scoring": ["silhouette", "v_measure_score"], "refit": "silhouette"}, "compares with a target"),
        (PCA(), {"scoring": "downstream"}, "compares with a target"),
        (KMeans(), {"scoring": "bic"}, "needs bic"),
        (KMeans(), {"scoring": "silhuette"}, "silhuette"),
        (DBSCAN(), {"cv": "kfold:5"}, "holds rows out"),
        (DBSCAN(), {"cv": KFold(4)}, "holds rows out"),
        (DBSCAN(), {"test_size": 0.25}, "test_size"),
        (IsolationForest(), {}, "no score of its own"),
        (IsolationForest(), {"scoring": "silhouette"}, "makes no clusters"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is_fitted(estimator: Any, how: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fitted(estimator, **how)


def test_subsamples_do_not_judge_what_predicts() -> None:
    with pytest.raises(UsageError, match="learnt from"):
        fitted(SVC(), y=Y, cv="subsample:5")


def test_stability_is_high_where_there_are_clusters_and_low_in_noise() -> None:
    assert stability(KMeans(3, n_init=5, random_state=0).fit(X), X) > 0.95
    noise = np.random.default_rng(0).normal(size=(120, 5))
    assert stability(KMeans(6, n_init=1, random_state=0).fit(noise), noise) < 0.7
    assert stability(KMeans(1).fit(X), X) == -0.5


def test_a_measure_says_when_it_has_no_answer() -> None:
    with pytest.raises(UsageError, match="fitted on alone"):
        Measure("silhouette")(DBSCAN().fit(X), X[:10])
