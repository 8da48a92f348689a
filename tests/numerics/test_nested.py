"""Bates et al.'s interval covers where the usual one is too narrow."""

from __future__ import annotations

import numpy as np
from scipy import stats

from tunesmith.numerics.nested import nested_interval


def nested_errors(rng: np.random.Generator, rows: int, columns: int, folds: int = 5) -> tuple[list, list, float]:
    """Losses of least squares, outer and inner, and the true risk of the model fitted on all rows."""
    truth = rng.normal(size=columns) / np.sqrt(columns)
    X = rng.normal(size=(rows, columns))
    y = X @ truth + rng.normal(size=rows)
    fold = rng.permutation(rows) % folds

    def losses(out: list[int], judged: int) -> np.ndarray:
        kept = ~np.isin(fold, out)
        beta = np.linalg.lstsq(X[kept], y[kept], rcond=None)[0]
        return np.asarray((y[fold == judged] - X[fold == judged] @ beta) ** 2)

    outer = [losses([k], k) for k in range(folds)]
    inner = [np.concatenate([losses([k, j], j) for j in range(folds) if j != k]) for k in range(folds)]
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    return outer, inner, float(1 + np.sum((beta - truth) ** 2))


def test_it_covers_the_risk_of_the_fitted_model_better_than_the_naive_interval() -> None:
    rng = np.random.default_rng(0)
    held = naive = 0
    for _ in range(300):
        outer, inner, risk = nested_errors(rng, 60, 15)
        found = nested_interval(outer, inner)
        held += found.low <= risk <= found.high
        every = np.concatenate(outer)
        half = 1.96 * every.std(ddof=1) / np.sqrt(len(every))
        naive += abs(every.mean() - risk) <= half
    assert held > naive
    assert stats.binomtest(held, 300, 0.90, alternative="less").pvalue > 0.01


def test_the_bias_of_smaller_training_sets_is_taken_off() -> None:
    rng = np.random.default_rng(1)
    plain, corrected = [], []
    for _ in range(300):
        outer, inner, risk = nested_errors(rng, 60, 20)
        corrected.append(nested_interval(outer, inner).mean - risk)
        plain.append(np.mean(np.concatenate(inner)) - risk)
    assert abs(np.mean(corrected)) < 0.5 * np.mean(plain)
