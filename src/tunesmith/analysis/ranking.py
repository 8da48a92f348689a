"""The settings in order, the best first, with those that chance cannot tell from the best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._columns import ParamColumn, columns_of
from tunesmith.analysis._records import Records, optional
from tunesmith.analysis.noise import Noise, noise_of, standard_error_of
from tunesmith.trial import History, Metric


@final
@dataclass(frozen=True)
class Ranking:
    """The complete trials by value, the best first.

    Parameters
    ----------
    metric
        What was measured.
    trials, values
        The trials and their values.
    ranks
        Their places from 1; equal values share the smallest.
    errors
        The standard error of each: as told with it, otherwise that of one trial's value; NaN where nothing is known.
    near
        Whether a value is within two standard errors of a difference from the best; without any known noise, equal to
        it.
    columns
        The parameters over these trials.
    noise
        How uncertain one trial's value is.
    """

    metric: Metric
    trials: tuple[int, ...]
    values: tuple[float, ...]
    ranks: tuple[int, ...]
    errors: tuple[float, ...]
    near: tuple[bool, ...]
    columns: tuple[ParamColumn, ...]
    noise: Noise

    def table(self) -> Records:
        """One row a trial; inactive parameters are None."""
        names = tuple(column.name for column in self.columns)
        rows = [
            (
                rank, number, value, optional(error), near,
                *(column.labels[int(place)] if column.labels and not math.isnan(place) else optional(place)
                  for column in self.columns for place in [column.places[k]]),
            )
            for k, (rank, number, value, error, near) in enumerate(
                zip(self.ranks, self.trials, self.values, self.errors, self.near, strict=True)
            )
        ]  # fmt: skip
        heads = ("rank", "trial", self.metric.name, "standard error", "within noise", *names)
        return Records(heads, tuple(rows))


def ranking(history: History, metric: Metric | None = None) -> Ranking:
    """The complete trials by value, the best first; of equals the earlier.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    >>> for x in (0.3, 0.1, 0.101):
    ...     _ = study.add({"x": x}, x, standard_error=0.01)
    >>> print(ranking(study.history).table())
    rank  trial   loss  standard error  within noise      x
       1      1    0.1            0.01          True    0.1
       2      2  0.101            0.01          True  0.101
       3      0    0.3            0.01         False    0.3
    """
    metric = metric or history.metric
    complete = [trial for trial in history.complete() if metric.name in trial.values]
    complete.sort(key=lambda trial: (metric.sign * trial.values[metric.name], trial.number))
    values = [trial.values[metric.name] for trial in complete]
    noise = noise_of(history, metric)
    told = [standard_error_of(trial, metric) if trial.points else None for trial in complete]
    errors = [noise.deviation if error is None else error for error in told]
    ranks: list[int] = []
    for k, value in enumerate(values):
        ranks.append(ranks[-1] if k and value == values[k - 1] else k + 1)
    near = [
        value == values[0] or metric.sign * (value - values[0]) <= 2 * math.hypot(error, errors[0])
        for value, error in zip(values, errors, strict=True)
    ]
    return Ranking(
        metric, tuple(trial.number for trial in complete), tuple(values), tuple(ranks), tuple(errors), tuple(near),
        columns_of(history, complete), noise,
    )  # fmt: skip
