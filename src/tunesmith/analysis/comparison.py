"""Several studies side by side: who is ahead after how many trials, and how far apart studies of one thing end."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from scipy.special import stdtrit

from tunesmith.analysis._records import Records, optional, quantile
from tunesmith.analysis.convergence import Convergence, convergence
from tunesmith.analysis.noise import Noise
from tunesmith.errors import UsageError
from tunesmith.trial import History, Metric

COVERAGE = 0.95
"""How often an interval of a mean holds the truth."""


@final
@dataclass(frozen=True)
class Contender:
    """One study among others.

    Parameters
    ----------
    name
        What it is called; a number is added where two have the same name.
    trials
        How many have ended.
    curve
        The best value after each trial that ended, in order; NaN before the first complete one.
    best
        The best value of all; NaN without one.
    noise
        How uncertain one trial's value is.
    rank
        Its place by the best value after as many trials as the shortest study has, from 1; equals share the mean.
    mean_rank
        The mean of its places after 1, 2, 3... up to as many trials: who is ahead most of the time.
    caught_up
        After how many trials it was as good as the worst of all bests; None if it never was.
    """

    name: str
    trials: int
    curve: tuple[float, ...]
    best: float
    noise: Noise
    rank: float
    mean_rank: float
    caught_up: int | None


@final
@dataclass(frozen=True)
class Comparison:
    """Several studies with the same metric, the best first.

    Parameters
    ----------
    metric
        What they share.
    common
        As many trials as each of them has.
    contenders
        The studies, by rank.
    """

    metric: Metric
    common: int
    contenders: tuple[Contender, ...]

    def table(self) -> Records:
        """One row a study."""
        heads = ("study", "trials", f"best {self.metric.name}", "noise", "rank", "mean rank", "trials to catch up")
        rows = [
            (
                one.name, one.trials, optional(one.best), optional(one.noise.deviation), one.rank, one.mean_rank,
                one.caught_up,
            )
            for one in self.contenders
        ]  # fmt: skip
        return Records(heads, tuple(rows))


def compare(histories: Sequence[History]) -> Comparison:
    """Several studies of the same metric side by side, by their best value so far.

    It describes; whether a difference is more than chance is for a test on scores of the same splits.

    Raises
    ------
    UsageError
        If there is none, or their first metrics differ.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(0, 1))
    >>> studies = [ts.Study(space, "loss", name=name) for name in ("a", "b")]
    >>> for study, values in zip(studies, ((3.0, 2.0), (4.0, 1.0, 0.5))):
    ...     for value in values:
    ...         _ = study.add({"x": 0.5}, value)
    >>> found = compare([study.history for study in studies])
    >>> [(one.name, one.rank, one.mean_rank, one.caught_up) for one in found.contenders]
    [('b', 1.0, 1.5, 2), ('a', 2.0, 1.5, 2)]
    """
    metric, curves = _together(histories)
    common = min((len(curve.best) for curve in curves), default=0)
    places = [_ranks([curve.best[k] for curve in curves], metric) for k in range(common)]
    last = places[-1] if places else [math.nan] * len(curves)
    bests = [curve.found for curve in curves if not math.isnan(curve.found)]
    bar = max(bests, key=lambda value: metric.sign * value) if bests else math.nan
    contenders = [
        Contender(
            name, len(curve.best), curve.best, curve.found, curve.noise, last[k],
            statistics.fmean(place[k] for place in places) if places else math.nan, _caught_up(curve, bar),
        )
        for k, (name, curve) in enumerate(zip(names_of(histories), curves, strict=True))
    ]  # fmt: skip
    order = sorted(contenders, key=lambda one: (one.rank, one.mean_rank))
    return Comparison(metric, common, tuple(order))


@final
@dataclass(frozen=True)
class Spread:
    """How the best so far of several studies of one thing goes, the seeds apart.

    Parameters
    ----------
    metric
        What they share.
    names
        The studies.
    curves
        The best so far of each.
    median, low, high
        After each number of trials that all studies have: the median and the quartiles over the studies; NaN as long as
        fewer than half of them have a complete trial.
    bests
        The best value of each study after as many trials as all have; NaN without one.
    mean, deviation
        Of those; the deviation is NaN of fewer than two.
    interval
        In which the mean over all seeds lies, by Student's t at 95 %; NaN of fewer than two.
    """

    metric: Metric
    names: tuple[str, ...]
    curves: tuple[tuple[float, ...], ...]
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    bests: tuple[float, ...]
    mean: float
    deviation: float
    interval: tuple[float, float]

    @property
    def common(self) -> int:
        """As many trials as each study has."""
        return len(self.median)

    def table(self) -> Records:
        """One row a study, and one for their mean."""
        rows: list[tuple[object, ...]] = [
            (name, optional(best), None) for name, best in zip(self.names, self.bests, strict=True)
        ]
        rows.append(("mean", optional(self.mean), optional(self.deviation)))
        heads = ("study", f"best {self.metric.name} after {self.common} trials", "deviation")
        return Records(heads, tuple(rows))


def seeds(histories: Sequence[History]) -> Spread:
    """How far studies of one thing, which differ by their seeds, lie apart.

    Raises
    ------
    UsageError
        If there is none, or their first metrics differ.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(0, 1))
    >>> studies = [ts.minimize(lambda x: x, space, trials=9, sampler="random", storage=None, seed=s) for s in range(5)]
    >>> found = seeds([study.history for study in studies])
    >>> found.common, found.interval[0] < found.mean < found.interval[1]
    (9, True)
    """
    metric, curves = _together(histories)
    common = min((len(curve.best) for curve in curves), default=0)
    bands = [_band([curve.best[k] for curve in curves]) for k in range(common)]
    bests = tuple(curve.best[common - 1] if common else math.nan for curve in curves)
    known = [best for best in bests if not math.isnan(best)]
    mean = statistics.fmean(known) if known else math.nan
    deviation = statistics.stdev(known) if len(known) > 1 else math.nan
    half = float(stdtrit(len(known) - 1, 0.5 + COVERAGE / 2)) * deviation / math.sqrt(len(known)) if known else math.nan
    return Spread(
        metric, names_of(histories), tuple(curve.best for curve in curves), tuple(band[1] for band in bands),
        tuple(band[0] for band in bands), tuple(band[2] for band in bands), bests, mean, deviation,
        (mean - half, mean + half),
    )  # fmt: skip


def names_of(histories: Sequence[History]) -> tuple[str, ...]:
    """The studies' names, told apart by a number where they are the same."""
    names = [history.name for history in histories]
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{name} ({k})" for k, name in enumerate(names, start=1))


def _together(histories: Sequence[History]) -> tuple[Metric, list[Convergence]]:
    if not histories:
        raise UsageError("No study was given.", hint="Give a list of histories: [a.history, b.history].")
    metrics = {history.metric for history in histories}
    if len(metrics) > 1:
        told = ", ".join(f"{metric.direction} {metric.name}" for metric in metrics)
        raise UsageError(f"The studies measure different things: {told}.", hint="Compare studies of the same metric.")
    return histories[0].metric, [convergence(history) for history in histories]


def _ranks(values: list[float], metric: Metric) -> list[float]:
    """Places from 1, equals share the mean; what is not known comes last."""
    costs = [math.inf if math.isnan(value) else metric.sign * value for value in values]
    return [sum(other < cost for other in costs) + (1 + sum(other == cost for other in costs)) / 2 for cost in costs]


def _caught_up(curve: Convergence, bar: float) -> int | None:
    sign = curve.metric.sign
    return next((k for k, best in enumerate(curve.best, start=1) if sign * best <= sign * bar), None)


def _band(values: list[float]) -> tuple[float, float, float]:
    known = sorted(value for value in values if not math.isnan(value))
    if 2 * len(known) < len(values):
        return math.nan, math.nan, math.nan
    return quantile(known, 0.25), quantile(known, 0.5), quantile(known, 0.75)
