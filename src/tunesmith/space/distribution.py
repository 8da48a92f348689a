"""Distribution: what every kind of parameter can do."""

from __future__ import annotations

import abc
import json
from collections.abc import Iterator
from typing import Any, ClassVar, Final, NoReturn, Self, final

from tunesmith.errors import InvalidParams
from tunesmith.space.choices import to_python
from tunesmith.space.conditions import Condition, Parent, condition


@final
class Unset:
    """The type of `UNSET`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()
"""No default was given. (`None` cannot say it: None may be a choice.)"""


class Distribution(abc.ABC):
    """The values that one parameter may take, how they lie on a scale, and when the parameter is active.

    Distributions are values: they never change, compare by content and can be dictionary keys. The members are `Float`,
    `Int`, `Categorical`, `Ordinal` and `Fixed`.

    Attributes
    ----------
    default
        The value to try first, or `UNSET`.
    prior
        A belief about good values, or None.
    conditions
        All must hold for the parameter to be active; none means always.
    """

    default: Any
    prior: Any
    conditions: tuple[Condition, ...]
    kind: ClassVar[str]
    """The word that stands for the class in TOML and JSON."""
    ordered: ClassVar[bool]
    """Whether values have an order, so that `at_least` and `at_most` mean something."""

    def when(self, parent: str, *tests: Any) -> Self:
        """The same parameter, active only while `parent` is active and has one of these values.

        Parameters
        ----------
        parent
            The name of another parameter of the space.
        tests
            Values of the parent, or one of `at_least(value)` and `at_most(value)`. Calls can be chained: all must hold.

        Examples
        --------
        >>> from tunesmith.space import Int, at_least
        >>> Int(2, 12).when("booster", "gbtree", "dart").when("trees", at_least(10))
        Int(2, 12).when('booster', 'gbtree', 'dart').when('trees', at_least(10))
        """
        return self.with_conditions((*self.conditions, condition(parent, tests)))

    def with_conditions(self, conditions: tuple[Condition, ...]) -> Self:
        """The same parameter with other conditions."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.__dict__.pop("_key", None)
        twin.__dict__["conditions"] = conditions
        return twin

    @abc.abstractmethod
    def check(self, value: Any, name: str) -> Any:
        """The canonical form of a value (an int for `3.0` in an `Int`, a Python number for a numpy one).

        Raises
        ------
        InvalidParams
            If the parameter cannot take the value; the message names it.
        """

    @abc.abstractmethod
    def from_unit(self, u: float, *, prior: bool = True) -> Any:
        """The value at a place of the unit interval, through the prior unless `prior=False`."""

    @abc.abstractmethod
    def to_unit(self, value: Any) -> float:
        """The place of a value on its plain scale, the prior left aside; `from_unit(.., prior=False)` inverts it."""

    @property
    @abc.abstractmethod
    def size(self) -> int | None:
        """Number of distinct values; None if continuous."""

    @abc.abstractmethod
    def values(self) -> Iterator[Any]:
        """All values in order, lazily.

        Raises
        ------
        InvalidSpace
            If the parameter is continuous.
        """

    @abc.abstractmethod
    def grid(self, n: int) -> list[Any]:
        """At most `n` values, evenly spaced on the scale, both ends included; choices are always given in full."""

    @abc.abstractmethod
    def log_prior(self, value: Any) -> float:
        """Log density of the prior at a value, measured on the unit scale; 0 where there is no prior."""

    @abc.abstractmethod
    def widen(self, other: Distribution, name: str) -> Self:
        """The smallest parameter of this type that takes all values of both.

        Raises
        ------
        InvalidParams
            If type, scale or step differ.
        """

    @abc.abstractmethod
    def rank(self, value: Any) -> float:
        """A number that orders the values of an ordered parameter."""

    @abc.abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest rank of an ordered parameter."""

    @abc.abstractmethod
    def fields(self) -> dict[str, Any]:
        """What is special to the kind, JSON-able, in the order in which it is written."""

    @abc.abstractmethod
    def arguments(self) -> list[str]:
        """The constructor's arguments as Python text."""

    @property
    def needs_tags(self) -> bool:
        """Whether some value has no plain JSON form."""
        return False

    def contains(self, value: Any) -> bool:
        """Whether the parameter can take the value.

        Examples
        --------
        >>> from tunesmith.space import Int
        >>> Int(1, 9).contains(3.0), Int(1, 9).contains("3")
        (True, False)
        """
        try:
            self.check(value, "value")
        except InvalidParams:
            return False
        return True

    def encode(self, value: Any) -> Any:
        """The JSON form of a value: the plain number here; choices may need a tag."""
        return value

    def decode(self, stored: Any) -> Any:
        """The value that `encode` stored."""
        return stored

    def dump(self, parents: dict[str, Parent] | None = None) -> dict[str, Any]:
        """The JSON form; `parents` lets conditions on object choices say the place of the choice.

        Examples
        --------
        >>> from tunesmith.space import Int
        >>> Int(1, 9, default=3).when("booster", "dart").dump()
        {'type': 'int', 'low': 1, 'high': 9, 'default': 3, 'when': {'booster': ['dart']}}
        """
        out: dict[str, Any] = {"type": self.kind, **self.fields()}
        tests = [(c.parent, c.test.dump((parents or {}).get(c.parent))) for c in self.conditions]
        if len({parent for parent, _ in tests}) == len(tests):
            return {**out, "when": dict(tests)} if tests else out
        return {**out, "when": [{parent: test} for parent, test in tests]}

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> str:
        key: str | None = self.__dict__.get("_key")
        if key is None:
            out = self.dump()
            out["when"] = [(c.parent, c.test.dump(None)) for c in self.conditions]
            key = self.__dict__["_key"] = json.dumps(out, sort_keys=True)
        return key

    def __repr__(self) -> str:
        arguments = self.arguments()
        if self.default is not UNSET and self.kind != "fixed":
            arguments.append(f"default={to_python(self.default)}")
        if self.prior is not None:
            arguments.append(f"prior={self.prior!r}")
        return f"{type(self).__name__}({', '.join(arguments)}){''.join(map(repr, self.conditions))}"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A {type(self).__name__} cannot be changed; make a new one.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"A {type(self).__name__} cannot be changed; make a new one.")
