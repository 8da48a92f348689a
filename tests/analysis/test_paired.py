from __future__ import annotations

import numpy as np
import pytest

from tunesmith.analysis import Side, holm, paired
from tunesmith.errors import InvalidData, UsageError
from tunesmith.trial import Metric

AUC, LOSS = Metric("auc", "maximize"), Metric("loss", "minimize")


def side(name: str, scores: object, *, metric: Metric = AUC, splits: str = "d1", ratio: float = 0.25) -> Side:
    table = np.atleast_2d(np.asarray(scores, dtype=float))
    return Side(name, metric, splits, ratio, tuple(range(len(table))), table)


ONE, TWO = [0.90, 0.92, 0.91, 0.93, 0.92], [0.88, 0.89, 0.90, 0.89, 0.90]


def test_swapping_the_sides_turns_the_result_round() -> None:
    there, back = paired(side("a", ONE), side("b", TWO)), paired(side("b", TWO), side("a", ONE))
    assert there.difference.mean == pytest.approx(-back.difference.mean)
    assert there.p == pytest.approx(back.p)
    assert there.difference.ahead == pytest.approx(back.difference.behind)
    assert (there.verdict, back.verdict) == ("a is better than b", "b is worse than a")
    assert "luck" not in there.words


def test_smaller_is_better_where_the_metric_says_so() -> None:
    assert paired(side("a", ONE, metric=LOSS), side("b", TWO, metric=LOSS)).verdict == "a is worse than b"


def test_the_best_of_many_equal_trials_is_no_better_than_one() -> None:
    rng = np.random.default_rng(0)
    rejected, raw, fair = 0, [], []
    assert "luck" in paired(side("many", [ONE, TWO]), side("one", ONE)).words
    for _ in range(400):
        shared = rng.normal(0, 0.02, 5)
        many, single = 0.8 + shared + rng.normal(0, 0.01, (40, 5)), 0.8 + shared + rng.normal(0, 0.01, (1, 5))
        found = paired(side("many", many), side("one", single))
        rejected += found.p < 0.05
        raw.append(found.raw)
        fair.append(found.difference.mean)
    assert np.mean(raw) > 0.006
    assert abs(np.mean(fair)) < 0.001
    assert rejected <= 30, "5 % of 400, but for a chance of 1 in 100"


def test_practically_equal_is_said_where_it_is_known() -> None:
    jitter = np.array([1, -1, 1, -1, 1]) * 1e-4
    found = paired(side("a", np.array(ONE) + jitter), side("b", ONE))
    assert found.verdict == "a and b are practically equal"
    assert paired(side("a", np.array(ONE) * 1000), side("b", np.array(TWO) * 1000)).rope == pytest.approx(9.04)


def test_other_folds_metrics_and_unknown_ones_are_refused() -> None:
    with pytest.raises(InvalidData, match="'b' was scored on other folds"):
        paired(side("a", ONE), side("b", TWO, splits="d2"))
    with pytest.raises(InvalidData, match="'a' does not say on which folds"):
        paired(side("a", ONE, splits=""), side("b", TWO))
    with pytest.raises(InvalidData, match="other folds"):
        paired(side("a", ONE), side("b", TWO[:4]))
    with pytest.raises(UsageError, match="loss"):
        paired(side("a", ONE), side("b", TWO, metric=LOSS))


def test_several_questions_raise_the_bar() -> None:
    found = [paired(side("a", ONE), side("b", np.array(TWO) + shift)) for shift in (0.0, 0.01, 0.02)]
    adjusted = [one.p for one in holm(found)]
    assert adjusted[0] == pytest.approx(3 * found[0].p)
    assert adjusted == sorted(adjusted)
    assert found[0].table().dicts()[0]["P(better)"] == found[0].difference.ahead
