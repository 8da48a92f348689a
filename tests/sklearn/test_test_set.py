"""The test set is put aside before the search, opened once, and every further look is counted and told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, TimeSeriesSplit
from sklearn.neighbors import KNeighborsClassifier

import tunesmith as ts
from tunesmith.errors import InvalidData, TunesmithWarning, UsageError

X, Y = (part[:300] for part in load_breast_cancer(return_X_y=True))
SPACE = {"n_neighbors": ts.Int(1, 20)}


def neighbours(**options) -> ts.TuneSearchCV:  # type: ignore[no-untyped-def]
    given = {"trials": 4, "sampler": "random", "random_state": 0, "test_size": 0.25, **options}
    return ts.TuneSearchCV(KNeighborsClassifier(), SPACE, **given)


class Remembering(KNeighborsClassifier):  # type: ignore[misc]
    seen: ClassVar[set[float]] = set()

    def fit(self, X, y):  # type: ignore[no-untyped-def]
        Remembering.seen |= set(X[:, 0].tolist())
        return super().fit(X, y)


def test_no_model_sees_its_rows_and_its_score_is_the_models() -> None:
    rows = np.c_[np.arange(300.0), X]
    Remembering.seen = set()
    search = ts.TuneSearchCV(Remembering(), SPACE, trials=3, sampler="random", random_state=0, test_size=0.25)
    search.fit(rows, Y)
    aside = np.array(sorted(set(range(300)) - Remembering.seen), dtype=int)
    assert len(aside) == 75 == search.test_score_.rows
    assert abs(Y[aside].mean() - Y.mean()) < 0.02
    assert search.test_score_.score == search.best_estimator_.score(rows[aside], Y[aside])
    assert search.test_score_.low < search.test_score_.score < search.test_score_.high
    assert search.score_report_.rows == 225


@pytest.mark.parametrize(
    "scoring", ["roc_auc", "neg_log_loss", ["f1", "roc_auc"], lambda model, rows, y: model.score(rows, y)]
)
def test_any_scorer_judges(scoring) -> None:  # type: ignore[no-untyped-def]
    found = neighbours(scoring=scoring, refit="f1" if isinstance(scoring, list) else True).fit(X, Y).test_score_
    assert np.isnan(found.low) if callable(scoring) else found.low <= found.score <= found.high


def test_looking_again_is_counted_and_warned_of(tmp_path: Path) -> None:
    where = {"storage": str(tmp_path / "s.db"), "name": "locked"}
    search = neighbours(**where).fit(X, Y)
    assert search.test_score_.opened == 1
    assert neighbours(**where).fit(X, Y).test_score_ == search.test_score_  # read, not opened
    with pytest.warns(TunesmithWarning, match="look 2"):
        again = search.open_test_set()
    assert (again.opened, again.score) == (2, search.test_score_.score)
    assert "opened 2 times" in again.words
    assert ts.Study.load(where["storage"]).history.attrs["test_set"]["opened"] == 2


def test_the_last_rows_of_a_series_and_whole_groups_are_put_aside() -> None:
    rows = np.arange(200.0).reshape(-1, 1)
    search = ts.TuneSearchCV(
        Ridge(), {"alpha": ts.Float(0.1, 1)}, trials=2, cv=TimeSeriesSplit(3), test_size=0.2, random_state=0
    ).fit(rows, rows[:, 0])
    assert search._test.X[:, 0].tolist() == list(range(160, 200))
    groups = np.repeat(np.arange(30), 10)
    grouped = neighbours(cv=GroupKFold(3)).fit(X, Y, groups=groups)
    labels, counts = np.unique(grouped._test.groups, return_counts=True)
    assert 5 <= len(labels) <= 10
    assert set(counts) == {10}


def test_another_share_is_another_search(tmp_path: Path) -> None:
    where = {"storage": str(tmp_path / "s.db"), "name": "locked"}
    neighbours(**where).fit(X, Y)
    with pytest.raises(InvalidData, match="other data"):
        neighbours(**where, test_size=0.3).fit(X, Y)


@pytest.mark.parametrize("options", [{"test_size": 0.9}, {"test_size": 30}, {"refit": False}, {"cv": [([0], [1])]}])
def test_what_makes_no_sense_is_refused(options) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError):
        neighbours(**options).fit(X, Y)


def test_without_one_there_is_nothing_to_open() -> None:
    search = neighbours(test_size=None).fit(X, Y)
    assert not hasattr(search, "test_score_")
    with pytest.raises(UsageError, match="no test set"):
        search.open_test_set()
