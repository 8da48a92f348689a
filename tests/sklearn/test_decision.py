"""Thresholds and calibrations come from unseen rows, the winner decides by them, and what they are worth is told."""

from __future__ import annotations

import json
import pickle
import warnings

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import brier_score_loss, f1_score
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

import tunesmith as ts
from tunesmith.errors import InvalidData, TunesmithWarning, UsageError

SPACE = {"C": ts.Float(1e-3, 10, log=True)}


def rare(seed: int, rows: int = 300, share: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = (np.arange(rows) < round(share * rows)).astype(int)
    return rng.normal(size=(rows, 4)) + np.outer(y, [1.5, 1.0, 0.0, 0.0]), y


def search(**options) -> ts.TuneSearchCV:  # type: ignore[no-untyped-def]
    given = {"trials": 6, "sampler": "random", "random_state": 0, "scoring": "roc_auc", "racing": False, **options}
    return ts.TuneSearchCV(LogisticRegression(), SPACE, **given)


def test_rare_classes_get_a_threshold_that_is_worth_what_it_says() -> None:
    """300 rows, 15 of them positive; tolerance 0.05 for the mean of 12 data sets, whose standard error is 0.03."""
    X_new, y_new = rare(999, 100_000)
    raw, corrected, truth, plain = [], [], [], []
    for seed in range(12):
        fitted = search(threshold="f1", trials=4).fit(*rare(seed))
        first = fitted.decision_report_.measures[0]
        raw.append(first.raw)
        corrected.append(first.corrected)
        truth.append(f1_score(y_new, fitted.predict(X_new)))
        plain.append(f1_score(y_new, fitted.best_estimator_.estimator_.predict(X_new)))
    assert np.mean(truth) > np.mean(plain) + 0.03
    assert np.mean(raw) > np.mean(truth) + 0.05
    assert abs(np.mean(corrected) - np.mean(truth)) < 0.05


@pytest.mark.parametrize("threshold", ["recall>=0.9", "precision>=0.5", [[0, 1], [20, 0]], "balanced_accuracy"])
@pytest.mark.parametrize("scoring", ["neg_log_loss", "f1_macro"])
def test_the_winner_predicts_with_the_threshold(threshold, scoring) -> None:  # type: ignore[no-untyped-def]
    X, y = rare(0)
    fitted = search(threshold=threshold, scoring=scoring, trials=3).fit(X, np.array(["no", "yes"])[y])
    report = fitted.decision_report_
    expected = fitted.predict_proba(X)[:, 1] >= report.threshold
    assert (fitted.predict(X) == np.where(expected, "yes", "no")).all()
    assert (report.rows, report.positives) == (300, 15)
    assert {"precision", "recall"} <= {measured.name for measured in report.measures}
    assert all(measured.low <= measured.corrected <= measured.high for measured in report.measures)
    assert json.loads(json.dumps(report.dump(), allow_nan=False)) == fitted.study_.history.attrs["decision_report"]
    assert (pickle.loads(pickle.dumps(fitted)).predict(X) == fitted.predict(X)).all()


def test_decision_values_do_as_well() -> None:
    X, y = rare(0, share=0.2)
    fitted = ts.TuneSearchCV(SVC(), SPACE, trials=3, sampler="random", scoring="roc_auc", threshold="f1").fit(X, y)
    report = fitted.decision_report_
    assert report.method == "decision_function"
    assert (fitted.predict(X) == (fitted.decision_function(X) >= report.threshold)).all()
    sure = ts.TuneSearchCV(SVC(), SPACE, trials=3, sampler="random", scoring="roc_auc", calibrate=True).fit(X, y)
    assert np.corrcoef(sure.predict_proba(X)[:, 1], y)[0, 1] > 0.5


def test_calibration_mends_probabilities_and_foretells_the_brier_score() -> None:
    X, y = rare(3, 600, share=0.3)
    X = np.hstack([X, X, X + 0.01, X])  # naive Bayes counts each column again, and is far too sure
    X_new, y_new = rare(4, 20_000, share=0.3)
    X_new = np.hstack([X_new, X_new, X_new + 0.01, X_new])
    given = {"trials": 3, "sampler": "random", "random_state": 0, "scoring": "neg_log_loss", "racing": False}
    space = {"var_smoothing": ts.Float(1e-9, 1e-3, log=True)}
    fitted = ts.TuneSearchCV(GaussianNB(), space, calibrate=True, threshold="f1", **given).fit(X, y)
    report = fitted.decision_report_
    truth = brier_score_loss(y_new, fitted.predict_proba(X_new)[:, 1])
    assert truth < report.brier_before - 0.01
    assert report.brier.low < truth < report.brier.high
    assert abs(report.brier.corrected - truth) < 0.02
    assert report.slope < 0.5
    assert all(abs(predicted - observed) < 0.2 for predicted, observed, _ in report.curve)
    assert sum(rows for _, _, rows in report.curve) == 600
    assert "Calibrated: Brier score" in report.words
    assert ((fitted.predict_proba(X_new)[:, 1] >= report.threshold) == fitted.predict(X_new)).all()


def test_forests_that_say_zero_and_one_are_cut_and_calibrated() -> None:
    X, y = rare(0)
    forest = RandomForestClassifier(n_estimators=10, random_state=0)
    space = {"min_samples_leaf": ts.Int(1, 9)}
    fitted = ts.TuneSearchCV(forest, space, trials=3, scoring="roc_auc", calibrate=True, threshold="f1").fit(X, y)
    assert np.isfinite(fitted.decision_report_.brier.corrected)
    assert 0 < fitted.predict(X).sum() < 150


@pytest.mark.parametrize("given", [{"threshold": "f1"}, {"calibrate": True}])
def test_more_than_two_classes_numbers_and_no_refit_are_refused(given) -> None:  # type: ignore[no-untyped-def]
    X, y = rare(0)
    with pytest.raises(UsageError, match="two classes, and y has 3 classes"):
        search(**given).fit(X, np.arange(300) % 3)
    with pytest.raises(UsageError, match="y has numbers"):
        ts.TuneSearchCV(LinearRegression(), {"fit_intercept": [True, False]}, **given).fit(X, X[:, 0])
    with pytest.raises(UsageError, match="refit is False"):
        search(**given, refit=False).fit(X, y)


def test_a_scorer_that_cannot_be_asked_again_is_refused_with_the_way_out() -> None:
    with pytest.raises(InvalidData, match="may look at more than predictions") as raised:
        search(threshold="f1", scoring=lambda model, X, y: float(model.score(X, y)), trials=2).fit(*rare(0))
    assert "metric of scikit-learn" in raised.value.hint


def test_few_positives_in_a_fold_are_told_once() -> None:
    with pytest.warns(TunesmithWarning, match="judges by 2 of class 1 among 60 rows") as told:
        search(trials=2).fit(*rare(0, share=0.02))
    assert sum("mostly luck" in str(one.message) for one in told) == 1


def test_the_class_that_counts_as_positive_is_named_and_warned_of_where_it_is_hardly_meant():
    rng = np.random.default_rng(0)
    sick = np.arange(200) < 40
    X = rng.normal(size=(200, 3)) + np.outer(sick, [1.5, 1.0, 0.0])

    def searched(y):
        space = {"C": ts.Float(1e-3, 10, log=True)}
        search = ts.TuneSearchCV(
            LogisticRegression(), space, trials=3, scoring="roc_auc", random_state=0, threshold="recall>=0.9"
        )
        return search.fit(X, y).decision_report_

    with pytest.warns(TunesmithWarning, match=r"takes 'well' for positive, 160 of 200 rows"):
        named = searched(np.where(sick, "sick", "well"))
    assert "for 'well' (recall>=0.9)" in named.words
    assert named.positives == 160
    with warnings.catch_warnings():
        warnings.simplefilter("error", TunesmithWarning)
        turned, plain = searched(np.where(sick, "sick", "fine")), searched(sick)
    assert "for 'sick'" in turned.words
    assert "for 'True'" in plain.words
    assert turned.positives == plain.positives == 40
