"""Fixed: a constant that is part of the params."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self, final

from tunesmith.errors import InvalidParams, InvalidSpace
from tunesmith.space import choices as ch
from tunesmith.space._numbers import is_array, real, shown
from tunesmith.space.distribution import Distribution


@final
class Fixed(Distribution):
    """Always the same value; no sampler spends a thought on it.

    Parameters
    ----------
    value
        Anything that can be a choice.

    Examples
    --------
    >>> Fixed(100).from_unit(0.3), Fixed(100).size
    (100, 1)
    """

    kind: ClassVar[str] = "fixed"
    ordered: ClassVar[bool] = True
    value: Any

    def __init__(self, value: Any) -> None:
        if is_array(value):
            raise InvalidSpace("Fixed: a numpy array cannot be a value.", hint="Use a tuple: tuple(array.tolist()).")
        if isinstance(value, Distribution):
            raise InvalidSpace(f"Fixed got {value!r}.", hint="Give the value itself.")
        value = ch.canonical(value)
        self.__dict__.update(value=value, default=value, prior=None, conditions=(), _tag=not ch.is_plain(value))

    def check(self, value: Any, name: str) -> Any:
        """See `Distribution.check`."""
        if value is self.value or ch.choice_key(ch.canonical(value)) == ch.choice_key(self.value):
            return self.value
        mine = real(self.value)
        if mine is not None and real(value) == mine:
            return self.value
        if isinstance(value, ch.Opaque) and not ch.has_json_form(self.value) and value.label == ch.label_of(self.value):
            return self.value
        raise InvalidParams(f"{name!r} is fixed at {self.value!r}, got {shown(value)}.", hint="Leave it out.")

    def from_unit(self, u: float, *, prior: bool = True) -> Any:
        """See `Distribution.from_unit`."""
        return self.value

    def to_unit(self, value: Any) -> float:
        """See `Distribution.to_unit`."""
        return 0.5

    @property
    def size(self) -> int:
        """See `Distribution.size`."""
        return 1

    def values(self) -> Iterator[Any]:
        """See `Distribution.values`."""
        return iter((self.value,))

    def grid(self, n: int) -> list[Any]:
        """See `Distribution.grid`."""
        return [self.value]

    def log_prior(self, value: Any) -> float:
        """See `Distribution.log_prior`."""
        return 0.0

    def widen(self, other: Distribution, name: str) -> Self:
        """See `Distribution.widen`."""
        if not isinstance(other, Fixed) or not self.contains(other.value):
            raise InvalidParams(
                f"{name!r} was {self!r} and is now {other!r}.", hint="A fixed value cannot change; use ts.Categorical."
            )
        return self

    def rank(self, value: Any) -> float:
        """See `Distribution.rank`."""
        number = real(value)
        if number is None or number != number or real(self.value) is None:
            raise InvalidParams(f"{shown(value)} or {self!r} has no order.", hint="Only numbers can be compared here.")
        return number

    def bounds(self) -> tuple[float, float]:
        """See `Distribution.bounds`."""
        rank = self.rank(self.value)
        return rank, rank

    @property
    def needs_tags(self) -> bool:
        """See `Distribution.needs_tags`."""
        return bool(self.__dict__["_tag"])

    def encode(self, value: Any) -> Any:
        """See `Distribution.encode`."""
        return ch.encode(value, 0)

    def decode(self, stored: Any) -> Any:
        """See `Distribution.decode`."""
        value = ch.decode(stored)
        return self.value if isinstance(value, ch.Opaque) and self.contains(value) else value

    def fields(self) -> dict[str, Any]:
        """See `Distribution.fields`."""
        return {"value": ch.encode(self.value, 0)}

    def arguments(self) -> list[str]:
        """See `Distribution.arguments`."""
        return [ch.to_python(self.value)]
