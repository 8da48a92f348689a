"""Each trial in a warm worker process: a crash, a hang or a leak of one objective harms nothing else."""

from __future__ import annotations

import os
import sys
from typing import Self, final

from tunesmith import _platform
from tunesmith.errors import ExecutorError
from tunesmith.executors import _threads
from tunesmith.executors._base import Serve, Task
from tunesmith.executors._crew import Crew
from tunesmith.executors._crewed import CrewedExecutor
from tunesmith.executors._slots import check_slots, slots_from_spec


@final
class ProcessExecutor(CrewedExecutor[Crew]):
    """Runs trials in worker processes that stay warm from `open` to `close`.

    The objective is pickled by value where it must be (lambdas, notebooks, scripts: no `if __name__` guard is needed)
    and sent once; arrays over 1 MB are mapped by all workers, not copied. Each worker gets its share of the cores as
    threads, unless the environment says otherwise. A worker that dies gives a `Lost` with its exit code and the end of
    what it printed, and another one takes its place. Workers, and what they start, end with this process, even if it
    is killed; only a process that an objective puts into a session of its own escapes.

    Parameters
    ----------
    n
        How many workers; None: as many as there are cores.
    echo
        Print what workers print to our stderr, too; by default if the variable `TUNESMITH_ECHO` is set to 1.

    Raises
    ------
    UsageError
        If `n` is no whole number of at least 1.

    Examples
    --------
    >>> from tunesmith.executors import Work
    >>> from tunesmith.space import Params
    >>> executor = ProcessExecutor(1)
    >>> _ = executor.open(lambda channel, work: work.params["x"] ** 2, serve=print)
    >>> executor.submit(Work(0, 1, Params({"x": 3}), seed=0))
    >>> executor.messages()[0].result
    9
    >>> executor.close()
    """

    def __init__(self, n: int | None = None, *, echo: bool | None = None) -> None:
        super().__init__(_platform.cores() if n is None else check_slots(n, "ProcessExecutor"))
        self._echo = os.environ.get("TUNESMITH_ECHO", "0") not in {"", "0"} if echo is None else echo
        self._share = max(1, _platform.cores() // self._slots)
        self._owner = 0

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """Make one from what stands behind the colon of `"process:4"`.

        Examples
        --------
        >>> ProcessExecutor.from_spec("4").slots
        4
        """
        return cls(slots_from_spec(spec, "process"))

    @property
    def can_kill(self) -> bool:
        """Always True."""
        return True

    def open(self, task: Task, serve: Serve) -> str:
        """Pickle the task, start the workers, and wait until all of them have loaded it.

        Raises
        ------
        ExecutorError
            If the task cannot be pickled, a worker cannot load it, or no process can be started.
        """
        _refuse_while_loading()
        self.close()
        self._owner = os.getpid()
        self._crew = Crew(task, self._slots, self._share, echo=self._echo)
        workers = "1 process" if self._slots == 1 else f"{self._slots} processes"
        threads = _threads.describe(self._share, os.environ)
        return f"{workers}, {threads}" + (" each" if self._slots > 1 else "")

    def cancel(self, number: int) -> bool:
        """End the worker of one trial: SIGTERM, and after 2 s SIGKILL for it and what it started."""
        return self._open_crew().cancel(number)

    def close(self) -> None:
        """End all workers and what they started: idle ones leave by themselves, others are ended."""
        crew, self._crew = self._crew, None
        if crew is not None and self._owner == os.getpid():  # a forked copy of us has no workers
            crew.close()


def _refuse_while_loading() -> None:
    worker = sys.modules.get("tunesmith.executors._worker")
    if worker is not None and worker.loading:
        raise ExecutorError(
            "A worker that was importing a module to get at the objective was about to start workers of its own.",
            hint='Put the call of optimize in that module under: if __name__ == "__main__":',
        )
