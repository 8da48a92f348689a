"""Several goals: which trials no other beats in all of them, how much they win together, and where the bend is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from tunesmith.analysis._records import Records, optional
from tunesmith.analysis.noise import standard_error_of
from tunesmith.errors import UsageError
from tunesmith.numerics.encoding import Indices, Rows
from tunesmith.numerics.pareto import hypervolume, nondominated
from tunesmith.trial import FrozenTrial, History, Metric

MARGIN = 0.1
"""The reference point lies this share of the front's range beyond its worst values."""


@final
@dataclass(frozen=True)
class Front:
    """The Pareto front of a study with several metrics.

    Parameters
    ----------
    metrics
        The metrics, in the study's order.
    trials, values
        The complete trials by number, and the value of each metric of each.
    errors
        The standard errors that were told with them; NaN where none was.
    front
        The numbers of the trials on the front, from the best to the worst of the first metric. Of trials with the same
        values the first counts.
    knee
        The trial on the front that lies farthest inside the plane through the ends, each metric scaled to the front's
        range (Das, 1999): beyond it a little more of one metric costs much of another. None if there is no bend.
    reference
        The point from which the hypervolume is measured.
    hypervolume
        The volume between front and reference, in the product of the metrics' units; exact. NaN for more than 4
        metrics.
    share
        The same as a share of the box between the ideal point and the reference.
    progress
        The numbers of the trials that enlarged the hypervolume, and the share after each.
    """

    metrics: tuple[Metric, ...]
    trials: tuple[int, ...]
    values: tuple[tuple[float, ...], ...]
    errors: tuple[tuple[float, ...], ...]
    front: tuple[int, ...]
    knee: int | None
    reference: tuple[float, ...]
    hypervolume: float
    share: float
    progress: tuple[tuple[int, float], ...]

    def table(self) -> Records:
        """One row a trial on the front."""
        place = {number: k for k, number in enumerate(self.trials)}
        rows = [
            (number, *self.values[place[number]], *map(optional, self.errors[place[number]]), number == self.knee)
            for number in self.front
        ]
        names = [metric.name for metric in self.metrics]
        return Records(("trial", *names, *(f"{name} standard error" for name in names), "knee"), tuple(rows))


def front(history: History) -> Front:
    """The Pareto front of a study with several metrics, its hypervolume and its knee.

    Raises
    ------
    UsageError
        If the study has one metric only.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), [ts.Metric("auc", "maximize"), ts.Metric("ms")])
    >>> for auc, ms in ((0.9, 10.0), (0.88, 2.0), (0.7, 1.0), (0.7, 5.0)):
    ...     _ = study.add({"x": 0.5}, (auc, ms))
    >>> found = front(study.history)
    >>> found.front, found.knee
    ((0, 1, 2), 1)
    """
    metrics = history.problem.metrics
    if len(metrics) < 2:
        raise UsageError(
            f"Study {history.name!r} has one metric, {metrics[0].name!r}; a front needs several.",
            hint='Give the study several: ts.Study(space, [ts.Metric("auc", "maximize"), ts.Metric("ms")]).',
        )
    names = [metric.name for metric in metrics]
    complete = sorted(
        (trial for trial in history.complete() if all(name in trial.values for name in names)),
        key=lambda trial: trial.number,
    )
    signs = np.array([metric.sign for metric in metrics], dtype=float)
    costs = np.array([[trial.values[name] for name in names] for trial in complete]).reshape(-1, len(metrics)) * signs
    on_front = np.flatnonzero(nondominated(costs))
    on_front = on_front[np.lexsort(costs[on_front].T[::-1])]
    reference = _reference(costs, on_front)
    ideal = costs[on_front].min(axis=0) if len(on_front) else reference
    box = float(np.prod(reference - ideal))
    volume = hypervolume(costs[on_front], reference) if len(metrics) <= _MOST_METRICS else math.nan
    knee = _knee(costs[on_front])
    return Front(
        metrics, tuple(trial.number for trial in complete),
        tuple(tuple(trial.values[name] for name in names) for trial in complete),
        tuple(tuple(_error(trial, metric) for metric in metrics) for trial in complete),
        tuple(complete[place].number for place in on_front.tolist()),
        None if knee is None else complete[int(on_front[knee])].number,
        tuple((reference * signs).tolist()), volume, volume / box if box > 0 else math.nan,
        _progress(costs, reference, box, [trial.number for trial in complete]),
    )  # fmt: skip


_MOST_METRICS = 4


def _error(trial: FrozenTrial, metric: Metric) -> float:
    error = standard_error_of(trial, metric) if trial.points else None
    return math.nan if error is None else error


def _reference(costs: Rows, on_front: Indices) -> Rows:
    """A little worse than the worst of the front; where the front has no extent, than the worst of all trials."""
    if not len(costs):
        return np.zeros(costs.shape[1])
    ends = costs[on_front]
    worst, extent = ends.max(axis=0), np.ptp(ends, axis=0)
    flat = extent <= 0
    worst = np.where(flat, costs.max(axis=0), worst)
    extent = np.where(flat, np.ptp(costs, axis=0), extent)
    extent = np.where(extent > 0, extent, np.maximum(np.abs(worst), 1.0))
    found: Rows = worst + MARGIN * extent
    return found


def _knee(ends: Rows) -> int | None:
    """The point with the smallest sum of the scaled costs, if it lies inside the plane through the ends."""
    extent = np.ptp(ends, axis=0) if len(ends) else np.zeros(1)
    if len(ends) < 3 or (extent <= 0).any():
        return None
    sums = ((ends - ends.min(axis=0)) / extent).sum(axis=1)
    found = int(sums.argmin())
    return found if sums[found] < 1.0 - 1e-9 else None


def _progress(costs: Rows, reference: Rows, box: float, numbers: list[int]) -> tuple[tuple[int, float], ...]:
    """After each trial that enlarged the hypervolume: its number, and the share of the box."""
    if box <= 0 or costs.shape[1] > _MOST_METRICS:
        return ()
    kept = np.empty((0, costs.shape[1]))
    found, before = [], 0.0
    for number, point in zip(numbers, costs, strict=True):
        if (point >= reference).any() or (kept <= point).all(axis=1).any():
            continue
        kept = np.vstack([kept[~(point <= kept).all(axis=1)], point])
        share = hypervolume(kept, reference) / box
        if share > before:
            found.append((number, share))
            before = share
    return tuple(found)
