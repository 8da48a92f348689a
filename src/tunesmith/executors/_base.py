"""The contract of an executor: it runs a task for each trial somewhere, and passes on what the task says."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, final

import msgspec

from tunesmith.errors import ExecutorError
from tunesmith.space import Params


@final
class Work(msgspec.Struct, frozen=True):
    """One attempt at one trial, as a worker receives it: params, the trial's seed, and a limit in seconds."""

    number: int
    attempt: int
    params: Params
    seed: int
    timeout: float | None = None


@final
class Said(msgspec.Struct, frozen=True):
    """A worker tells something (reports, say) and goes on."""

    number: int
    attempt: int
    payload: Any


@final
class Asked(msgspec.Struct, frozen=True):
    """A worker asks something and waits for the answer: `executor.reply(asked, answer)`."""

    number: int
    attempt: int
    payload: Any
    ticket: int = 0


@final
class Ended(msgspec.Struct, frozen=True):
    """The task returned: its result."""

    number: int
    attempt: int
    result: Any


@final
class Lost(msgspec.Struct, frozen=True):
    """The task will never return: its worker died, hung beyond its limit, or was cancelled.

    `error` is a `WorkerDied` (exit code and last lines of output in its message) or a `TrialTimeout`; `output` the last
    lines that the worker printed; `cancelled` says that we ended it ourselves.
    """

    number: int
    attempt: int
    error: ExecutorError
    output: str = ""
    cancelled: bool = False


Message: TypeAlias = Said | Asked | Ended | Lost
Serve: TypeAlias = Callable[[Said | Asked], Any]


class Channel(Protocol):
    """How a task speaks while it runs."""

    def send(self, payload: Any) -> None:
        """Tell something and go on."""

    def call(self, payload: Any) -> Any:
        """Ask something and wait for the answer."""


Task: TypeAlias = Callable[[Channel, Work], Any]


class Executor(abc.ABC):
    """Runs a task for each work that is submitted, at most `slots` at once.

    The life of one: `open`, then `submit` and `messages` in turn, `close`. It can be opened again after that. It is
    used by one thread; the task may speak from any of its own. A task is expected to catch what its objective raises;
    an executor answers for dead, hanging and cancelled workers only. Each work that is submitted gets exactly one
    `Ended` or `Lost`, after all that it `Said`, unless the executor is closed before.
    """

    @property
    @abc.abstractmethod
    def slots(self) -> int:
        """How many works may be in flight."""

    @property
    @abc.abstractmethod
    def can_kill(self) -> bool:
        """Whether a running work can be ended from outside; a thread cannot."""

    @abc.abstractmethod
    def open(self, task: Task, serve: Serve) -> str:
        """Get ready to run `task`. `serve` answers at once where the task runs in the caller's own thread.

        Returns
        -------
        One line for the user: how many workers of which kind, with how many threads each.

        Raises
        ------
        ExecutorError
            If the task cannot be brought to the workers; the message names what stands in the way.
        """

    @abc.abstractmethod
    def submit(self, work: Work) -> None:
        """Run the task on this work as soon as a slot is free; the caller keeps to `slots`."""

    @abc.abstractmethod
    def messages(self, timeout: float | None = None) -> Sequence[Message]:
        """Wait until there is something to say, at most `timeout` seconds (None: as long as it takes).

        Without any work in flight the answer is empty at once: nothing could ever come.
        """

    @abc.abstractmethod
    def reply(self, asked: Asked, answer: Any) -> None:
        """Answer a question; nothing happens if nobody waits for it any more."""

    @abc.abstractmethod
    def cancel(self, number: int) -> bool:
        """End one work now, where `can_kill`: a `Lost(cancelled=True)` follows. False if it is not running."""

    @abc.abstractmethod
    def close(self) -> None:
        """End all workers now, and what they started; closing twice is fine."""
