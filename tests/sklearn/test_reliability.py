"""The curve of a winner's probabilities is kept with its study, where there are any, and is that of unseen rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB

import tunesmith as ts
from tunesmith import analysis
from tunesmith.sklearn.reliability import curve_of

SPACE = {"C": ts.Float(1e-3, 10, log=True)}


def rows(seed: int, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = (np.arange(count) < 0.3 * count).astype(int)
    return rng.normal(size=(count, 3)) + np.outer(y, [1.0, 0.5, 0.0]), y


def test_reliability_has_bins_of_equal_counts() -> None:
    rng = np.random.default_rng(0)
    predicted = rng.random(1000)
    curve = curve_of(predicted, rng.random(1000) < predicted, np.ones(1000))
    assert [rows for _, _, rows in curve] == [100] * 10
    assert all(abs(one - other) < 0.15 for one, other, _ in curve)


def test_it_is_kept_of_rows_that_the_models_had_not_seen() -> None:
    X, y = rows(0)
    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    options = {"trials": 3, "sampler": "random", "random_state": 0, "cv": cv, "racing": False}
    search = ts.TuneSearchCV(LogisticRegression(), SPACE, scoring="neg_log_loss", **options).fit(X, y)
    found = analysis.reliability(search.study_)
    assert found is not None
    winner = LogisticRegression(**search.best_params_)
    expected = cross_val_predict(winner, X, y, cv=cv, method="predict_proba")[:, 1]
    assert found.brier == pytest.approx(brier_score_loss(y, expected), abs=1e-6)
    assert (found.trial, found.rows, found.positives, found.calibrated) == (search.best_index_, 300, 90, False)
    assert sum(one.rows for one in found.bins) == 300


def test_after_calibration_it_is_that_of_what_the_winner_says() -> None:
    X, y = rows(1)
    X = np.hstack([X] * 4)  # naive Bayes counts each column again, and is far too sure
    options = {"trials": 2, "sampler": "random", "random_state": 0, "scoring": "neg_log_loss"}
    space = {"var_smoothing": ts.Float(1e-9, 1e-3, log=True)}
    before = analysis.reliability(ts.TuneSearchCV(GaussianNB(), space, **options).fit(X, y).study_)
    after = analysis.reliability(ts.TuneSearchCV(GaussianNB(), space, calibrate=True, **options).fit(X, y).study_)
    assert before is not None
    assert after is not None
    assert (before.calibrated, after.calibrated) == (False, True)
    assert after.error < before.error - 0.05
    assert after.brier < before.brier


def test_in_repeated_schemes_a_row_counts_once() -> None:
    X, y = rows(2)
    forest, space = RandomForestClassifier(20, random_state=0), {"min_samples_leaf": ts.Int(5, 20)}
    found = analysis.reliability(
        ts.TuneSearchCV(forest, space, trials=2, cv="repeated:5", scoring="roc_auc", racing=False).fit(X, y).study_
    )
    assert found is not None
    assert (found.rows, found.positives) == (300, 90)
    seen = sum(one.rows for one in found.bins)
    assert seen > 300
    one = found.bins[-1]
    alone = 2 * 1.96 * np.sqrt(one.observed * (1 - one.observed) / (one.rows * 300 / seen))
    assert one.high - one.low == pytest.approx(alone, rel=0.15)


@pytest.mark.parametrize("scoring", ["accuracy", "roc_auc"])
def test_where_no_probabilities_are_kept_there_is_none(scoring: str) -> None:
    X, y = rows(0)
    search = ts.TuneSearchCV(LogisticRegression(), SPACE, trials=2, scoring=scoring, sampler="random").fit(X, y)
    assert analysis.reliability(search.study_) is None


def test_of_three_classes_there_is_none() -> None:
    X, y = rows(0)
    options = {"trials": 2, "scoring": "neg_log_loss", "sampler": "random"}
    assert (
        analysis.reliability(ts.TuneSearchCV(LogisticRegression(), SPACE, **options).fit(X, y + (X[:, 2] > 1)).study_)
        is None
    )
