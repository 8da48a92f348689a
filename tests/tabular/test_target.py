from __future__ import annotations

import pytest

from tunesmith.errors import InvalidData, UnknownName, UsageError

pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from tunesmith.tabular.target import make_target  # noqa: E402


def series(values, name="target"):
    return pd.Series(values, name=name)


@pytest.mark.parametrize(
    ("values", "kind", "scoring"),
    [
        (["yes", "no"] * 30, "classification", "roc_auc"),
        ([0, 1, 1] * 30, "classification", "roc_auc"),
        ([0, 1, 2] * 60, "classification", "accuracy"),
        (["a"] * 10 + ["b"] * 90 + ["c"] * 80, "classification", "neg_log_loss"),
        ([i * 0.5 for i in range(100)], "regression", "neg_root_mean_squared_error"),
        (list(range(100)), "regression", "neg_root_mean_squared_error"),
        ([True, False] * 30, "classification", "roc_auc"),
    ],
)
def test_the_task_and_a_metric_that_suits(values, kind, scoring):
    target = make_target(series(values))
    assert (target.kind, target.scoring) == (kind, scoring)


@pytest.mark.parametrize(
    ("metric", "scoring"),
    [("auc", "roc_auc_ovr"), ("f1", "f1_macro"), ("recall", "recall_macro"), ("logloss", "neg_log_loss")],
)
def test_metrics_of_two_classes_become_means_over_more(metric, scoring):
    assert make_target(series(["a", "b", "c"] * 40), metric=metric).scoring == scoring
    assert make_target(series(["a", "b"] * 40), metric=metric).scoring != scoring or metric == "logloss"


def test_a_metric_that_cannot_score_so_many_classes_is_refused():
    with pytest.raises(UsageError, match="does not suit 3 classes") as caught:
        make_target(series(["a", "b", "c"] * 40), metric="positive_likelihood_ratio")
    assert "accuracy" in caught.value.hint


def test_never_accuracy_below_a_fifth():
    assert make_target(series([1] * 10 + [0] * 90)).scoring != "accuracy"


@pytest.mark.parametrize(
    ("values", "positive"),
    [([1] * 30 + [0] * 90, 1), (["yes"] * 80 + ["no"] * 20, "yes"), (["x"] * 80 + ["z"] * 20, "z")],
)
def test_the_positive_class(values, positive):
    target = make_target(series(values))
    assert target.classes[1] == positive
    assert target.y.sum() == sum(value == positive for value in values)


def test_positive_by_hand():
    assert make_target(series(["x", "z"] * 30), positive="x").classes == ("z", "x")
    with pytest.raises(UsageError, match="Did you mean 'zed'"):
        make_target(series(["xed", "zed"] * 30), positive="zedd")
    with pytest.raises(UsageError, match="3 classes"):
        make_target(series(["a", "b", "c"] * 30), positive="a")
    with pytest.raises(UsageError, match="regression"):
        make_target(series([i * 0.5 for i in range(99)]), positive="1")


@pytest.mark.parametrize(
    ("given", "scoring"),
    [("auc", "roc_auc"), ("RMSE", "neg_root_mean_squared_error"), ("f1", "f1"), ("log_loss", "neg_log_loss")],
)
def test_metrics_by_the_names_that_people_say(given, scoring):
    values = [i * 0.5 for i in range(60)] if given == "RMSE" else [0, 1] * 30
    assert make_target(series(values), metric=given).scoring == scoring


@pytest.mark.parametrize(("values", "metric"), [([0, 1] * 30, "rmse"), ([i * 0.5 for i in range(60)], "auc")])
def test_a_metric_must_suit_the_task(values, metric):
    with pytest.raises(UsageError, match="does not suit"):
        make_target(series(values), metric=metric)


def test_unknown_metric_and_task():
    with pytest.raises(UnknownName, match="Did you mean 'roc_auc'"):
        make_target(series([0, 1] * 30), metric="roc_acu")
    with pytest.raises(UsageError, match="Did you mean 'regression'"):
        make_target(series([0, 1] * 30), task="regresion")


@pytest.mark.parametrize(
    ("values", "task", "told"),
    [
        ([1] * 50, None, "one class|same"),
        (["a"] * 50, None, "one class"),
        ([0, 1] * 5, None, "Only 10 rows"),
        (["a", "b"] * 30, "regression", "no finite number"),
        ([1.0, float("inf")] * 30, "regression", "no finite number"),
        ([f"u{i}" for i in range(300)], None, "300 classes"),
        ([2.5] * 50, "regression", "same in every row"),
    ],
)
def test_what_cannot_be_learnt(values, task, told):
    with pytest.raises(InvalidData, match=told):
        make_target(series(values), task=task)


def test_errors_are_shown_positive():
    target = make_target(series([i * 0.5 for i in range(100)]))
    assert target.metric_name == "root_mean_squared_error"
    assert target.is_error
    assert target.shown(-2.0) == 2.0
