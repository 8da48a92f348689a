"""Searches that race: on by default, off where all scores are wanted, and the same again with several workers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import TimeSeriesSplit
from sklearn.tree import DecisionTreeClassifier

import tunesmith as ts
from tunesmith.errors import TunesmithWarning

X, Y = load_breast_cancer(return_X_y=True)
SPACE = {"max_depth": ts.Int(1, 12), "min_samples_leaf": ts.Int(1, 200, log=True), "ccp_alpha": ts.Float(0, 0.2)}
TREE = DecisionTreeClassifier(random_state=0)


def search(**options: Any) -> ts.TuneSearchCV:
    return ts.TuneSearchCV(TREE, SPACE, **{"trials": 30, "random_state": 0, "sampler": "random", **options})


def test_it_races_by_default_and_finds_what_all_folds_find() -> None:
    raced, full = search().fit(X, Y), search(racing=False).fit(X, Y)
    assert (raced.racing_, full.racing_) == ("", "racing=False")
    results = raced.cv_results_
    stopped = results["status"] == "pruned"
    assert results["resource"].sum() < 0.6 * full.cv_results_["resource"].sum()
    assert results["status"][0] == "complete"
    assert np.isnan(results["mean_test_score"][stopped]).all()
    assert np.isnan(results["split4_test_score"][stopped]).all()
    assert results["rank_test_score"][stopped].min() > results["rank_test_score"][~stopped].max()
    assert all(raced.study_.trials[number].verdict["member"] == "racing" for number in np.flatnonzero(stopped))
    spread = full.cv_results_["std_test_score"][full.best_index_] / np.sqrt(5)
    assert full.best_score_ - raced.best_score_ <= 0.5 * spread


OFF = [
    ({"cv": 3}, "fewer than 4"),
    ({"refit": lambda results: int(np.argmax(results["mean_test_score"]))}, "refit"),
    ({"scoring": ["accuracy", "roc_auc"], "refit": "accuracy"}, "several metrics"),
    ({"cv": TimeSeriesSplit(5)}, "not alike"),
]


@pytest.mark.parametrize(("options", "why"), OFF)
def test_it_is_off_where_all_scores_are_wanted_and_says_so(options: dict[str, Any], why: str) -> None:
    with pytest.warns(TunesmithWarning, match=f"Racing is off.*: .*{why}"):
        found = search(trials=6, **options).fit(X, Y)
    assert why in found.racing_
    assert set(found.cv_results_["status"]) == {"complete"}


def test_a_grid_wants_all_scores_and_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    found = ts.TuneSearchCV(TREE, {"max_depth": [1, 2, 8], "ccp_alpha": [0.0, 0.3]}).fit(X, Y)
    assert "grid" in found.racing_
    assert set(found.cv_results_["status"]) == {"complete"}
    assert not recwarn.list


def test_a_pruner_that_is_given_wins() -> None:
    found = search(trials=6, pruner="racing", racing=False).fit(X, Y)
    assert found.racing_ == "a pruner was given"


def test_two_workers_race_the_same_race_again() -> None:
    def ends() -> Any:
        found = search(n_jobs=2, trials=16).fit(X, Y)
        return found.cv_results_["status"].tolist(), found.cv_results_["resource"].tolist()

    first = ends()
    assert first == ends()
    assert "pruned" in first[0]
