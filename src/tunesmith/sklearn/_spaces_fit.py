"""From an estimator's entries to distributions that start where the estimator stands."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunesmith.sklearn._spaces_entry import EstimatorSpace, Facts
from tunesmith.space import UNSET, Categorical, Condition, Distribution, Fixed, Float, Int, Ordinal
from tunesmith.space._numbers import is_array, real
from tunesmith.space.conditions import OneOf, Predicate


def _class_params(kind: type[Any]) -> tuple[dict[str, Any], bool]:
    """The defaults of a class's params, and whether it takes others beside them."""
    parameters = inspect.signature(kind).parameters.values()
    defaults = {one.name: one.default for one in parameters if one.default is not one.empty}
    return defaults, any(one.kind is one.VAR_KEYWORD for one in parameters)


def fitted(space: EstimatorSpace, estimator: Any, data: Facts) -> list[tuple[str, Distribution, str]]:
    """The estimator's own space: (param, distribution, why) in order of importance.

    Defaults are the estimator's own values. A number outside of its range widens the range; anything else that is no
    choice, such as a callable kernel, is the user's decision and is not searched. Conditions on params that are not
    searched are decided here, by the estimator's own values.
    """
    kind = estimator if isinstance(estimator, type) else type(estimator)
    defaults, takes_any = _class_params(kind)
    own = defaults if isinstance(estimator, type) else dict(estimator.get_params(deep=False))
    facts = replace(data, own=own)
    found: dict[str, Distribution] = {}
    why: dict[str, str] = {}
    for entry in space.entries:
        name = entry.name_in(own)
        distribution = entry.distribution(facts)
        if distribution is None or (name not in defaults and not takes_any):
            continue
        placed = _placed(distribution, own.get(name, UNSET), defaults.get(name))
        if placed is not None and not _is_settled(placed, own.get(name, UNSET)):
            found[name], why[name] = placed, entry.why
    return [(name, distribution, why[name]) for name, distribution in _settled(found, own).items()]


def _placed(distribution: Distribution, own: Any, default: Any) -> Distribution | None:
    """The distribution with the estimator's own value as its default; None if that value is to be left alone."""
    value = tuple(own) if isinstance(own, list) else own
    if value is UNSET:
        return distribution
    for same in (value, (value,)):  # hidden_layer_sizes takes 50 for (50,)
        if distribution.contains(same):
            return _with_default(distribution, same)
    if value is default or (type(value) is type(default) and not is_array(value) and value == default):
        return distribution
    number = real(value)
    if number is not None and math.isfinite(number):
        return None if _is_count(number, distribution) else _widened(distribution, number)
    return None if number is None else distribution


def _is_settled(distribution: Distribution, own: Any) -> bool:
    """Whether nothing but the estimator's own value is left."""
    return distribution.size == 1 and distribution.contains(own)


def _is_count(number: float, distribution: Distribution) -> bool:
    """Whether somebody gave a number of rows or columns where the range is of shares."""
    return isinstance(number, int) and isinstance(distribution, Float) and distribution.high == 1


def _with_default(distribution: Distribution, value: Any) -> Distribution:
    made: Distribution
    match distribution:
        case Float():
            made = Float(distribution.low, distribution.high, log=distribution.log, default=value)
        case Int():
            made = Int(distribution.low, distribution.high, log=distribution.log, default=value)
        case Ordinal() | Categorical():
            made = type(distribution)(list(distribution.choices), default=value, prior=distribution.prior)
        case _:
            made = distribution
    return made.with_conditions(distribution.conditions)


def _widened(distribution: Distribution, number: float) -> Distribution:
    """The distribution with a number that somebody chose put in; as it is where the number does not fit its scale."""
    made: Distribution = distribution
    match distribution:
        case Float() if number > 0 or not distribution.log:
            low, high = min(distribution.low, number), max(distribution.high, number)
            made = Float(low, high, log=distribution.log, default=number)
        case Int() if isinstance(number, int) and (number > 0 or not distribution.log):
            low, high = min(distribution.low, number), max(distribution.high, number)
            made = Int(low, high, log=distribution.log, default=number)
        case Ordinal() if sum(real(choice) is not None for choice in distribution.choices) > 1:
            above = [place for place, choice in enumerate(distribution.choices) if (real(choice) or -math.inf) > number]
            place = above[0] if above else len(distribution.choices)
            choices = [*distribution.choices[:place], number, *distribution.choices[place:]]
            made = Ordinal(choices, default=number)
    return made.with_conditions(distribution.conditions)


def _settled(found: dict[str, Distribution], own: Mapping[str, Any]) -> dict[str, Distribution]:
    """Distributions whose conditions look at each other alone; those that can never be active are left out."""
    before = -1
    while len(found) != before:
        before = len(found)
        found = {name: settled for name, one in found.items() if (settled := _settle(one, found, own)) is not None}
    return found


def _settle(one: Distribution, found: Mapping[str, Distribution], own: Mapping[str, Any]) -> Distribution | None:
    kept: list[Condition] = []
    for condition in one.conditions:
        parent = found.get(condition.parent)
        if parent is not None:
            test = _possible(condition.test, parent)
            if test is None:
                return None
            if not isinstance(test, OneOf) or len(test.values) != parent.size:
                kept.append(Condition(condition.parent, test))
        elif not _passes(condition, own.get(condition.parent)):
            return None
    return one.with_conditions(tuple(kept))


def _possible(test: Predicate, parent: Distribution) -> Predicate | None:
    """A test cut to what its parent can be; None if that is nothing."""
    if isinstance(test, OneOf):
        values = tuple(value for value in test.values if parent.contains(value))
        return OneOf(values) if values else None
    return test if test.possible(parent) else None


def _passes(condition: Condition, value: Any) -> bool:
    """Whether a value of the estimator that is not searched meets a condition."""
    return not is_array(value) and condition.test.possible(Fixed(value))
