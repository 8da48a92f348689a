"""Everything about one trial: its settings beside the best ones, its curve, its error, and how to run it again."""

from __future__ import annotations

import json
import shlex
from typing import Any

from tunesmith.dashboard.rows import LOST, WORDS, cause, label, shown_params
from tunesmith.space.choices import to_python
from tunesmith.trial import STANDARD_ERROR, FrozenTrial, History

_PEERS = 40
"""Curves of so many other trials are drawn behind the one."""

_POINTS = 200


def about(
    history: History, trial: FrozenTrial, card: dict[str, Any], workers: dict[str, str], lost: frozenset[int]
) -> dict[str, Any]:
    """What the page of a trial shows.

    Parameters
    ----------
    history, trial
        The study and its trial.
    card
        Who made the study with what.
    workers
        Workers' names by their owners.
    lost
        Running trials whose worker is gone.
    """
    return {
        "number": trial.number,
        "state": LOST if trial.number in lost else WORDS[trial.state],
        "values": trial.values,
        "standard_error": trial.standard_error,
        "rank": _rank(history, trial),
        "params": difference(history, trial),
        "copies": copies(history, trial, card),
        "chosen": trial.why.get("member") or trial.origin,
        "why": {name: value for name, value in trial.why.items() if name != "member"},
        "attempt": trial.attempt,
        "worker": workers.get(trial.worker, ""),
        "queued": trial.queued_at,
        "started": trial.started_at,
        "ended": trial.finished_at,
        "seconds": trial.duration,
        "cause": cause(trial),
        "error": None if trial.error is None else _error(trial),
        "attrs": trial.attrs,
        "notes": list(trial.notes),
        "artifacts": sorted(trial.artifacts),
        "curves": curves(trial),
        "peers": [curves(other) for other in _others(history, trial)] if trial.points else [],
        "outside": trial.outside,
    }


def difference(history: History, trial: FrozenTrial) -> list[dict[str, Any]]:
    """The params of a trial beside the best trial's, those that differ first.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), y=ts.Int(1, 9)))
    >>> _ = study.add({"x": 0.5, "y": 3}, 1.0), study.add({"x": 0.5, "y": 4}, 2.0)
    >>> [(row["name"], row["value"], row["best"], row["differs"]) for row in difference(study.history, study.trials[1])]
    [('y', 4, 3, True), ('x', 0.5, 0.5, False)]
    """
    best = history.best
    mine = shown_params(history.space, trial.params)
    theirs = {} if best is None else shown_params(history.space, best.params)
    names = [name for name in [*history.space.names, *mine] if name in mine or name in theirs]
    found = [
        {
            "name": name, "value": mine.get(name), "best": theirs.get(name), "active": name in mine,
            "differs": best is not None and best.number != trial.number and mine.get(name) != theirs.get(name),
        }
        for name in dict.fromkeys(names)
    ]  # fmt: skip
    return sorted(found, key=lambda row: not row["differs"])


def copies(history: History, trial: FrozenTrial, card: dict[str, Any]) -> dict[str, str]:
    """The params as Python, as JSON and as a command line's options; and the command that the study was made with.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)))
    >>> _ = study.add({"x": 0.5}, 1.0)
    >>> copies(study.history, study.trials[0], {"command": ["python", "train.py"]})["again"]
    'python train.py --x=0.5'
    """
    params = trial.params
    options = shlex.join(
        f"--{name}={value if isinstance(value, str) else label(value)}" for name, value in params.items()
    )
    command = card.get("command")
    started = shlex.join(map(str, command)) if isinstance(command, list) else str(command or "")
    return {
        "python": "{" + ", ".join(f"{name!r}: {to_python(value)}" for name, value in params.items()) + "}",
        "json": json.dumps(dict(history.space.encode_params(params)), ensure_ascii=False),
        "options": options,
        "again": f"{started} {options}" if started else "",
    }


def curves(trial: FrozenTrial) -> dict[str, Any]:
    """The measurements of a trial by kind: steps and values; folds stand beside steps where there are folds."""
    found: dict[str, dict[str, list[Any]]] = {}
    for point in trial.points:
        if point.kind == STANDARD_ERROR:
            continue
        line = found.setdefault(
            f"{point.metric or trial.metric_name} {point.kind}".strip(), {"steps": [], "values": [], "folds": []}
        )
        line["steps"].append(point.step)
        line["values"].append(point.value)
        line["folds"].append(point.fold)
    thinned = {name: {key: _thin(cells) for key, cells in line.items()} for name, line in found.items()}
    return {"number": trial.number, "lines": thinned}


def _thin(cells: list[Any]) -> list[Any]:
    if len(cells) <= _POINTS:
        return cells
    return [cells[round(place * (len(cells) - 1) / (_POINTS - 1))] for place in range(_POINTS)]


def _others(history: History, trial: FrozenTrial) -> list[FrozenTrial]:
    others = [one for one in history.finished() if one.points and one.number != trial.number]
    step = max(1, len(others) // _PEERS)
    return others[::-step][:_PEERS]


def _rank(history: History, trial: FrozenTrial) -> dict[str, int] | None:
    if not trial.values:
        return None
    complete = history.complete()
    better = sum(history.metric.better(other.value, than=trial.value) for other in complete)
    return {"place": better + 1, "of": len(complete)}


def _error(trial: FrozenTrial) -> dict[str, str]:
    error = trial.error
    return {} if error is None else {
        "type": error.type, "message": error.message, "traceback": error.traceback, "output": error.output,
    }  # fmt: skip
