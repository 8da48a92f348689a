"""Checking params against a space, with messages that say what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunesmith.errors import InvalidParams, did_you_mean
from tunesmith.space._numbers import shown
from tunesmith.space._plan import Step
from tunesmith.space.constraints import Rule


def explain_difference(plan: tuple[Step, ...], params: Mapping[str, Any]) -> InvalidParams | None:
    """The error for params that have not exactly the active names; None if they have."""
    if not isinstance(params, Mapping):
        return not_a_mapping(params)
    refuse_unknown(plan, params)
    active: dict[str, Any] = {}
    missing: list[str] = []
    for step in plan:
        if step.active(active):
            if step.name in params:
                active[step.name] = step.distribution.check(params[step.name], step.name)
            else:
                missing.append(step.name)
    if missing:
        return InvalidParams(
            f"The params lack {_names(missing)}.", hint="Give a value for each active parameter: add what is missing."
        )
    extra = [step for step in plan if step.name in params and step.name not in active]
    return inactive(extra[0], active) if extra else None


def not_a_mapping(params: object) -> InvalidParams:
    """The error for params that are no mapping."""
    return InvalidParams(f"Params must be a dictionary, got {shown(params)}.", hint='Write {"lr": 0.1, "depth": 3}.')


def inactive(step: Step, values: Mapping[str, Any]) -> InvalidParams:
    """The error for a value given to a parameter that is not active."""
    reasons = []
    for condition, (parent, test) in zip(step.distribution.conditions, step.tests, strict=True):
        if parent not in values:
            reasons.append(f"{parent!r} is not active itself")
        elif not test(values[parent]):
            reasons.append(f"{parent} = {values[parent]!r}, and it needs: {condition.describe()}")
    return InvalidParams(f"{step.name!r} is not active: {'; '.join(reasons)}.", hint=f"Leave {step.name!r} out.")


def refuse_unknown(plan: tuple[Step, ...], params: Mapping[str, Any]) -> None:
    """Raise for a name that the space does not have."""
    if not isinstance(params, Mapping):
        raise not_a_mapping(params)
    known = {step.name for step in plan}
    for name in params:
        if name not in known:
            raise InvalidParams(f"There is no parameter {name!r}.", hint=did_you_mean(str(name), known))


def check_partial(plan: tuple[Step, ...], rules: tuple[Rule, ...], params: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical values of some of the names; refuses what could never become a point of the space."""
    refuse_unknown(plan, params)
    out: dict[str, Any] = {}
    never: set[str] = set()
    for step in plan:
        for parent, test in step.tests:
            if parent in never or (parent in out and not test(out[parent])):
                never.add(step.name)
        if step.name in params:
            if step.name in never:
                raise inactive(step, {**{s.name: params.get(s.name, "?") for s in plan if s.name not in never}, **out})
            out[step.name] = step.distribution.check(params[step.name], step.name)
    for rule in rules:
        if rule.names is not None and rule.names <= out.keys() and not rule.holds(out):
            raise violated(rule, out)
    return out


def violated(rule: Rule, params: Mapping[str, Any]) -> InvalidParams:
    """The error for params that break a rule."""
    shown = params if rule.names is None else {name: params[name] for name in params if name in rule.names}
    return InvalidParams(f"The constraint {rule.text!r} does not hold for {dict(shown)!r}.", hint="Change one of them.")


def _names(names: list[str]) -> str:
    shown = ", ".join(map(repr, names[:10]))
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")
