"""Trials in threads of this process: right for objectives that wait, or spend their time outside the interpreter."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from typing import Any, Self, final

from tunesmith import _platform
from tunesmith.errors import ExecutorError, WorkerDied
from tunesmith.executors._base import Asked, Ended, Lost, Message, Said, Serve, Task, Work
from tunesmith.executors._crewed import CrewedExecutor
from tunesmith.executors._slots import check_slots, slots_from_spec

_SLICE_SECONDS = 0.5


@final
class ThreadExecutor(CrewedExecutor["_Crew"]):
    """Runs trials in threads: nothing has to be pickled, all share one memory and one interpreter lock.

    A thread cannot be ended from outside: limits of a trial are not enforced, and a trial that still runs at `close`
    goes on unheard until it ends or the process does.

    Parameters
    ----------
    n
        How many threads; None: as many as there are cores.

    Raises
    ------
    UsageError
        If `n` is no whole number of at least 1.

    Examples
    --------
    >>> from tunesmith.space import Params
    >>> executor = ThreadExecutor(2)
    >>> executor.open(lambda channel, work: work.params["x"] ** 2, serve=print)
    '2 threads'
    >>> executor.submit(Work(0, 1, Params({"x": 3}), seed=0))
    >>> executor.messages()[0].result
    9
    >>> executor.close()
    """

    def __init__(self, n: int | None = None) -> None:
        super().__init__(_platform.cores() if n is None else check_slots(n, "ThreadExecutor"))

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """Make one from what stands behind the colon of `"thread:4"`.

        Examples
        --------
        >>> ThreadExecutor.from_spec("4").slots
        4
        """
        return cls(slots_from_spec(spec, "thread"))

    @property
    def can_kill(self) -> bool:
        """Always False."""
        return False

    def open(self, task: Task, serve: Serve) -> str:
        """Start the threads."""
        self.close()
        self._crew = _Crew(task, self._slots)
        return "1 thread" if self._slots == 1 else f"{self._slots} threads"

    def cancel(self, number: int) -> bool:
        """Nothing can be ended from outside."""
        return False

    def close(self) -> None:
        """Let the threads go: idle ones end, a busy one ends after its trial, or at its next question."""
        if self._crew is not None:
            self._crew.dismiss()
            self._crew = None


@final
class _Crew:
    """The threads of one opening and their queues; what a thread says after its crew was dismissed goes nowhere."""

    def __init__(self, task: Task, slots: int) -> None:
        self._task = task
        self._works: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._waiting: dict[int, queue.SimpleQueue[Any]] = {}
        self._news: list[Message] = []
        self._lock = threading.Lock()
        self._tickets = 0
        self._flying = 0
        self._slots = slots
        self._dismissed = False
        for number in range(slots):
            threading.Thread(target=self._work, name=f"tunesmith-trial-{number}", daemon=True).start()

    # -- the side of the loop ------------------------------------------------------------------------------------

    def submit(self, work: Work) -> None:
        self._flying += 1
        self._works.put(work)

    def messages(self, timeout: float | None) -> list[Message]:
        until = None if timeout is None else time.monotonic() + timeout
        while not self._news and self._flying:
            left = _SLICE_SECONDS if until is None else max(0.0, min(until - time.monotonic(), _SLICE_SECONDS))
            try:  # in slices, for Windows does not let Ctrl-C interrupt a wait for a lock
                self._news.append(self._said.get(timeout=left))
                while True:
                    self._news.append(self._said.get_nowait())
            except queue.Empty:
                if until is not None and time.monotonic() >= until:
                    break
        news, self._news = self._news, []
        self._flying -= sum(isinstance(message, Ended | Lost) for message in news)
        return news

    def reply(self, asked: Asked, answer: Any) -> None:
        waiting = self._waiting.get(asked.ticket)
        if waiting is not None:
            waiting.put(answer)

    def dismiss(self) -> None:
        with self._lock:
            self._dismissed = True
            waiting = list(self._waiting.values())
        for answer in waiting:
            answer.put(_DISMISSED)
        for _ in range(self._slots):
            self._works.put(None)

    # -- the side of the threads ---------------------------------------------------------------------------------

    def say(self, message: Message) -> None:
        self._said.put(message)

    def ask(self, work: Work, payload: Any) -> Any:
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._lock:
            if self._dismissed:
                raise _dismissed()
            self._tickets += 1
            ticket = self._tickets
            self._waiting[ticket] = answer
        self.say(Asked(work.number, work.attempt, payload, ticket))
        given = answer.get()
        del self._waiting[ticket]
        if given is _DISMISSED:
            raise _dismissed()
        return given

    def _work(self) -> None:
        while (work := self._works.get()) is not None and not self._dismissed:
            try:
                end: Message = Ended(work.number, work.attempt, self._task(_Channel(self, work), work))
            except BaseException as error:  # noqa: BLE001 - a task catches what its objective raises; the rest is told
                died = WorkerDied(
                    f"Trial {work.number} has no result: {type(error).__name__}: {error}.",
                    hint="An objective should return or raise an ordinary exception.",
                )
                end = Lost(work.number, work.attempt, died, traceback.format_exc()[-4000:])
            self.say(end)


@final
class _Channel:
    """How a task speaks to the loop, from whichever thread of it."""

    def __init__(self, crew: _Crew, work: Work) -> None:
        self._crew = crew
        self._work = work

    def send(self, payload: Any) -> None:
        self._crew.say(Said(self._work.number, self._work.attempt, payload))

    def call(self, payload: Any) -> Any:
        return self._crew.ask(self._work, payload)


_DISMISSED = object()


def _dismissed() -> ExecutorError:
    return ExecutorError("The study stopped while this trial was running.", hint="Nothing to do; the trial is kept.")
