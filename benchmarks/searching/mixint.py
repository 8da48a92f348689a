"""bbob-mixint: mixed-integer versions of six functions of the bbob suite, from the package coco-experiment.

Of every five dimensions, four have 2, 4, 8 and 16 levels and one is continuous (Tusar, Brockhoff, Hansen, GECCO 2019).
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
from typing import Any

import tunesmith as ts
from benchmarks.searching.problem import Point, Problem, Task

FUNCTIONS = (1, 2, 4, 10, 13, 20)
DEV, HELD_OUT = [(5, 1)], [(5, 3), (10, 2)]
"""Dimension and instance."""


def tasks() -> list[Task]:
    """Each function in each dimension; none where coco-experiment is missing."""
    if importlib.util.find_spec("cocoex") is None:
        return []
    return [
        Task(f"mixint-f{f}-d{d}-i{i}", "mixint", split, functools.partial(problem, f, d, i))
        for split, chosen in (("dev", DEV), ("held-out", HELD_OUT))
        for (d, i), f in itertools.product(chosen, FUNCTIONS)
    ]


def problem(function: int, dimension: int, instance: int) -> Problem:
    """One function of the suite; whole-numbered variables come first, as integers from 0."""
    suite, coco = _coco(function, dimension, instance)
    names = [f"x{i}" for i in range(dimension)]
    bounds = list(zip(coco.lower_bounds, coco.upper_bounds, strict=True))
    whole = coco.number_of_integer_variables
    space = ts.SearchSpace(
        {
            name: ts.Int(int(low), int(high)) if i < whole else ts.Float(float(low), float(high))
            for i, (name, (low, high)) in enumerate(zip(names, bounds, strict=True))
        }
    )

    def loss(params: Point) -> float:
        assert suite is not None  # noqa: S101 - it owns the memory of the function
        return float(coco([params[name] for name in names]))

    return Problem(space, loss)


@functools.cache
def _coco(function: int, dimension: int, instance: int) -> tuple[Any, Any]:
    import cocoex  # noqa: PLC0415 - only these tasks need it

    suite = cocoex.Suite(
        "bbob-mixint", f"instances: {instance}", f"dimensions: {dimension} function_indices: {function}"
    )
    return suite, suite.get_problem(0)
