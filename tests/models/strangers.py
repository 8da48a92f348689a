"""Studies with a trial outside their space, beside the same studies without it."""

from __future__ import annotations

import numpy as np

import tunesmith as ts

SPACE = ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical("a", "b"), n=ts.Int(1, 8))
PLACE = {"x": 3.0, "c": "a", "n": 2}


def beside_a_stranger(value, place=PLACE, *, trials=12, running=False):
    """A study with a trial at a place outside its space, the fourth; the same without it."""
    with_it, without = (ts.Study(SPACE, ts.Metric("m"), sampler="random", seed=1) for _ in range(2))
    rng = np.random.default_rng(0)
    for number in range(trials):
        if number == 3:
            with_it.enqueue(place, outside=True)
            with_it.tell(with_it.ask(), value)
        x, c, n = rng.random(), str(rng.choice(["a", "b"])), int(rng.integers(1, 9))
        for found in (with_it, without):
            found.add({"x": x, "c": c, "n": n}, x + (c == "a") + 0.1 * n)
    if running:
        with_it.enqueue(place, outside=True)
        with_it.ask()
    return with_it.history, without.history
