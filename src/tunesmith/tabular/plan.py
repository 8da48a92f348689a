"""What a search will cost, before it starts: a few timed fits on a subsample, carried on to all fits."""

from __future__ import annotations

import dataclasses
import math
import random
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from threadpoolctl import threadpool_limits

from tunesmith import _platform, _plugins
from tunesmith.samplers.grid import GridSampler
from tunesmith.space import Params, SearchSpace
from tunesmith.tabular.objective import FoldObjective
from tunesmith.tabular.portfolio import ALGORITHM, Algorithm, defaults_of
from tunesmith.tabular.request import Prepared
from tunesmith.tabular.tune import Search, threads_of, why_no_race
from tunesmith.validation import Split

_ROWS, _WARM = 2_000, 100
_DRAWS = 3
_TOO_LONG, _PATIENCE = 1.0, 15.0
_WORKER_BYTES = 180e6
_WORKER_SECONDS = 2.0
"""What workers need until they are warm, all at the same time: most of it is importing."""
RACED = (0.6, 0.4, 1.0)
"""Share of folds that are fitted where trials race: expected, least, most (`benchmarks/validation.py racing`)."""
_WHOLE = (1.0, 1.0, 1.0)
GRID_POINTS = 5
"""How many values of each number a grid takes if nobody says."""


@final
@dataclass(frozen=True, slots=True)
class Timing:
    """How long one fold of an algorithm takes on all rows: at its defaults, and at random settings; in seconds.

    `score` is what its defaults had on the subsample, larger is better; None where they failed, as `failure` says.
    """

    algorithm: str
    default: float
    draws: tuple[float, ...]
    score: float | None = None
    failure: str = ""

    @property
    def mean(self) -> float:
        """Seconds to expect of a random setting."""
        return sum(self.draws) / len(self.draws) if self.draws else self.default


@final
class Line(NamedTuple):
    """What one way of searching costs: trials, fits, and seconds with their spread."""

    name: str
    trials: int
    fits: int
    seconds: float
    low: float
    high: float


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """The expected cost of a search.

    Parameters
    ----------
    timings
        For each algorithm, measured on `rows` rows and carried on to all.
    lines
        Grid, random and the chosen sampler.
    memory
        Bytes to expect in all processes together.
    buys
        How many trials the time limit pays for, or None without one.
    races
        Whether trials may stop after some of their folds. What that saves depends on the data and is not counted.
    """

    timings: tuple[Timing, ...]
    lines: tuple[Line, ...]
    rows: int
    workers: int
    memory: float
    buys: int | None
    races: bool = False

    @property
    def chosen(self) -> Line:
        """The line of the chosen sampler."""
        return self.lines[-1]

    def dump(self) -> dict[str, Any]:
        """The plan in plain JSON values; seconds and bytes."""
        return {
            "timings": [dataclasses.asdict(timing) for timing in self.timings],
            "lines": [line._asdict() for line in self.lines],
            "rows": self.rows,
            "workers": self.workers,
            "memory": self.memory,
            "buys": self.buys,
            "races": self.races,
        }


def make_plan(prepared: Prepared, search: Search) -> Plan:
    """Time a default fit of each algorithm and a few random ones, and say what the whole search will cost.

    Costs are measured on at most 2,000 rows. Where there are more, each algorithm is timed on a quarter of them too,
    and carried on by the power law through both.
    """
    workers = workers_of(search.executor)
    until = time.perf_counter() + _PATIENCE
    timings = tuple(_timing(prepared, one, threads_of(search.executor), until) for one in prepared.algorithms)
    scale = len(prepared.splits) / workers
    races = not why_no_race(prepared, search)
    shares = RACED if races else _WHOLE
    cells = grid_cells(prepared.space, search.sampler)
    if cells is not None:  # the search ends where its grid ends
        most = cells + (len(timings) if search.defaults else 0)
        search = dataclasses.replace(search, trials=most if search.trials is None else min(search.trials, most))
    points = _points_of(search.sampler) or GRID_POINTS
    whole = Search(trials=prepared.space.grid_size(points))
    each = f"{points} values each" if isinstance(points, int) else "its own values"
    lines = [
        _line(f"grid ({each})", whole, timings, scale, _WHOLE, defaults=False),
        _line("random", search, timings, scale, shares, defaults=False),
        _line(_name_of(search.sampler), search, timings, scale, shares, defaults=search.defaults),
    ]
    if str(search.executor).startswith("process"):
        lines = [_started(one, search.timeout) for one in lines]
    lines = [one._replace(fits=one.trials * len(prepared.splits)) for one in lines]
    buys = None
    if search.timeout is not None:
        buys = _bought(search.timeout, timings, scale, shares[0], defaults=search.defaults)
    data = float(prepared.frame.memory_usage(deep=True).sum())
    memory = 250e6 + 3 * data + (0 if workers == 1 else workers * (_WORKER_BYTES + 2 * data))
    return Plan(timings, tuple(lines), min(_ROWS, len(prepared.train)), workers, memory, buys, races)


def _name_of(sampler: Any) -> str:
    return sampler if isinstance(sampler, str) else type(sampler).__name__.removesuffix("Sampler").lower()


def _points_of(sampler: Any) -> int | Mapping[str, int] | None:
    """How many values a chosen grid takes of each number; None for other samplers, and for grids that were not told."""
    made = _plugins.make("sampler", sampler)
    return made.points if isinstance(made, GridSampler) else None


def grid_cells(space: SearchSpace, sampler: Any) -> int | None:
    """How many cells a chosen grid has, None for other samplers."""
    made = _plugins.make("sampler", sampler)
    return space.grid_size(made.points) if isinstance(made, GridSampler) else None


def workers_of(executor: Any) -> int:
    """How many trials run at once."""
    name, _, count = str(executor).partition(":")
    if name == "serial":
        return 1
    return int(count) if count.isdigit() else _platform.cores()


def _line(
    name: str,
    search: Search,
    timings: Sequence[Timing],
    scale: float,
    shares: tuple[float, float, float] = _WHOLE,
    *,
    defaults: bool,
) -> Line:
    """What so many trials cost, the time limit kept; the spread is what algorithms and races can make of it."""
    limit = search.timeout
    trials = search.trials
    if limit is not None:
        bought = _bought(limit, timings, scale, shares[0], defaults=defaults)
        trials = bought if trials is None else min(trials, bought)
    trials = trials or 0
    first = min(len(timings), trials) if defaults else 0
    sure = sum(timing.default for timing in timings[:first])
    means = [timing.mean for timing in timings]
    each, rest = _mean(means), trials - first
    if defaults:  # a model-based search settles on few algorithms: any of them may be the one
        low, high = 0.5 * (each + min(means)), 0.5 * (each + max(means))
        each = _settled(timings)
    else:
        spread = 2 * math.sqrt(_mean([(mean - each) ** 2 for mean in means]) / max(1, rest))
        low, high = max(min(means), each - spread), each + spread
    seconds = [(sure + rest * share * one) * scale for one, share in zip((each, low, high), shares, strict=True)]
    if limit is not None:
        seconds = [min(limit, one) for one in seconds]
    return Line(name, trials, 0, *seconds)


def _settled(timings: Sequence[Timing]) -> float:
    """Seconds a trial of a model-based search: half of its trials go to the third whose defaults scored best."""
    scored = [timing for timing in timings if timing.score is not None]
    scored.sort(key=lambda timing: timing.score or 0.0, reverse=True)
    leading = scored[: max(1, round(len(scored) / 3))] or timings
    return 0.5 * (_mean([timing.mean for timing in timings]) + _mean([timing.mean for timing in leading]))


def _started(line: Line, limit: float | None) -> Line:
    """With the time until the workers are warm."""
    most = math.inf if limit is None else limit
    seconds, low, high = (min(most, one + _WORKER_SECONDS) for one in (line.seconds, line.low, line.high))
    return line._replace(seconds=seconds, low=low, high=high)


def _bought(limit: float, timings: Sequence[Timing], scale: float, share: float = 1.0, *, defaults: bool) -> int:
    """How many trials fit into a time limit: the defaults first, then as the search is expected to go on."""
    left, trials = limit, 0
    for timing in timings if defaults else ():
        left -= timing.default * scale
        if left < 0:
            return trials
        trials += 1
    each = scale * share * (_settled(timings) if defaults else _mean([timing.mean for timing in timings]))
    return trials + int(left / each) if each > 0 else trials


def _timing(prepared: Prepared, algorithm: Algorithm, threads: int, until: float) -> Timing:
    objective = FoldObjective(prepared, threads=threads)
    split = max(prepared.splits, key=lambda one: len(one.train))
    rows = len(split.train)
    default = defaults_of(algorithm, prepared.space)
    small = min(rows, _ROWS)
    _seconds(objective, default, _part(split, min(rows, _WARM), prepared.request.seed))  # imports and caches, once
    once, score, failure = _timed(objective, default, _part(split, small, prepared.request.seed))
    power = 1.0
    if rows > small:
        less = _seconds(objective, default, _part(split, small // 4, prepared.request.seed))
        power = min(2.2, max(0.3, math.log(once / max(less, 1e-4)) / math.log(4)))
    scale = (rows / small) ** power
    draws = []
    if once < _TOO_LONG and time.perf_counter() < until:
        rng = random.Random(prepared.request.seed)  # noqa: S311 - no secret
        for _ in range(_DRAWS):
            params = prepared.space.sample(rng, {ALGORITHM: algorithm.name})
            draws.append(scale * _seconds(objective, params, _part(split, small, prepared.request.seed)))
            if draws[-1] > _TOO_LONG * scale or time.perf_counter() > until:
                break
    better = score if score is None or not prepared.target.is_error else -score
    return Timing(algorithm.name, once * scale, tuple(draws), better, failure)


def _part(split: Split, rows: int, seed: int) -> Split:
    if rows >= len(split.train):
        return split
    rng = np.random.default_rng(seed)
    train = np.sort(rng.choice(split.train, rows, replace=False))
    share = max(20, round(len(split.test) * rows / len(split.train)))
    return Split(train, np.sort(rng.choice(split.test, min(share, len(split.test)), replace=False)))


def _seconds(objective: FoldObjective, params: Params | Mapping[str, Any], split: Split) -> float:
    return _timed(objective, params, split)[0]


def _timed(
    objective: FoldObjective, params: Params | Mapping[str, Any], split: Split
) -> tuple[float, float | None, str]:
    """Seconds, the score, and what was raised: a subsample may lack a class, and the search keeps what fails always."""
    score, failure = None, ""
    began = time.perf_counter()
    with warnings.catch_warnings(), threadpool_limits(objective.threads):  # as many threads as a worker has
        warnings.simplefilter("ignore")  # the same fits speak again in the search, where it is kept with the trial
        try:
            score = objective.evaluate(params, split)[0]
        except Exception as error:  # noqa: BLE001 - any model may raise anything; it is told, and ends no search
            failure = f"{type(error).__name__}: {error}"
    return time.perf_counter() - began, score, failure


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
