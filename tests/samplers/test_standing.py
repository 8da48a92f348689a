"""Which trials matter: found anew or from what was known before, it is the same, and what its words say."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.models.table import COMPLETE, FAILED, PRUNED, Table
from tunesmith.numerics.encoding import Encoder
from tunesmith.samplers._standing import (
    MOST_BEST,
    MOST_OF_BRANCH,
    MOST_SPOKESMEN,
    MOST_TOLD,
    failures_of,
    standing_of,
)

FLAT = ts.SearchSpace(x=ts.Float(0, 1))
TREE = ts.SearchSpace(
    kind=ts.Categorical("a", "b", "c"),
    n=ts.Int(1, 9).when("kind", "b"),
    m=ts.Int(1, 9).when("kind", "b"),
    x=ts.Float(0, 1).when("kind", "c"),
)


def table(space, count, *, values=None, states=None, steps=None, seed=0, encoder=None):
    rng, draw = np.random.default_rng(seed), random.Random(seed)
    encoder = encoder or Encoder(space)
    return Table(
        encoder,
        encoder.encode_many(space.sample(draw) for _ in range(count)),
        rng.normal(size=count).round(1) if values is None else np.array(values),
        rng.choice([COMPLETE, COMPLETE, PRUNED, FAILED], count) if states is None else np.array(states),
        np.zeros(count) if steps is None else np.array(steps, float),
        np.zeros(count),
        np.empty((count, 0)),
    )


def first(whole, count):
    columns = (whole.rows, whole.values, whole.states, whole.steps, whole.variances, whole.excess)
    return Table(whole.encoder, *(column[:count] for column in columns))


def anew(part):
    return standing_of(replace(part, encoder=Encoder(part.encoder.space)))


def assert_same(one, two):
    assert (one.count, one.ranked, one.failures) == (two.count, two.ranked, two.failures)
    for name in ("best", "failed", "passed", "spokesmen"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert [(b.members, b.active, b.always, b.best.tolist()) for b in one.branches] == [
        (b.members, b.active, b.always, b.best.tolist()) for b in two.branches
    ]


@pytest.mark.parametrize("space", [FLAT, TREE], ids=["flat", "tree"])
@pytest.mark.parametrize("strides", [(1,), (7, 1, 250), (3000,)])
def test_what_was_known_before_changes_nothing(space, strides):
    whole, at, turn = table(space, 2000), 0, 0
    while at < len(whole):
        at = min(at + strides[turn % len(strides)], len(whole))
        turn += 1
        found = standing_of(first(whole, at))
        if turn % 97 == 0 or at == len(whole):
            assert_same(found, anew(first(whole, at)))


def test_an_older_view_knows_nothing_of_later_trials():
    whole = table(TREE, 1500)
    early = anew(first(whole, 300))
    standing_of(whole)
    assert_same(standing_of(first(whole, 300)), early)
    assert_same(standing_of(whole), anew(whole))


def test_ranks_are_complete_then_stopped_by_step_then_value():
    found = standing_of(
        table(
            FLAT,
            8,
            states=[COMPLETE, PRUNED, FAILED, PRUNED, COMPLETE, PRUNED, PRUNED, PRUNED],
            values=[3.0, 0.1, math.nan, 0.2, 2.0, 5.0, math.nan, math.inf],
            steps=[0, 2, 0, 9, 0, 9, -math.inf, 9],
        )
    )
    assert found.best.tolist() == [4, 0, 3, 5, 7, 1, 6]
    assert (found.ranked, found.failures, found.failed.tolist()) == (7, 1, [2])


def test_of_equals_the_first_is_better():
    assert standing_of(table(FLAT, 400, values=[0.0] * 400, states=[0] * 400)).best.tolist() == [*range(MOST_BEST)]


def test_best_and_newest_are_those():
    whole = table(FLAT, 3000, values=np.random.default_rng(1).normal(size=3000), states=[COMPLETE, FAILED] * 1500)
    found = standing_of(whole)
    np.testing.assert_array_equal(found.best, 2 * np.argsort(whole.values[::2])[:MOST_BEST])
    assert found.failed.tolist() == [*range(2201, 3000, 2)]
    assert found.passed.tolist() == [*range(2200, 3000, 2)]
    assert len(found.failed) == MOST_TOLD


def test_branches_are_the_columns_that_come_and_go_together():
    whole = table(TREE, 600, states=[COMPLETE] * 600)
    found = standing_of(whole)
    assert [(branch.members, branch.always) for branch in found.branches] == [
        ([0], True),
        ([1, 2], False),
        ([3], False),
    ]
    for branch in found.branches:
        active = np.flatnonzero(~np.isnan(whole.rows[:, branch.members[0]]))
        assert branch.active == len(active)
        order = active[np.argsort(whole.values[active], kind="stable")]
        np.testing.assert_array_equal(branch.best, order[:MOST_OF_BRANCH])


@pytest.mark.parametrize("count", [390, 391, 1000, 12_345, 100_000])
def test_spokesmen_are_spread_evenly_and_stay(count):
    part = table(FLAT, 0)
    zeros = np.zeros(count)
    whole = Table(
        part.encoder, np.zeros((count, 1)), zeros, np.zeros(count, np.int64), zeros, zeros, np.empty((count, 0))
    )
    found = standing_of(whole).spokesmen
    assert min(count, MOST_SPOKESMEN // 2 - 5) <= len(found) <= MOST_SPOKESMEN + 5
    assert np.diff(found).max() <= 3 * count / len(found)
    for period in (2, 8, 10):
        shares = np.bincount(found % period, minlength=period) / len(found)
        assert np.all(np.abs(shares - 1 / period) < 0.25 / period + 0.01)
    if count > MOST_SPOKESMEN:
        earlier = standing_of(first(whole, count - 1)).spokesmen
        assert set(found.tolist()) <= {*earlier.tolist(), count - 1}


def test_who_breaks_a_bound_comes_last_the_worst_of_all():
    nan = float("nan")
    part = table(FLAT, 6, values=[0, 1, 2, 3, 4, 5], states=[COMPLETE] * 4 + [PRUNED, COMPLETE])
    excess = np.array([[0.5, -1], [-0.1, -0.1], [0.1, -9], [-1, 0], [nan, nan], [0.1, 0.1]])
    part = replace(part, excess=excess)
    assert standing_of(part).best.tolist() == [1, 3, 4, 2, 5, 0]


def test_rows_are_known_as_of_their_view():
    space = ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1).when("kind", "b"))
    encoder = Encoder(space)
    rows = encoder.encode_many([{"kind": "b", "x": 0.5}, {"kind": "a"}, {"kind": "a"}])
    whole = Table(encoder, rows, np.zeros(3), np.zeros(3, np.int64), np.zeros(3), np.zeros(3), np.empty((3, 0)))
    assert standing_of(whole).knows(rows[2])
    assert not standing_of(first(whole, 1)).knows(rows[2])
    assert not standing_of(whole).knows(encoder.encode({"kind": "b", "x": 0.5}))


def test_the_newest_of_both_kinds_teach_the_model_of_failures():
    space = ts.SearchSpace(x=ts.Float(0, 1))
    x = np.tile(np.linspace(0.0, 1.0, 50), 2)
    once = np.where(x[:50] > 0.5, FAILED, COMPLETE)
    later = np.where(x[:50] > 0.5, COMPLETE, FAILED)
    whole = replace(
        table(space, 100, values=np.zeros(100), states=np.concatenate([once, later])), rows=x[:, None].copy()
    )
    low, high = np.exp(failures_of(whole, most=25).log_success(np.array([[0.2], [0.8]])))
    assert low < 0.2, "what failed early is forgotten"
    assert high > 0.8
    assert failures_of(first(whole, 25)) is None
