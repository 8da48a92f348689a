from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.folds import Estimate, FoldEffects, Leaders, shrunk


def test_effects_are_those_of_least_squares_where_all_trials_are_alike():
    rng = np.random.default_rng(0)
    hard = np.array([1.0, -2.0, 0.5, 0.5])
    scores = rng.normal(size=(400, 1)) + hard + rng.normal(0, 0.1, (400, 4))
    found = FoldEffects.of(scores)
    np.testing.assert_allclose(found.effects, hard, atol=0.03)
    np.testing.assert_allclose(found.spread, 0.01, rtol=0.25)
    assert abs(found.effects.sum()) < 1e-12


def test_a_wild_trial_says_little_of_folds():
    rng = np.random.default_rng(1)
    hard = np.array([1.0, -2.0, 0.5, 0.5])
    scores = np.vstack([hard + rng.normal(0, 0.1, (8, 4)), [[500.0, -900.0, 0.0, 0.0]]])
    np.testing.assert_allclose(FoldEffects.of(scores).effects, hard, atol=0.3)


def test_estimates_cover_what_all_folds_say():
    rng = np.random.default_rng(2)
    hard = rng.normal(size=5)
    misses = []
    for _ in range(500):
        scores = rng.normal(size=(21, 1)) + hard + rng.normal(0, 0.3, (21, 5))
        seen = scores[0].copy()
        k = rng.integers(1, 5)
        seen[k:] = np.nan
        mean, variance = FoldEffects.of(scores[1:]).estimate(seen)
        misses.append((mean - scores[0].mean()) / np.sqrt(variance))
    assert abs(np.mean(misses)) < 0.15
    assert 0.8 < np.std(misses) < 1.4


def test_what_was_stopped_for_its_beginning_is_not_told_too_bad():
    rng = np.random.default_rng(3)
    plain, drawn = [], []
    levels = rng.normal(0, 1, 200)
    for true in rng.normal(0, 1, 4000):
        told = true + rng.normal(0, 0.7)
        if told > 1.0:
            plain.append(told - true)
            drawn.append(shrunk(Estimate(told, 0.49), levels).mean - true)
    assert np.mean(plain) > 0.3
    assert abs(np.mean(drawn)) < 0.12


def test_chances_are_what_happens():
    rng = np.random.default_rng(4)
    told, happened = [], []
    for _ in range(3000):
        hard = rng.normal(size=6)
        scores = rng.normal(0, 0.2, (12, 1)) + hard + rng.normal(0, 0.3, (12, 6))
        leaders = Leaders.of(scores[1:])
        seen = scores[0].copy()
        seen[2:] = np.nan
        told.append(leaders.chance(seen, 0.0))
        happened.append(scores[0].mean() < leaders.best)
    chances, wins = np.array(told), np.array(happened)
    low = chances < 0.05
    assert low.sum() > 300
    assert wins[low].mean() <= 0.05
    assert wins[chances > 0.5].mean() > wins[(chances > 0.05) & (chances < 0.5)].mean()


def test_chances_with_what_was_foretold_are_what_happens_and_tell_more():
    rng = np.random.default_rng(5)
    told, plain, happened = [], [], []
    leaders, seen = Leaders.of(np.eye(3)), np.empty(6)
    for _ in range(3000):
        hard = rng.normal(size=6)
        scores = rng.normal(0, 0.2, (12, 1)) + hard + rng.normal(0, 0.3, (12, 6))
        leaders = Leaders.of(scores[1:])
        seen = scores[0].copy()
        seen[1:] = np.nan
        word = Estimate(scores[0].mean() + rng.normal(0, 0.1), 0.1**2)
        told.append(leaders.chance(seen, 0.0, word))
        plain.append(leaders.chance(seen, 0.0))
        happened.append(scores[0].mean() < leaders.best)
    chances, without, wins = np.array(told), np.array(plain), np.array(happened)
    low = chances < 0.05
    assert wins[low].mean() <= 0.05
    assert low.sum() > 1.5 * (without < 0.05).sum()
    assert np.mean((chances - wins) ** 2) < 0.8 * np.mean((without - wins) ** 2)
    assert leaders.chance(seen, 0.0, Estimate(-50.0, 1e12)) == pytest.approx(without[-1], abs=1e-6), "who knows nothing"


def test_twins_give_no_verdict():
    scores = np.tile([1.0, 2.0, 3.0], (5, 1))
    assert Leaders.of(scores).chance(np.array([9.0, np.nan, np.nan]), 0.0) == 0.5
