"""What is measured of a trial, and which way is better."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, final

import msgspec

from tunesmith.errors import UsageError, did_you_mean

Direction: TypeAlias = Literal["minimize", "maximize"]

_SPELLINGS: dict[str, Direction] = {
    "minimize": "minimize",
    "minimise": "minimize",
    "min": "minimize",
    "maximize": "maximize",
    "maximise": "maximize",
    "max": "maximize",
}
_LONGEST_NAME = 200


@final
class Metric(msgspec.Struct, frozen=True):
    """A named measurement of a trial, with the direction that is better, and bounds that it may have to keep.

    Parameters
    ----------
    name
        What it is called in reports, such as `"auc"`.
    direction
        `"minimize"` or `"maximize"`; `"min"` and `"max"` are taken too.
    at_most, at_least
        Bounds in units of the metric: a trial that breaks one is never the best, and samplers learn where that
        happens. A metric with a bound need not be a goal: name it after the first.

    Raises
    ------
    UsageError
        If the direction is none of these, the name is no printable text, or the bounds are no finite numbers in order.

    Examples
    --------
    >>> Metric("auc", "max")
    Metric(name='auc', direction='maximize')
    >>> Metric("auc", "max").better(0.9, 0.8)
    True
    >>> Metric("milliseconds", at_most=20).excess(25.0)
    0.25
    """

    name: str = "value"
    direction: Direction = "minimize"
    at_most: float | None = None
    at_least: float | None = None

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str) or not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise UsageError(
                f"A metric's name must be printable text of 1 to {_LONGEST_NAME} characters, got {str(name)[:80]!r}.",
                hint='Write, for example, ts.Metric("auc", "maximize").',
            )
        given = str(self.direction).casefold()
        if given not in _SPELLINGS:
            raise UsageError(
                f"The direction of metric {self.name!r} must be 'minimize' or 'maximize', got {self.direction!r}.",
                hint=did_you_mean(given, ["minimize", "maximize"]),
            )
        msgspec.structs.force_setattr(self, "direction", _SPELLINGS[given])
        if self.is_bounded:
            self._check_bounds()

    def _check_bounds(self) -> None:
        for word in ("at_most", "at_least"):
            bound: object = getattr(self, word)
            if bound is None:
                continue
            if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
                raise UsageError(
                    f"{word} of metric {self.name!r} must be a finite number, got {bound!r}.",
                    hint=f'Write, for example, ts.Metric("{self.name}", {word}=20).',
                )
            msgspec.structs.force_setattr(self, word, float(bound))
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise UsageError(
                f"Metric {self.name!r} cannot be at least {self.at_least:g} and at most {self.at_most:g}.",
                hint="Exchange the two, or leave one out.",
            )

    @property
    def is_bounded(self) -> bool:
        """Whether a trial can break a bound of this metric."""
        return self.at_most is not None or self.at_least is not None

    def excess(self, value: float) -> float:
        """By how much a value breaks the bounds, as a share of the bound (of 1 where that is 0); negative within them.

        NaN where there is no bound, or no value.
        """
        found = math.nan
        if self.at_most is not None:
            found = (value - self.at_most) / (abs(self.at_most) or 1.0)
        if self.at_least is not None:
            below = (self.at_least - value) / (abs(self.at_least) or 1.0)
            found = below if self.at_most is None else max(found, below)
        return found

    def dump(self) -> dict[str, Any]:
        """The metric in plain JSON values; bounds only where there are some."""
        plain: dict[str, Any] = {"name": self.name, "direction": self.direction}
        return plain | {word: bound for word in ("at_most", "at_least") if (bound := getattr(self, word)) is not None}

    def __repr__(self) -> str:
        return f"Metric({', '.join(f'{name}={value!r}' for name, value in self.dump().items())})"

    def __str__(self) -> str:
        bounds = [f", {word.replace('_', ' ')} {value:g}" for word, value in self.dump().items() if word[:3] == "at_"]
        return f"{self.direction} {self.name}{''.join(bounds)}"

    @property
    def sign(self) -> int:
        """+1 if smaller is better, -1 if larger is: `sign * value` is always minimised."""
        return 1 if self.direction == "minimize" else -1

    def better(self, value: float, than: float) -> bool:
        """Whether one value is strictly better than another."""
        return self.sign * value < self.sign * than
