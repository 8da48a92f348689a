"""What analyses read: a history, or anything that has one."""

from __future__ import annotations

from typing import Protocol

from tunesmith.trial import History


class HasHistory(Protocol):
    """A study, for one."""

    @property
    def history(self) -> History:
        """Its trials."""


def history_of(source: History | HasHistory) -> History:
    """The history of what was given."""
    return source if isinstance(source, History) else source.history
