"""New spaces from old: narrowed, widened, compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from tunesmith.errors import InvalidParams, InvalidSpace, did_you_mean
from tunesmith.space.conditions import Condition, OneOf
from tunesmith.space.constraints import Constraint
from tunesmith.space.distribution import Distribution
from tunesmith.space.fixed import Fixed
from tunesmith.space.ordinal import Ordinal

Parts: TypeAlias = tuple[dict[str, Distribution], tuple[Constraint, ...]]
Identity: TypeAlias = tuple[frozenset[tuple[str, str]], frozenset[str]]


def replaced(
    old: Mapping[str, Distribution], constraints: tuple[Constraint, ...], new: Mapping[str, Distribution]
) -> Parts:
    """Parameters added or replaced; what an old child needed and can no longer get is taken from its conditions."""
    parameters = {**old, **new}
    gone: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, distribution in list(parameters.items()):
            if name in new:
                continue
            conditions = _still_possible(distribution.conditions, old, parameters, gone, new)
            if conditions is None:
                del parameters[name]
                gone.add(name)
                changed = True
            elif conditions != distribution.conditions:
                parameters[name] = distribution.with_conditions(conditions)
    kept = [constraint for constraint in constraints if gone.isdisjoint(constraint.mentions(old))]
    return parameters, tuple(constraint for constraint in kept if constraint.can_break(parameters))


def _still_possible(
    conditions: Iterable[Condition],
    old: Mapping[str, Distribution],
    parameters: Mapping[str, Any],
    gone: set[str],
    new: Mapping[str, Any],
) -> tuple[Condition, ...] | None:
    """Conditions cut to what replaced parents can still be; None if one can never hold again."""
    out = []
    for condition in conditions:
        name = condition.parent
        if name in gone:
            return None
        if name not in new or not isinstance(parent := parameters[name], Distribution):
            out.append(condition)
            continue
        test = condition.test
        if not isinstance(test, OneOf) and isinstance(before := old.get(name), Ordinal) and type(parent) is not Ordinal:
            passes = test.bind(before, name)  # the order goes with the Ordinal: name the values instead
            test = OneOf(tuple(value for value in before.choices if passes(value)))
        if isinstance(test, OneOf):
            test = OneOf(tuple(value for value in test.values if parent.contains(value)))
            if not test.values:
                return None
        elif parent.ordered and not test.possible(parent):
            return None
        out.append(Condition(name, test))
    return tuple(out)


def fixed(old: Mapping[str, Distribution], constraints: tuple[Constraint, ...], values: Mapping[str, Any]) -> Parts:
    """Parameters held at a value of their range."""
    new: dict[str, Distribution] = {}
    for name, value in values.items():
        _known(name, old)
        new[name] = Fixed(old[name].check(value, name)).with_conditions(old[name].conditions)
    return replaced(old, constraints, new)


def removed(old: Mapping[str, Distribution], constraints: tuple[Constraint, ...], names: tuple[str, ...]) -> Parts:
    """Parameters taken out, and the constraints that mention them."""
    for name in names:
        _known(name, old)
    parameters = {name: distribution for name, distribution in old.items() if name not in names}
    for name, distribution in parameters.items():
        for condition in distribution.conditions:
            if condition.parent in names:
                raise InvalidSpace(
                    f"{name!r} depends on {condition.parent!r}, which would be gone.",
                    hint=f"Take {name!r} out too, or hold the parent: fix({condition.parent}=...).",
                )
    return parameters, tuple(c for c in constraints if c.mentions(old).isdisjoint(names))


def union(mine: Parts, other: Parts) -> Parts:
    """Everything that either space can be."""
    parameters = dict(mine[0])
    for name, distribution in other[0].items():
        if name not in parameters:
            parameters[name] = distribution
            continue
        if _said(parameters[name]) != _said(distribution):
            raise InvalidParams(
                f"{name!r} was {parameters[name]!r} and is now {distribution!r}.", hint="The conditions must stay."
            )
        parameters[name] = parameters[name].widen(distribution, name)
    known = {constraint.key(parameters) for constraint in mine[1]}
    return parameters, (*mine[1], *(constraint for constraint in other[1] if constraint.key(parameters) not in known))


def _said(distribution: Distribution) -> list[str]:
    """Conditions in a form that tells 1 from True and takes an object for its label."""
    return [f"{condition.parent} {json.dumps(condition.test.dump(None))}" for condition in distribution.conditions]


def identity(parts: Parts) -> Identity:
    """What makes two spaces the same: objects count by place and label, the order of parameters does not count."""
    parameters, constraints = parts
    keys = {name: json.dumps(d.dump({**parameters}), sort_keys=True) for name, d in parameters.items()}
    return frozenset(keys.items()), frozenset(constraint.key(parameters) for constraint in constraints)


def difference(mine: Parts, other: Parts) -> str | None:
    """The first difference in a sentence, or None."""
    before, after = (dict(identity(parts)[0]) for parts in (mine, other))
    for name, distribution in mine[0].items():
        if name not in after:
            return f"{name!r} is gone; it was {distribution!r}."
        if before[name] != after[name]:
            return f"{name!r} was {distribution!r} and is now {other[0][name]!r}."
    for name, distribution in other[0].items():
        if name not in mine[0]:
            return f"{name!r} is new: {distribution!r}."
    keys, others = ({constraint.key(part[0]): constraint for constraint in part[1]} for part in (mine, other))
    for key, constraint in keys.items():
        if key not in others:
            return f"the constraint {str(constraint)!r} is gone."
    for key, constraint in others.items():
        if key not in keys:
            return f"the constraint {str(constraint)!r} is new."
    return None


def bound(stored: Parts, code: Parts) -> Parts:
    """A stored space in its own order, with the objects and functions of an equal one from the user's code."""
    if (said := difference(stored, code)) is not None:
        raise InvalidSpace(f"The spaces differ: {said}", hint="Use the stored space, or give the study another name.")
    return {name: code[0][name] for name in stored[0]}, code[1]


def _known(name: str, parameters: Mapping[str, Distribution]) -> None:
    if name not in parameters:
        raise InvalidParams(f"There is no parameter {name!r}.", hint=did_you_mean(str(name), parameters))
