"""What a task is: a space, and a loss that is always minimised."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tunesmith as ts

Point = Mapping[str, Any]
FAMILIES = ("lcbench", "rbv2_xgboost", "sklearn", "mixint", "planted", "noisy")


class EvaluationFailed(Exception):
    """The objective has no value at this point; a trial is spent on it all the same."""


class Problem(NamedTuple):
    """A function to minimise.

    Attributes
    ----------
    space
        What may be tried.
    loss
        The true value at a point; it raises `EvaluationFailed` where there is none.
    spread
        The standard deviation of the noise at a point that the methods see, or None where there is no noise.
    """

    space: ts.SearchSpace
    loss: Callable[[Point], float]
    spread: Callable[[Point], float] | None = None

    def seen(self, params: Point, rng: random.Random) -> float:
        """What a method is told: the true value and, on noisy tasks, noise."""
        value = self.loss(params)
        return value if self.spread is None else value + rng.gauss(0.0, self.spread(params))


class Task(NamedTuple):
    """A named problem, made when it is needed.

    Attributes
    ----------
    split
        `"dev"`: defaults may be chosen by it. `"held-out"`: only measured.
    """

    name: str
    family: str
    split: str
    make: Callable[[], Problem]


def boxes(n: int, low: float, high: float) -> ts.SearchSpace:
    """So many continuous parameters with the same bounds."""
    return ts.SearchSpace({f"x{i}": ts.Float(low, high) for i in range(n)})


def short(value: float) -> float:
    """Ten significant digits: what is kept and compared."""
    return float(f"{value:.10g}") if math.isfinite(value) else value
