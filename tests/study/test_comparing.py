from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import tunesmith as ts
from tunesmith.errors import InvalidData, InvalidParams, UsageError
from tunesmith.validation import ReshuffledValidation

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5))
Y = (X @ [1, 1, 1, 1, 1] + RNG.normal(size=600) > 0).astype(int)


def study(estimator, space, **how):
    return ts.TuneSearchCV(estimator, space, **{"cv": 5, "racing": False, **how}).fit(X, Y).study_


LINEAR = study(LogisticRegression(), {"C": [0.1, 1.0]}, name="linear")
STUMP = study(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, name="stump")


def test_a_model_that_fits_the_task_is_better_than_one_that_does_not() -> None:
    found = ts.compare(LINEAR, STUMP)
    assert found.verdict == "linear is better than stump"
    assert found.difference.ahead > 0.95
    assert ts.compare(STUMP, LINEAR).verdict == "stump is worse than linear"
    assert ts.compare(LINEAR, LINEAR).p == 1.0


def test_other_folds_are_refused() -> None:
    with pytest.raises(InvalidData, match="other folds"):
        ts.compare(LINEAR, study(LogisticRegression(), {"C": [1.0]}, cv=4))
    with pytest.raises(InvalidData, match="folds of its own"):
        ts.compare(LINEAR, study(LogisticRegression(), {"C": [1.0]}, cv=ReshuffledValidation("kfold:5")))
    plain = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("score", "maximize"))
    plain.add({"x": 0.5}, 1.0)
    with pytest.raises(InvalidData, match="two folds"):
        ts.compare(plain, LINEAR)


def test_choices_inside_one_study() -> None:
    both = ts.Study(
        ts.SearchSpace(kind=ts.Categorical("good", "bad", "worse")), ts.Metric("score", "maximize"),
        card={"splits_fingerprint": "d", "test_ratio": 0.25},
    )  # fmt: skip
    rng = np.random.default_rng(1)

    def objective(trial):
        level = {"good": 0.9, "bad": 0.8, "worse": 0.7}[trial.params["kind"]]
        scores = level + rng.normal(0, 0.01, 5)
        for fold, score in enumerate(scores):
            trial.report(score, step=fold, fold=fold)
        return float(scores.mean())

    for kind in ("good", "bad", "worse") * 3:
        both.enqueue({"kind": kind})
    both.optimize(objective, trials=9, progress=False)
    found = ts.compare_choices(both, "kind")
    assert [(one.one, one.other, one.p < 0.05) for one in found] == [("good", "bad", True), ("good", "worse", True)]
    with pytest.raises(InvalidParams, match="no parameter 'kin'"):
        ts.compare_choices(both, "kin")
    with pytest.raises(InvalidParams, match="no choices"):
        ts.compare_choices(ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("s")), "x")
    with pytest.raises(UsageError, match=r"0 choice\(s\)"):
        ts.compare_choices(ts.Study(both.space, ts.Metric("s")), "kind")
