"""Cuts are those that the rule asks for, and what is said of them is what new rows say, within a stated tolerance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.errors import UsageError
from tunesmith.numerics.thresholds import Cuts, Rule, corrected_cut

COSTS = [[0, 1], [20, 0]]
RULES = ["f1", "balanced_accuracy", "accuracy", "recall>=0.9", "precision>=0.5", "specificity>=0.8", COSTS]


def planted(rng: np.random.Generator, rows: int, models: int = 1, shift: float = 1.8) -> tuple[np.ndarray, np.ndarray]:
    positive = np.arange(rows) < round(0.05 * rows)
    common = rng.normal(size=(rows, 1))
    return 0.8 * common + 0.6 * rng.normal(size=(rows, models)) + shift * positive[:, np.newaxis], positive


def at(threshold: float, scores: np.ndarray, positive: np.ndarray, rule: Rule, measure: str) -> float:
    above = scores >= threshold
    counts = (above & positive).sum(), (above & ~positive).sum(), positive.sum(), (~positive).sum()
    return float(rule.value(measure, tuple(np.float64(one) for one in counts)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(range(len(RULES))), st.integers(4, 40))
def test_no_other_cut_is_better(seed: int, which: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    rule = Rule.of(RULES[which])
    scores, positive = rng.integers(0, 12, rows) / 4, np.arange(rows) % 3 == 0
    cuts = Cuts(scores, positive)
    place = int(rule.best(cuts.counts(np.ones((1, rows))))[0])
    mine = at(cuts.thresholds[place], scores, positive, rule, rule.measure)
    every = [at(one, scores, positive, rule, rule.measure) for one in cuts.thresholds]
    if rule.at_least is None:
        assert mine == pytest.approx(min(every) if rule.costs else max(every))
    elif max(every) >= rule.at_least:
        assert mine >= rule.at_least
        beyond = every[:place] if rule.measure == "recall" else every[place + 1 :]
        assert all(one < rule.at_least for one in beyond)
    else:
        assert mine == max(every)


@pytest.mark.parametrize(
    "given",
    [
        "f2",
        "recall>=1.5",
        "recall>=0",
        "recall>=.9.",
        "auc>=0.9",
        [[0, 1]],
        0.3,
        None,
        "cost:0,1",
        "cost:0,1;20",
        "alarm=1",
        "miss=20,alarm=1",
        "alarm=x,miss=2",
        "cost:0,nan;1,0",
    ],
)
def test_what_is_no_rule_is_refused_with_those_there_are(given) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError) as raised:
        Rule.of(given)
    assert "recall>=0.9" in raised.value.hint


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("alarm=1, miss=20", "alarm=1,miss=20"),
        ("cost:0,1;20,0", "alarm=1,miss=20"),
        ("cost: 0, 1.5; 20, -3", "cost:0,1.5;20,-3"),
        ([[0, 1], [20, 0]], "alarm=1,miss=20"),
        ("recall >= .9", "recall>=0.9"),
    ],
)
def test_a_rule_is_found_by_its_name(given, name) -> None:  # type: ignore[no-untyped-def]
    assert Rule.of(given).name == name
    assert Rule.of(name) == Rule.of(given)


@pytest.mark.parametrize("given", [[[1, 0], [5, 0]], "alarm=0,miss=20", "alarm=1,miss=-2", "cost:0,1;5,9"])
def test_a_mistake_costs_more_than_being_right(given) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="not dearer") as raised:
        Rule.of(given)
    assert "alarm=1,miss=20" in raised.value.hint


@pytest.mark.parametrize(
    ("given", "models", "tolerance"),
    [("f1", 1, 0.03), ("f1", 12, 0.03), ("balanced_accuracy", 12, 0.03), ("recall>=0.9", 1, 0.03), (COSTS, 12, 0.03)],
)
def test_rare_classes_are_corrected_to_the_truth(given, models: int, tolerance: float) -> None:  # type: ignore[no-untyped-def]
    """300 rows, 15 of them positive; models as good as each other; the truth by 200,000 fresh rows.

    The standard error of the mean of 60 data sets is 0.01 (floor) to 0.02 (F1, costs).
    """
    rule = Rule.of(given)
    fresh, is_positive = planted(np.random.default_rng(99), 200_000)
    raw, corrected, truth, held = [], [], [], 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scores, positive = planted(rng, 300, models=models)
        cuts = [Cuts(column, positive) for column in scores.T]

        def choose(weights: np.ndarray, cuts: list[Cuts] = cuts) -> np.ndarray:
            best = [rule.value(rule.measure, one.counts(weights)) for one in cuts]
            tops = [one.min(axis=1) if rule.costs else one.max(axis=1) for one in best]
            return np.argmax(np.stack(tops, axis=1) * (-1 if rule.costs else 1), axis=1)

        chosen = int(choose(np.ones((1, 300)))[0])
        place = int(rule.best(cuts[chosen].counts(np.ones((1, 300))))[0])
        threshold = cuts[chosen].thresholds[place]
        found = corrected_cut(cuts, rule, np.arange(300), rng, choose=choose, rounds=200)[rule.measure]
        raw.append(at(threshold, scores[:, chosen], positive, rule, rule.measure))
        corrected.append(found.value)
        truth.append(at(threshold, fresh[:, 0], is_positive, rule, rule.measure))
        held += found.low <= truth[-1] <= found.high
    assert abs(np.mean(raw) - np.mean(truth)) > 0.03  # there was something to correct
    assert abs(np.mean(corrected) - np.mean(truth)) < tolerance
    assert held >= 50
