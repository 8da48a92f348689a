"""Functions with known structure: branches, failing regions, constraints, categories, steps; all from a seed."""

from __future__ import annotations

import functools
import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import tunesmith as ts
from benchmarks.searching.problem import EvaluationFailed, Point, Problem, Task, boxes

DEV, HELD_OUT = (1,), (2, 3)
"""Seeds: what is drawn from other seeds is another function of the same kind."""


def tasks() -> list[Task]:
    """Each kind with its seeds."""
    return [
        Task(f"{kind}-{seed}", "planted", split, functools.partial(MAKERS[kind], seed))
        for split, seeds in (("dev", DEV), ("held-out", HELD_OUT))
        for kind, seed in itertools.product(MAKERS, seeds)
    ]


# -- branches ------------------------------------------------------------------------------------------------------


def tree(seed: int) -> Problem:
    """Depth 2: four models with two to five parameters of their own, two shared ones, the best branch well hidden."""
    return _branching(seed, depth=1, branches=4)


def deep(seed: int) -> Problem:
    """Depth 3: three branches, each with three again, parameters at every level."""
    return _branching(seed, depth=2, branches=3)


def _branching(seed: int, depth: int, branches: int) -> Problem:
    rng = seeded("branching", seed, depth)
    parts: dict[str, Any] = {}
    terms: dict[str, Callable[[Any], float]] = {}
    offsets: dict[tuple[str, str], float] = {}

    def grow(prefix: str, level: int, parent: tuple[str, str] | None) -> None:
        for i in range(rng.randint(1, 2 + level)):
            _leaf(rng, parts, terms, f"{prefix}{'abcdef'[i]}", parent)
        if level == depth:
            return
        names = [f"m{i}" for i in range(branches)]
        switch = f"{prefix}kind"
        parts[switch] = _under(ts.Categorical(*names), parent)
        ranks = rng.sample(range(branches), branches)
        for name, rank in zip(names, ranks, strict=True):
            offsets[switch, name] = 0.15 * rank / branches + 0.05 * rng.random()
            grow(f"{prefix}{name}_", level + 1, (switch, name))

    grow("", 0, None)

    def loss(params: Point) -> float:
        total = sum(offsets[name, value] for name, value in params.items() if name in terms_of_switch)
        return total + sum(terms[name](value) for name, value in params.items() if name in terms)

    terms_of_switch = {switch for switch, _ in offsets}
    return Problem(ts.SearchSpace(parts), loss)


def _leaf(
    rng: random.Random,
    parts: dict[str, Any],
    terms: dict[str, Callable[[Any], float]],
    name: str,
    parent: tuple[str, str] | None,
) -> None:
    """A parameter with a bowl of its own: on a logarithmic, a whole-numbered or a plain scale."""
    centre, weight = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.6)
    match rng.randrange(4):
        case 0:
            parts[name] = _under(ts.Float(1e-5, 1.0, log=True), parent)
            terms[name] = lambda v: weight * (1 + math.log10(v) / 5 - centre) ** 2
        case 1:
            parts[name] = _under(ts.Int(1, 20), parent)
            terms[name] = lambda v: weight * abs((v - 1) / 19 - round(centre * 19) / 19)
        case 2:
            parts[name] = _under(ts.Int(4, 1024, log=True), parent)
            terms[name] = lambda v: weight * (math.log2(v / 4) / 8 - centre) ** 2
        case _:
            parts[name] = _under(ts.Float(0.0, 1.0), parent)
            terms[name] = lambda v: weight * (v - centre) ** 2 / (0.1 + abs(v - centre))


def _under(part: Any, parent: tuple[str, str] | None) -> Any:
    return part if parent is None else part.when(*parent)


# -- failures and constraints ----------------------------------------------------------------------------------------


def failing(seed: int) -> Problem:
    """Five dimensions; a fifth to three fifths of the space fail, and the optimum lies near that edge."""
    rng = seeded("failing", seed)
    centre = [rng.uniform(0.25, 0.75) for _ in range(5)]
    normal = [rng.gauss(0, 1) for _ in range(5)]
    length = math.hypot(*normal)
    normal = [n / length for n in normal]
    space = boxes(4, 0.0, 1.0).with_(x4=ts.Float(1e-4, 1.0, log=True))

    def loss(params: Point) -> float:
        x = [params[f"x{i}"] for i in range(4)] + [1 + math.log10(params["x4"]) / 4]
        beyond = sum(n * (a - c) for n, a, c in zip(normal, x, centre, strict=True))
        if beyond > 0.08 + 0.05 * math.sin(9 * x[0]):
            raise EvaluationFailed
        bowl = sum((2 + i) * (a - c) ** 2 for i, (a, c) in enumerate(zip(x, centre, strict=True)))
        return bowl - 0.8 * beyond

    return Problem(space, loss)


def constrained(seed: int) -> Problem:
    """Shares that must not exceed 1, and whole numbers in an order; the optimum lies on the edge."""
    rng = seeded("constrained", seed)
    gains = [rng.uniform(0.5, 1.5) for _ in range(3)]
    first, second = rng.randint(2, 5), rng.randint(6, 11)
    kinds = {kind: rng.uniform(0, 0.3) for kind in "abc"}
    space = (
        ts.SearchSpace(
            x0=ts.Float(0, 1), x1=ts.Float(0, 1), x2=ts.Float(0, 1),
            low=ts.Int(1, 12), high=ts.Int(1, 12), kind=ts.Categorical(*kinds),
        )
        .require("x0 + x1 + x2 <= 1")
        .require("low < high")
        .forbid("kind == 'a' and low > 6")
    )  # fmt: skip

    def loss(params: Point) -> float:
        value = -sum(g * math.sqrt(params[f"x{i}"]) for i, g in enumerate(gains))
        order = 0.05 * abs(params["low"] - first) + 0.04 * abs(params["high"] - second)
        return value + order + kinds[params["kind"]]

    return Problem(space, loss)


# -- categories and steps ----------------------------------------------------------------------------------------------


def categories(seed: int) -> Problem:
    """Seven categoricals of 2 to 8 choices with effects of their own and in pairs, and two numbers."""
    rng = seeded("categories", seed)
    sizes = [2, 3, 3, 4, 5, 6, 8]
    single = {(i, j): rng.gauss(0, 1) for i, size in enumerate(sizes) for j in range(size)}
    pairs = rng.sample(list(itertools.combinations(range(7), 2)), 5)
    double = {(i, j, a, b): rng.gauss(0, 0.7) for i, j in pairs for a in range(sizes[i]) for b in range(sizes[j])}
    best = [rng.randrange(size) for size in sizes]
    centre = rng.uniform(0.2, 0.8)
    space = ts.SearchSpace(
        {f"c{i}": ts.Categorical(*[f"v{j}" for j in range(size)]) for i, size in enumerate(sizes)},
        x=ts.Float(0, 1),
        y=ts.Float(1e-3, 1e3, log=True),
    )

    def loss(params: Point) -> float:
        chosen = [int(params[f"c{i}"][1:]) for i in range(7)]
        effects = sum(single[i, j] for i, j in enumerate(chosen))
        together = sum(double[i, j, chosen[i], chosen[j]] for i, j in pairs)
        bowl = 6 * (params["x"] - centre) ** 2 + (math.log10(params["y"]) / 3 - (0.5 if chosen[6] % 2 else -0.3)) ** 2
        return effects + together + bowl + 0.2 * (chosen[0] != best[0])

    return Problem(space, loss)


def steps(seed: int) -> Problem:
    """Piecewise constant in six dimensions: the mean of twelve random regression trees, as accuracies are."""
    rng = seeded("steps", seed)
    centre = [rng.uniform(0.15, 0.85) for _ in range(6)]

    def grow(low: list[float], high: list[float], level: int) -> Any:
        if level == 0:
            middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
            bowl = sum((m - c) ** 2 for m, c in zip(middle, centre, strict=True))
            return bowl + rng.gauss(0, 0.08)
        axis = rng.randrange(6)
        cut = rng.uniform(low[axis] + 0.2 * (high[axis] - low[axis]), high[axis] - 0.2 * (high[axis] - low[axis]))
        left, right = [*high], [*low]
        left[axis] = right[axis] = cut
        return axis, cut, grow(low, left, level - 1), grow(right, high, level - 1)

    trees = [grow([0.0] * 6, [1.0] * 6, 6) for _ in range(12)]

    def loss(params: Point) -> float:
        x = [params[f"x{i}"] for i in range(6)]
        total = 0.0
        for root in trees:
            node = root
            while isinstance(node, tuple):
                axis, cut, left, right = node
                node = left if x[axis] < cut else right
            total += node
        return round(total / 12, 2)

    return Problem(boxes(6, 0, 1), loss)


MAKERS: dict[str, Callable[[int], Problem]] = {
    "tree": tree,
    "deep": deep,
    "failing": failing,
    "constrained": constrained,
    "categories": categories,
    "steps": steps,
}


def seeded(*what: Any) -> random.Random:
    """A generator that depends on these alone."""
    return random.Random("/".join(map(str, what)))  # noqa: S311 - a function's shape, not a secret
