"""The six states that a trial can be in."""

from __future__ import annotations

import enum


class TrialState(enum.Enum):
    """Where a trial stands.

    Examples
    --------
    >>> TrialState.COMPLETE.is_finished, TrialState("waiting").is_finished
    (True, False)
    """

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"

    __hash__ = object.__hash__  # a member is itself: several times faster than hashing its name

    @property
    def is_finished(self) -> bool:
        """Whether the trial has ended: COMPLETE, PRUNED or FAILED."""
        return self in _FINISHED


_FINISHED = frozenset({TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED})
