"""Does it overfit, and where? Training and validation scores against each hyperparameter."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._columns import ParamColumn, columns_of
from tunesmith.analysis._records import Records, optional, quantile
from tunesmith.analysis.learning import score_of
from tunesmith.trial import History, Metric

MOST_BINS = 8
"""Into at most so many groups the trials are dealt by a numeric hyperparameter, each as large as the others."""

FEWEST_IN_BIN = 4
"""A group of a numeric hyperparameter has at least so many trials, if there are so many."""


@final
@dataclass(frozen=True)
class Bin:
    """The trials whose value of a parameter lies between two numbers, or is one choice.

    Parameters
    ----------
    place
        The middle of their values, or the index of the choice.
    trials
        How many they are.
    train, validation
        The median score of each kind.
    train_range, validation_range
        The quartiles of each.
    """

    place: float
    trials: int
    train: float
    validation: float
    train_range: tuple[float, float]
    validation_range: tuple[float, float]


@final
@dataclass(frozen=True)
class ValidationCurve:
    """Training and validation scores against one hyperparameter.

    Parameters
    ----------
    name
        The hyperparameter.
    kind, log, labels
        Its axis: `"number"` or `"choice"`, whether its scale is logarithmic, the choices.
    places
        The value (or the index of the choice) of each trial with both scores.
    bins
        The same trials in groups of neighbouring values.
    """

    name: str
    kind: str
    log: bool
    labels: tuple[str, ...]
    trials: tuple[int, ...]
    places: tuple[float, ...]
    bins: tuple[Bin, ...]


@final
@dataclass(frozen=True)
class ValidationCurves:
    """Training and validation scores against each hyperparameter.

    Parameters
    ----------
    metric
        The score.
    trials, train, validation
        The trials that have both scores, and these.
    curves
        One a hyperparameter.
    """

    metric: Metric
    trials: tuple[int, ...]
    train: tuple[float, ...]
    validation: tuple[float, ...]
    curves: tuple[ValidationCurve, ...]

    @property
    def gap(self) -> float:
        """By how much the training score of the best trial is better than its validation score; NaN without one."""
        if not self.trials:
            return math.nan
        best = min(range(len(self.trials)), key=lambda k: self.metric.sign * self.validation[k])
        return self.metric.sign * (self.validation[best] - self.train[best])

    def table(self) -> Records:
        """One row a hyperparameter and group of values."""
        rows = [
            (
                curve.name, curve.labels[int(one.place)] if curve.labels else one.place, one.trials,
                optional(one.train), optional(one.validation),
                optional(self.metric.sign * (one.validation - one.train)),
            )
            for curve in self.curves
            for one in curve.bins
        ]  # fmt: skip
        return Records(("hyperparameter", "about", "trials", "training", "validation", "gap"), tuple(rows))


def validation_curves(history: History, metric: Metric | None = None) -> ValidationCurves:
    """Training and validation scores against each hyperparameter, from points of the kinds "train" and "validation".

    The score of a kind is the mean over a trial's folds, or its value at the last step; the validation score of a
    complete trial without such points is its value. Trials without a training score are left out.

    Parameters
    ----------
    history
        The complete trials are looked at.
    metric
        Of which metric; the study's first by default.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(depth=ts.Int(1, 9)), ts.Metric("acc", "maximize"), sampler="random", seed=0)
    >>> for depth in range(1, 10):
    ...     _ = study.enqueue({"depth": depth})
    ...     trial = study.ask()
    ...     trial.report(0.7 + depth / 30, step=0, kind="train")
    ...     _ = study.tell(trial, 0.8 - (depth - 4) ** 2 / 100)
    >>> found = validation_curves(study.history)
    >>> len(found.trials), round(found.gap, 3), [one.place for one in found.curves[0].bins]
    (9, 0.033, [2.5, 7.0])
    """
    metric = metric or history.metric
    kept, train, validation = [], [], []
    for trial in history.complete():
        fitted = score_of(trial, metric, "train") if trial.points else math.nan
        if math.isnan(fitted) or metric.name not in trial.values:
            continue
        seen = score_of(trial, metric, "validation")
        kept.append(trial)
        train.append(fitted)
        validation.append(trial.values[metric.name] if math.isnan(seen) else seen)
    curves = [_curve(column, train, validation, [t.number for t in kept]) for column in columns_of(history, kept)]
    return ValidationCurves(
        metric, tuple(t.number for t in kept), tuple(train), tuple(validation),
        tuple(curve for curve in curves if curve.bins),
    )  # fmt: skip


def _curve(
    column: ParamColumn, train: Sequence[float], validation: Sequence[float], numbers: Sequence[int]
) -> ValidationCurve:
    active = [k for k, place in enumerate(column.places) if not math.isnan(place)]
    bins = tuple(
        _bin([column.places[k] for k in group], [train[k] for k in group], [validation[k] for k in group])
        for group in _groups(column, active)
    )
    places = tuple(column.places[k] for k in active)
    return ValidationCurve(
        column.name, column.kind, column.log, column.labels, tuple(numbers[k] for k in active), places, bins
    )


def _groups(column: ParamColumn, active: list[int]) -> list[list[int]]:
    """The trials in groups of neighbouring values; equal values stay together."""
    by_value: dict[float, list[int]] = defaultdict(list)
    for k in active:
        by_value[column.places[k]].append(k)
    ordered = [by_value[value] for value in sorted(by_value)]
    if column.kind == "choice":
        return ordered
    size = max(FEWEST_IN_BIN, math.ceil(len(active) / MOST_BINS))
    groups: list[list[int]] = []
    for same in ordered:
        if groups and len(groups[-1]) < size:
            groups[-1] += same
        else:
            groups.append(list(same))
    if len(groups) > 1 and len(groups[-1]) < FEWEST_IN_BIN:
        last = groups.pop()
        groups[-1] += last
    return groups


def _bin(places: list[float], train: list[float], validation: list[float]) -> Bin:
    ordered, fitted, seen = sorted(places), sorted(train), sorted(validation)
    return Bin(
        quantile(ordered, 0.5), len(places), quantile(fitted, 0.5), quantile(seen, 0.5),
        (quantile(fitted, 0.25), quantile(fitted, 0.75)), (quantile(seen, 0.25), quantile(seen, 0.75)),
    )  # fmt: skip
