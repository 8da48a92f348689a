"""Trials that count as running, but that nobody works on any more."""

from __future__ import annotations

from collections.abc import Iterable

from tunesmith import _platform
from tunesmith.storages import Lease
from tunesmith.trial import History, TrialState


def lost_trials(history: History, leases: Iterable[Lease], now: float) -> frozenset[int]:
    """The numbers of running trials that nobody works on any more: their lease lapsed, or its owner is dead.

    The next session of the study takes them up again; until then they stand in the log as running.

    Parameters
    ----------
    history
        The study.
    leases
        All of its leases.
    now
        The storage's clock.
    """
    held = {lease.number for lease in leases if lease.until >= now and _platform.alive(lease.owner) is not False}
    return frozenset(t.number for t in history.running() if t.state is TrialState.RUNNING and t.number not in held)
