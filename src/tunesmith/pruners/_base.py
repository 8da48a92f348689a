"""The contract of a pruner: how far a trial may go, and which trial goes next."""

from __future__ import annotations

import abc
from typing import Any, Literal, TypeAlias, final

import msgspec

from tunesmith.space import Params
from tunesmith.trial import FrozenTrial, History


@final
class Start(msgspec.Struct, frozen=True):
    """Begin a new trial."""


@final
class Resume(msgspec.Struct, frozen=True):
    """Go on with a paused trial."""

    number: int


@final
class Fork(msgspec.Struct, frozen=True):
    """Begin a trial with these params from where another one stands."""

    number: int
    params: Params


Assignment: TypeAlias = Start | Resume | Fork


@final
class Verdict(msgspec.Struct, frozen=True):
    """Whether a running trial goes on: `"continue"` or `"stop"`, and why, as JSON values.

    A verdict that stops is kept in the log and with the trial (`trial.verdict`), so that anybody can see later why.
    """

    action: Literal["continue", "stop"]
    why: dict[str, Any] = msgspec.field(default_factory=dict)


CONTINUE = Verdict("continue")
"""What there is nothing to say about."""


class Pruner(abc.ABC):
    """Decides how far trials go. Amnesiac: the same history gives the same answer, from a fresh instance.

    A member may keep caches that only save time. It never writes, and is never told of trials: it reads the history.
    """

    def assign(self, history: History) -> Assignment:
        """What a free worker does next: a new trial, unless a member says otherwise.

        Parameters
        ----------
        history
            Everything that happened so far.
        """
        return Start()

    @abc.abstractmethod
    def judge(self, history: History, trial: FrozenTrial) -> Verdict:
        """Whether a running trial goes on.

        Parameters
        ----------
        history
            Everything that happened so far; it may lack what the trial reported last.
        trial
            The trial as it stands, with all that it has reported.
        """
