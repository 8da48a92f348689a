"""Scores of many trials on weighted rows are those that a scorer gives when it is asked for each."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import get_scorer, roc_auc_score

from tunesmith.numerics.row_scores import MeanLoss, Ranked
from tunesmith.sklearn import belief
from tunesmith.sklearn.answers import Target

ROWS, TRIALS = 60, 4
CLASSES = [
    (2, "accuracy"), (2, "f1"), (2, "precision"), (2, "recall"), (2, "jaccard"), (2, "f1_macro"), (2, "f1_weighted"),
    (2, "balanced_accuracy"), (2, "matthews_corrcoef"), (2, "roc_auc"), (2, "neg_log_loss"), (3, "accuracy"),
    (3, "f1_macro"), (3, "f1_weighted"), (3, "recall_weighted"), (3, "balanced_accuracy"), (3, "matthews_corrcoef"),
    (3, "roc_auc_ovr"), (3, "neg_log_loss"),
]  # fmt: skip
NUMBERS = ["r2", "neg_mean_squared_error", "neg_root_mean_squared_error", "neg_mean_absolute_error"]


def agree(
    monkeypatch: pytest.MonkeyPatch, scoring: str, answers: list[np.ndarray], target: Target, method: str
) -> None:
    rng = np.random.default_rng(1)
    folds = np.zeros(ROWS, dtype=np.intp)
    fast = belief.evidence_of(get_scorer(scoring), [method] * len(answers), answers, target, folds)
    monkeypatch.setattr(belief, "_known", lambda *_: None)
    slow = belief.evidence_of(get_scorer(scoring), [method] * len(answers), answers, target, folds)
    assert type(slow).__name__ == "Asked"
    assert type(fast) is not type(slow)
    weights = rng.integers(1, 4, (5, ROWS)).astype(float)
    np.testing.assert_allclose(fast.scores(weights), slow.scores(weights), atol=1e-5)
    chosen = rng.integers(0, TRIALS, 5)
    np.testing.assert_allclose(fast.scores_of(weights, chosen), fast.scores(weights)[np.arange(5), chosen])
    assert fast.trials == TRIALS


@pytest.mark.parametrize(("classes", "scoring"), CLASSES)
def test_scores_of_classes(monkeypatch: pytest.MonkeyPatch, classes: int, scoring: str) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, classes, ROWS)
    target = Target(codes, np.arange(classes))
    if scoring in {"roc_auc", "roc_auc_ovr", "neg_log_loss"}:
        answers = [rng.dirichlet(np.ones(classes), ROWS) for _ in range(TRIALS)]
        agree(monkeypatch, scoring, answers, target, "predict_proba")
    else:
        answers = [np.where(rng.random(ROWS) < 0.6, codes, rng.integers(0, classes, ROWS)) for _ in range(TRIALS)]
        agree(monkeypatch, scoring, answers, target, "predict")


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision"])
def test_probabilities_and_decision_values_are_scored_alike(scoring: str) -> None:
    """The same ranks as probabilities and as decision values: on the same rows of one fold, the same scores."""
    rng = np.random.default_rng(0)
    target, odds = Target(rng.integers(0, 2, ROWS), np.arange(2)), rng.normal(size=ROWS)
    positive = 1 / (1 + np.exp(-odds))
    methods, answers = ["predict_proba", "decision_function"], [np.column_stack([1 - positive, positive]), odds]
    folds = np.repeat([0, 1], ROWS // 2)
    found = belief.evidence_of(get_scorer(scoring), methods, answers, target, folds)
    scores = found.scores(rng.integers(1, 4, (5, ROWS)).astype(float))
    np.testing.assert_allclose(scores[:, 0], scores[:, 1])
    shifted = belief.evidence_of(get_scorer(scoring), methods, [answers[0], odds + 9 * folds], target, folds)
    np.testing.assert_allclose(shifted.scores(np.ones((1, ROWS))), found.scores(np.ones((1, ROWS))))


@pytest.mark.parametrize("scoring", NUMBERS)
def test_scores_of_numbers(monkeypatch: pytest.MonkeyPatch, scoring: str) -> None:
    rng = np.random.default_rng(0)
    y = 7 + 3 * rng.normal(size=ROWS)
    agree(monkeypatch, scoring, [y + rng.normal(size=ROWS) for _ in range(TRIALS)], Target(y, None), "predict")


def test_areas_compare_rows_of_one_fold_only() -> None:
    rng = np.random.default_rng(0)
    positive, folds = rng.random(90) < 0.4, np.repeat([0, 1, 2], 30)
    score = (4 * rng.normal(size=90)).round() + 4 * positive  # with ties
    parts = [(positive[folds == f], score[folds == f]) for f in range(3)]
    pairs = [p.sum() * (~p).sum() for p, _ in parts]
    expected = np.average([roc_auc_score(p, s) for p, s in parts], weights=pairs)
    shifted = score + 100 * folds  # what another fold's models say has another scale
    for column in (score, shifted):
        found = Ranked(column[:, np.newaxis], positive, folds).scores(np.ones((1, 90)))
        assert found[0, 0] == pytest.approx(expected)


def test_a_resample_without_rows_has_no_score() -> None:
    nothing = np.zeros((1, 3))
    assert np.isnan(MeanLoss(np.ones((3, 2))).scores(nothing)).all()
    assert np.isnan(Ranked(np.ones((3, 2)), np.array([True, False, True]), np.zeros(3, int)).scores(nothing)).all()
