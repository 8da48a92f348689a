"""What trials reported on their way, step by step: their learning curves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._records import Records
from tunesmith.trial import FrozenTrial, History, Metric, Point, TrialState


@final
@dataclass(frozen=True)
class Curve:
    """What one trial reported.

    Parameters
    ----------
    trial
        Its number.
    state
        Where it stands.
    steps
        The steps, ascending.
    values
        What was measured at each, in the metric's units.
    rank
        Its place among the complete trials by value, from 1; None for the others.
    """

    trial: int
    state: TrialState
    steps: tuple[int, ...]
    values: tuple[float, ...]
    rank: int | None


@final
@dataclass(frozen=True)
class LearningCurves:
    """The curves of all trials that reported, by number.

    Parameters
    ----------
    metric
        What was measured.
    kind
        Which kind of points: `"validation"`, `"train"` or a word of the user's.
    curves
        One a trial.
    by_fold
        Whether the steps are the folds of a validation: then a curve's values are parts of one score, not stages.
    """

    metric: Metric
    kind: str
    curves: tuple[Curve, ...]
    by_fold: bool

    @property
    def stopped(self) -> int:
        """How many of them were stopped early."""
        return sum(curve.state is TrialState.PRUNED for curve in self.curves)

    @property
    def saved(self) -> float:
        """The share of the steps that stopping early saved, had every stopped trial gone as far as the longest."""
        longest = max((len(curve.steps) for curve in self.curves), default=0)
        spent = sum(len(curve.steps) for curve in self.curves)
        kept = sum(longest - len(curve.steps) for curve in self.curves if curve.state is TrialState.PRUNED)
        return kept / (kept + spent) if spent else 0.0

    def table(self) -> Records:
        """One row a trial: its first and last value, and how far it went."""
        rows = [
            (
                curve.trial, curve.state.value, len(curve.steps), curve.steps[-1], curve.values[0], curve.values[-1],
                curve.rank,
            )
            for curve in self.curves
        ]  # fmt: skip
        return Records(("trial", "state", "points", "last step", "first", "last", "rank"), tuple(rows))


def learning_curves(history: History, metric: Metric | None = None, kind: str = "validation") -> LearningCurves:
    """What trials reported by step. Where all steps are folds of a validation, `by_fold` says so.

    Parameters
    ----------
    history
        The trials.
    metric
        Of which metric; the study's first by default.
    kind
        Which kind of points.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", sampler="random", seed=0)
    >>> trial = study.ask()
    >>> for step in (1, 2, 3):
    ...     trial.report(1 / step, step=step)
    >>> _ = study.tell(trial, 1 / 3)
    >>> learning_curves(study.history).curves[0].values
    (1.0, 0.5, 0.3333333333333333)
    """
    metric = metric or history.metric
    complete = sorted(
        (t for t in history.complete() if metric.name in t.values), key=lambda t: metric.sign * t.values[metric.name]
    )
    ranks = {trial.number: rank for rank, trial in enumerate(complete, start=1)}
    stages: list[Curve] = []
    folds: list[Curve] = []
    for trial in history.trials:
        if not trial.points:
            continue
        staged, folded = _points(trial, metric, kind)
        for found, curves in ((staged, stages), (folded, folds)):
            if found:
                steps = sorted(found)
                values = tuple(found[step] for step in steps)
                curves.append(Curve(trial.number, trial.state, tuple(steps), values, ranks.get(trial.number)))
    return LearningCurves(metric, kind, tuple(stages or folds), by_fold=not stages and bool(folds))


def _points(trial: FrozenTrial, metric: Metric, kind: str) -> tuple[dict[int, float], dict[int, float]]:
    """The last value at each step, of points that are stages and of points that are folds."""
    stages: dict[int, float] = {}
    folds: dict[int, float] = {}
    for point in _of_kind(trial, metric, kind):
        (stages if point.fold is None else folds)[point.step] = point.value
    return stages, folds


def score_of(trial: FrozenTrial, metric: Metric, kind: str) -> float:
    """The one score of a kind that a trial ended with: the mean over its folds, or the value at its last step."""
    stages, folds = _points(trial, metric, kind)
    if stages:
        return stages[max(stages)]
    return math.fsum(folds.values()) / len(folds) if folds else math.nan


def by_fold(trial: FrozenTrial, metric: Metric, kind: str) -> dict[int, float]:
    """The score of a kind on each fold that a trial reported."""
    return {point.fold: point.value for point in _of_kind(trial, metric, kind) if point.fold is not None}


def _of_kind(trial: FrozenTrial, metric: Metric, kind: str) -> Iterator[Point]:
    names = {metric.name, ""} if metric.name == trial.metric_name or not trial.metric_name else {metric.name}
    return (p for p in trial.points if p.kind == kind and p.metric in names and math.isfinite(p.value))
