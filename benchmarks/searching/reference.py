"""What scores are measured by: for each task the best value known, and the median of random search at each budget."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.searching import catalogue
from benchmarks.searching.problem import EvaluationFailed, Problem, short

RUN = 200
GRID = (*range(1, 7), 8, *range(10, 21, 2), *range(25, 101, 5), *range(110, RUN + 1, 10))
"""The budgets at which random search's median is kept; between them it is interpolated."""
COMMITTED = Path(__file__).parent / "reference.json"


class Reference(NamedTuple):
    """One task: 1 is `best`, 0 is `medians` (at the budgets of `GRID`); `single` is the median of one random point."""

    best: float
    single: float
    medians: tuple[float, ...]
    points: int

    def median(self, budget: int) -> float:
        """Random search's median best after so many trials."""
        right = next((i for i, at in enumerate(GRID) if at >= budget), len(GRID) - 1)
        if GRID[right] <= budget or right == 0:
            return self.medians[right]
        low, high = GRID[right - 1], GRID[right]
        part = (budget - low) / (high - low)
        return self.medians[right - 1] * (1 - part) + self.medians[right] * part

    def score(self, value: float, budget: int) -> float:
        """0 = random search's median with the same budget, 1 = the best value known; between -1 and 1."""
        if value <= self.best:
            return 1.0
        unit = max(self.median(budget) - self.best, 1e-3 * (self.single - self.best), 1e-300)
        return max(-1.0, 1.0 - (value - self.best) / unit)


def random_run(name: str, problem: Problem, seed: int) -> list[float]:
    """The best of random search after each trial (the true value of the best seen, where there is noise)."""
    rng = random.Random(f"reference/{name}/{seed}")  # noqa: S311 - no secret
    best, seen_best, curve = math.inf, math.inf, []
    for _ in range(RUN):
        params = problem.space.sample(rng)
        try:
            seen = problem.seen(params, rng)
        except EvaluationFailed:
            seen = math.inf
        if seen < seen_best:
            seen_best, best = seen, problem.loss(params)
        curve.append(best)
    return curve


class Book:
    """The random runs of tasks, kept in a cache and extended; what tables need of them goes into the repository."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._kept: dict[str, dict[str, Any]] = json.loads(cache.read_text(encoding="utf-8")) if cache.is_file() else {}
        self._found: dict[str, float] = {}

    def extend(self, name: str, points: int) -> None:
        """Run random search until a task has at least so many points."""
        entry = self._kept.setdefault(name, {"curves": []})
        problem = catalogue.problem(name)
        while len(entry["curves"]) * RUN < points:
            curve = random_run(name, problem, len(entry["curves"]))
            entry["curves"].append([short(curve[at - 1]) if math.isfinite(curve[at - 1]) else None for at in GRID])
        entry["best"] = min(value for curve in entry["curves"] for value in curve if value is not None)
        self._save()

    def absorb(self, records: Iterable[dict[str, Any]]) -> None:
        """Take over better values from the runs of methods."""
        for record in records:
            self._found[record["task"]] = min(lowest(record), self._found.get(record["task"], math.inf))

    def _save(self) -> None:
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        part = self._cache.with_suffix(".part")
        part.write_text(json.dumps(self._kept, separators=(",", ":")), encoding="utf-8")
        part.replace(self._cache)

    def publish(self, path: Path) -> None:
        """Write the compact form. What it has already is only bettered: by lower values, or medians of more points.

        A task whose function was changed needs its line taken out first, here and in the cache.
        """
        known = _load(path)
        for name, entry in self._kept.items():
            new, old = _reference(entry), known.get(name)
            if old is not None:
                new = (new if new.points > old.points else old)._replace(best=min(new.best, old.best))
            known[name] = new
        for name in known.keys() & self._found.keys():
            known[name] = known[name]._replace(best=min(known[name].best, self._found[name]))
        lines = [
            f"{json.dumps(name)}: {json.dumps(_stored(known[name]), separators=(',', ':'))}" for name in sorted(known)
        ]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _reference(entry: dict[str, Any]) -> Reference:
    columns = list(zip(*entry["curves"], strict=True))
    worst = max(value for column in columns for value in column if value is not None)
    medians = [statistics.median(worst if value is None else value for value in column) for column in columns]
    return Reference(entry["best"], medians[0], tuple(_brief(m) for m in medians), len(entry["curves"]) * RUN)


def _brief(value: float) -> float:
    return float(f"{value:.7g}")


def _stored(reference: Reference) -> dict[str, Any]:
    return {"best": reference.best, "points": reference.points, "medians": reference.medians}


def _load(path: Path) -> dict[str, Reference]:
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {n: Reference(e["best"], e["medians"][0], tuple(e["medians"]), e["points"]) for n, e in stored.items()}


def lowest(record: dict[str, Any]) -> float:
    """The best true value of a run: of the recommended points, where there is noise."""
    known = record["advice"].values() if "advice" in record else (v for v in record["values"] if v is not None)
    return min(known, default=math.inf)


def load(records: Iterable[dict[str, Any]] = (), path: Path = COMMITTED) -> dict[str, Reference]:
    """The references, with better values taken over from these runs."""
    found = _load(path)
    for record in records:
        if (known := found.get(record["task"])) is not None and lowest(record) < known.best:
            found[record["task"]] = known._replace(best=lowest(record))
    return found
