"""Paired differences: what the test promises when there is none, and when there is one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tunesmith.numerics.paired import chosen_elsewhere, corrected_difference


def kept(rejected: int, trials: int, promise: float) -> bool:
    """Whether an exact binomial test at 1 % lets the promise of at most so many rejections stand."""
    return bool(stats.binomtest(rejected, trials, promise, alternative="greater").pvalue > 0.01)


def folds_of(rng: np.random.Generator, folds: int, ratio: float, mean: float, spread: float) -> np.ndarray:
    """Differences that share what overlapping training sets share: correlation ratio / (1 + ratio)."""
    share = ratio / (1 + ratio)
    common = rng.normal() * math.sqrt(share) * spread
    return np.asarray(mean + common + rng.normal(size=folds) * math.sqrt(1 - share) * spread)


def test_without_correlation_of_folds_it_is_the_paired_t_test() -> None:
    values = np.random.default_rng(0).normal(0.3, 1, 12)
    found = corrected_difference(values, ratio=0.0)
    theirs = stats.ttest_1samp(values, 0)
    assert found.p == pytest.approx(theirs.pvalue)
    assert (found.low, found.high) == pytest.approx(theirs.confidence_interval(0.95))


def test_the_interval_excludes_0_exactly_where_the_test_rejects_and_probabilities_sum_to_1() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        found = corrected_difference(rng.normal(0.5, 1, 5), 0.25, rope=0.1)
        assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
        assert found.ahead + found.equal + found.behind == pytest.approx(1)
        swapped = corrected_difference(-rng.normal(0.5, 1, 5), 0.25, rope=0.1)
        assert min(swapped.ahead, swapped.equal, swapped.behind) >= 0


@pytest.mark.parametrize(("folds", "ratio"), [(5, 0.25), (10, 1 / 9), (30, 1 / 9)])
def test_of_equal_models_one_in_twenty_is_called_better_and_no_more(folds: int, ratio: float) -> None:
    rng = np.random.default_rng(2)
    ps = [corrected_difference(folds_of(rng, folds, ratio, 0.0, 0.02), ratio).p for _ in range(3000)]
    rejected = sum(p < 0.05 for p in ps)
    assert kept(rejected, 3000, 0.05)
    assert rejected > 0.02 * 3000, "and it is no test that never rejects"


def test_a_difference_is_found_with_the_power_that_theory_gives() -> None:
    folds, ratio, spread = 10, 1 / 9, 0.02
    rng = np.random.default_rng(3)
    error = spread * math.sqrt(1 / folds + ratio)
    bar = stats.t.ppf(0.975, folds - 1)
    mean = next(d for d in np.arange(0, 0.1, 1e-4) if stats.nct.sf(bar, folds - 1, d / error) >= 0.8)
    found = sum(corrected_difference(folds_of(rng, folds, ratio, mean, spread), ratio).p < 0.05 for _ in range(2000))
    assert stats.binomtest(found, 2000, 0.8, alternative="less").pvalue > 0.01


def test_differences_that_are_all_the_same() -> None:
    same = corrected_difference([0.0] * 5, 0.25, rope=0.01)
    assert (same.p, same.equal) == (1.0, 1.0)
    better = corrected_difference([0.02] * 5, 0.25, rope=0.01)
    assert (better.p, better.ahead, better.low) == (0.0, 1.0, 0.02)


def test_a_choice_that_does_not_see_its_fold_takes_the_luck_out() -> None:
    """Of 50 equal trials the best mean is lucky by more than one standard error; the choice elsewhere is not."""
    rng = np.random.default_rng(4)
    raw, fair = [], []
    for _ in range(400):
        table = rng.normal(0, 1, (50, 5))
        raw.append(table.mean(axis=1).max())
        fair.append(chosen_elsewhere(table)[0].mean())
    assert np.mean(raw) > 0.8
    assert abs(np.mean(fair)) < 4 * np.std(fair) / 20
