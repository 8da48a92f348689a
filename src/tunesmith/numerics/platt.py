"""Platt's calibration: a line through log-odds that turns scores into probabilities, for many resamples at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tunesmith.numerics.optimism import Corrected, drawn_in
from tunesmith.numerics.row_scores import SMOOTH, Array, Weights

LARGEST = 8.0
"""Log-odds beyond are a probability of 0.03 % or less, and are as good as that: forests say 0 and 1."""
_STEPS, _LONGEST, _FLATTEST = 60, 4.0, 1e-6
_ROUNDS, _FEWEST, _NUMBERS = 300, 50, 20_000_000


def log_odds(probability: npt.NDArray[np.float64]) -> Array:
    """Log-odds, cut off at `LARGEST` on both sides."""
    tiny = np.finfo(np.float64).tiny
    inside = np.clip(probability, tiny, 1 - np.finfo(np.float64).eps)
    return np.asarray(np.clip(np.log(inside) - np.log1p(-inside), -LARGEST, LARGEST))


def probabilities(odds: Array) -> Array:
    """From log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))))


def platt(scores: Array, positive: npt.NDArray[np.bool_], weights: Weights) -> tuple[Array, Array]:
    """Slope and intercept of the log-odds of the positive class over scores, in each resample.

    Platt 1999, with his targets: `(n+ + 1) / (n+ + 2)` in place of 1, `1 / (n- + 2)` in place of 0, which keep a line
    through few rows from growing steep. Found by Newton's method; a slope is never negative, so that ranks stay.

    Parameters
    ----------
    scores
        One a row.
    positive
        Which rows are positive.
    weights
        Shape `(resamples, rows)`.

    Returns
    -------
    Slopes and intercepts, one a resample.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> odds = rng.normal(size=5000)
    >>> slope, intercept = platt(2 * odds + 1, rng.random(5000) < probabilities(odds), np.ones((1, 5000)))
    >>> abs(slope[0] - 0.5) < 0.05, abs(intercept[0] + 0.5) < 0.1
    (np.True_, np.True_)
    """
    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    x = (scores - centre) / spread
    more, fewer = weights @ positive, weights @ ~positive
    target = np.where(positive, ((more + 1) / (more + 2))[:, np.newaxis], (1 / (fewer + 2))[:, np.newaxis])
    share = (weights * target).sum(axis=1) / weights.sum(axis=1)
    slope, intercept = np.zeros(len(weights)), np.log(share) - np.log1p(-share)
    for _ in range(_STEPS):
        p = probabilities(slope[:, np.newaxis] * x + intercept[:, np.newaxis])
        rest, curve = weights * (target - p), weights * p * (1 - p)
        g1, g0 = rest @ x, rest.sum(axis=1)
        h11, h10, h00 = curve @ x**2 + 1e-9, curve @ x, curve.sum(axis=1) + 1e-9
        below = h11 * h00 - h10**2
        steps = np.stack([(h00 * g1 - h10 * g0) / below, (h11 * g0 - h10 * g1) / below])
        steps *= np.minimum(1, _LONGEST / np.maximum(np.abs(steps).max(axis=0), 1e-300))
        slope, intercept = slope + steps[0], intercept + steps[1]
        if np.abs(steps).max() < 1e-10:
            break
    flat = slope < _FLATTEST
    slope, intercept = np.where(flat, _FLATTEST, slope), np.where(flat, np.log(share) - np.log1p(-share), intercept)
    return slope / spread, intercept - slope * centre / spread


def corrected_brier(
    scores: Array,
    positive: npt.NDArray[np.bool_],
    units: npt.NDArray[np.intp],
    rng: np.random.Generator,
    *,
    calibrate: bool,
    weights: Array | None = None,
) -> Corrected:
    """The Brier score on new rows: a line is fitted on resampled rows, and judged on those left out.

    Parameters
    ----------
    scores
        Log-odds, or decision values where they are calibrated.
    positive
        Which rows are positive.
    units
        What is drawn as a whole: the group of each row, or its own number.
    rng
        Where the resamples come from.
    calibrate
        Whether there is a line; otherwise the log-odds are judged as they are.
    weights
        The rows' own weights.
    """
    members = np.unique(units, return_inverse=True)[1]
    count = int(members.max()) + 1
    rounds = int(np.clip(_NUMBERS // len(scores), _FEWEST, _ROUNDS))
    times = rng.multinomial(count, np.full(count, 1 / count), size=rounds)[:, members]
    own = np.ones(len(scores)) if weights is None else weights
    inside, outside = times * own, (times == 0) * own
    usable = (inside @ positive > 0) & (inside @ ~positive > 0) & outside.any(axis=1)
    inside, outside = inside[usable], outside[usable]
    line = np.broadcast_to(scores, inside.shape)
    if calibrate:
        slope, intercept = platt(scores, positive, inside)
        line = slope[:, np.newaxis] * scores + intercept[:, np.newaxis]
    each = (outside * (probabilities(line) - positive) ** 2).sum(axis=1) / outside.sum(axis=1)
    return drawn_in(each, count, SMOOTH)
