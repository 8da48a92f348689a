"""From records to numbers: scores of runs, means over tasks and seeds, and their bootstrap intervals."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from benchmarks.searching.reference import Reference
from benchmarks.searching.runs import who

Record = dict[str, Any]
RESAMPLES = 4000


class Interval(NamedTuple):
    """A mean, and where 95 % of its bootstrap resamples lie."""

    mean: float
    low: float
    high: float


def curve(record: Record) -> list[float]:
    """The best value after each trial: of all so far, or, with noise, the true value of the point last recommended.

    A run that ended early (a finite search, a method that raised) stays where it was.
    """
    found: list[float] = []
    if "advice" in record:
        advice = sorted((int(number), value) for number, value in record["advice"].items())
        for number in range(1, record["trials"] + 1):
            told = [value for at, value in advice if at <= number]
            found.append(told[-1] if told else advice[0][1])
        return found
    best = math.inf
    values = record["values"]
    for number in range(record["trials"]):
        value = values[number] if number < len(values) else None
        best = best if value is None else min(best, value)
        found.append(best)
    return found


def score_at(record: Record, reference: Reference, budget: int) -> float | None:
    """The score of a run after so many trials; None if it was shorter."""
    return reference.score(curve(record)[budget - 1], budget) if record["trials"] >= budget else None


def mean_score(record: Record, reference: Reference, first: int, last: int) -> float | None:
    """The mean score over these trials, each against random search with the same budget."""
    if record["trials"] < last:
        return None
    values = curve(record)
    return statistics.fmean(reference.score(values[n - 1], n) for n in range(first, last + 1))


def trials_to(record: Record, target: float) -> float:
    """How many trials a run took to be at least as good as a value; infinite if it never was."""
    return next((n for n, value in enumerate(curve(record), start=1) if value <= target), math.inf)


Table = dict[str, dict[str, dict[int, float]]]
"""Method -> task -> seed -> a number."""


def table(records: Iterable[Record], number: Callable[[Record], float | None]) -> Table:
    """One number for each run."""
    found: Table = defaultdict(lambda: defaultdict(dict))
    for record in records:
        value = number(record)
        if value is not None:
            found[who(record["method"], record["batch"])][record["task"]][record["seed"]] = value
    return {method: dict(tasks) for method, tasks in found.items()}


def interval(tasks: Mapping[str, Mapping[int, float]], resamples: int = RESAMPLES) -> Interval:
    """The mean over tasks of the means over seeds; tasks are resampled, then seeds within each drawn task."""
    rows = [list(seeds.values()) for seeds in tasks.values() if seeds]
    if not rows:
        return Interval(math.nan, math.nan, math.nan)
    counts = np.array([len(row) for row in rows])
    width = int(counts.max())
    padded = np.array([row + [0.0] * (width - len(row)) for row in rows])
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(rows), size=(resamples, len(rows)))
    seeds = (rng.random((resamples, len(rows), width)) * counts[drawn][:, :, None]).astype(int)
    inside = np.arange(width) < counts[drawn][:, :, None]
    values = np.where(inside, padded[drawn[:, :, None], seeds], 0.0)
    means = (values.sum(axis=2) / counts[drawn]).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(statistics.fmean(statistics.fmean(row) for row in rows), float(low), float(high))


def paired(one: Mapping[str, Mapping[int, float]], two: Mapping[str, Mapping[int, float]]) -> Table:
    """The differences of two methods, on the same task and seed."""
    return {
        "": {
            task: {seed: one[task][seed] - two[task][seed] for seed in one[task] if seed in two[task]}
            for task in one
            if task in two and any(seed in two[task] for seed in one[task])
        }
    }


def chance(tasks: Mapping[str, Mapping[int, float]]) -> float:
    """The p-value of Wilcoxon's signed ranks over tasks: how often differences of random signs would lie so far apart.

    Two-sided and exact: all signs of the tasks' mean differences count, equal sizes share a rank, and tasks without a
    difference are left aside (Wilcoxon 1945). NaN where no task has a difference.

    Examples
    --------
    >>> chance({str(i): {0: 0.1 + i} for i in range(5)})  # all five have one sign: 2 of 32 are so far apart
    0.0625
    """
    means = np.array([statistics.fmean(seeds.values()) for seeds in tasks.values() if seeds])
    means = means[means != 0.0]
    if not len(means):
        return math.nan
    sizes = np.round(np.abs(means), 12)
    doubled = 2 * np.array([np.sum(sizes < size) for size in sizes]) + [np.sum(sizes == size) + 1 for size in sizes]
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1.0
    for rank in doubled:  # the share of all signs for each sum of the positive ranks, twice as large to be whole
        ways = (ways + np.concatenate([np.zeros(rank), ways[:-rank]])) / 2
    positive = int(doubled[means > 0].sum())
    tail = min(ways[: positive + 1].sum(), ways[positive:].sum())
    return float(min(1.0, 2 * tail))


def ranks(values: Table) -> dict[str, float]:
    """The mean rank of each method over the tasks, 1 for the best; only methods that have every task take part."""
    every = set().union(*(tasks for tasks in values.values())) if values else set()
    whole = [method for method, tasks in values.items() if set(tasks) == every]
    found: dict[str, list[float]] = defaultdict(list)
    for task in every:
        means = {method: statistics.fmean(values[method][task].values()) for method in whole}
        for method, mean in means.items():
            better = sum(other > mean for other in means.values())
            same = sum(other == mean for other in means.values())
            found[method].append(better + (same + 1) / 2)
    return {method: statistics.fmean(of_tasks) for method, of_tasks in found.items()}


def catching_up(records: list[Record], leader: str, budget: int) -> dict[str, tuple[float, float]]:
    """Median number of trials to reach what the leader reaches with its budget (its median over seeds), and how often.

    The median is over tasks, of the medians over seeds; a run that never gets there counts as infinite. Runs that were
    shorter than the budget are left aside.
    """
    records = [record for record in records if record["trials"] >= budget]
    theirs: dict[str, list[float]] = defaultdict(list)
    for record in records:
        if who(record["method"], record["batch"]) == leader:
            theirs[record["task"]].append(curve(record)[budget - 1])
    targets = {task: statistics.median(values) for task, values in theirs.items()}
    found = table(records, lambda r: trials_to(r, targets[r["task"]]) if r["task"] in targets else None)
    return {
        method: (
            statistics.median(statistics.median(seeds.values()) for seeds in tasks.values()),
            statistics.fmean(math.isfinite(n) for seeds in tasks.values() for n in seeds.values()),
        )
        for method, tasks in found.items()
    }


def members(records: Iterable[Record]) -> dict[str, dict[str, tuple[float, float]]]:
    """For methods of several parts: each part's share of the trials, and of the trials that were a new best."""
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    improved: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        method, best = who(record["method"], record["batch"]), math.inf
        for part, value in zip(record["by"], record["values"], strict=True) if record["by"] else ():
            asked[method][part] += 1
            if value is not None and value < best:
                best = value
                improved[method][part] += 1
    return {
        method: {
            part: (n / parts.total(), improved[method][part] / improved[method].total()) for part, n in parts.items()
        }
        for method, parts in asked.items()
        if improved[method]
    }


def cpu(records: Iterable[Record]) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of the CPU milliseconds of an ask and its tell, from the eleventh trial on."""
    found: dict[str, list[float]] = defaultdict(list)
    for record in records:
        found[who(record["method"], record["batch"])] += record["cpu"][10:] or record["cpu"]
    return {method: (float(np.median(ms)), float(np.quantile(ms, 0.95))) for method, ms in found.items() if ms}
