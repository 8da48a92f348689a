"""How a study stands, in the five figures that its page begins with, and the facts beside them."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable
from typing import Any

from tunesmith import _plugins
from tunesmith.dashboard.rows import cause, shown_params
from tunesmith.trial import FrozenTrial, History, TrialState

_NUMBERS = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")

_RECENT = 20
"""The rate is that of so many last trials."""

_FEWEST_COMPARED, _MOST_COMPARED = 10, 2_000
"""So many complete trials are compared with the default: fewer say nothing, more would take too long at each look."""

_SPARK = 60
"""Most points of a spark line."""


def standing(history: History, lost: frozenset[int], now: float) -> dict[str, Any]:
    """How good, how sure, getting better?, anything wrong?, when done?: each with what it rests on.

    Parameters
    ----------
    history
        The study.
    lost
        Running trials whose worker is gone.
    now
        The storage's clock, UTC seconds.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, sampler="random", storage=None)
    >>> standing(study.history, frozenset(), now=0.0)["done"]
    3
    """
    counts = history.counts()
    running = counts[TrialState.RUNNING] - len(lost)
    finished = history.finished()
    return {
        "best": _best(history),
        "sure": sure(history),
        "worth": worth(history),
        "improved": _improved(history, finished, now),
        "counts": {state.value: n for state, n in counts.items()},
        "running": running,
        "lost": sorted(lost),
        "trouble": _trouble(finished),
        "done": history.finished_count,
        "total": total(history),
        "busy": math.fsum(trial.duration or 0.0 for trial in finished),
        "state": state_of(history, running),
        "spark": spark(history),
        "last_activity": _last_activity(history),
        "notes": list(history.notes),
        **_pace(history, finished, running),
    }


def total(history: History) -> int | None:
    """How many trials the study is to have, as its last session or a person said; None where nobody did."""
    trials = (history.changes.get("budget") or {}).get("trials")
    return trials if isinstance(trials, int) and not isinstance(trials, bool) else None


def state_of(history: History, running: int) -> str:
    """One word for the whole study: running, stopped, done, idle or new."""
    if running:
        return "stopping" if history.changes.get("stopped") else "running"
    if history.changes.get("stopped"):
        return "stopped"
    if not len(history):
        return "new"
    wanted = total(history)
    return "done" if wanted is not None and history.finished_count >= wanted else "idle"


def spark(history: History) -> list[float]:
    """The best value after each trial that ended, thinned to a line that a glance takes in."""
    best: list[float] = []
    for trial in history.complete():
        best.append(trial.value if not best or history.metric.better(trial.value, than=best[-1]) else best[-1])
    if len(best) <= _SPARK:
        return best
    return [best[round(place * (len(best) - 1) / (_SPARK - 1))] for place in range(_SPARK)]


def _best(history: History) -> dict[str, Any] | None:
    best = history.best
    if best is None:
        return None
    return {
        "number": best.number,
        "value": best.value,
        "values": best.values,
        "standard_error": best.standard_error,
        "params": shown_params(history.space, best.params),
        "finished": best.finished_at,
    }


def sure(history: History) -> dict[str, str]:
    """How uncertain the best value is: by its own standard error, else by what one value of this study is.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    >>> for value in (1.0, 2.0, 3.0, 4.0):
    ...     _ = study.add({"x": 0.5}, value)
    >>> sure(study.history)
    {'figure': '± 1.3', 'note': 'one value, from 3 repeats'}
    """
    best = history.best
    if best is None:
        return {"figure": "", "note": ""}
    number = _plugins.door("analysis._records", "number")
    if (own := best.standard_error) is not None:
        return {"figure": f"± {number(own, own)}", "note": "standard error of the best trial"}
    noise = _plugins.door("analysis", "noise_of")(history)
    if not noise.is_known:
        return {"figure": "not known", "note": "each setting was tried once"}
    counted = _plugins.door("analysis._records", "counted")
    told = {
        "standard errors": f"the standard errors of {counted(noise.trials, 'trial')}",
        "repeats": counted(noise.trials, "repeat"),
        "folds": f"the folds of {counted(noise.trials, 'trial')}",
    }[noise.source]
    return {"figure": f"± {number(noise.deviation, noise.deviation)}", "note": f"one value, from {told}"}


def worth(history: History) -> str:
    """Whether tuning is better than the default so far, in few words; empty where that cannot be said.

    Examples
    --------
    >>> import tunesmith as ts
    >>> worth(ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss").history)
    ''
    """
    complete = history.complete()
    if not _FEWEST_COMPARED <= len(complete) <= _MOST_COMPARED or not any(t.origin == "default" for t in complete):
        return ""
    words: str = _plugins.door("analysis", "over_tuning")(history, ahead=False).short
    return words


def _improved(history: History, finished: Iterable[FrozenTrial], now: float) -> dict[str, Any] | None:
    """When the best value last improved: by how much, how many trials and how many seconds ago."""
    best, before, since = None, None, 0
    for trial in finished:
        if trial.state is not TrialState.FAILED:
            since += 1
        if trial.state is TrialState.COMPLETE and (best is None or history.metric.better(trial.value, than=best.value)):
            best, before, since = trial, best, 0
    if best is None:
        return None
    return {
        "trials_ago": since,
        "seconds_ago": None if best.finished_at is None else max(0.0, now - best.finished_at),
        "by": None if before is None else abs(best.value - before.value),
        "before": None if before is None else before.number,
    }


def _trouble(finished: Iterable[FrozenTrial]) -> dict[str, Any] | None:
    """The most frequent cause of failure, and how often it struck."""
    alike: dict[str, list[str]] = {}
    for trial in finished:
        if trial.state is TrialState.FAILED:  # causes that differ by their numbers alone are one
            alike.setdefault(_NUMBERS.sub("#", cause(trial)), []).append(cause(trial))
    if not alike:
        return None
    often = max(alike.values(), key=len)
    return {"cause": often[0], "times": len(often)}


def _pace(history: History, finished: list[FrozenTrial] | Any, running: int) -> dict[str, Any]:
    """Trials a minute lately, and seconds until the budget is spent at that pace; None where nothing runs."""
    recent = [t for t in finished[-_RECENT:] if t.finished_at is not None and t.started_at is not None]
    if not running or len(recent) < 2:
        return {"per_minute": None, "seconds_left": None}
    ends = sorted(trial.finished_at or 0.0 for trial in recent)
    gap = (ends[-1] - ends[0]) / (len(ends) - 1)
    if gap <= 0.0:  # all at once: what one trial takes tells
        gap = statistics.fmean(trial.duration or 0.0 for trial in recent) / max(1, running)
    wanted = total(history)
    left = None if wanted is None else max(0, wanted - history.finished_count)
    seconds = None if left is None else left * gap
    finite = gap > 0.0 and math.isfinite(gap)
    return {"per_minute": 60.0 / gap if finite else None, "seconds_left": seconds if finite else None}


def _last_activity(history: History) -> float | None:
    moments = [t for trial in history.trials[-200:] for t in (trial.started_at, trial.finished_at) if t is not None]
    return max(moments, default=None)
