"""What went wrong: failures grouped by their cause, and trials that were stopped early grouped by who stopped them."""

from __future__ import annotations

import re
from typing import Any

from tunesmith.dashboard.rows import cause
from tunesmith.trial import FrozenTrial, History, TrialState

_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_LISTED = 200


def groups(history: History) -> dict[str, Any]:
    """Failures by cause and early stops by reason, the most frequent first.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random")
    >>> for reason in ("no memory: 12 MB", "no memory: 99 MB", "bad"):
    ...     _ = study.tell(study.ask(), error=reason)
    >>> [(group["cause"], group["times"]) for group in groups(study.history)["failed"]]
    [('told: no memory: 99 MB', 2), ('told: bad', 1)]
    """
    finished = history.finished()
    failed = [trial for trial in finished if trial.state is TrialState.FAILED]
    stopped = [trial for trial in finished if trial.state is TrialState.PRUNED]
    return {
        "failed": _grouped(failed, len(finished)),
        "stopped": _grouped(stopped, len(finished)),
        "finished": len(finished),
        "seconds_lost": sum(trial.duration or 0.0 for trial in failed),
    }


def _grouped(trials: list[FrozenTrial], of: int) -> list[dict[str, Any]]:
    by_cause: dict[str, list[FrozenTrial]] = {}
    for trial in trials:
        by_cause.setdefault(_NUMBERS.sub("#", cause(trial)), []).append(trial)
    found = sorted(by_cause.values(), key=len, reverse=True)
    return [
        {
            "cause": cause(alike[-1]) or "no reason was given",
            "times": len(alike),
            "share": len(alike) / max(1, of),
            "numbers": [trial.number for trial in alike[-_LISTED:]],
            "traceback": (alike[-1].error.traceback or alike[-1].error.output) if alike[-1].error else "",
            "seconds": sum(trial.duration or 0.0 for trial in alike),
            "last": alike[-1].finished_at,
        }
        for alike in found
    ]
