"""What is measured of a trial, and which way is better."""

from __future__ import annotations

from typing import Literal, TypeAlias, final

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
    """A named measurement of a trial, with the direction that is better.

    Parameters
    ----------
    name
        What it is called in reports, such as `"auc"`.
    direction
        `"minimize"` or `"maximize"`; `"min"` and `"max"` are taken too.

    Raises
    ------
    UsageError
        If the direction is none of these, or the name is no printable text.

    Examples
    --------
    >>> Metric("auc", "max")
    Metric(name='auc', direction='maximize')
    >>> Metric("auc", "max").better(0.9, 0.8)
    True
    """

    name: str = "value"
    direction: Direction = "minimize"

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

    @property
    def sign(self) -> int:
        """+1 if smaller is better, -1 if larger is: `sign * value` is always minimised."""
        return 1 if self.direction == "minimize" else -1

    def better(self, value: float, than: float) -> bool:
        """Whether one value is strictly better than another."""
        return self.sign * value < self.sign * than
