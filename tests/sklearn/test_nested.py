from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier

import tunesmith as ts
from tunesmith.errors import UsageError
from tunesmith.storages.memory import MemoryStorage
from tunesmith.validation import from_cv

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
Y = (X[:, 0] + 0.5 * RNG.normal(size=120) > 0).astype(int)
C = {"C": ts.Float(1e-3, 1e3, log=True)}
PLAIN = {"sampler": "random", "racing": False}


def linear(**how):
    return ts.TuneSearchCV(
        LogisticRegression(),
        C,
        **{"trials": 4, "cv": 3, "random_state": 0, **PLAIN, **how},
    )


def test_it_is_a_search_on_each_outer_fold_scored_on_what_the_search_never_saw() -> None:
    found = ts.nested_cv(linear(), X, Y, cv=4)
    for fold, split in enumerate(from_cv(4, Y, classifier=True).splits(X, Y)):
        one = linear().fit(X[split.train], Y[split.train])
        assert found.scores[fold] == one.score(X[split.test], Y[split.test])
        assert found.params[fold] == one.best_params_
        assert found.inner[fold] == one.best_score_
    assert found.mean == pytest.approx(np.mean(found.scores))
    assert found.low < found.mean < found.high
    assert [row["fold"] for row in found.table()] == [0, 1, 2, 3]


def test_on_noise_the_inner_scores_are_too_good_and_the_outer_ones_are_not() -> None:
    inner, outer = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows, labels = rng.normal(size=(100, 30)), np.arange(100) % 2
        space = {"n_neighbors": list(range(1, 26)), "p": [1, 2]}
        search = ts.TuneSearchCV(
            KNeighborsClassifier(), space, trials=15, cv=4, sampler="random", random_state=seed, racing=False
        )
        found = ts.nested_cv(search, rows, labels, cv=4)
        inner.append(np.mean(found.inner))
        outer.append(found.mean)
    assert np.mean(inner) > 0.55
    assert abs(np.mean(outer) - 0.5) < 0.05


def test_stability_says_how_far_the_choices_lie_apart() -> None:
    found = ts.nested_cv(linear(), X, Y, cv=3)
    [one] = found.stability
    assert (one.name, len(one.chosen)) == ("C", 3)
    logs = np.log10([value for value in one.chosen if value is not None])
    assert one.spread == pytest.approx(np.ptp(logs) / 6)
    assert one.share == max(list(one.chosen).count(value) for value in one.chosen) / 3
    assert found.stability_table()[0]["parameter"] == "C"


def test_it_resumes_by_its_studies() -> None:
    storage = MemoryStorage()
    first = ts.nested_cv(linear(storage=storage, name="wine"), X, Y, cv=3)
    assert first.studies == ("wine-outer-0", "wine-outer-1", "wine-outer-2")
    again = ts.nested_cv(linear(storage=storage, name="wine"), X, Y, cv=3)
    assert again.scores == first.scores
    assert all(len(ts.Study.load(storage, name)) == 4 for name in first.studies)


def test_bates_interval_searches_each_pair() -> None:
    storage = MemoryStorage()
    found = ts.nested_cv(linear(storage=storage, trials=2), X, Y, cv=3, interval="bates")
    assert len(storage.studies()) == 3 + 3
    assert found.interval == "bates"
    assert found.low < found.mean < found.high


def test_groups_stay_whole() -> None:
    groups = np.arange(120) // 6
    found = ts.nested_cv(linear(cv="group:3"), X, Y, cv="group:4", groups=groups)
    assert len(found.scores) == 4


@pytest.mark.parametrize(
    ("how", "given", "part"),
    [
        ({"scoring": ["accuracy", "f1"], "refit": "f1"}, {}, "one metric"),
        ({"refit": False}, {}, "refits"),
        ({"scoring": "roc_auc"}, {"interval": "bates"}, "mean over rows"),
        ({}, {"interval": "naive"}, "naive"),
        ({}, {"interval": "bates", "cv": "repeated:3x2"}, "each row once"),
        ({"study": "s", "storage": "x.db"}, {}, "outer fold"),
    ],
)
def test_what_it_cannot_do_is_refused(how, given, part) -> None:
    with pytest.raises(UsageError, match=part):
        ts.nested_cv(linear(**how), X, Y, **{"cv": 3, **given})


def test_regression_has_its_row_scores() -> None:
    search = ts.TuneSearchCV(
        Ridge(), {"alpha": ts.Float(0.01, 10, log=True)}, trials=2, cv=3, scoring="neg_mean_squared_error", racing=False
    )
    found = ts.nested_cv(search, X, X[:, 0] + X[:, 1] + RNG.normal(size=120), cv=3, interval="bates")
    assert found.high < 0
