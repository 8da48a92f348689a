"""The live handle that an objective gets: its params, and what it may say while it runs."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, final

import msgspec

from tunesmith.artifacts import check_bytes
from tunesmith.errors import InvalidParams, InvalidTrial, InvalidValue, TunesmithError
from tunesmith.executors import Channel
from tunesmith.space import Categorical, Distribution, Float, Int, Params, SearchSpace
from tunesmith.study.values import check_standard_error
from tunesmith.trial import STANDARD_ERROR, Point

_FLUSH_SECONDS = 1.0
_LISTEN_SECONDS = 1.0
_LONGEST_NAME = 200


@final
class Report(msgspec.Struct, frozen=True):
    """What a running trial has measured since it last said so."""

    points: list[Point]


@final
class Save(msgspec.Struct, frozen=True):
    """A running trial hands over bytes to keep."""

    name: str
    data: bytes


@final
class Judge(msgspec.Struct, frozen=True):
    """A running trial asks whether it should go on."""

    step: int


@final
class Suggest(msgspec.Struct, frozen=True):
    """A running trial asks for the value of a parameter that was not drawn beforehand."""

    name: str
    distribution: Distribution
    given: Params


@final
class Trial:
    """One attempt at one trial, as the objective sees it.

    Attributes
    ----------
    number
        The trial's number, from 0.
    params
        The values to try; only active parameters are present.
    seed
        An int that differs from trial to trial and is the same when the trial is run again: seed your model with it.

    Examples
    --------
    >>> import tunesmith as ts
    >>> def objective(trial):
    ...     x = trial.suggest_float("x", -1, 1)
    ...     for step in range(3):
    ...         trial.report(x * x / (step + 1), step=step)
    ...     return x * x
    >>> study = ts.Study(direction="minimize", sampler="random", seed=1)
    >>> study.optimize(objective, trials=3, progress=False)
    >>> len(study.trials[0].points)
    3
    """

    def __init__(
        self, channel: Channel, number: int, attempt: int, params: Params, *, seed: int, declared: bool, prunes: bool
    ) -> None:
        self.number = number
        self.attempt = attempt
        self.seed = seed
        self._channel = channel
        self._drawn = params
        self._declared = declared
        self._prunes = prunes
        self._asked: dict[str, Any] = {}
        self._distributions: dict[str, Distribution] = {}
        self._points: list[Point] = []
        self._attrs: dict[str, Any] = {}
        self._last_step = 0
        self._flushed = time.monotonic()
        self._listened = 0.0

    def __repr__(self) -> str:
        return f"<Trial {self.number}: {dict(self.params)}>"

    @property
    def params(self) -> Params:
        """The values to try: all active ones of a declared space, those asked for so far otherwise."""
        return self._drawn if self._declared or not self._asked else Params(self._asked)

    # -- parameters ----------------------------------------------------------------------------------------------

    def suggest_float(
        self, name: str, low: float, high: float, *, log: bool = False, step: float | None = None
    ) -> float:
        """Ask for a real number; see `tunesmith.Float` for the arguments."""
        value: float = self.suggest(name, Float(low, high, log=log, step=step))
        return value

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False, step: int = 1) -> int:
        """Ask for a whole number; see `tunesmith.Int` for the arguments."""
        value: int = self.suggest(name, Int(low, high, log=log, step=step))
        return value

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Ask for one of several choices."""
        return self.suggest(name, Categorical(*choices))

    def suggest(self, name: str, distribution: Distribution) -> Any:
        """Ask for a value from any distribution.

        The same name gives the same value within a trial. In a study with a declared space the declared value is
        given, if it lies in the range that is asked for here.

        Raises
        ------
        InvalidParams
            If the name is asked for with another distribution than before, or does not fit the declared space.
        """
        if (before := self._distributions.get(name)) is not None:
            if before != distribution:
                raise InvalidParams(
                    f"Trial {self.number} asked for {name!r} as {distribution!r}, after {before!r}.",
                    hint="Ask for a parameter with one range in a trial, or give the second one another name.",
                )
            return self._asked[name]
        if name in self._drawn and distribution.contains(self._drawn[name]):
            value = distribution.check(self._drawn[name], name)
        elif self._declared:
            raise InvalidParams(
                f"{name!r} was asked for as {distribution!r}, but the study's space has "
                f"{self._drawn.get(name, 'no such active parameter')} there.",
                hint="Read trial.params instead, or make the study without a space to declare it on the go.",
            )
        else:
            given = Params(self._asked)
            value = self._channel.call(Suggest(name, distribution, given))
            if isinstance(value, TunesmithError):
                raise value
        self._asked[name] = value
        self._distributions[name] = distribution
        return value

    # -- measurements --------------------------------------------------------------------------------------------

    def report(
        self, value: float, step: int, *, metric: str = "", kind: str = "validation", fold: int | None = None
    ) -> None:
        """Say how it goes: one measurement at one step.

        Parameters
        ----------
        value
            A finite number.
        step
            How far the trial is: an epoch, a number of trees, a fold; a whole number of at least 0.
        metric
            Which metric; empty means the study's first.
        kind
            `"validation"` is what pruners look at; `"train"` or any other word is kept for the analysis.
        fold
            Which fold, if the step is one.

        Raises
        ------
        InvalidValue
            If the value is not a finite number: a trial that diverged has failed.
        """
        number = _as_float(value)
        if number is None or not math.isfinite(number):
            raise InvalidValue(
                f"Trial {self.number} reported {value!r} at step {step!r}.",
                hint="Report finite numbers only; raise ts.TrialPruned to end a trial that diverges.",
            )
        if isinstance(step, bool) or not isinstance(step, int) or step < 0:
            raise InvalidValue(
                f"Trial {self.number} reported at step {step!r}.", hint="A step is a whole number of at least 0."
            )
        self._points.append(Point(number, step, metric, kind, fold))
        self._last_step = step
        if time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()

    def set_standard_error(self, value: float, *, metric: str = "") -> None:
        """Say how uncertain the value is that this trial will return: models then trust it less.

        Parameters
        ----------
        value
            The standard error, in units of the metric: a finite number of at least 0.
        metric
            Which metric; empty means the study's first.

        Raises
        ------
        InvalidValue
            If the value is no such number.
        """
        self._points.append(Point(check_standard_error(value), 0, metric, STANDARD_ERROR))

    def should_prune(self) -> bool:
        """Whether to end early: the pruner thinks that going on is a waste, or a person asked for it.

        Then `raise ts.TrialPruned` or return.
        """
        now = time.monotonic()
        if self._prunes:
            self.flush()
        elif now - self._listened < _LISTEN_SECONDS:
            return False  # no pruner: only a person can have asked, which is worth a question now and then
        self._listened = now
        return bool(self._channel.call(Judge(self._last_step)))

    def set_attr(self, key: str, value: Any) -> None:
        """Keep something of your own with the trial: a key, and any JSON value.

        Raises
        ------
        InvalidTrial
            If the value cannot be written as JSON.
        """
        try:
            plain = msgspec.json.decode(msgspec.json.encode(value))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise InvalidTrial(
                f"The attribute {key!r} of trial {self.number} cannot be kept: {error}.",
                hint="Use None, bool, int, float, str, and lists and dicts of these.",
            ) from error
        self._attrs[str(key)] = plain

    def save_artifact(self, name: str, data: bytes) -> None:
        """Keep bytes with the trial: predictions, a picture, a model file.

        They are stored by their digest beside the study's storage, on the disk before the trial's end is recorded, and
        read with `study.artifact(number, name)`. The same name again takes the place of what it named.

        Parameters
        ----------
        name
            How to ask for them: printable text of 1 to 200 characters.
        data
            At most 64 MiB.

        Raises
        ------
        InvalidValue
            If the name is no such text, or the data are no bytes or too many.
        """
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise InvalidValue(
                f"An artefact's name is printable text of 1 to {_LONGEST_NAME} characters, got {str(name)[:80]!r}.",
                hint='Write trial.save_artifact("predictions", data), for example.',
            )
        self._channel.send(Save(name, check_bytes(data)))

    # -- for whoever runs the objective -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Send what was reported and not sent."""
        if self._points:
            self._channel.send(Report(self._points))
            self._points = []
        self._flushed = time.monotonic()

    def take(self) -> tuple[list[Point], dict[str, Any]]:
        """Points that were not sent yet, and the attributes."""
        points, self._points = self._points, []
        return points, self._attrs

    def grown(self) -> tuple[Params | None, SearchSpace | None]:
        """What was asked for on the go: the params of this trial and the space that they span; None if declared."""
        if self._declared:
            return None, None
        return Params(self._asked), SearchSpace(self._distributions)


def _as_float(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
