"""What models answered is kept as it was, in few bytes, and at no second prediction."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, make_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import tunesmith as ts
from tunesmith.errors import Corrupt
from tunesmith.sklearn import answers
from tunesmith.sklearn.answers import PREDICTIONS, Overheard, Question, Target, positions, unpacked
from tunesmith.sklearn.preparation import scheme_of

X, Y = load_iris(return_X_y=True)
TWO = X[Y > 0], Y[Y > 0]
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


class Counting(KNeighborsClassifier):  # type: ignore[misc]
    calls = 0

    def predict(self, X):  # type: ignore[no-untyped-def]
        Counting.calls += 1
        return super().predict(X)


def test_a_scorer_asks_once_and_hears_the_same() -> None:
    model = Counting().fit(X, Y)
    for scoring in ("accuracy", "f1_macro"):
        Counting.calls = 0
        question = Question.of(get_scorer(scoring), model)
        assert question is not None
        heard = Overheard(model, X, question)
        assert get_scorer(scoring)(heard, X, Y) == get_scorer(scoring)(model, X, Y)
        assert Counting.calls == 2
        told = heard.told()
        assert told is not None
        np.testing.assert_array_equal(told[1], model.predict(X))


def test_what_cannot_be_asked_again_is_known() -> None:
    def own(estimator, X, y):  # type: ignore[no-untyped-def]
        return 0.0

    class Own(SVC):  # type: ignore[misc]
        def score(self, X, y, sample_weight=None):  # type: ignore[no-untyped-def]
            return 0.5

    through = ts.TuneSearchCV(SVC())._get_scorers()[0]
    assert Question.of(own, SVC()) is None
    assert Question.of(through, Own()) is None
    assert Question.of(through, make_pipeline(StandardScaler(), SVC())) is not None
    assert Question.of(make_scorer(lambda y, p: 0.0), SVC()) is not None


@pytest.mark.parametrize(
    ("estimator", "scoring", "y", "size"),
    [
        (SVC(), None, NAMES, 1),
        (KNeighborsClassifier(), "neg_log_loss", NAMES, 12),
        (SVC(), "roc_auc", None, 4),
        (LogisticRegression(), ["roc_auc", "accuracy"], None, 4),
        (Ridge(), "r2", X[:, 0] + X[:, 1] ** 2 + 1e9, 4),
    ],
)
def test_stored_answers_are_those_of_the_models(estimator, scoring, y, size) -> None:  # type: ignore[no-untyped-def]
    rows, target = (X, y) if y is not None else TWO
    search = ts.TuneSearchCV(
        estimator, trials=3, sampler="random", scoring=scoring, refit="roc_auc" if isinstance(scoring, list) else True,
        random_state=0, cv=3, racing=False,
    ).fit(rows, target)  # fmt: skip
    data = search.study_.artifact(PREDICTIONS, trial=1)
    assert len(data) < size * len(rows) + 1000
    known = Target.of(target, classifier=not isinstance(estimator, Ridge))
    assert known is not None
    method, found = unpacked(data, known)
    lead = scoring[0] if isinstance(scoring, list) else scoring
    split = lead if isinstance(scoring, list) else "score"
    folds = scheme_of(search, target, {}).splits(rows, target)
    at = 0
    for fold, (_, test) in enumerate(folds):
        part, at = found[at : at + len(test)], at + len(test)
        answered = known.classes[part] if method == "predict" and known.classes is not None else part
        model = answers.Recorded.of({method: answered}, known.classes)
        scorer = search.scorer_[lead] if isinstance(scoring, list) else get_scorer(scoring or "accuracy")
        again = answers.ask_again(scorer, model, np.arange(len(test)), np.asarray(target)[test])
        assert again == pytest.approx(search.cv_results_[f"split{fold}_test_{split}"][1], abs=1e-6)


def test_too_many_rows_are_thinned_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST_TRIAL", 50)
    search = ts.TuneSearchCV(KNeighborsClassifier(), trials=4, sampler="random", random_state=0, racing=False).fit(X, Y)
    folds = scheme_of(search, Y, {}).splits(X, Y)
    kept = np.concatenate([test[at] for at, (_, test) in zip(positions(folds, len(X), 1), folds, strict=True)])
    assert len(kept) == 50 == len(np.unique(kept))
    assert search.score_report_.rows == 50
    assert search.score_report_.method == "BBC-CV"


def test_a_full_study_keeps_no_more_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST_STUDY", 200)
    search = ts.TuneSearchCV(KNeighborsClassifier(), trials=4, sampler="random", random_state=0, racing=False).fit(X, Y)
    assert [PREDICTIONS in trial.artifacts for trial in search.study_.trials] == [True, True, False, False]
    assert search.score_report_.method == "Tibshirani-Tibshirani"
    assert "2 trials kept no predictions" in search.score_report_.why


def test_other_bytes_are_refused() -> None:
    with pytest.raises(Corrupt):
        unpacked(b"something else", Target(np.zeros(3), None))
