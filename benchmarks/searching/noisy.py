"""Functions with noise: of three sizes, even and uneven, on plain, mixed, stepped and conditional spaces."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable

import tunesmith as ts
from benchmarks.searching import planted
from benchmarks.searching.planted import seeded
from benchmarks.searching.problem import Point, Problem, Task, boxes

DEV, HELD_OUT = (1, 5, 6), (2, 3, 4)
"""Seeds: what is drawn from other seeds is another function of the same kind."""

LEVELS = (0.25, 0.7, 2.0)
"""Standard deviations of noise, in units of what lies between the best and the tenth part of random points."""


def tasks() -> list[Task]:
    """Each kind with its seeds."""
    return [
        Task(f"noisy-{kind}-{seed}", "noisy", split, functools.partial(MAKERS[kind], seed))
        for split, seeds in (("dev", DEV), ("held-out", HELD_OUT))
        for kind, seed in itertools.product(MAKERS, seeds)
    ]


# -- noise of a size of its own ----------------------------------------------------------------------------------------


def valley(seed: int) -> Problem:
    """A curved valley in four dimensions; the noise is as large as the gain of the last half of a search."""
    rng = seeded("valley", seed)
    centre = [rng.uniform(-0.6, 0.6) for _ in range(4)]

    def loss(params: Point) -> float:
        x = [params[f"x{i}"] - c for i, c in enumerate(centre)]
        bends = sum(8 * (b - a * a) ** 2 + a * a for a, b in itertools.pairwise(x))
        return math.log1p(bends)

    return Problem(boxes(4, -1.5, 1.5), loss, lambda _: 0.3)


def mixed(seed: int) -> Problem:
    """Numbers and choices, as a small network's validation error: noise of the size of a choice's effect."""
    rng = seeded("mixed", seed)
    rates = {kind: (rng.uniform(-4, -1.5), rng.uniform(0, 0.08)) for kind in ("sgd", "adam", "rms", "lion")}
    depth, width, drop = rng.randint(3, 9), rng.uniform(5, 9), rng.uniform(0.1, 0.6)
    space = ts.SearchSpace(
        optimizer=ts.Categorical(*rates),
        rate=ts.Float(1e-6, 1.0, log=True),
        depth=ts.Int(1, 12),
        width=ts.Int(8, 1024, log=True),
        drop=ts.Float(0, 0.9),
        norm=ts.Categorical(False, True),
    )

    def loss(params: Point) -> float:
        rate, base = rates[params["optimizer"]]
        shape = 0.01 * abs(params["depth"] - depth) + 0.02 * abs(math.log2(params["width"]) - width)
        off = 0.05 * min(4.0, (math.log10(params["rate"]) - rate) ** 2)
        return 0.1 + base + shape + off + 0.2 * (params["drop"] - drop) ** 2 + 0.03 * (not params["norm"])

    return Problem(space, loss, lambda _: 0.04)


def uneven(seed: int) -> Problem:
    """Six dimensions with several optima; the noise differs fourfold over the space."""
    rng = seeded("uneven", seed)
    centres = [[rng.random() for _ in range(6)] for _ in range(4)]
    heights = [1.0, 0.8, 0.6, 0.5]

    def loss(params: Point) -> float:
        x = [params[f"x{i}"] for i in range(6)]
        return -sum(
            h * math.exp(-2.5 * sum((a - b) ** 2 for a, b in zip(x, c, strict=True)))
            for h, c in zip(heights, centres, strict=True)
        )

    return Problem(boxes(6, 0, 1), loss, lambda p: 0.03 + 0.12 * p["x0"])


# -- noise of three sizes ----------------------------------------------------------------------------------------------


def bowl(seed: int) -> Problem:
    """A turned bowl, ten times as steep in one direction as in another, in two to ten dimensions."""
    rng = seeded("bowl", seed)
    dims = rng.choice((2, 4, 7, 10))
    centre = [rng.uniform(0.2, 0.8) for _ in range(dims)]
    turned = [[rng.gauss(0, 1) for _ in range(dims)] for _ in range(dims)]
    steepness = [10 ** (i / max(1, dims - 1)) / dims for i in range(dims)]

    def loss(params: Point) -> float:
        x = [params[f"x{i}"] - c for i, c in enumerate(centre)]
        return sum(
            s * sum(a * b for a, b in zip(row, x, strict=True)) ** 2 for s, row in zip(steepness, turned, strict=True)
        )

    return _even(boxes(dims, 0, 1), loss, "bowl", seed, 0)


def tree(seed: int) -> Problem:
    """Four branches with parameters of their own, and the same noise in each."""
    quiet = planted.tree(10 + seed)
    return _even(quiet.space, quiet.loss, "tree", seed, 1)


def branches(seed: int) -> Problem:
    """Branches three levels deep; the noise of one may be nine times that of another."""
    quiet = planted.deep(10 + seed)
    rng = seeded("branches", seed)
    louder = {f"m{i}": 3 ** rng.uniform(-1, 1) for i in range(3)}
    unit = _unit(quiet.space, quiet.loss, "branches", seed)
    level = LEVELS[(seed + 2) % 3]
    return quiet._replace(spread=lambda p: level * unit * louder[p["kind"]])


def steps(seed: int) -> Problem:
    """Piecewise constant, as an error rate on few rows, and the rows are drawn anew each time."""
    quiet = planted.steps(10 + seed)
    return _even(quiet.space, quiet.loss, "steps", seed, 2)


def categories(seed: int) -> Problem:
    """Seven categoricals with effects of their own and in pairs, two numbers."""
    quiet = planted.categories(10 + seed)
    return _even(quiet.space, quiet.loss, "categories", seed, 1)


def growing(seed: int) -> Problem:
    """A loss that diverges: what is bad varies more than what is good, as with learning rates."""
    rng = seeded("growing", seed)
    rate, decay = rng.uniform(-4, -2), rng.uniform(-5, -2)
    batch, momentum = rng.uniform(4, 8), rng.uniform(0.5, 0.95)
    kinds = {kind: rng.uniform(0, 0.3) for kind in ("constant", "cosine", "steps")}
    space = ts.SearchSpace(
        rate=ts.Float(1e-6, 1.0, log=True),
        decay=ts.Float(1e-7, 1e-1, log=True),
        batch=ts.Int(8, 512, log=True),
        momentum=ts.Float(0, 0.99),
        schedule=ts.Categorical(*kinds),
    )

    def loss(params: Point) -> float:
        off = math.log10(params["rate"]) - rate - 0.2 * (math.log2(params["batch"]) - batch)
        rest = 0.1 * (math.log10(params["decay"]) - decay) ** 2 + (params["momentum"] - momentum) ** 2
        return 0.2 + kinds[params["schedule"]] + math.expm1(min(max(off, -0.6 * off), 2.5)) + rest

    share = (0.06, 0.14, 0.3)[seed % 3]
    return Problem(space, loss, lambda p: share * loss(p))


def _even(space: ts.SearchSpace, loss: Callable[[Point], float], kind: str, seed: int, turn: int) -> Problem:
    """The same noise everywhere; of three seeds in a row each has another level."""
    size = LEVELS[(seed + turn) % 3] * _unit(space, loss, kind, seed)
    return Problem(space, loss, lambda _: size)


def _unit(space: ts.SearchSpace, loss: Callable[[Point], float], kind: str, seed: int) -> float:
    """What lies between the best of 500 random points and the fiftieth."""
    rng = seeded("unit", kind, seed)
    values = sorted(loss(space.sample(rng)) for _ in range(500))
    return values[49] - values[0]


MAKERS: dict[str, Callable[[int], Problem]] = {
    "valley": valley,
    "mixed": mixed,
    "uneven": uneven,
    "bowl": bowl,
    "tree": tree,
    "branches": branches,
    "steps": steps,
    "categories": categories,
    "growing": growing,
}
