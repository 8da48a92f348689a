"""The line through log-odds is the one that scikit-learn finds, in each resample at once, and never turns ranks."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.platt import log_odds, platt, probabilities

calibration = pytest.importorskip("sklearn.calibration")


@pytest.mark.parametrize("seed", range(5))
def test_it_is_platts_line(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = 3 * rng.normal(size=200) + seed
    positive = rng.random(200) < probabilities(scores - 3)
    weights = rng.multinomial(200, np.full(200, 1 / 200), size=4).astype(float)
    slopes, intercepts = platt(scores, positive, weights)
    for one, slope, intercept in zip(weights, slopes, intercepts, strict=True):
        rows = np.repeat(np.arange(200), one.astype(int))
        a, b = calibration._sigmoid_calibration(scores[rows], positive[rows].astype(int))
        assert (slope, intercept) == pytest.approx((-a, -b), abs=2e-3)


def test_separable_and_useless_scores_give_finite_lines_that_keep_ranks() -> None:
    positive = np.arange(40) < 4
    for scores in (np.where(positive, 8.0, -8.0), np.where(positive, -1.0, 1.0), np.zeros(40)):
        slope, intercept = platt(scores, positive, np.ones((1, 40)))
        assert np.isfinite([slope[0], intercept[0]]).all()
        assert slope[0] > 0


def test_log_odds_end() -> None:
    assert log_odds(np.array([0.0, 0.5, 1.0])).tolist() == [-8.0, 0.0, 8.0]
