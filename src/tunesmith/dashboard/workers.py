"""Who works on a study: its workers, what each does now, and whether it is still heard of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tunesmith import _platform
from tunesmith.storages import Lease
from tunesmith.study import LEASE_SECONDS
from tunesmith.trial import FrozenTrial, History, TrialState


def names(trials: Iterable[FrozenTrial]) -> dict[str, str]:
    """A short name for each worker, in the order in which they came: its process, and its machine where there are two.

    Examples
    --------
    >>> names([FrozenTrial(number=0, state=TrialState.RUNNING, worker="boot:12:3")])
    {'boot:12:3': '12'}
    """
    return _platform.short_names(trial.worker for trial in trials)


def listing(history: History, leases: Iterable[Lease], now: float) -> list[dict[str, Any]]:
    """One entry a worker, those that work now first: what it does, what it did, and when it was last heard of.

    Parameters
    ----------
    history, leases, now
        The study, all of its leases, and the storage's clock.
    """
    by_owner: dict[str, list[FrozenTrial]] = {}
    for trial in history.trials:
        if trial.worker:
            by_owner.setdefault(trial.worker, []).append(trial)
    held: dict[str, list[Lease]] = {}
    for lease in leases:
        held.setdefault(lease.owner, []).append(lease)
    short = names(history.trials)
    found = [_entry(owner, short[owner], trials, held.get(owner, ()), now) for owner, trials in by_owner.items()]
    return sorted(found, key=lambda entry: (not entry["current"], -(entry["last_ended"] or 0.0)))


def _entry(owner: str, name: str, trials: list[FrozenTrial], leases: Iterable[Lease], now: float) -> dict[str, Any]:
    running = [trial for trial in trials if trial.state is TrialState.RUNNING]
    ended = [trial for trial in trials if trial.finished_at is not None]
    renewed = max((lease.until - LEASE_SECONDS for lease in leases), default=None)
    lives = _platform.alive(owner)
    return {
        "name": name,
        "where": _platform.describe(owner) if owner.count(":") >= 1 else owner,
        "lives": lives,
        "current": [{"number": trial.number, "started": trial.started_at} for trial in running],
        "heard_ago": None if renewed is None else max(0.0, now - renewed),
        "done": len(ended),
        "failed": sum(trial.state is TrialState.FAILED for trial in ended),
        "busy": sum(trial.duration or 0.0 for trial in ended),
        "first_started": min((trial.started_at for trial in trials if trial.started_at is not None), default=None),
        "last_ended": max((trial.finished_at for trial in ended if trial.finished_at is not None), default=None),
    }


def timeline(history: History, short: Mapping[str, str], most: int = 600) -> list[dict[str, Any]]:
    """The newest trials as spans of time by worker, for a chart of who did what when.

    Parameters
    ----------
    history
        The study.
    short
        Workers' names, as `names` gives them.
    most
        How many trials at most.
    """
    begun = [trial for trial in history.trials if trial.started_at is not None and trial.worker]
    newest = sorted(begun, key=lambda trial: trial.started_at or 0.0)[-most:]
    return [
        {
            "worker": short.get(trial.worker, ""), "number": trial.number, "state": trial.state.value,
            "start": trial.started_at, "end": trial.finished_at,
        }
        for trial in newest
    ]  # fmt: skip
