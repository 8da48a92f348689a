"""What a mark says under the mouse: the trial, its value with the uncertainty, and how it differs from the best."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tunesmith.analysis import ParamColumn
from tunesmith.analysis._columns import columns_of
from tunesmith.analysis._records import number
from tunesmith.analysis.noise import standard_error_of
from tunesmith.plots._words import text, with_error
from tunesmith.trial import FrozenTrial, History, Metric

MOST_PARAMS = 4
"""So many params are named, those first that differ most from the best."""

MANY = 1000
"""In larger studies two params are named, lest the text outweighs the numbers."""


def hovers(history: History, trials: Sequence[FrozenTrial], metric: Metric | None = None) -> list[str]:
    """One text for each of some trials."""
    metric = metric or history.metric
    columns = columns_of(history, trials)
    best = None if history.best is None else columns_of(history, [history.best])
    most = MOST_PARAMS if len(trials) <= MANY else 2
    names = [text(column.name) for column in columns]
    units = [[column.unit(place) for place in column.places] for column in columns]
    aims = None if best is None else [column.unit(column.places[0]) for column in best]
    return [
        "<br>".join([_head(trial, metric), *_params(k, columns, names, units, best, aims, most)])
        for k, trial in enumerate(trials)
    ]


def _head(trial: FrozenTrial, metric: Metric) -> str:
    value = trial.values.get(metric.name)
    if value is None:
        cause = f": {text(trial.error.type)} {text(trial.error.message, 80)}" if trial.error else ""
        return f"<b>trial {trial.number}</b> {trial.state.value}{cause}"
    error = standard_error_of(trial, metric) if trial.points else None
    return f"<b>trial {trial.number}</b> {text(metric.name)} {with_error(value, error)}"


def _params(
    k: int,
    columns: Sequence[ParamColumn],
    names: Sequence[str],
    units: Sequence[Sequence[float]],
    best: Sequence[ParamColumn] | None,
    aims: Sequence[float] | None,
    most: int,
) -> list[str]:
    """The params that differ most from the best: `lr 0.1 (best 0.01)`."""
    if best is None or aims is None:
        return [f"{names[j]} {_shown(column, k)}" for j, column in enumerate(columns[:most])]
    distances = []
    for j, aim in enumerate(aims):
        unit = units[j][k]
        if math.isnan(unit) and math.isnan(aim):
            continue
        apart = 1.0 if math.isnan(unit) or math.isnan(aim) else abs(unit - aim)
        if columns[j].kind == "choice" and not columns[j].ordered:
            apart = float(apart > 0)
        if apart > 0:
            distances.append((-apart, j))
    distances.sort()
    lines = [f"{names[j]} {_shown(columns[j], k)} (best {_shown(best[j], 0)})" for _, j in distances[:most]]
    return lines or ["the params of the best"]


def _shown(column: ParamColumn, k: int) -> str:
    place = column.places[k]
    if math.isnan(place):
        return "not active"
    return text(column.labels[int(place)], 24) if column.labels else number(place)
