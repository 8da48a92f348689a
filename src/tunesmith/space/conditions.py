"""Conditions: when a parameter is active, said in terms of its parent's value."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, final

from tunesmith.errors import InvalidParams, InvalidSpace
from tunesmith.space import choices as ch
from tunesmith.space._numbers import plain


class Parent(Protocol):
    """What a condition needs to know of the parameter that it looks at."""

    @property
    def ordered(self) -> bool:
        """Whether `at_least` and `at_most` mean something."""

    @property
    def size(self) -> int | None:
        """Number of values, None if continuous."""

    def check(self, value: Any, name: str) -> Any:
        """The canonical form of a value."""

    def contains(self, value: Any) -> bool:
        """Whether it can take a value."""

    def rank(self, value: Any) -> float:
        """A number that orders the values."""

    def bounds(self) -> tuple[float, float]:
        """Lowest and highest rank."""

    def values(self) -> Iterator[Any]:
        """All values of a finite parameter."""

    def encode(self, value: Any) -> Any:
        """The JSON form of a value."""


class Predicate(abc.ABC):
    """A test on the parent's value."""

    @abc.abstractmethod
    def bind(self, parent: Parent, name: str) -> Callable[[Any], bool]:
        """The test as a fast function of the parent's canonical value.

        Raises
        ------
        InvalidSpace
            If the parent can never pass it, or has no order and the test needs one.
        """

    @abc.abstractmethod
    def possible(self, parent: Parent) -> bool:
        """Whether some value of the parent passes; the parent is ordered if the test needs that."""

    @abc.abstractmethod
    def cuts(self) -> tuple[Any, ...]:
        """The values at which the answer may change along an ordered parent."""

    @abc.abstractmethod
    def describe(self, parent: str) -> str:
        """The test in words: `"booster is 'gbtree' or 'dart'"`."""

    @abc.abstractmethod
    def arguments(self) -> str:
        """What stands after the parent's name in `.when(...)`."""

    @abc.abstractmethod
    def dump(self, parent: Parent | None) -> Any:
        """The JSON form."""


@final
@dataclass(frozen=True)
class OneOf(Predicate):
    """The parent has one of these values."""

    values: tuple[Any, ...]

    def bind(self, parent: Parent, name: str) -> Callable[[Any], bool]:
        """See `Predicate.bind`."""
        allowed = [_possible(parent, value, name) for value in self.values]
        if all(type(value) is str for value in allowed) or (parent.ordered and parent.size is None):
            return frozenset(allowed).__contains__
        keys = frozenset(ch.choice_key(value) for value in allowed)
        key = ch.choice_key
        return lambda value: key(value) in keys

    def possible(self, parent: Parent) -> bool:
        """See `Predicate.possible`."""
        return any(parent.contains(value) for value in self.values)

    def cuts(self) -> tuple[Any, ...]:
        """See `Predicate.cuts`."""
        return self.values

    def describe(self, parent: str) -> str:
        """See `Predicate.describe`."""
        return f"{parent} is {' or '.join(map(repr, self.values))}"

    def arguments(self) -> str:
        """See `Predicate.arguments`."""
        return ", ".join(map(ch.to_python, self.values))

    def dump(self, parent: Parent | None) -> Any:
        """See `Predicate.dump`."""
        return [ch.encode(value) if parent is None else parent.encode(value) for value in self.values]


@final
@dataclass(frozen=True)
class AtLeast(Predicate):
    """The parent is this or more."""

    value: Any

    def bind(self, parent: Parent, name: str) -> Callable[[Any], bool]:
        """See `Predicate.bind`."""
        limit = _limit(parent, self.value, name, "at_least")
        if not self.possible(parent):
            raise InvalidSpace(f"{name!r} can never be at least {self.value!r}.", hint=f"It is {parent!r}.")
        rank = parent.rank
        return lambda value: rank(value) >= limit

    def possible(self, parent: Parent) -> bool:
        """See `Predicate.possible`."""
        return parent.rank(self.value) <= parent.bounds()[1]

    def cuts(self) -> tuple[Any, ...]:
        """See `Predicate.cuts`."""
        return (self.value,)

    def describe(self, parent: str) -> str:
        """See `Predicate.describe`."""
        return f"{parent} is at least {self.value!r}"

    def arguments(self) -> str:
        """See `Predicate.arguments`."""
        return f"at_least({ch.to_python(self.value)})"

    def dump(self, parent: Parent | None) -> Any:
        """See `Predicate.dump`."""
        return {"at_least": ch.encode(self.value)}


@final
@dataclass(frozen=True)
class AtMost(Predicate):
    """The parent is this or less."""

    value: Any

    def bind(self, parent: Parent, name: str) -> Callable[[Any], bool]:
        """See `Predicate.bind`."""
        limit = _limit(parent, self.value, name, "at_most")
        if not self.possible(parent):
            raise InvalidSpace(f"{name!r} can never be at most {self.value!r}.", hint=f"It is {parent!r}.")
        rank = parent.rank
        return lambda value: rank(value) <= limit

    def possible(self, parent: Parent) -> bool:
        """See `Predicate.possible`."""
        return parent.rank(self.value) >= parent.bounds()[0]

    def cuts(self) -> tuple[Any, ...]:
        """See `Predicate.cuts`."""
        return (self.value,)

    def describe(self, parent: str) -> str:
        """See `Predicate.describe`."""
        return f"{parent} is at most {self.value!r}"

    def arguments(self) -> str:
        """See `Predicate.arguments`."""
        return f"at_most({ch.to_python(self.value)})"

    def dump(self, parent: Parent | None) -> Any:
        """See `Predicate.dump`."""
        return {"at_most": ch.encode(self.value)}


@final
@dataclass(frozen=True)
class Condition:
    """A parameter is active only while its parent is active and passes the test."""

    parent: str
    test: Predicate

    def describe(self) -> str:
        """The condition in words."""
        return self.test.describe(self.parent)

    def __repr__(self) -> str:
        return f".when({self.parent!r}, {self.test.arguments()})"


def at_least(value: Any) -> AtLeast:
    """For `.when(parent, at_least(2))`: active where an ordered parent is this or more.

    Examples
    --------
    >>> from tunesmith.space import Int
    >>> Int(1, 512).when("layers", at_least(2))
    Int(1, 512).when('layers', at_least(2))
    """
    return AtLeast(ch.canonical(value))


def at_most(value: Any) -> AtMost:
    """For `.when(parent, at_most(9))`: active where an ordered parent is this or less.

    Examples
    --------
    >>> from tunesmith.space import Int
    >>> Int(1, 512).when("layers", at_most(3))
    Int(1, 512).when('layers', at_most(3))
    """
    return AtMost(ch.canonical(value))


def condition(parent: object, tests: tuple[Any, ...]) -> Condition:
    """The condition that `.when(parent, *tests)` means.

    Raises
    ------
    InvalidSpace
        If no value is given, or a predicate stands beside other values.
    """
    if not isinstance(parent, str):
        raise InvalidSpace(
            f"when() needs the parent's name, got {parent!r}.", hint='Write .when("booster", "gbtree", "dart").'
        )
    if not tests:
        raise InvalidSpace(
            f"when({parent!r}) says no value of the parent.", hint=f'Write .when({parent!r}, "a", "b") or at_least(2).'
        )
    if len(tests) == 1 and isinstance(tests[0], Predicate):
        return Condition(parent, tests[0])
    if len(tests) == 1 and isinstance(tests[0], list | set | frozenset):
        raise InvalidSpace(
            f"when({parent!r}, {tests[0]!r}) gives one collection.", hint=f"Write .when({parent!r}, *values)."
        )
    if any(isinstance(test, Predicate) for test in tests):
        raise InvalidSpace(
            f"when({parent!r}, ...) mixes values with at_least or at_most.",
            hint="Chain them: .when(name, at_least(2)).when(name, at_most(5)) means both.",
        )
    return Condition(parent, OneOf(tuple(ch.canonical(test) for test in tests)))


def _possible(parent: Parent, value: Any, name: str) -> Any:
    try:
        return parent.check(value, name)
    except InvalidParams as error:
        raise InvalidSpace(f"{name!r} is never {value!r}, as a condition needs it.", hint=error.hint) from error


def _limit(parent: Parent, value: Any, name: str, word: str) -> float:
    if not parent.ordered:
        raise InvalidSpace(
            f"{word}({value!r}) needs an ordered parent, and {name!r} is {parent!r}.",
            hint=f"List the values: .when({name!r}, ...), or make {name!r} an Ordinal.",
        )
    try:
        return parent.rank(plain(value))
    except InvalidParams as error:
        raise InvalidSpace(f"{word}({value!r}) does not fit {name!r}: {error.message}", hint=error.hint) from error
