"""Points of a space: built from the unit cube, drawn at random, checked, encoded. The loops here are the hot path."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self, final

from tunesmith.errors import InvalidParams, InvalidSpace
from tunesmith.space import _check
from tunesmith.space._plan import Step, Test, holds, make_plan
from tunesmith.space.constraints import Constraint, Rule
from tunesmith.space.distribution import UNSET, Distribution
from tunesmith.space.params import Params


@final
class Compiled(NamedTuple):
    """A space in the form in which points are made and checked."""

    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]
    checkers: tuple[tuple[str, Callable[[Any, str], Any], tuple[Test, ...]], ...]
    """(name, check, tests) in the order of the steps."""
    readers: tuple[tuple[str, Distribution, Callable[[float], Any], tuple[Test, ...]], ...]
    """(name, distribution, its from_unit, tests) in the order of the steps."""
    tagged: frozenset[str]
    """The parameters with values that JSON cannot hold as they are."""

    @classmethod
    def of(cls, parameters: Mapping[str, Distribution], constraints: tuple[Constraint, ...]) -> Self:
        """Compile parameters whose names are known to be fine.

        Raises
        ------
        InvalidSpace
            If conditions or constraints do not fit.
        """
        steps = make_plan(parameters)
        return cls(
            steps,
            tuple(constraint.compile(parameters) for constraint in constraints),
            tuple((step.name, step.distribution.check, step.tests) for step in steps),
            tuple((step.name, step.distribution, step.distribution.from_unit, step.tests) for step in steps),
            frozenset(step.name for step in steps if step.distribution.needs_tags),
        )


def check(space: Compiled, params: Mapping[str, Any]) -> Params:
    """Params in canonical form, or `InvalidParams`."""
    found: dict[str, Any] = {}
    try:
        for name, check_value, tests in space.checkers:
            if tests and not holds(tests, found):
                continue
            found[name] = check_value(params[name], name)
        complete = len(found) == len(params)
    except (KeyError, TypeError) as error:
        raise _check.explain_difference(space.steps, params) or error from None
    if not complete:
        raise _check.explain_difference(space.steps, params) or _check.not_a_mapping(params)
    for rule in space.rules:
        if not rule.holds(found):
            raise _check.violated(rule, found)
    return Params(found)


def decode(space: Compiled, unit: Callable[[str], float], given: Mapping[str, Any]) -> Params:
    """The params at a point of the unit cube; given values go first."""
    found: dict[str, Any] = {}
    if given:
        _check.refuse_unknown(space.steps, given)
    for name, distribution, from_unit, tests in space.readers:
        if tests and not holds(tests, found):
            continue
        found[name] = distribution.check(given[name], name) if given and name in given else from_unit(unit(name))
    return Params(found)


def sample(space: Compiled, rng: random.Random, given: Mapping[str, Any], tries: int) -> Params:
    """A random point that breaks no rule, or `InvalidSpace` after so many tries."""
    draw = rng.random
    broken: dict[str, int] = {}
    for _ in range(tries):
        params = decode(space, lambda _: draw(), given) if given else _drawn(space, draw)
        for rule in space.rules:
            if not rule.holds(params):
                broken[rule.text] = broken.get(rule.text, 0) + 1
                break
        else:
            return params
    often = max(broken, key=broken.__getitem__, default="(no draw was allowed)")
    raise InvalidSpace(
        f"{tries:,} random draws found no point that satisfies {often!r}.",
        hint="Loosen the constraint, or narrow the ranges so that more points satisfy it.",
    )


def _drawn(space: Compiled, draw: Callable[[], float]) -> Params:
    """The params at a random point, each parameter by a draw of its own: `decode` without its questions."""
    found: dict[str, Any] = {}
    for name, _, from_unit, tests in space.readers:
        if not tests or holds(tests, found):
            found[name] = from_unit(draw())
    return Params(found)


def defaults(space: Compiled) -> Params | None:
    """The params of all defaults, if each active parameter has one and no rule is broken."""
    found: dict[str, Any] = {}
    for step in space.steps:
        if step.active(found):
            if step.distribution.default is UNSET:
                return None
            found[step.name] = step.distribution.default
    return Params(found) if all(rule.holds(found) for rule in space.rules) else None


def active(space: Compiled, params: Mapping[str, Any]) -> frozenset[str]:
    """The names that are active; `InvalidParams` if one of them has no value."""
    found: dict[str, Any] = {}
    for step in space.steps:
        if step.active(found):
            if step.name not in params:
                raise InvalidParams(f"The params lack {step.name!r}.", hint="It is active, and needs a value.")
            found[step.name] = step.distribution.check(params[step.name], step.name)
    return frozenset(found)


def encode_values(
    tagged: frozenset[str], parameters: Mapping[str, Distribution], params: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Params as JSON can hold them; the same mapping when no value needs a tag."""
    if not tagged or tagged.isdisjoint(params):
        return params
    return {name: parameters[name].encode(value) if name in tagged else value for name, value in params.items()}


def decode_values(
    tagged: frozenset[str], parameters: Mapping[str, Distribution], stored: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The inverse of `encode_values`."""
    if not tagged or tagged.isdisjoint(stored):
        return stored
    return {name: parameters[name].decode(value) if name in tagged else value for name, value in stored.items()}
