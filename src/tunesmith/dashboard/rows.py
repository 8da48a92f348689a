"""Trials as rows of a table: what the page's columns are, and what stands in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tunesmith.space import Categorical, Distribution, Fixed, Float, Int, Ordinal, SearchSpace
from tunesmith.space.choices import Opaque, label_of
from tunesmith.trial import FrozenTrial, History, TrialState

FIXED_COLUMNS = ("number", "state")
"""What stands before the metrics, in this order."""

LONGEST_CELL = 200

WORDS = {
    TrialState.COMPLETE: "complete",
    TrialState.RUNNING: "running",
    TrialState.PAUSED: "paused",
    TrialState.PRUNED: "stopped early",
    TrialState.FAILED: "failed",
    TrialState.WAITING: "queued",
}
"""What the page calls each state."""

LOST = "lost"
"""What it calls a running trial whose worker is gone."""


def columns(history: History) -> list[dict[str, Any]]:
    """The columns of the trials table, in order; each says what kind of cells it has.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=1, sampler="random", storage=None)
    >>> [column["id"] for column in columns(study.history)]
    ['number', 'state', 'value:value', 'seconds', 'started', 'chosen', 'worker', 'param:x', 'cause']
    """
    found: list[dict[str, Any]] = [
        {"id": "number", "label": "trial", "kind": "number"},
        {"id": "state", "label": "state", "kind": "state"},
    ]
    found += [
        {"id": f"value:{metric.name}", "label": metric.name, "kind": "number", "better": metric.direction}
        for metric in history.problem.metrics
    ]
    found += [
        {"id": "seconds", "label": "seconds", "kind": "seconds"},
        {"id": "started", "label": "started", "kind": "time"},
        {"id": "chosen", "label": "chosen by", "kind": "text"},
        {"id": "worker", "label": "worker", "kind": "text"},
    ]
    found += [{"id": f"param:{name}", "label": name, **scale(one)} for name, one in history.space.items()]
    return [*found, {"id": "cause", "label": "cause", "kind": "text"}]


def scale(distribution: Distribution) -> dict[str, Any]:
    """How the values of a parameter lie: numbers between bounds (on a log scale or not), or choices by label."""
    if isinstance(distribution, Float | Int):
        return {"kind": "number", "low": distribution.low, "high": distribution.high, "log": bool(distribution.log)}
    if isinstance(distribution, Categorical | Ordinal):
        return {"kind": "choice", "choices": [label(choice) for choice in distribution.choices]}
    fixed = distribution.value if isinstance(distribution, Fixed) else None
    return {"kind": "choice", "choices": [label(fixed)]}


def rows(
    history: History, trials: Iterable[FrozenTrial], workers: Mapping[str, str], lost: frozenset[int] = frozenset()
) -> list[list[Any]]:
    """One list of cells a trial, in the order of `columns`.

    Parameters
    ----------
    history
        Whose metrics and space are the columns.
    trials
        Which trials.
    workers
        A worker's name by its owner, as `workers.names` gives it.
    lost
        The numbers of running trials whose worker is gone.
    """
    metrics = [metric.name for metric in history.problem.metrics]
    numeric = {name: isinstance(one, Float | Int) for name, one in history.space.items()}
    return [
        [
            trial.number,
            LOST if trial.number in lost else WORDS[trial.state],
            *(trial.values.get(metric) for metric in metrics),
            trial.duration,
            trial.started_at,
            trial.why.get("member") or trial.origin,
            workers.get(trial.worker, ""),
            *(_cell(trial.params, name, numeric[name]) for name in numeric),
            cause(trial)[:LONGEST_CELL],
        ]
        for trial in trials
    ]


def cause(trial: FrozenTrial) -> str:
    """Why a trial failed, or was stopped, on one line; empty where there is nothing to say."""
    if trial.error is not None:
        message = trial.error.message.strip().partition("\n")[0]
        return f"{trial.error.type}: {message}" if message else trial.error.type
    return "" if trial.state is TrialState.COMPLETE else trial.reason


def label(value: object) -> str:
    """A choice in words, the same wherever the page names it.

    Examples
    --------
    >>> label("adam"), label(None), label((64, 32)), label(1e-05)
    ('adam', 'None', '(64, 32)', '1e-05')
    """
    if isinstance(value, str):
        return value[:LONGEST_CELL]
    if isinstance(value, bool | int | float) or value is None:
        return str(value)
    if isinstance(value, tuple) and not any(isinstance(one, Opaque) for one in value):
        return repr(value)[:LONGEST_CELL]
    return label_of(value)


def shown_params(space: SearchSpace, params: Mapping[str, Any]) -> dict[str, Any]:
    """Params as JSON for a reader: finite numbers as they are, all else in words."""
    return {
        name: _cell(params, name, isinstance(space[name], Float | Int) if name in space else True) for name in params
    }


def _cell(params: Mapping[str, Any], name: str, numeric: bool) -> Any:
    if name not in params:
        return None
    value = params[name]
    if numeric and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return label(value)
