"""The plan of a space: names checked, parents before children, conditions turned into fast tests."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, final

from tunesmith.errors import InvalidSpace, did_you_mean
from tunesmith.space.distribution import Distribution

MAX_NAME = 200
"""Longest name of a parameter, in characters."""


Test: TypeAlias = tuple[str, Callable[[Any], bool]]
"""A parent and a test on its value."""


def holds(tests: tuple[Test, ...], values: Mapping[str, Any]) -> bool:
    """Whether all parents are active and pass, given the values of all active parameters before."""
    for parent, test in tests:  # noqa: SIM110 - twice as fast as all() over a generator, and called for each point
        if parent not in values or not test(values[parent]):
            return False
    return True


@final
class Step(NamedTuple):
    """One parameter in the order in which points are built."""

    name: str
    distribution: Distribution
    tests: tuple[Test, ...]
    """All must hold; empty for a parameter that is always active."""

    def active(self, values: Mapping[str, Any]) -> bool:
        """Whether the parameter is active, given the values of all active parameters before it."""
        return holds(self.tests, values)


def merged(parameters: Mapping[str, Distribution] | None, params: dict[str, Distribution]) -> dict[str, Distribution]:
    """A mapping and keyword arguments as one dictionary.

    Raises
    ------
    InvalidSpace
        If the first is no mapping, or both define a name.
    """
    if parameters is None:
        return params
    if not isinstance(parameters, Mapping):
        raise InvalidSpace(
            f"SearchSpace got {_short(parameters)}.", hint="Write SearchSpace(lr=ts.Float(0, 1)) or SearchSpace({...})."
        )
    for name in params:
        if name in parameters:
            raise InvalidSpace(f"{name!r} is defined twice.", hint="Keep one of the two definitions.")
    return {**parameters, **params}


def check_names(parameters: Mapping[Any, Any]) -> None:
    """Refuse names that could not be stored, shown or typed, and values that are no distributions.

    Raises
    ------
    InvalidSpace
        Naming the parameter.
    """
    for name, distribution in parameters.items():
        if not isinstance(name, str):
            raise InvalidSpace(f"A name must be text, got {name!r}.", hint='Write {"lr": ts.Float(0, 1)}.')
        if not name.strip() or len(name) > MAX_NAME:
            raise InvalidSpace(
                f"A parameter's name of {len(name)} characters is not allowed: {name[:40]!r}.",
                hint=f"Use 1 to {MAX_NAME} characters, not only spaces.",
            )
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            raise InvalidSpace(f"The name {name!r} holds a control character.", hint="Use letters, digits and signs.")
        if not isinstance(distribution, Distribution):
            raise InvalidSpace(f"{name!r} is {_short(distribution)}, not a distribution.", hint=_suggest(distribution))


def make_plan(parameters: Mapping[str, Distribution]) -> tuple[Step, ...]:
    """The steps in which a point is built, parents first, otherwise as declared.

    Raises
    ------
    InvalidSpace
        For an unknown parent, circular conditions, or a condition that can never hold.
    """
    steps: list[Step] = []
    for name in _order(parameters):
        distribution = parameters[name]
        tests = []
        for condition in distribution.conditions:
            try:
                tests.append((condition.parent, condition.test.bind(parameters[condition.parent], condition.parent)))
            except InvalidSpace as error:
                raise InvalidSpace(f"{name!r} can never be active: {error.message}", hint=error.hint) from error
        steps.append(Step(name, distribution, tuple(tests)))
        _check_possible(steps[-1], parameters)
    return tuple(steps)


def _check_possible(step: Step, parameters: Mapping[str, Distribution]) -> None:
    """Refuse conditions on one parent that exclude each other, where its values can be listed."""
    for parent in {parent for parent, _ in step.tests}:
        tests = [test for name, test in step.tests if name == parent]
        size = parameters[parent].size
        if len(tests) < 2 or size is None or size > 1000:
            continue
        if not any(all(test(value) for test in tests) for value in parameters[parent].values()):
            said = " and ".join(c.describe() for c in step.distribution.conditions if c.parent == parent)
            raise InvalidSpace(
                f"{step.name!r} can never be active: {said} exclude each other.",
                hint="Chained when() calls must all hold.",
            )


def _order(parameters: Mapping[str, Distribution]) -> list[str]:
    """Names with parents first; among those that may come next, as declared."""
    done: dict[str, None] = {}
    for root in parameters:
        stack = [(root, iter(_parents(root, parameters)))] if root not in done else []
        path = {root}
        while stack:
            name, parents = stack[-1]
            for parent in parents:
                if parent in path:
                    circle = " -> ".join(repr(part) for part, _ in stack[[part for part, _ in stack].index(parent) :])
                    raise InvalidSpace(
                        f"The conditions are circular: {circle} -> {parent!r}.",
                        hint="Let one of them be always active.",
                    )
                if parent not in done:
                    stack.append((parent, iter(_parents(parent, parameters))))
                    path.add(parent)
                    break
            else:
                done[name] = None
                path.discard(name)
                stack.pop()
    return list(done)


def _parents(name: str, parameters: Mapping[str, Distribution]) -> list[str]:
    parents = list(dict.fromkeys(condition.parent for condition in parameters[name].conditions))
    for parent in parents:
        if parent not in parameters:
            raise InvalidSpace(
                f"{name!r} depends on {parent!r}, which is no parameter.", hint=did_you_mean(parent, parameters)
            )
    return parents


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _suggest(value: Any) -> str:
    """What the user may have meant."""
    if isinstance(value, type) and issubclass(value, Distribution):
        return f"Call it with its values: ts.{value.__name__}(...)."
    if isinstance(value, tuple | list) and len(value) == 2 and all(type(item) in (int, float) for item in value):
        kind, ends = "Int" if all(type(item) is int for item in value) else "Float", f"({value[0]}, {value[1]})"
        return f"Write ts.{kind}{ends} for a range, ts.Categorical{ends} for two choices."
    if isinstance(value, range):
        return f"Write ts.Int({value.start}, {max(value.stop - 1, value.start)})."
    if isinstance(value, tuple | list | set | frozenset):
        return f"Write ts.Categorical({_short(list(value))}) for choices."
    if hasattr(value, "rvs") and hasattr(value, "ppf"):
        return "A scipy distribution: write ts.Float(low, high), with log=True for loguniform."
    return f"Write ts.Fixed({_short(value)}) for a constant, ts.Float, ts.Int or ts.Categorical for something to tune."
