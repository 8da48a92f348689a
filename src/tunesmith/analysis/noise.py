"""How much a trial's value would differ if it were run again: as told, as repeated, or as the folds spread."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, final

from tunesmith.analysis._records import Records, optional
from tunesmith.trial import STANDARD_ERROR, FrozenTrial, History, Metric

Source = Literal["standard errors", "repeats", "folds", "unknown"]

FEWEST_REPEATS = 3
"""Fewer degrees of freedom than this say nothing about a spread."""

MOST_FOLDED = 500
"""At most so many trials are looked at for the spread of their folds: the newest."""


@final
@dataclass(frozen=True)
class Noise:
    """How uncertain the value of one trial is.

    Parameters
    ----------
    metric
        Of which metric.
    deviation
        The standard deviation of one trial's value, in the metric's units; NaN where nothing is known.
    source
        What it was learnt from: standard errors that were told, the spread of the same params run again, or the spread
        over the folds of a validation.
    trials
        How many trials told it.
    """

    metric: Metric
    deviation: float
    source: Source
    trials: int

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it."""
        return math.isfinite(self.deviation)

    def table(self) -> Records:
        """One row."""
        row = (self.metric.name, optional(self.deviation), self.source, self.trials)
        return Records(("metric", "deviation", "source", "trials"), (row,))


def noise_of(history: History, metric: Metric | None = None) -> Noise:
    """How uncertain the value of one trial of a study is.

    The first of these that the trials offer counts: the median of the standard errors that were told with the values;
    the pooled deviation of trials with the same params; the median standard error over the folds of a validation, each
    with the correction of Nadeau and Bengio (2003) for training sets that overlap: `deviation * sqrt(1/k + 1/(k-1))`.

    Parameters
    ----------
    history
        The trials.
    metric
        Of which metric; the study's first by default.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"))
    >>> for x in (0.1, 0.2, 0.3):
    ...     _ = study.add({"x": x}, x, standard_error=0.05)
    >>> noise = noise_of(study.history)
    >>> noise.deviation, noise.source, noise.trials
    (0.05, 'standard errors', 3)
    """
    metric = metric or history.metric
    complete = [trial for trial in history.complete() if metric.name in trial.values]
    told = [error for trial in complete if (error := standard_error_of(trial, metric)) is not None]
    if told:
        return Noise(metric, statistics.median(told), "standard errors", len(told))
    deviation, freedom = _repeated(complete, metric)
    if freedom >= FEWEST_REPEATS:
        return Noise(metric, deviation, "repeats", freedom)
    folded = [error for trial in complete[-MOST_FOLDED:] if (error := _over_folds(trial, metric)) is not None]
    if folded:
        return Noise(metric, statistics.median(folded), "folds", len(folded))
    return Noise(metric, math.nan, "unknown", 0)


def standard_error_of(trial: FrozenTrial, metric: Metric) -> float | None:
    """The standard error that was told with a trial's value of a metric; None where none was."""
    names = {metric.name, ""} if metric.name == trial.metric_name or not trial.metric_name else {metric.name}
    return next((p.value for p in trial.points if p.kind == STANDARD_ERROR and p.metric in names), None)


def _repeated(trials: Iterable[FrozenTrial], metric: Metric) -> tuple[float, int]:
    """The pooled deviation of trials with the same params, and its degrees of freedom."""
    groups: dict[tuple[tuple[str, object], ...], list[float]] = defaultdict(list)
    for trial in trials:
        try:
            groups[tuple(sorted(trial.params.items()))].append(trial.values[metric.name])
        except TypeError:  # a choice that cannot be hashed is nobody's twin
            continue
    several = [values for values in groups.values() if len(values) > 1]
    freedom = sum(len(values) - 1 for values in several)
    if not freedom:
        return math.nan, 0
    squares = sum(statistics.variance(values) * (len(values) - 1) for values in several)
    return math.sqrt(squares / freedom), freedom


def _over_folds(trial: FrozenTrial, metric: Metric) -> float | None:
    names = {metric.name, ""} if metric.name == trial.metric_name else {metric.name}
    folds = {
        p.fold: p.value for p in trial.points if p.fold is not None and p.kind == "validation" and p.metric in names
    }
    if len(folds) < 2:
        return None
    return statistics.stdev(folds.values()) * math.sqrt(1 / len(folds) + 1 / (len(folds) - 1))
