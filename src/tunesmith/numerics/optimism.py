"""What the best of many scores is worth: corrections of the optimism that choosing it brings, with intervals.

Everything here is better when larger: an error is given as its negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias, final

import numpy as np
import numpy.typing as npt

from tunesmith.numerics.row_scores import Array, RowScores, Weights

Choose: TypeAlias = Callable[[Array], npt.NDArray[np.intp]]
"""From scores of shape `(resamples, trials)` (with folds: `(resamples, folds, trials)`) to the trial chosen in each."""

RESAMPLES, FEWEST = 500, 20
_WORK = 60_000_000
"""How many numbers may be touched; with dearer scores there are fewer resamples."""
_ENOUGH = 100
"""From so many resamples on, an interval is made of percentiles; before, of their standard deviation."""
_AT_ONCE = 4_000_000
"""How many weights are held at a time."""
_COVERED = 0.975


@final
class Corrected(NamedTuple):
    """The score to expect of the one that was chosen, and the 95 % interval about it."""

    value: float
    low: float
    high: float
    resamples: int


def best(scores: Array) -> npt.NDArray[np.intp]:
    """The trial of the best score in each resample; one without a score is never it.

    Examples
    --------
    >>> best(np.array([[0.1, 0.3], [np.nan, 0.2], [0.9, 0.2]]))
    array([1, 1, 0])
    """
    return np.asarray(np.argmax(np.where(np.isnan(scores), -np.inf, scores), axis=-1))


@final
class OneStandardError:
    """Chooses the simplest trial whose mean is within one standard error of the best one's.

    The standard error is that of the best trial's folds (Breiman, Friedman, Olshen and Stone 1984, section 3.4.3).

    Parameters
    ----------
    complexity
        One number a trial; among equals the better one is chosen.
    """

    def __init__(self, complexity: Array) -> None:
        self._complexity = complexity

    def __call__(self, scores: Array) -> npt.NDArray[np.intp]:
        """Choose from scores of shape `(resamples, folds, trials)`."""
        folds = (~np.isnan(scores)).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.nanmean(scores, axis=1)
            errors = np.nanstd(scores, axis=1, ddof=1) / np.sqrt(folds)
        top = best(means)
        rows = np.arange(len(top))
        floor = means[rows, top] - np.nan_to_num(errors[rows, top])
        near = means >= floor[:, np.newaxis]
        simplest = np.where(near, self._complexity, np.inf)
        near &= simplest <= simplest.min(axis=1, keepdims=True)
        return best(np.where(near, means, np.nan))


def bootstrap(
    evidence: RowScores,
    units: npt.NDArray[np.intp],
    rng: np.random.Generator,
    *,
    weights: Array | None = None,
    folds: npt.NDArray[np.intp] | None = None,
    choose: Choose = best,
) -> Corrected:
    """BBC-CV: choose among the trials on resampled rows, and score the chosen one on the rows that were left out.

    The mean over the resamples estimates the score of the whole procedure, the choosing included (Tsamardinos,
    Greasidou and Borboudakis 2018, algorithm 3). The rows left out are 37 % of all: their mean varies more than that of
    all rows, by a factor that is known, and the interval of percentiles is drawn in by it.

    Parameters
    ----------
    evidence
        The complete trials; those that were stopped early have lost and are not among them.
    units
        What is drawn as a whole: the group of each row, or its own number.
    rng
        Where the resamples come from.
    weights
        The rows' own weights.
    folds
        Where given, `choose` sees the score in each fold.
    choose
        The rule by which the search chose.

    Returns
    -------
    NaN where no resample had a score.

    Examples
    --------
    >>> from tunesmith.numerics.row_scores import accuracy
    >>> rng = np.random.default_rng(0)
    >>> guesses = accuracy(rng.random((100, 200)) < 0.5)  # 200 trials that guess
    >>> float(guesses.scores(np.ones((1, 100))).max()) > 0.6
    True
    >>> abs(bootstrap(guesses, np.arange(100), rng).value - 0.5) < 0.05
    True
    """
    members = np.unique(units, return_inverse=True)[1]
    count = int(members.max()) + 1
    rounds = int(np.clip(_WORK / max(1, evidence.cost), FEWEST, RESAMPLES))
    found = []
    at_once = max(1, _AT_ONCE // len(units))
    for start in range(0, rounds, at_once):
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=min(at_once, rounds - start))
        inside = drawn[:, members].astype(np.float64)
        outside = (inside == 0).astype(np.float64)
        if weights is not None:
            inside, outside = inside * weights, outside * weights
        chosen = choose(_by_fold(evidence, inside, folds) if folds is not None else evidence.scores(inside))
        found.append(evidence.scores_of(outside, chosen))
    return drawn_in(np.concatenate(found), count, evidence.margin)


def bootstrap_folds(scores: Array, rng: np.random.Generator, *, choose: Choose = best) -> Corrected:
    """BBC-F: as `bootstrap`, with whole folds drawn in place of rows, from fold scores alone.

    Paraschakis, Castellani, Borboudakis and Tsamardinos 2024. With few folds the interval is widened as Student's t is.

    Parameters
    ----------
    scores
        Shape `(folds, trials)`, complete trials only.
    rng
        Where the resamples come from.
    choose
        The rule by which the search chose, from means of folds.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = bootstrap_folds(rng.normal(0.5, 0.1, size=(5, 100)), rng)
    >>> found.low < 0.5 < found.high
    True
    """
    folds = len(scores)
    drawn = rng.multinomial(folds, np.full(folds, 1 / folds), size=RESAMPLES).astype(np.float64)
    outside = (drawn == 0).astype(np.float64)
    usable = outside.any(axis=1)
    drawn, outside = drawn[usable], outside[usable]
    chosen = choose(drawn @ scores / drawn.sum(axis=1, keepdims=True))
    left_out = (outside * scores.T[chosen]).sum(axis=1) / outside.sum(axis=1)
    few = _student(folds - 1) / _student(math.inf) * math.sqrt(folds / (folds - 1))
    return drawn_in(left_out, folds, few)


def tibshirani(scores: Array, chosen: int) -> Corrected:
    """Correct the chosen trial's mean by how much better the best of each fold looks there than the chosen one.

    Tibshirani and Tibshirani 2009, equation 5. Nothing but fold scores is needed. The interval is Student's, from the
    chosen trial's folds.

    Parameters
    ----------
    scores
        Shape `(folds, trials)`, complete trials only.
    chosen
        The trial that was chosen.

    Examples
    --------
    >>> tibshirani(np.array([[0.8, 0.7], [0.6, 0.9]]), 1).value.__round__(3)
    0.75
    """
    mine = scores[:, chosen]
    folds = len(mine)
    value = float(mine.mean() - (scores.max(axis=1) - mine).mean())
    if folds < 2:
        return Corrected(value, math.nan, math.nan, 0)
    reach = _student(folds - 1) * float(mine.std(ddof=1)) / math.sqrt(folds)
    return Corrected(value, value - reach, value + reach, 0)


def _student(freedom: float) -> float:
    """How many standard errors an interval reaches to each side."""
    from scipy.special import ndtri, stdtrit  # noqa: PLC0415 - schemes that only deal folds need no scipy

    return float(ndtri(_COVERED) if math.isinf(freedom) else stdtrit(freedom, _COVERED))


def _by_fold(evidence: RowScores, weights: Weights, folds: npt.NDArray[np.intp]) -> Array:
    return np.stack([evidence.scores(weights * (folds == fold)) for fold in np.unique(folds)], axis=1)


def drawn_in(left_out: Array, units: int, wider: float) -> Corrected:
    """The centre and the interval, from scores on what was left out of resamples of so many units."""
    left_out = left_out[np.isfinite(left_out)]
    if not len(left_out):
        return Corrected(math.nan, math.nan, math.nan, 0)
    share = (1 - 1 / units) ** units
    factor = wider / math.sqrt((1 - share) / share) if share else wider
    value = float(left_out.mean())
    if len(left_out) < _ENOUGH:
        freedom = len(left_out) - 1
        reach = _student(freedom) * float(left_out.std(ddof=1)) if freedom else math.nan
        low, high = value - reach, value + reach
    else:
        low, high = np.percentile(left_out, [100 * (1 - _COVERED), 100 * _COVERED])
    return Corrected(value, value + factor * float(low - value), value + factor * float(high - value), len(left_out))
