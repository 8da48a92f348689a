"""Can the model be believed? How well it predicts each trial from the others, and a verdict in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.stats import spearmanr

from tunesmith.analysis._records import Records, counted, number, optional
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.models.anova import Decomposition, decomposition_of
from tunesmith.trial import History, Metric, TrialState

FEWEST = 10
"""With fewer complete trials a model is not believed: nobody can tell its errors from luck."""

ODDS = 20.0
"""How much likelier the trials must be under the model than under mere noise, times the number of parameters.

Unlike a correlation this keeps its meaning when a sampler chose each trial by the values before it; and as each
parameter is one more chance to find something in noise, each asks for more.
"""

_Z = 1.959964


@final
@dataclass(frozen=True)
class Trust:
    """How far the model of a study can be believed.

    Parameters
    ----------
    metric
        What it models.
    trials
        How many complete trials there are.
    modelled
        On how many trials it was fitted: a long study is represented by a part of its trials.
    correlation, low, high
        The rank correlation of the trials' values with what the others predict (leave-one-out), and its 95 % interval;
        NaN without a model.
    evidence
        The logarithm of how much likelier the values are under the model than under a constant and noise.
    residuals
        Of each complete trial that is modelled: value minus prediction from the others, in units of the prediction's
        standard deviation, in the order in which the trials ended.
    reliable
        Whether analyses may be built on it.
    reason
        Why, or why not, in words.
    """

    metric: Metric
    trials: int
    modelled: int
    correlation: float
    low: float
    high: float
    evidence: float
    residuals: tuple[float, ...]
    reliable: bool
    reason: str

    def __str__(self) -> str:
        return self.reason

    def table(self) -> Records:
        """One row."""
        heads = ("metric", "trials", "correlation", "low", "high", "reliable", "reason")
        numbers = (optional(self.correlation), optional(self.low), optional(self.high))
        return Records(heads, ((self.metric.name, self.trials, *numbers, self.reliable, self.reason),))


def trust(source: History | HasHistory) -> Trust:
    """How far the model of a study can be believed.

    Parameters
    ----------
    source
        A history, or a study.

    Notes
    -----
    Leave-one-out predictions in closed form: Rasmussen and Williams 2006, "Gaussian processes for machine learning",
    section 5.4.2. The interval of the rank correlation: Fisher's transform with the variance of Bonett and Wright 2000,
    Psychometrika 65. Samplers that learn from values make noise look predictable to a correlation, so the verdict also
    asks for evidence against mere noise (a Bayes factor, which does not depend on how trials were chosen).

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(0, 1))
    >>> trust(ts.minimize(lambda x: x, space, trials=9, sampler="sobol", storage=None)).reason
    'not reliable: 9 trials, and it takes 10'
    >>> trust(ts.minimize(lambda x: x, space, trials=30, sampler="sobol", storage=None)).reliable
    True
    """
    history = history_of(source)
    return trust_in(decomposition_of(history), history)


def trust_in(model: Decomposition | None, history: History) -> Trust:
    """How far a model of a history can be believed; None is no model."""
    complete = history.counts()[TrialState.COMPLETE]
    if model is None:
        nan = math.nan
        return Trust(history.metric, complete, 0, nan, nan, nan, nan, (), reliable=False, reason=_why_none(history))
    known = model.anova.left_out()
    whole = model.complete
    values, means = model.values[whole], known.means[whole]
    n = len(values)
    flat = float(np.ptp(means)) < 1e-12 or float(np.ptp(values)) < 1e-12
    correlation = 0.0 if flat else float(spearmanr(values, means)[0])
    spread = _Z * math.sqrt((1 + correlation**2 / 2) / max(n - 3, 1))
    middle = math.atanh(max(min(correlation, 1 - 1e-9), -1 + 1e-9))
    evidence = model.anova.evidence()
    reason = _doubt(complete, correlation, evidence - math.log(ODDS * len(model.encoder.columns)))
    residuals = model.sign * (values - means) / known.deviations[whole]
    return Trust(
        history.metric, complete, len(model.rows), correlation, math.tanh(middle - spread), math.tanh(middle + spread),
        evidence, tuple(residuals.tolist()), reliable=not reason,
        reason=reason or f"reliable: predictions of left-out trials have a rank correlation of {number(correlation)} "
        f"with their values ({counted(complete, 'trial')})",
    )  # fmt: skip


def _doubt(complete: int, correlation: float, margin: float) -> str:
    if complete < FEWEST:
        return f"not reliable: {counted(complete, 'trial')}, and it takes {FEWEST}"
    if margin < 0:
        return f"not reliable: {counted(complete, 'trial')}, and chance alone explains their values as well"
    if correlation <= 0:
        return "not reliable: the other trials do not predict a trial that is left out"
    return ""


def _why_none(history: History) -> str:
    complete = history.complete()
    if not complete:
        return "not reliable: no trial is complete"
    if all(part.size == 1 for _, part in history.space.items()):
        return "not reliable: no parameter can vary"
    if len(complete) >= FEWEST:
        return "not reliable: all values are the same"
    return f"not reliable: {counted(len(complete), 'trial')}, and it takes {FEWEST}"
