"""How states and errors are told in a line, wherever a session is shown."""

from __future__ import annotations

from tunesmith.trial import FrozenTrial, TrialState

MARKS = {
    TrialState.COMPLETE: ("●", "complete", "#0072b2"),
    TrialState.RUNNING: ("○", "running", "#56b4e9"),
    TrialState.PRUNED: ("▲", "stopped early", "#8a939b"),
    TrialState.FAILED: ("✕", "failed", "#b3261e"),
    TrialState.WAITING: ("◇", "waiting", "#e69f00"),
    TrialState.PAUSED: ("◇", "paused", "#e69f00"),
}
"""State -> mark, word, colour."""


def short_error(trial: FrozenTrial) -> str:
    """A failed trial's error on one short line."""
    if trial.error is None:
        return trial.stopped or MARKS[trial.state][1]
    first = trial.error.message.strip().splitlines()[0] if trial.error.message.strip() else ""
    return f"{trial.error.type}: {first}"[:120]
