"""Corrections take away what choosing the best adds, and their intervals hold the truth as often as they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.numerics.optimism import OneStandardError, best, bootstrap, bootstrap_folds, tibshirani
from tunesmith.numerics.row_scores import Ranked, accuracy

REPEATS = 60


def guesses(rng: np.random.Generator, rows: int, trials: int, rate: float = 0.5) -> np.ndarray:
    """Which predictions of trials that are all right with the same probability are wrong."""
    return rng.random((rows, trials)) >= rate


def test_rows_of_guessers_are_corrected_to_the_truth() -> None:
    raw, found = [], []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        evidence = accuracy(guesses(rng, 100, 100))
        raw.append(evidence.scores(np.ones((1, 100))).max())
        found.append(bootstrap(evidence, np.arange(100), rng))
    values = np.array([one.value for one in found])
    assert np.mean(raw) > 0.61
    assert abs(values.mean() - 0.5) < 0.01
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) > 0.9  # independent guessers: nothing is overlooked


def test_one_trial_alone_keeps_its_score_and_gets_the_interval_of_its_rows() -> None:
    rng = np.random.default_rng(0)
    evidence = accuracy(guesses(rng, 400, 1, 0.8))
    found = bootstrap(evidence, np.arange(400), rng)
    raw = float(evidence.scores(np.ones((1, 400)))[0, 0])
    plain = 2 * 1.96 * math.sqrt(raw * (1 - raw) / 400)
    assert abs(found.value - raw) < 0.003
    assert found.high - found.low == pytest.approx(evidence.margin * plain, rel=0.15)


def test_areas_of_noise_are_corrected() -> None:
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        positive, folds = rng.random(120) < 0.5, np.arange(120) % 4
        found.append(bootstrap(Ranked(rng.normal(size=(120, 40)), positive, folds), np.arange(120), rng).value)
    assert abs(np.mean(found) - 0.5) < 0.02


def test_whole_groups_are_drawn() -> None:
    rng = np.random.default_rng(0)
    of_group = guesses(rng, 40, 20)
    rows, groups = np.repeat(of_group, 10, axis=0), np.repeat(np.arange(40), 10)
    together = bootstrap(accuracy(rows), groups, rng)
    apart = bootstrap(accuracy(rows), np.arange(400), rng)
    few = bootstrap(accuracy(of_group), np.arange(40), rng)
    assert together.high - together.low == pytest.approx(few.high - few.low, rel=0.15)
    assert apart.high - apart.low < 0.6 * (together.high - together.low)


def test_weights_count_as_copies_do() -> None:
    rng = np.random.default_rng(0)
    wrong = guesses(rng, 50, 5)
    copied = bootstrap(accuracy(np.repeat(wrong, 3, axis=0)), np.repeat(np.arange(50), 3), np.random.default_rng(1))
    weighted = bootstrap(accuracy(wrong), np.arange(50), np.random.default_rng(1), weights=np.full(50, 3.0))
    assert weighted == pytest.approx(copied)


def test_the_rule_of_one_standard_error() -> None:
    scores = np.array([[[0.80, 0.79, 0.50], [0.90, 0.89, 0.60]]])  # one resample, two folds, three trials
    assert OneStandardError(np.array([3.0, 2.0, 1.0]))(scores).tolist() == [1]
    assert OneStandardError(np.array([1.0, 2.0, 3.0]))(scores).tolist() == [0]
    assert OneStandardError(np.array([1.0, 1.0, 1.0]))(scores).tolist() == [0]


def test_the_correction_repeats_the_rule() -> None:
    rng = np.random.default_rng(0)
    wrong = np.column_stack([guesses(rng, 200, 1, 0.9), guesses(rng, 200, 1, 0.6)])
    folds = np.arange(200) % 5
    always_second = bootstrap(
        accuracy(wrong), np.arange(200), rng, folds=folds, choose=lambda scores: np.ones(len(scores), dtype=np.intp)
    )
    assert abs(always_second.value - (1 - wrong[:, 1].mean())) < 0.01


def test_folds_alone_correct_too() -> None:
    values, covered = [], []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        scores = 1 - guesses(rng, 100, 50).reshape(5, 20, 50).mean(axis=1)
        found = bootstrap_folds(scores, rng)
        values.append(found.value)
        covered.append(found.low <= 0.5 <= found.high)
    assert abs(np.mean(values) - 0.5) < 0.02
    assert np.mean(covered) > 0.85


def test_tibshirani_is_exact_in_a_small_case() -> None:
    scores = np.array([[0.8, 0.7], [0.6, 0.9], [0.7, 0.8]])
    found = tibshirani(scores, 1)
    assert found.value == pytest.approx(0.8 - (0.1 + 0.0 + 0.0) / 3)
    assert found.low < found.value < found.high
    assert math.isnan(tibshirani(scores[:1], 1).low)


def test_nothing_to_score_gives_nothing() -> None:
    ranked = Ranked(np.zeros((3, 2)), np.array([True, True, True]), np.zeros(3, int))
    assert math.isnan(bootstrap(ranked, np.arange(3), np.random.default_rng(0)).value)
    assert best(np.array([[np.nan, 0.1]])).tolist() == [1]
