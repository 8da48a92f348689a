"""Constraints: rules between parameters that every point must keep."""

from __future__ import annotations

import abc
import json
from collections.abc import Callable, Mapping
from typing import Any, final

from tunesmith.errors import InvalidParams, InvalidSpace, did_you_mean
from tunesmith.space import choices as ch
from tunesmith.space._expression import Compiler, check_literals
from tunesmith.space.distribution import Distribution
from tunesmith.space.params import Params


class Constraint(abc.ABC):
    """A rule as it was written; `compile` fits it to a space."""

    @abc.abstractmethod
    def compile(self, parameters: Mapping[str, Distribution]) -> Rule:
        """The rule as a fast test over one space's parameters.

        Raises
        ------
        InvalidSpace
            If it mentions what the space does not have.
        """

    @abc.abstractmethod
    def dump(self, parameters: Mapping[str, Distribution], *, portable: bool) -> dict[str, Any]:
        """The JSON form.

        Raises
        ------
        InvalidSpace
            If it is a Python function and `portable` is asked for.
        """

    @abc.abstractmethod
    def check_literals(self, parameters: Mapping[str, Distribution]) -> None:
        """Refuse a comparison with a value that a parameter can never have (a typo, nearly always).

        Raises
        ------
        InvalidSpace
            Naming the parameter.
        """

    @abc.abstractmethod
    def mentions(self, parameters: Mapping[str, Distribution]) -> frozenset[str]:
        """The names that it reads, as far as that is known."""

    @abc.abstractmethod
    def can_break(self, parameters: Mapping[str, Distribution]) -> bool:
        """Whether it still means something in a narrowed space."""

    @abc.abstractmethod
    def __str__(self) -> str:
        """What must hold, in one line."""

    @abc.abstractmethod
    def key(self, parameters: Mapping[str, Distribution]) -> str:
        """What makes two constraints the same."""


@final
class Rule:
    """A constraint fitted to a space: which names it reads, and whether it holds.

    Attributes
    ----------
    text
        What must hold, for messages.
    names
        The parameters that it mentions, or None if that is unknown (a Python function).
    """

    __slots__ = ("_test", "names", "text")

    def __init__(self, text: str, names: frozenset[str] | None, test: Callable[[Mapping[str, Any]], bool]) -> None:
        self.text = text
        self.names = names
        self._test = test

    def holds(self, params: Mapping[str, Any]) -> bool:
        """Whether params keep the rule; one that mentions an inactive parameter holds.

        Raises
        ------
        InvalidParams
            If the rule itself fails: a division by zero, text compared with a number.
        """
        if self.names is not None:
            for name in self.names:
                if name not in params:
                    return True
        try:
            return self._test(params)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise InvalidParams(
                f"The constraint {self.text!r} cannot be evaluated at {dict(params)!r}: {error}.",
                hint="Guard it, as in: b == 0 or a / b < 2.",
            ) from error


@final
class Expression(Constraint):
    """A rule written as text: it must hold, or must not (`forbid`)."""

    __slots__ = ("forbids", "text")

    def __init__(self, text: str, *, forbids: bool = False) -> None:
        if not isinstance(text, str) or not text.strip():
            raise InvalidSpace(f"A constraint must be text, got {text!r}.", hint='Write it like "a < b".')
        self.text = text.strip()
        self.forbids = forbids

    def compile(self, parameters: Mapping[str, Distribution]) -> Rule:
        """See `Constraint.compile`."""
        compiler = Compiler(self.text, parameters)
        read = compiler.compile()
        names = frozenset(compiler.names)
        if not names:
            raise InvalidSpace(f"The constraint {self.text!r} mentions no parameter.", hint='Write it like "a < b".')
        return Rule(str(self), names, (lambda p: not read(p)) if self.forbids else read)

    def dump(self, parameters: Mapping[str, Distribution], *, portable: bool) -> dict[str, Any]:
        """See `Constraint.dump`."""
        return {"forbid" if self.forbids else "require": self.text}

    def check_literals(self, parameters: Mapping[str, Distribution]) -> None:
        """See `Constraint.check_literals`."""
        self.compile(parameters)
        check_literals(self.text, parameters)

    def mentions(self, parameters: Mapping[str, Distribution]) -> frozenset[str]:
        """See `Constraint.mentions`."""
        return self.compile(parameters).names or frozenset()

    def can_break(self, parameters: Mapping[str, Distribution]) -> bool:
        """See `Constraint.can_break`."""
        return True

    def key(self, parameters: Mapping[str, Distribution]) -> str:
        """See `Constraint.key`."""
        return f"{'forbid' if self.forbids else 'require'} {self.text}"

    def __str__(self) -> str:
        return f"not ({self.text})" if self.forbids else self.text

    def __repr__(self) -> str:
        return f".{'forbid' if self.forbids else 'require'}({self.text!r})"


@final
class Together(Constraint):
    """A combination of values that must not occur together."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: ch.canonical(value) for name, value in values.items()}

    def compile(self, parameters: Mapping[str, Distribution]) -> Rule:
        """See `Constraint.compile`."""
        keys: dict[str, Any] = {}
        for name, value in self.values.items():
            if name not in parameters:
                raise InvalidSpace(
                    f"forbid() mentions {name!r}, which is no parameter.", hint=did_you_mean(name, parameters)
                )
            try:
                keys[name] = ch.choice_key(parameters[name].check(value, name))
            except InvalidParams as error:
                raise InvalidSpace(f"forbid() names no possible value: {error.message}", hint=error.hint) from error
        key = ch.choice_key

        def test(params: Mapping[str, Any]) -> bool:
            for name, forbidden in keys.items():  # noqa: SIM110 - faster than any(), and called for each point
                if key(params[name]) != forbidden:
                    return True
            return False

        return Rule(str(self), frozenset(keys), test)

    def dump(self, parameters: Mapping[str, Distribution], *, portable: bool) -> dict[str, Any]:
        """See `Constraint.dump`."""
        return {"forbid": {name: parameters[name].encode(value) for name, value in self.values.items()}}

    def check_literals(self, parameters: Mapping[str, Distribution]) -> None:
        """See `Constraint.check_literals`: `compile` does it."""

    def mentions(self, parameters: Mapping[str, Distribution]) -> frozenset[str]:
        """See `Constraint.mentions`."""
        return frozenset(self.values)

    def can_break(self, parameters: Mapping[str, Distribution]) -> bool:
        """See `Constraint.can_break`."""
        return all(parameters[name].contains(value) for name, value in self.values.items())

    def key(self, parameters: Mapping[str, Distribution]) -> str:
        """See `Constraint.key`."""
        pairs = sorted((name, parameters[name].encode(value)) for name, value in self.values.items())
        return f"forbid {json.dumps(pairs)}"

    def __str__(self) -> str:
        return f"not ({' and '.join(f'{name} == {ch.to_python(value)}' for name, value in self.values.items())})"

    def __repr__(self) -> str:
        if all(name.isidentifier() for name in self.values):
            return f".forbid({', '.join(f'{name}={ch.to_python(value)}' for name, value in self.values.items())})"
        items = ", ".join(f"{name!r}: {ch.to_python(value)}" for name, value in self.values.items())
        return f".forbid(**{{{items}}})"


@final
class Function(Constraint):
    """A rule written as a Python function of the params: works, but cannot be stored in a file."""

    __slots__ = ("function", "label")

    def __init__(self, function: Callable[[Params], bool] | None, label: str | None = None) -> None:
        self.function = function
        self.label = label or ch.label_of(function)

    def compile(self, parameters: Mapping[str, Distribution]) -> Rule:
        """See `Constraint.compile`."""
        function = self.function

        def test(params: Mapping[str, Any]) -> bool:
            if function is None:
                return True
            try:
                answer = function(params if isinstance(params, Params) else Params(params))
            except KeyError as error:
                if error.args and error.args[0] in parameters:
                    return True
                name = str(error.args[0]) if error.args else ""
                raise InvalidParams(
                    f"The constraint {self.label} asks for {name!r}, which is no parameter.",
                    hint=did_you_mean(name, parameters),
                ) from error
            except Exception as error:
                raise InvalidParams(
                    f"The constraint {self.label} failed at {dict(params)!r}: {type(error).__name__}: {error}.",
                    hint="Mend the function: it must answer True or False for every point of the space.",
                ) from error
            if not isinstance(answer, bool):
                answer = getattr(answer, "item", lambda: answer)()  # numpy.bool_
            if not isinstance(answer, bool):
                raise TypeError(f"it answered {answer!r} instead of True or False")
            return answer

        return Rule(self.label, None, test)

    def dump(self, parameters: Mapping[str, Distribution], *, portable: bool) -> dict[str, Any]:
        """See `Constraint.dump`."""
        if portable:
            raise InvalidSpace(
                f"The constraint {self.label} is a Python function and cannot be written to a file.",
                hint='Write it as text, such as require("a < b").',
            )
        return {"require": {"function": self.label}}

    def check_literals(self, parameters: Mapping[str, Distribution]) -> None:
        """See `Constraint.check_literals`: nothing is known of a function."""

    def mentions(self, parameters: Mapping[str, Distribution]) -> frozenset[str]:
        """See `Constraint.mentions`."""
        return frozenset()

    def can_break(self, parameters: Mapping[str, Distribution]) -> bool:
        """See `Constraint.can_break`."""
        return True

    def key(self, parameters: Mapping[str, Distribution]) -> str:
        """See `Constraint.key`."""
        return f"function {self.label}"

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        return f".require({self.label})"


def load_constraint(stored: Any) -> Constraint:
    """The constraint that `dump` stored; a function comes back as a placeholder that always holds.

    Raises
    ------
    InvalidSpace
        If it is no constraint.
    """
    match stored:
        case {"require": str(text), **rest} if not rest:
            return Expression(text)
        case {"forbid": str(text), **rest} if not rest:
            return Expression(text, forbids=True)
        case {"forbid": dict(values), **rest} if not rest and values:
            return Together({name: ch.decode(value) for name, value in values.items()})
        case {"require": {"function": str(label)}, **rest} if not rest:
            return Function(None, label)
    raise InvalidSpace(
        f"{stored!r} is no constraint.",
        hint='Write { require = "a < b" }, { forbid = "a == 1" } or { forbid = { a = 1 } }.',
    )
