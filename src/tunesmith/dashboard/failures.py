"""What went wrong: failures by their cause, as the analysis groups them, and early stops by their reason."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from tunesmith import _plugins
from tunesmith.trial import FrozenTrial, History, TrialState

_NUMBERS = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_LISTED = 200


def groups(history: History) -> dict[str, Any]:
    """Failures by cause, each with the values that hold more of them, and early stops; the most frequent first.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random")
    >>> for reason in ("no memory: 12 MB", "no memory: 99 MB", "bad"):
    ...     _ = study.tell(study.ask(), error=reason)
    >>> [(group["cause"], group["times"]) for group in groups(study.history)["failed"]]
    [('no memory: 12 MB', 2), ('bad', 1)]
    """
    found = _plugins.door("analysis", "failures")(history)
    failed = [
        {
            **_group(cause.text, [history.trial(number) for number in cause.trials], found.ended),
            "where": [_where(region) for region in cause.regions],
        }
        for cause in found.causes
    ]
    return {
        "failed": failed,
        "stopped": _stopped(history, found.ended),
        "finished": found.ended,
        "seconds_lost": math.fsum(cause.seconds for cause in found.causes),
    }


def _where(region: Any) -> str:
    """A region in words, with the counts that speak for it."""
    there, elsewhere = f"{region.failed:,} of {region.tried:,}", f"{region.elsewhere:,} of {region.tried_elsewhere:,}"
    return f"{region.text}: {there} failed so, elsewhere {elsewhere}"


def _stopped(history: History, ended: int) -> list[dict[str, Any]]:
    """Trials that were stopped early; reasons that differ by their numbers alone are one."""
    alike: dict[str, list[FrozenTrial]] = {}
    for trial in history.trials:
        if trial.state is TrialState.PRUNED:
            alike.setdefault(_NUMBERS.sub("#", trial.reason), []).append(trial)
    found = sorted(alike.values(), key=len, reverse=True)
    return [_group(trials[-1].reason or "no reason was given", trials, ended) for trials in found]


def _group(cause: str, trials: Sequence[FrozenTrial], of: int) -> dict[str, Any]:
    last = trials[-1]
    return {
        "cause": cause,
        "times": len(trials),
        "share": len(trials) / max(1, of),
        "numbers": [trial.number for trial in trials[-_LISTED:]],
        "traceback": (last.error.traceback or last.error.output) if last.error else "",
        "seconds": _seconds(trials),
        "last": last.finished_at,
        "where": [],
    }


def _seconds(trials: Iterable[FrozenTrial]) -> float:
    return math.fsum(trial.duration or 0.0 for trial in trials)
