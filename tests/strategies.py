"""Hypothesis strategies for search spaces, for the tests of every room."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tunesmith.space import (
    Beta,
    Categorical,
    Distribution,
    Fixed,
    Float,
    Int,
    LogNormal,
    Normal,
    Ordinal,
    SearchSpace,
    at_least,
    at_most,
    choice_key,
)

RELAXED = settings(deadline=None)
"""For tests on machines that are busy with something else."""

NAMES = (
    "lr",
    "depth",
    "booster",
    "any name",
    "größe",
    "p",
    "log",
    "a'b\"",
    "x" * 200,
    "<script>",
    "'; DROP TABLE--",
    "Z",
)


def choices() -> st.SearchStrategy[Any]:
    """Values that are stored in full: None, numbers, text, nested tuples."""
    plain = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**25), 10**25),
        st.floats(allow_nan=True, allow_infinity=True),
        st.text(max_size=8),
    )
    return st.recursive(plain, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)


@st.composite
def floats(draw: Callable[..., Any], *, finite: bool = False, priors: bool = True) -> Float:
    """Float distributions; with `finite`, in at most 12 steps."""
    log = draw(st.booleans())
    number = st.floats(1e-12, 1e6) if log else st.floats(-1e6, 1e6, allow_subnormal=False)
    low, high = sorted((draw(number), draw(number)))
    if finite:
        low, step = round(low, 3) + (0.001 if log else 0.0), draw(st.sampled_from([0.001, 0.1, 0.25, 3.0]))
        high = low + step * draw(st.integers(1, 11))
        return Float(low, high, step=step, log=log)
    options: dict[str, Any] = {"log": log}
    if priors and high > low:
        options["prior"] = draw(st.one_of(st.none(), prior_in(low, high)))
    if draw(st.booleans()):
        options["default"] = draw(st.sampled_from([low, high]))
    return Float(low, high, **options)


@st.composite
def ints(draw: Callable[..., Any], *, finite: bool = False, priors: bool = True) -> Int:
    """Int distributions; with `finite`, of at most 12 values."""
    log = draw(st.booleans())
    low = draw(st.integers(1, 10**6) if log else st.integers(-(2**63) + 1, 2**62 - 1))
    width = draw(st.integers(0, 11) if finite else st.one_of(st.integers(0, 100), st.integers(0, 2**62)))
    high, step = low + width, draw(st.integers(1, max(1, min(width, 7))))
    options: dict[str, Any] = {"log": log, "step": step}
    if priors and width > 0 and abs(low) < 10**9 and abs(high) < 10**9:
        options["prior"] = draw(st.one_of(st.none(), prior_in(low, high)))
    if draw(st.booleans()):
        options["default"] = low
    return Int(low, high, **options)


def prior_in(low: float, high: float) -> st.SearchStrategy[Any]:
    """Priors that have their weight within a range."""
    middle, width = low / 2 + high / 2, high - low
    beta = st.builds(Beta, st.floats(0.5, 20), st.floats(0.5, 20))
    normal = st.builds(Normal, st.sampled_from([low, middle, high]), st.sampled_from([width / 3, width * 2]))
    if low <= 0:
        return st.one_of(beta, normal)
    return st.one_of(beta, normal, st.builds(LogNormal, st.sampled_from([low, middle, high]), st.floats(1.5, 20)))


@st.composite
def listed(draw: Callable[..., Any], *, priors: bool = True) -> Categorical | Ordinal:
    """Categorical and Ordinal distributions of up to five choices."""
    values = draw(st.lists(choices(), min_size=1, max_size=5, unique_by=choice_key))
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        options["default"] = draw(st.sampled_from(values))
    if priors and draw(st.booleans()):
        options["prior"] = draw(st.lists(st.integers(1, 5), min_size=len(values), max_size=len(values)))
    return draw(st.sampled_from([Categorical, Ordinal]))(values, **options)


def distributions(*, finite: bool = False, priors: bool = True) -> st.SearchStrategy[Distribution]:
    """Distributions of all kinds."""
    return st.one_of(
        floats(finite=finite, priors=priors),
        ints(finite=finite, priors=priors),
        listed(priors=priors),
        st.builds(Fixed, choices()),
    )


@st.composite
def spaces(
    draw: Callable[..., Any],
    *,
    max_params: int = 6,
    finite: bool = False,
    conditions: bool = True,
    constraints: bool = True,
    priors: bool = True,
) -> SearchSpace:
    """Spaces with conditions nested to any depth and constraints that at least an eighth of all points keep."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=max_params, unique=True))
    parameters: dict[str, Distribution] = {}
    for name in names:
        distribution = draw(distributions(finite=finite, priors=priors))
        for parent in draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if conditions else []:
            if parent in parameters:
                distribution = _child(draw, distribution, parent, parameters[parent])
        parameters[name] = distribution
    order = draw(st.permutations(names))
    space = SearchSpace({name: parameters[name] for name in order})
    for _ in range(draw(st.integers(0, 2)) if constraints else 0):
        space = _constrained(draw, space)
    return space


def _child(draw: Callable[..., Any], child: Distribution, parent: str, of: Distribution) -> Distribution:
    value = of.from_unit(draw(st.floats(0, 1, exclude_max=True)))
    if isinstance(of, Float | Int | Ordinal) and draw(st.booleans()):
        return child.when(parent, draw(st.sampled_from([at_least, at_most]))(value))
    return child.when(parent, value, of.from_unit(0.1))


def _constrained(draw: Callable[..., Any], space: SearchSpace) -> SearchSpace:
    """A space with one more constraint, where the names allow one."""
    numbers = [name for name, d in space.items() if isinstance(d, Float | Int) and d.size != 1]
    discrete = [name for name, d in space.items() if d.size is not None and d.size > 1]
    if numbers and draw(st.booleans()):
        name = draw(st.sampled_from(numbers))
        middle = space[name].from_unit(0.5)
        return space.require(f"p[{name!r}] <= {middle!r}")
    if len(discrete) < 2:
        return space
    pair = draw(st.lists(st.sampled_from(discrete), min_size=2, max_size=2, unique=True))
    values = {name: space[name].from_unit(draw(st.floats(0, 1, exclude_max=True))) for name in pair}
    return space.forbid(**values)


def units(n: int) -> st.SearchStrategy[list[float]]:
    """Points of the unit cube, ends and near-ends included."""
    near = st.sampled_from([0.0, 0.5, math.nextafter(1.0, 0.0)])
    return st.lists(st.one_of(near, st.floats(0, 1, exclude_max=True)), min_size=n, max_size=n)
