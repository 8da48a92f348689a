"""Scores by fold: what a fold does to every score, and what the folds that a trial has seen tell of the others.

All scores are to be minimised. A trial that was stopped has seen the first of its folds.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Self, final

import numpy as np
from scipy.special import stdtr

from tunesmith.numerics.encoding import Rows

FEWEST = 3
"""Of fewer trials that have seen all folds nothing is said about folds."""

PRIOR_DEGREES = 6.0
"""How many folds of its own a trial must have seen until its own spread counts as much as that of other trials."""

LEADERS = 3
"""How many of the best trials, the incumbent among them, say together which folds are hard."""

_SPREAD = 0.6
"""Which quantile of the trials' own spreads is taken for the spread of one that is stopped."""

_NEAR = 0.5
_FEWEST_NEAR = 5


@final
class Estimate(NamedTuple):
    """What a trial's mean over all folds is expected to be, and the variance of that."""

    mean: float
    variance: float


@final
class FoldEffects(NamedTuple):
    """A two-way additive model of scores: score = mean of the trial + effect of the fold + rest.

    Parameters
    ----------
    effects
        By how much each fold raises a score; they sum to 0.
    spread
        The variance of the rest, in one of the trials in which it is rather large: those that are stopped follow the
        folds less than those that are not.
    """

    effects: Rows
    spread: float

    @classmethod
    def of(cls, scores: Rows) -> Self:
        """Fit by weighted least squares; a trial whose scores follow no fold counts less, by its own variance.

        Parameters
        ----------
        scores
            Of at least `FEWEST` trials on all folds, a row each.

        Examples
        --------
        >>> scores = np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [0.0, 1.0, 2.0]])
        >>> FoldEffects.of(scores).effects.tolist()
        [-1.0, 0.0, 1.0]
        """
        own = scores - scores.mean(axis=1, keepdims=True)
        middle = np.median(own, axis=0)
        rest = _variances(own - (middle - middle.mean()))
        weights = 1.0 / (rest + np.median(rest) + _tiny(scores))
        effects = weights @ own / weights.sum()
        lost = len(scores) / (len(scores) - 1.0)
        return cls(effects, float(np.quantile(_variances(own - effects), _SPREAD)) * lost)

    def estimate(self, seen: Rows) -> Estimate:
        """The mean over all folds of a trial that has seen some of them.

        Its folds were hard or easy, which their effects take back; its variance is the rest's, moderated by its own
        (Smyth 2004, "Linear models and empirical Bayes methods", equation 4), for the folds that are missing.

        Parameters
        ----------
        seen
            A score a fold; NaN where the trial was not scored. At least one is not.

        Examples
        --------
        >>> FoldEffects(np.array([-1.0, 0.0, 1.0]), 0.5).estimate(np.array([4.0, np.nan, np.nan])).mean
        5.0
        """
        known = np.isfinite(seen)
        adjusted = seen[known] - self.effects[known]
        mean, k = float(adjusted.mean()), len(adjusted)
        variance = moderated(self.spread, adjusted)
        return Estimate(mean, max(variance, _tiny(adjusted) ** 2) * (1.0 / k - 1.0 / len(seen)))


def shrunk(plain: Estimate, levels: Rows) -> Estimate:
    """An estimate drawn towards what is usual: a trial is stopped for folds that were unlucky, too.

    Who was stopped for a bad beginning is on average less bad than it began, by as much as luck had to do with it.
    The posterior mean under a normal prior does not mind why a trial was stopped (Efron 2011, "Tweedie's formula and
    selection bias", JASA 106); here the prior's middle and width are those of the other trials, robustly.

    Parameters
    ----------
    plain
        What the trial's own folds say.
    levels
        Means of other trials.

    Examples
    --------
    >>> shrunk(Estimate(4.0, 1.0), np.array([0.0, 1.0, 2.0])).mean < 4.0
    True
    """
    middle = float(np.median(levels))
    width = 1.4826 * float(np.median(np.abs(levels - middle)))
    if width <= 0.0:
        return plain
    own = width * width / (width * width + plain.variance)
    return Estimate(middle + own * (plain.mean - middle), plain.variance * own)


@final
class Leaders(NamedTuple):
    """The best trials that have seen all folds, as those are met that still run.

    Parameters
    ----------
    best
        The incumbent's mean.
    profile
        What the leaders score together on each fold, shifted to the incumbent's mean.
    distances, variances
        For each trial whose scores are not the leaders' own: how far its mean is from the incumbent's, and the variance
        over folds of its distance to the profile.
    error
        Standard error of the incumbent's mean.
    """

    best: float
    profile: Rows
    distances: Rows
    variances: Rows
    error: float

    @classmethod
    def of(cls, scores: Rows) -> Self:
        """From the scores of at least `FEWEST` trials on all folds, a row each."""
        means = scores.mean(axis=1)
        order = np.argsort(means, kind="stable")
        leading = order[: min(LEADERS, len(scores))]
        own = scores - means[:, None]
        shape = own[leading].mean(axis=0)
        away = own - shape
        away[leading] *= len(leading) / (len(leading) - 1.0)  # a leader is compared with the others
        variances = _variances(away)
        alike = variances > _tiny(scores) ** 2  # twins tell nothing of how trials differ
        best = float(means[order[0]])
        return cls(best, shape + best, (means - best)[alike], variances[alike], corrected_error(own[order[0]]))

    def chance(self, seen: Rows, margin: float, foretold: Estimate | None = None) -> float:
        """The chance that a trial's mean over all folds will be better than the incumbent's by more than a margin.

        What was foretold and what the folds say are two witnesses of one number, each with its variance.

        Parameters
        ----------
        seen
            A score a fold; NaN where the trial was not scored. At least one is not.
        margin
            In units of the scores, at least 0.
        foretold
            What was expected of the trial's mean before it ran, if anything.
        """
        known = np.isfinite(seen)
        behind = seen[known] - self.profile[known]
        mean, k = float(behind.mean()), len(behind)
        if not len(self.variances):
            return 0.5
        count = max(_FEWEST_NEAR, math.ceil(_NEAR * len(self.variances)))
        near = np.argsort(np.abs(self.distances - mean), kind="stable")[:count]
        variance = moderated(float(np.median(self.variances[near])), behind) * (1.0 / k - 1.0 / len(seen))
        if variance <= 0.0:
            return 0.5
        if foretold is not None:
            own = foretold.variance / (foretold.variance + variance)
            mean = own * mean + (1.0 - own) * (foretold.mean - self.best)
            variance *= own
        return float(stdtr(PRIOR_DEGREES + k - 1.0, -(mean + margin) / math.sqrt(variance)))


def corrected_error(scores: Rows) -> float:
    """The standard error of a trial's mean over its folds, which share training rows.

    Nadeau and Bengio 2003, "Inference for the generalization error", Machine Learning 52, with one part in k tested and
    the others trained on: `deviation * sqrt(1/k + 1/(k-1))`.

    Parameters
    ----------
    scores
        Of one trial on at least two folds.

    Examples
    --------
    >>> round(corrected_error(np.array([1.0, 2.0, 3.0])), 3)
    0.913
    """
    k = len(scores)
    return math.sqrt(float(scores.var(ddof=1)) * (1.0 / k + 1.0 / (k - 1.0)))


def moderated(prior: float, own: Rows) -> float:
    """The variance of some values, moderated by a prior variance that counts as much as `PRIOR_DEGREES` more of them.

    Smyth 2004, "Linear models and empirical Bayes methods", equation 4.

    Examples
    --------
    >>> moderated(1.0, np.array([0.0, 0.0]))
    0.8571428571428571
    """
    rest = own - own.mean()
    return float(PRIOR_DEGREES * prior + rest @ rest) / (PRIOR_DEGREES + len(own) - 1.0)


def _variances(rest: Rows) -> Rows:
    """Of each row, about 0."""
    found: Rows = (rest * rest).sum(axis=1) / (rest.shape[1] - 1.0)
    return found


def _tiny(scores: Rows) -> float:
    """What rounding alone can make of scores of this size."""
    return 1e-12 * float(np.abs(scores).max(initial=0.0)) + 1e-300
