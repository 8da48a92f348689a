"""An executor that hands results over in waves and in order, so that a search with several workers can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from tunesmith.executors import Asked, Ended, Executor, Lost, Message, Serve, Task, Work

_TICK = 1.0
"""Seconds; whoever waits for less has a deadline, at which results that are held back would be lost."""


@final
class InOrderExecutor(Executor):
    """Wraps an executor: all trials of a wave must have ended before any of them counts, by their numbers.

    Then what a sampler knows when it chooses trial n depends on n alone, not on which worker was faster. The price is
    that fast workers wait for the slowest one of their wave.

    Parameters
    ----------
    inner
        Who does the work.
    """

    def __init__(self, inner: Executor) -> None:
        self._inner = inner
        self._open: set[int] = set()
        self._ended: dict[int, Message] = {}

    @property
    def slots(self) -> int:
        """How many works a wave has."""
        return self._inner.slots

    @property
    def can_kill(self) -> bool:
        """As the wrapped one."""
        return self._inner.can_kill

    def open(self, task: Task, serve: Serve) -> str:
        """Open the wrapped one."""
        self._open.clear()
        self._ended.clear()
        return self._inner.open(task, serve)

    def submit(self, work: Work) -> None:
        """Submit to the wrapped one, as part of the wave."""
        self._open.add(work.number)
        self._inner.submit(work)

    def messages(self, timeout: float | None = None) -> Sequence[Message]:
        """What workers say at once; how they ended when all of the wave have, or when the time is nearly up."""
        passed: list[Message] = []
        for message in self._inner.messages(timeout):
            if isinstance(message, Ended | Lost):
                self._ended[message.number] = message
            else:
                passed.append(message)
        nearly_up = timeout is not None and timeout < _TICK
        if passed or (self._open - set(self._ended) and not nearly_up):
            return passed
        wave = [self._ended[number] for number in sorted(self._ended)]
        self._open -= set(self._ended)
        self._ended.clear()
        return wave

    def reply(self, asked: Asked, answer: Any) -> None:
        """Answer through the wrapped one."""
        self._inner.reply(asked, answer)

    def cancel(self, number: int) -> bool:
        """Cancel in the wrapped one."""
        return self._inner.cancel(number)

    def close(self) -> None:
        """Close the wrapped one."""
        self._inner.close()
