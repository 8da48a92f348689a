"""What a worker does with one trial: call the objective, and turn however it ends into one outcome."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, final

import msgspec

from tunesmith.errors import InvalidValue, NotFinite, TrialPruned, TunesmithError, UsageError
from tunesmith.executors import Channel, Work
from tunesmith.space import Params, SearchSpace
from tunesmith.study.trial import Trial
from tunesmith.study.values import check_values
from tunesmith.trial import Point, Problem, TrialError

_LONGEST_TRACEBACK = 8_000
_LONGEST_MESSAGE = 2_000

Objective = Callable[[Trial], Any]


@final
class Outcome(msgspec.Struct, frozen=True):
    """How the objective ended, with all that the trial had not said before.

    `state` is the name of a finished `TrialState`. `fault` marks a value that no right objective returns, such as None.
    """

    state: str
    values: dict[str, float]
    error: TrialError | None = None
    fault: bool = False
    reason: str = ""
    points: Sequence[Point] = ()
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)
    params: Params | None = None
    space: SearchSpace | None = None
    seconds: float = 0.0


@final
class ObjectiveTask:
    """An objective, ready to travel to a worker; called there once for each trial.

    Raises
    ------
    UsageError
        If the objective cannot be called.
    """

    def __init__(self, objective: Objective, problem: Problem, *, prunes: bool) -> None:
        if not callable(objective):
            raise UsageError(f"The objective must be callable, got {objective!r}.", hint="Pass the function itself.")
        self.objective = objective
        self.metrics = problem.metrics
        self.declared = problem.declared
        self.prunes = prunes

    def __call__(self, channel: Channel, work: Work) -> Outcome:
        """Run the objective on one work; only KeyboardInterrupt passes through."""
        trial = Trial(
            channel, work.number, work.attempt, work.params, seed=work.seed, declared=self.declared, prunes=self.prunes
        )
        began = time.perf_counter()
        try:
            ended = self._ended(trial)
        except TrialPruned as stop:
            ended = Outcome("pruned", self._last(trial), reason=str(stop) or "the objective raised TrialPruned")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit and all others are how a trial failed, and are kept
            ended = Outcome("failed", {}, error=describe(error), fault=_is_fault(error))
        points, attrs = trial.take()
        params, space = trial.grown()
        seconds = time.perf_counter() - began
        return msgspec.structs.replace(ended, points=points, attrs=attrs, params=params, space=space, seconds=seconds)

    def _ended(self, trial: Trial) -> Outcome:
        return Outcome("complete", check_values(self.objective(trial), self.metrics))

    @staticmethod
    def _last(trial: Trial) -> dict[str, float]:
        """A stopped trial has no values of its own; pruners and samplers read its points."""
        del trial
        return {}


def describe(error: BaseException) -> TrialError:
    """Type, message and traceback of an exception as bounded text."""
    text = "".join(traceback.format_exception(error))
    if len(text) > _LONGEST_TRACEBACK:
        half = _LONGEST_TRACEBACK // 2
        text = f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
    try:
        message = str(error)
    except Exception as second:  # noqa: BLE001 - a stranger's __str__ may raise anything
        message = f"<its message raised {type(second).__name__}>"
    return TrialError(type(error).__qualname__, message[:_LONGEST_MESSAGE], text)


def _is_fault(error: BaseException) -> bool:
    return isinstance(error, InvalidValue) and isinstance(error, TunesmithError) and not isinstance(error, NotFinite)
