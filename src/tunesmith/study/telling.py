"""What a person tells of a trial that was run elsewhere, checked and ready for the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunesmith.errors import InvalidTrial, InvalidValue, NotFinite
from tunesmith.study.ledger import Result
from tunesmith.study.task import describe
from tunesmith.study.values import check_standard_error, check_values
from tunesmith.trial import STANDARD_ERROR, Metric, Point, TrialError, TrialState

_FAILED = 'Tell a failed trial by study.tell(trial, state="failed").'
_NUMBERS = "Tell one number, or one for each metric: a tuple in their order, or a dict by their names."


def told(
    value: Any,
    metrics: Sequence[Metric],
    state: TrialState | str | None,
    error: BaseException | str | None,
    standard_error: float | None,
) -> Result:
    """How a trial ended, from the arguments of `Study.tell`.

    Raises
    ------
    InvalidTrial
        If the state is no way to end.
    InvalidValue
        If the value is not a finite number for every metric, or the standard error is none.

    Examples
    --------
    >>> told(1, [Metric("loss")], None, None, None).values
    {'loss': 1.0}
    """
    ended = _ending(state, error)
    points = [] if standard_error is None else [Point(check_standard_error(standard_error), kind=STANDARD_ERROR)]
    if ended is TrialState.COMPLETE:
        return Result(ended, _values(value, metrics), points=points)
    cause = describe(error) if isinstance(error, BaseException) else TrialError("told", error) if error else None
    return Result(ended, {}, cause, reason="" if cause is None else cause.message, points=points)


def _ending(state: TrialState | str | None, error: BaseException | str | None) -> TrialState:
    if state is None:
        return TrialState.COMPLETE if error is None else TrialState.FAILED
    found = next((one for one in TrialState if one.is_finished and state in (one, one.value)), None)
    if found is None:
        raise InvalidTrial("A trial can be told as 'complete', 'failed' or 'pruned'.", hint="Leave state out.")
    return found


def _values(value: Any, metrics: Sequence[Metric]) -> dict[str, float]:
    try:
        return check_values(value, metrics)
    except InvalidValue as wrong:
        said = wrong.message.replace("The objective returned", "tell() was given")
        failed = value is None or isinstance(wrong, NotFinite)
        raise InvalidValue(said, hint=_FAILED if failed else _NUMBERS) from None
