"""The params of trials as columns: what an axis, a test or a table of a parameter needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

from tunesmith.space import Categorical, Distribution, Float, Int, Ordinal
from tunesmith.space.choices import choice_key, label_of
from tunesmith.trial import FrozenTrial, History


@final
@dataclass(frozen=True)
class ParamColumn:
    """The values of one parameter over some trials.

    Parameters
    ----------
    name
        The parameter.
    kind
        `"number"`, or `"choice"` for a Categorical or Ordinal.
    log
        Whether its scale is logarithmic.
    low, high
        Its range on the scale of `places`: bounds of a number, first and last index of choices.
    labels
        The choices as text, in their order; empty for numbers.
    places
        Of each trial the number, or the index of the choice; NaN where the parameter is inactive or its value is none
        that the space knows.
    conditional
        Whether it is only active for some values of other parameters.
    """

    name: str
    kind: Literal["number", "choice"]
    log: bool
    low: float
    high: float
    labels: tuple[str, ...]
    places: tuple[float, ...]
    conditional: bool = False
    ordered: bool = True

    @property
    def active(self) -> int:
        """In how many of the trials it has a value."""
        return sum(not math.isnan(place) for place in self.places)

    def unit(self, place: float) -> float:
        """Where a place lies between the bounds, from 0 to 1, logarithmic if the scale is."""
        if math.isnan(place) or self.high <= self.low:
            return place if math.isnan(place) else 0.5
        if self.log:
            return math.log(place / self.low) / math.log(self.high / self.low)
        return (place - self.low) / (self.high - self.low)


def columns_of(history: History, trials: Sequence[FrozenTrial]) -> tuple[ParamColumn, ...]:
    """The parameters of a history's space that can vary, each over the given trials.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(kind=ts.Categorical("a", "b"), n=ts.Int(1, 8).when("kind", "b")), "loss")
    >>> for params in ({"kind": "a"}, {"kind": "b", "n": 3}):
    ...     _ = study.add(params, 0.5)
    >>> for column in columns_of(study.history, study.history.trials):
    ...     print(column.name, column.kind, column.labels, column.places)
    kind choice ('a', 'b') (0.0, 1.0)
    n number () (nan, 3.0)
    """
    return tuple(_column(name, part, trials) for name, part in history.space.items() if part.size != 1)


def _column(name: str, part: Distribution, trials: Sequence[FrozenTrial]) -> ParamColumn:
    values = [trial.params.get(name) for trial in trials]
    if isinstance(part, Categorical | Ordinal):
        choices = list(part.values())
        return ParamColumn(
            name, "choice", log=False, low=0.0, high=float(len(choices) - 1),
            labels=tuple(text_of(choice) for choice in choices), places=tuple(_places(name, choices, trials)),
            conditional=bool(part.conditions), ordered=isinstance(part, Ordinal),
        )  # fmt: skip
    low, high = part.bounds()
    return ParamColumn(
        name, "number", log=isinstance(part, Float | Int) and part.log, low=float(low), high=float(high), labels=(),
        places=tuple(_number(value) for value in values), conditional=bool(part.conditions),
    )  # fmt: skip


def text_of(value: Any) -> str:
    """A choice as a reader knows it: text as it is, anything else by its label.

    Examples
    --------
    >>> text_of("dart"), text_of(None), text_of(0.5)
    ('dart', 'None', '0.5')
    """
    return value if isinstance(value, str) else label_of(value)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _places(name: str, choices: list[Any], trials: Sequence[FrozenTrial]) -> list[float]:
    index = {choice_key(choice): float(place) for place, choice in enumerate(choices)}
    return [index.get(choice_key(t.params[name]), math.nan) if name in t.params else math.nan for t in trials]
