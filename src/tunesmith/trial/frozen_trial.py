"""One trial as it stands at one moment, immutable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import msgspec

from tunesmith.errors import InvalidTrial
from tunesmith.space import Params
from tunesmith.trial.state import TrialState

STANDARD_ERROR = "standard_error"
"""The kind of point that says how uncertain the value of its metric is."""


@final
class Point(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One measurement during a trial: of which metric, at which step, of what kind, in which fold.

    Parameters
    ----------
    value
        The number that was measured.
    step
        How far the trial had come: an epoch, a number of trees, a fold.
    metric
        Name of the metric; empty means the study's first.
    kind
        `"validation"` (what pruners look at), `"train"`, `"standard_error"`, or any other word of the user's.
    fold
        Which fold of a validation scheme, if the step is one.
    """

    value: float
    step: int = 0
    metric: str = ""
    kind: str = "validation"
    fold: int | None = None


@final
class TrialError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a trial failed: the exception's type, its message, the traceback as text, and the last output."""

    type: str
    message: str
    traceback: str = ""
    output: str = ""


@final
class FrozenTrial(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that is known of one trial; a later version of it is another object.

    `params` holds the active parameters only. `values` maps metric names to numbers and is empty until the trial ends.
    Times are seconds since the epoch (UTC). `why` says who chose the params and on what grounds. `outside` marks params
    that are no point of the space (a model's own defaults, say): they are run as they are; samplers leave them aside.
    `verdict` is what the pruner, or a person, said when it stopped the trial.

    Examples
    --------
    >>> trial = FrozenTrial(number=0, state=TrialState.COMPLETE, params=Params({"x": 0.5}), values={"loss": 0.25})
    >>> trial.value
    0.25
    >>> trial
    <trial 0, complete: loss 0.25, x=0.5>
    """

    number: int
    state: TrialState
    params: Params = msgspec.field(default_factory=Params)
    values: dict[str, float] = msgspec.field(default_factory=dict)
    attempt: int = 0
    origin: str = "sampled"
    why: dict[str, Any] = msgspec.field(default_factory=dict)
    sampler_state: dict[str, Any] | None = None
    points: Sequence[Point] = ()
    error: TrialError | None = None
    reason: str = ""
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    artifacts: dict[str, str] = msgspec.field(default_factory=dict)
    queued_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    worker: str = ""
    seen: int = 0
    outside: bool = False
    tell_id: str | None = None
    metric_name: str = ""
    verdict: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def value(self) -> float:
        """The value of the study's first metric.

        Raises
        ------
        InvalidTrial
            If the trial has none (it has not ended, was stopped early before its first report, or failed).
        """
        if not self.values:
            raise InvalidTrial(
                f"Trial {self.number} has no value: it is {self.state.value}.",
                hint="Look at trial.state first; a failed trial has trial.error.",
            )
        return self.values[self.metric_name] if self.metric_name in self.values else next(iter(self.values.values()))

    @property
    def standard_error(self) -> float | None:
        """How uncertain the first metric's value is, as it was told; None where nothing was said."""
        known = (p for p in reversed(self.points) if p.kind == STANDARD_ERROR and p.metric in {"", self.metric_name})
        return next((point.value for point in known), None)

    @property
    def stopped(self) -> str:
        """That it was stopped early, and after how many folds where folds are known; empty if it was not."""
        if self.state is not TrialState.PRUNED:
            return ""
        seen, whole = self.verdict.get("folds"), self.verdict.get("of")
        return f"stopped early, {seen} of {whole} folds" if seen and whole else "stopped early"

    def __repr__(self) -> str:
        told = [f"{name} {value:.6g}" for name, value in self.values.items()]
        if self.error is not None:
            told.append(f"{self.error.type}: {self.error.message.strip().partition(chr(10))[0][:120]}")
        params = [f"{name}={_short(value)}" for name, value in self.params.items()]
        rest = ", ".join(told + params)
        return f"<trial {self.number}, {self.state.value}{': ' if rest else ''}{rest}>"

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None while either is missing."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, self.finished_at - self.started_at)


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
