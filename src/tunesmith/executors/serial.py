"""One trial after another, in the caller's own thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from tunesmith.executors._base import Asked, Ended, Executor, Message, Said, Serve, Task, Work


@final
class SerialExecutor(Executor):
    """Runs each trial in the calling thread: the simplest to debug, and right for objectives that thread themselves.

    Examples
    --------
    >>> from tunesmith.space import Params
    >>> executor = SerialExecutor()
    >>> executor.open(lambda channel, work: work.params["x"] ** 2, serve=print)
    'one trial at a time in this process'
    >>> executor.submit(Work(0, 1, Params({"x": 3}), seed=0))
    >>> executor.messages()[0].result
    9
    """

    def __init__(self) -> None:
        self._task: Task | None = None
        self._serve: Serve | None = None
        self._queue: list[Work] = []

    @property
    def slots(self) -> int:
        """Always 1."""
        return 1

    @property
    def can_kill(self) -> bool:
        """Always False: a trial in our own thread can only be waited for."""
        return False

    def open(self, task: Task, serve: Serve) -> str:
        """Remember the task."""
        self._task, self._serve = task, serve
        return "one trial at a time in this process"

    def submit(self, work: Work) -> None:
        """Keep the work for the next `messages`."""
        self._queue.append(work)

    def messages(self, timeout: float | None = None) -> Sequence[Message]:
        """Run one work that was submitted, and give its end."""
        if not self._queue or self._task is None or self._serve is None:
            return []
        work = self._queue.pop(0)
        return [Ended(work.number, work.attempt, self._task(_Direct(self._serve, work), work))]

    def reply(self, asked: Asked, answer: Any) -> None:
        """Nothing to do: questions are answered on the spot."""

    def cancel(self, number: int) -> bool:
        """Nothing can be ended from outside."""
        return False

    def close(self) -> None:
        """Forget the task and what was not begun."""
        self._queue.clear()
        self._task = self._serve = None


@final
class _Direct:
    """A channel that calls the loop itself."""

    def __init__(self, serve: Serve, work: Work) -> None:
        self._serve = serve
        self._work = work

    def send(self, payload: Any) -> None:
        self._serve(Said(self._work.number, self._work.attempt, payload))

    def call(self, payload: Any) -> Any:
        return self._serve(Asked(self._work.number, self._work.attempt, payload))
