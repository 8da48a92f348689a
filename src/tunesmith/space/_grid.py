"""Counting and listing every configuration of a conditional space."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, final

from tunesmith.errors import InvalidSpace, did_you_mean
from tunesmith.space._plan import Step
from tunesmith.space.conditions import Predicate
from tunesmith.space.constraints import Rule
from tunesmith.space.float import Float
from tunesmith.space.int import Int

LARGEST_LISTED = 100_000
"""An Int or stepped Float of more values than this is listed only if `points` says how many to take."""

_ABSENT = -1


def axes(plan: Sequence[Step], points: int | Mapping[str, int] | None) -> dict[str, list[Any]]:
    """The values of each parameter that a grid visits.

    Raises
    ------
    InvalidSpace
        If a continuous or huge parameter has no number of points.
    """
    by_name = points if isinstance(points, Mapping) else {}
    numbers = [step.name for step in plan if isinstance(step.distribution, Float | Int)]
    for name in by_name:
        if name not in numbers:
            raise InvalidSpace(f"points names {name!r}, no Float or Int.", hint=did_you_mean(str(name), numbers))
    out: dict[str, list[Any]] = {}
    for step in plan:
        distribution = step.distribution
        n = by_name.get(step.name) if isinstance(points, Mapping) else points
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
            raise InvalidSpace(f"points={n!r} is no number of grid points.", hint="Give a whole number of at least 1.")
        if not isinstance(distribution, Float | Int):
            out[step.name] = list(distribution.values())
        elif n is not None:
            out[step.name] = distribution.grid(n)
        elif distribution.size is None or distribution.size > LARGEST_LISTED:
            kind = "is continuous" if distribution.size is None else f"has {distribution.size} values"
            raise InvalidSpace(
                f"{step.name!r} {kind}: a grid needs to know how many of its values to take.",
                hint=f"Write points={{{step.name!r}: 5}}, or points=5 for every number, or give it a step.",
            )
        else:
            out[step.name] = list(distribution.values())
    return out


def listing(
    plan: Sequence[Step], rules: Iterable[Rule], values: Mapping[str, Sequence[Any]]
) -> Iterator[dict[str, Any]]:
    """Every configuration once, the first parameter changing slowest; breaks of a rule are skipped early."""
    due = _due(plan, rules)
    if any(not rule.holds({}) for rule in due[0]):
        return
    point: dict[str, Any] = {}
    stack: list[Iterator[Any]] = []
    while True:
        depth = len(stack)
        if depth == len(plan):
            yield dict(point)
        else:
            step = plan[depth]
            stack.append(iter(values[step.name]) if step.active(point) else iter((_ABSENT_VALUE,)))
        while stack:
            step = plan[len(stack) - 1]
            point.pop(step.name, None)
            value = next(stack[-1], _END)
            if value is _END:
                stack.pop()
                continue
            if value is not _ABSENT_VALUE:
                point[step.name] = value
            if all(rule.holds(point) for rule in due[len(stack)]):
                break
        else:
            return


@final
class _Mark:
    """A value that no parameter can have."""


_END = _Mark()
_ABSENT_VALUE = _Mark()


def _due(plan: Sequence[Step], rules: Iterable[Rule]) -> list[list[Rule]]:
    """Rules by the depth at which all that they mention is decided."""
    depth = {step.name: place + 1 for place, step in enumerate(plan)}
    due: list[list[Rule]] = [[] for _ in range(len(plan) + 1)]
    for rule in rules:
        last = len(plan) if rule.names is None else max((depth[name] for name in rule.names), default=0)
        due[last].append(rule)
    return due


Classes: TypeAlias = list[tuple[Any, int | None]]
"""Groups of values that no child tells apart: a representative and their number, None for infinitely many."""

Child: TypeAlias = tuple[Predicate, Callable[[Any], bool]]


def count(plan: Sequence[Step], classes: Callable[[Step, list[Child]], Classes]) -> int | None:
    """Number of distinct configurations, rules aside.

    A sweep over the plan that remembers, for each combination of classes of the parents still needed, how many
    configurations lead there; nothing is listed but parents. None if a parameter without end can be active.
    """
    children: dict[str, list[Child]] = {step.name: [] for step in plan}
    last_use: dict[str, int] = {}
    for place, step in enumerate(plan):
        for condition, (parent, test) in zip(step.distribution.conditions, step.tests, strict=True):
            children[parent].append((condition.test, test))
            last_use[parent] = place
    states: dict[tuple[tuple[str, int], ...], int] = {(): 1}
    groups: dict[str, Classes] = {}
    for place, step in enumerate(plan):
        groups[step.name] = classes(step, children[step.name])
        following: dict[tuple[tuple[str, int], ...], int] = {}
        for state, number in states.items():
            chosen = {name: groups[name][index][0] for name, index in state if index != _ABSENT}
            options: list[tuple[int, int | None]] = [(_ABSENT, 1)]
            if step.active(chosen):
                options = [(index, size) for index, (_, size) in enumerate(groups[step.name])]
            for index, size in options:
                if size is None:
                    return None
                kept = tuple(pair for pair in (*state, (step.name, index)) if last_use.get(pair[0], -1) > place)
                following[kept] = following.get(kept, 0) + number * size
        states = following
    return sum(states.values())


def all_classes(step: Step, children: list[Child]) -> Classes:
    """All values of a parameter, grouped by what its children can tell apart."""
    distribution = step.distribution
    if not children or distribution.size is None:
        return [(None, distribution.size)]
    if distribution.size > LARGEST_LISTED and isinstance(distribution, Float | Int):
        return _stretches(distribution, children)
    return _grouped(distribution.values(), children)


def _stretches(distribution: Float | Int, children: list[Child]) -> Classes:
    """Stretches of a huge range between the values at which a child's answer may change."""
    size = distribution.size or 0
    edges = {0, size}
    for predicate, _ in children:
        for value in predicate.cuts():
            near = distribution.place(value)
            edges.update(min(max(near + shift, 0), size) for shift in (-1, 0, 1, 2))
    cuts = sorted(edges)
    return [(distribution.at(start), end - start) for start, end in itertools.pairwise(cuts)]


def _grouped(values: Iterable[Any], children: list[Child]) -> Classes:
    """Values grouped by the answers of the children's tests."""
    groups: dict[tuple[bool, ...], tuple[Any, int]] = {}
    for value in values:
        answers = tuple(test(value) for _, test in children)
        first, number = groups.get(answers, (value, 0))
        groups[answers] = (first, number + 1)
    return list(groups.values())


def size(plan: Sequence[Step]) -> int | None:
    """Number of distinct configurations, rules aside; None if there are infinitely many."""
    total = 1
    for part, _ in by_components(plan, ()):
        number = count(part, all_classes)
        if number is None:
            return None
        total *= number
    return total


def grid_size(plan: Sequence[Step], rules: Sequence[Rule], values: Mapping[str, Sequence[Any]]) -> int:
    """How many configurations a grid has: parts that a rule touches are listed, the others counted."""
    total = 1
    for part, part_rules in by_components(plan, rules):
        if part_rules:
            total *= sum(1 for _ in listing(part, part_rules, values))
        else:
            total *= count(part, lambda step, children: _grouped(values[step.name], children)) or 0
        if total == 0:
            return 0
    return total


def by_components(plan: Sequence[Step], rules: Iterable[Rule]) -> list[tuple[list[Step], list[Rule]]]:
    """The plan cut into parts that neither conditions nor rules connect, in order."""
    leader = {step.name: step.name for step in plan}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    rules = list(rules)
    linked = [[step.name, *(parent for parent, _ in step.tests)] for step in plan]
    linked += [list(rule.names) if rule.names is not None else [step.name for step in plan] for rule in rules]
    for names in linked:
        for name in names[1:]:
            leader[find(name)] = find(names[0])
    parts: dict[str, tuple[list[Step], list[Rule]]] = {}
    for step in plan:
        parts.setdefault(find(step.name), ([], []))[0].append(step)
    for rule in rules:
        names = [step.name for step in plan] if rule.names is None else list(rule.names)
        if names:
            parts[find(names[0])][1].append(rule)
    return list(parts.values())
