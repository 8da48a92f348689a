"""What executors have in common whose workers are a crew, hired at `open` and let go at `close`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from tunesmith.errors import UsageError
from tunesmith.executors._base import Asked, Executor, Message, Work


class Hands(Protocol):
    """A crew, of processes or of threads."""

    def submit(self, work: Work) -> None:
        """Give a work to an idle worker; without one it waits its turn."""

    def messages(self, timeout: float | None) -> Sequence[Message]:
        """Wait for messages; without work in flight the answer is empty at once."""

    def reply(self, asked: Asked, answer: Any) -> None:
        """Send an answer to the worker that asked; nothing happens if it is gone."""


HandsT = TypeVar("HandsT", bound=Hands)


class CrewedExecutor(Executor, Generic[HandsT]):
    """An executor of so many workers: what is asked of it while it is open, its crew does.

    Parameters
    ----------
    slots
        How many workers.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._crew: HandsT | None = None

    @property
    def slots(self) -> int:
        """How many workers there are."""
        return self._slots

    def submit(self, work: Work) -> None:
        """Give a work to an idle worker; without one it waits its turn."""
        self._open_crew().submit(work)

    def messages(self, timeout: float | None = None) -> Sequence[Message]:
        """Wait for messages; without work in flight the answer is empty at once."""
        return self._open_crew().messages(timeout)

    def reply(self, asked: Asked, answer: Any) -> None:
        """Send an answer to the worker that asked; nothing happens if it is gone."""
        self._open_crew().reply(asked, answer)

    def _open_crew(self) -> HandsT:
        if self._crew is None:
            raise UsageError("This executor is not open.", hint="Call open(task, serve) first.")
        return self._crew
