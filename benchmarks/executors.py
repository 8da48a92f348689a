"""Measures the executors: histogram boosting side by side, big data with many workers, and the cost of a trial.

    python benchmarks/executors.py speed --trials 12
    python benchmarks/executors.py memory --gigabytes 1 --workers 4
    python benchmarks/executors.py trip --trials 2000

`speed` runs the same trials (HistGradientBoosting, 5 folds) with `serial` and with `process:N`, in turns, from the
opening to the end of the last trial. `memory` adds up what all workers hold (PSS: a shared page counts once) and what
this process grew by, while every worker has read all the data. `trip` is a trial that does nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tunesmith import _platform, _plugins
from tunesmith.executors import Asked, Channel, Ended, Work
from tunesmith.testing.executors import drive, work


def main() -> None:
    """Measure what the command line names, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, measure in (("speed", speed), ("memory", memory), ("trip", trip)):
        child = commands.add_parser(command)
        child.set_defaults(measure=measure)
        child.add_argument("--workers", type=int, default=4 if command == "memory" else _platform.cores())
        child.add_argument("--trials", type=int, default=2000 if command == "trip" else 12)
        child.add_argument("--repeats", type=int, default=3)
        child.add_argument("--rows", type=int, default=10_000)
        child.add_argument("--iterations", type=int, default=100)
        child.add_argument("--gigabytes", type=float, default=1.0)
    given = parser.parse_args()
    given.measure(given)


def speed(given: argparse.Namespace) -> None:
    """Compare `serial` with processes on an objective that has threads of its own."""
    from sklearn.datasets import make_classification  # noqa: PLC0415 - the other commands need none of it
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
    from sklearn.model_selection import cross_val_score  # noqa: PLC0415

    X, y = make_classification(given.rows, 20, n_informative=10, random_state=0)

    def objective(_: Channel, one: Work) -> float:
        model = HistGradientBoostingClassifier(
            learning_rate=one.params["lr"], max_iter=given.iterations, random_state=0
        )
        return float(cross_val_score(model, X, y, cv=5).mean())

    works = [work(number, lr=0.02 + 0.01 * number) for number in range(given.trials)]
    names = ["serial", f"process:{given.workers}"]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    scores: dict[str, list[float]] = {}
    for _ in range(given.repeats):
        for name in names:
            taken, scores[name] = timed(name, objective, works)
            seconds[name].append(taken)
            print(f"# {name}: {taken:.2f} s", file=sys.stderr, flush=True)
    print(f"{given.trials} trials: HistGradientBoosting, {given.iterations} iterations, 5 folds, {given.rows} x 20")
    print(f"{_platform.cores()} cores, load average {os.getloadavg()[0]:.1f}; from the opening to the last result")
    print(f"{'executor':<12}{'median s':>10}{'best s':>10}{'worst s':>10}{'s a trial':>11}")
    for name in names:
        all_of = seconds[name]
        median = statistics.median(all_of)
        print(f"{name:<12}{median:>10.2f}{min(all_of):>10.2f}{max(all_of):>10.2f}{median / given.trials:>11.2f}")
    ratio = statistics.median(seconds[names[0]]) / statistics.median(seconds[names[1]])
    print(f"{names[1]} does {ratio:.2f} times the work of serial; same scores: {scores[names[0]] == scores[names[1]]}")


def timed(name: str, objective: Callable[[Channel, Work], Any], works: list[Work]) -> tuple[float, list[Any]]:
    """Seconds from the opening to the last result, and the results in the order of the works."""
    executor = _plugins.make("executor", name)
    began = time.perf_counter()
    executor.open(objective, print)
    heard = drive(executor, works)
    taken = time.perf_counter() - began
    executor.close()
    ends = {message.number: message.result for message in heard if isinstance(message, Ended)}
    return taken, [ends[one.number] for one in works]


def memory(given: argparse.Namespace) -> None:
    """Add up the memory of all workers while each of them has read all of X and y."""
    import pandas as pd  # noqa: PLC0415 - the other commands need none of it
    import scipy.sparse  # noqa: PLC0415

    size = int(given.gigabytes * 1e9)
    rows = size // 8 // 100
    print(f"{given.gigabytes:g} GB with {given.workers} workers; MB beyond the data that were there before")
    print(f"{'data':<26}{'open s':>8}{'workers':>9}{'parent':>8}{'all':>8}")
    report("nothing", given.workers, None)
    X, y = np.random.default_rng(0).random((rows, 99)), np.ones(rows)
    report("numpy X, y", given.workers, (X, y))
    report("numpy X, y, every 2nd row", given.workers, (X[::2], y[::2]))
    frame = pd.DataFrame(X)
    report("pandas frame, numpy", given.workers, (frame, y))
    del frame, X, y
    arrow = pd.DataFrame(
        {str(number): pd.array(np.full(rows, float(number)), dtype="double[pyarrow]") for number in range(100)}
    )
    report("pandas frame, arrow", given.workers, arrow)
    del arrow
    stored = size // 12
    sparse = scipy.sparse.csr_matrix(
        (np.ones(stored), np.arange(stored, dtype=np.int32) % 1000, np.arange(0, stored + 1, 100)),
        shape=(stored // 100, 1000),
    )
    report("scipy sparse", given.workers, sparse)


def report(name: str, workers: int, data: Any) -> None:
    """Print one line of the table of `memory`."""
    read = total_of  # by value: a worker need not import this file

    def objective(channel: Channel, _: Work) -> float:
        total = read(data)
        channel.call("every page of it was read")
        return total

    executor = _plugins.make("executor", f"process:{workers}")
    before, began = pss(os.getpid()), time.perf_counter()
    executor.open(objective, print)
    opened = time.perf_counter() - began
    asked: list[Asked] = []
    for number in range(workers):
        executor.submit(work(number))
    while len(asked) < workers:
        asked += [message for message in executor.messages() if isinstance(message, Asked)]
    grown = pss(os.getpid()) - before
    children = sum(pss(child) for child in children_of(os.getpid()))
    executor.close()
    print(
        f"{name:<26}{opened:>8.2f}{children / 1e6:>9.0f}{grown / 1e6:>8.0f}{(children + grown) / 1e6:>8.0f}", flush=True
    )


def total_of(data: Any) -> float:
    """Read all of the data, column by column or array by array, without a copy of it."""
    if data is None:
        return 0.0
    if isinstance(data, tuple):
        return sum(total_of(part) for part in data)
    if hasattr(data, "indptr"):
        return float(data.data.sum() + data.indices.sum() + data.indptr.sum())
    if hasattr(data, "columns"):
        return sum(float(data[name].sum()) for name in data.columns)
    return float(data.sum())


def pss(pid: int) -> int:
    """Bytes of a process, shared pages divided among those who share them (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def children_of(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]


def trip(given: argparse.Namespace) -> None:
    """Measure a trial that does nothing."""
    print(f"{'executor':<12}{'open ms':>9}{'ms a trial':>12}{'CPU ms here':>13}")
    works = [work(number, x=number / 7) for number in range(given.trials)]
    for name in ("serial", "thread:1", f"thread:{given.workers}", "process:1", f"process:{given.workers}"):
        executor = _plugins.make("executor", name)
        began = time.perf_counter()
        executor.open(lambda _, one: one.params["x"], print)
        opened = time.perf_counter() - began
        drive(executor, works[:20])
        began, spent = time.perf_counter(), time.process_time()
        drive(executor, works)
        taken, spent = time.perf_counter() - began, time.process_time() - spent
        executor.close()
        per = 1e3 / len(works)
        print(f"{name:<12}{opened * 1e3:>9.1f}{taken * per:>12.3f}{spent * per:>13.3f}")


if __name__ == "__main__":
    main()
