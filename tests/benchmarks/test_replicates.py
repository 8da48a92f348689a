"""The section that plays second deals of the best against more trials, on a table made by hand."""

from __future__ import annotations

import numpy as np

from benchmarks.validating import replicates


def row(noise: float) -> dict[str, object]:
    """Settings as good as their place in the pool, whose folds on every deal are off by `noise`."""
    rng = np.random.default_rng(0)
    truth = np.linspace(0.5, 0.6, replicates.POOL)
    shape = (replicates.POOL, replicates.DEALS, replicates.FOLDS)
    scores = truth[:, None, None] + rng.normal(0, noise, shape)
    return {"scores": scores.tolist(), "truth": truth.tolist()}


def test_second_deals_help_where_all_noise_is_of_the_deal() -> None:
    gains = replicates.played(row(0.2), raced=False)
    assert gains["3 best twice more"] > 0.02
    assert set(gains) == set(replicates.WAYS)


def test_they_only_cost_trials_where_there_is_no_noise() -> None:
    gains = replicates.played(row(1e-9), raced=True)
    assert max(gains.values()) <= 0
