"""What a plot can be made of: a study, a fitted search, or a history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tunesmith.errors import UsageError
from tunesmith.trial import FrozenTrial, History, Metric

Source: TypeAlias = Any
"""A `Study`, a fitted `TuneSearchCV`, or a `History`."""


def history_of(source: Source) -> History:
    """The history of what was given.

    Raises
    ------
    UsageError
        If it has none.
    """
    for found in (source, getattr(source, "history", None), getattr(getattr(source, "study_", None), "history", None)):
        if isinstance(found, History):
            return found
    raise UsageError(
        f"A plot needs a study, got {type(source).__name__}.",
        hint="Give a Study, a fitted TuneSearchCV, or study.history.",
    )


def histories_of(sources: Source | Sequence[Source]) -> list[History]:
    """The histories of one thing or of several."""
    several = list(sources) if isinstance(sources, list | tuple) else [sources]
    return [history_of(source) for source in several]


def valued(history: History, metric: Metric) -> list[FrozenTrial]:
    """The ended trials with a value of a metric, by number."""
    return [trial for trial in history.trials if trial.state.is_finished and metric.name in trial.values]
