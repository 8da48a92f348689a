"""What one suggestion costs: CPU of ask and tell of each sampler, by the length of the history.

python benchmarks/asks.py                               all samplers, at 100, 1,000, 10,000 and 100,000 trials
python benchmarks/asks.py --samplers tpe --sizes 100 1000
python benchmarks/asks.py --json asks.json              the figures as JSON too

A study is filled with random trials of a mixed space of 10 parameters; then come 60 pairs of ask and tell, refits of
models included. Printed are milliseconds of one thread's CPU: the mean of the asks and the 95th percentile as a
multiple of it, the mean of the sampler alone, of what `study.ask` adds to it, and of `study.tell`; then the first ask
of all, with a cold sampler and nothing known of the trials but the log. A goal that is missed is named at the end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, final

from threadpoolctl import threadpool_limits

import tunesmith as ts
from tunesmith import _plugins
from tunesmith.samplers import Sampler, Seed, Suggestion
from tunesmith.storages import Decision
from tunesmith.trial import Draft, History, TrialFinished, TrialStarted

PAIRS = 60
NONE = ts.Params()
WARM = 5
SPACE = ts.SearchSpace(
    **{f"x{i}": ts.Float(0, 1) for i in range(3)},
    lr=ts.Float(1e-5, 1e-1, log=True),
    decay=ts.Float(1e-8, 1.0, log=True),
    k=ts.Int(1, 10),
    units=ts.Int(1, 1024, log=True),
    depth=ts.Int(1, 12),
    kind=ts.Categorical("a", "b", "c", "d"),
    flag=ts.Categorical(False, True),
)
GOALS = {
    "tpe": {100: 1.0, 1_000: 2.0, 100_000: 2.0},
    "gp": {100: 12.0, 1_000: 35.0, 10_000: 60.0},
    "random": {100: 0.1, 1_000: 0.1, 10_000: 0.1, 100_000: 0.1},
    "sobol": {100: 0.1, 1_000: 0.1, 10_000: 0.1, 100_000: 0.1},
}
"""Milliseconds that the sampler alone may take, by trials."""

MOST_ADDED = 0.15
"""Milliseconds that `study.ask` may add."""


class Row(NamedTuple):
    """One line of the table, in CPU milliseconds."""

    sampler: str
    trials: int
    ask: float
    p95: float
    sample: float
    added: float
    tell: float
    first: float

    def __str__(self) -> str:
        """The line, with a mark where a goal is missed."""
        goal = GOALS.get(self.sampler, {}).get(self.trials, math.inf)
        missed = [
            word
            for word, bad in (
                ("sample", self.sample > goal),
                ("added", self.added > MOST_ADDED),
                ("p95", self.p95 > 3 * self.ask),
            )
            if bad
        ]
        return (
            f"{self.sampler:8}{self.trials:>9,}{self.ask:>9.3f}{self.p95 / self.ask:>7.1f}x{self.sample:>9.3f}"
            f"{self.added:>9.3f}{self.tell:>9.3f}{self.first:>10.1f}{'   over: ' * bool(missed)}{' '.join(missed)}"
        )


@final
class Timed(Sampler):
    """Another sampler, and what its last suggestion cost."""

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner
        self.spent = 0.0

    def sample(self, history: History, seed: Seed, given: ts.Params = NONE) -> Suggestion:
        """Ask the other one, and look at the clock."""
        began = time.thread_time()
        found = self._inner.sample(history, seed, given)
        self.spent = (time.thread_time() - began) * 1e3
        return found


def loss(p: Mapping[str, Any]) -> float:
    """A function of all parameters, so that models have something to learn."""
    rate = math.log10(p["lr"]) + (2.0 if p["kind"] in "ab" else 3.0)
    smooth = sum((p[f"x{i}"] - 0.3) ** 2 for i in range(3)) + 0.1 * rate * rate
    return smooth + 0.02 * abs(p["k"] - 3) + 0.05 * abs(math.log2(p["units"] / 64)) + 0.1 * p["flag"]


def filled(sampler: Sampler, trials: int) -> ts.Study:
    """A study with so many random trials that have ended."""
    study = ts.Study(SPACE, ts.Metric("loss"), sampler=sampler, seed=1)
    rng = random.Random(1)  # noqa: S311 - no secret
    for numbers in (range(at, min(at + 5_000, trials)) for at in range(0, trials, 5_000)):
        drafts = []
        for number in numbers:
            params = SPACE.sample(rng)
            drafts.append(Draft(TrialStarted(number=number, params=params, why={"member": "added"}), 1))
            ended = TrialFinished(number=number, state="complete", values={"loss": loss(params)})
            drafts.append(Draft(ended, 1, f"{number}"))
        study.storage.append(study.key, study.history.seq, lambda _tail: Decision(drafts))  # noqa: B023 - called at once
    return study


def measure(name: str, trials: int) -> Row:
    """Fill a study, and time pairs of ask and tell."""
    sampler = Timed(_plugins.make("sampler", name))
    study = filled(sampler, trials)
    asks, samples, tells = [], [], []
    for _ in range(WARM + PAIRS):
        began = time.thread_time()
        trial = study.ask()
        asked = time.thread_time()
        study.tell(trial, loss(trial.params))
        tells.append((time.thread_time() - asked) * 1e3)
        asks.append((asked - began) * 1e3)
        samples.append(sampler.spent)
    first, asks, samples, tells = asks[0], asks[WARM:], samples[WARM:], tells[WARM:]
    added = statistics.mean(asks) - statistics.mean(samples)
    p95 = statistics.quantiles(asks, n=20)[-1]
    return Row(name, trials, statistics.mean(asks), p95, statistics.mean(samples), added, statistics.mean(tells), first)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [name for name in _plugins.names("sampler") if not _plugins.load("sampler", name).is_finite]
    parser.add_argument("--samplers", nargs="+", default=known)
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 1_000, 10_000, 100_000])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    print(f"{'sampler':8}{'trials':>9}{'ask ms':>9}{'p95':>8}{'sample':>9}{'added':>9}{'tell':>9}{'first':>10}")
    rows = []
    with threadpool_limits(limits=1):
        for name, trials in itertools.product(options.samplers, options.sizes):
            rows.append(measure(name, trials))
            print(rows[-1], flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
