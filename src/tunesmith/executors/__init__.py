"""Who runs the objective? Every file without an underscore is an executor."""

from __future__ import annotations

from tunesmith.executors._base import (
    Asked,
    Channel,
    Ended,
    Executor,
    Lost,
    Message,
    Said,
    Serve,
    Task,
    Work,
)

__all__ = ["Asked", "Channel", "Ended", "Executor", "Lost", "Message", "Said", "Serve", "Task", "Work"]
