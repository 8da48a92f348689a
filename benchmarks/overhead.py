"""What a trial costs beside its objective: CPU of ask + params + tell, beside the installed Optuna, in one run.

python benchmarks/overhead.py              random and sobol, in memory and on SQLite, at 100, 1,000 and 10,000 trials
python benchmarks/overhead.py --quick      at 100 and 1,000 trials, about a minute

Both fill a study up to the given number of trials; then blocks of trials are timed in turns, ours and theirs, so that
whatever else the machine does meets both. The objective costs nothing; the space has 10 mixed parameters.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import tunesmith as ts

BLOCKS = 7
SPACE = ts.SearchSpace(
    **{f"x{i}": ts.Float(0, 1) for i in range(5)},
    lr=ts.Float(1e-5, 1e-1, log=True),
    k=ts.Int(1, 10),
    units=ts.Int(1, 1024, log=True),
    kind=ts.Categorical("a", "b", "c"),
    flag=ts.Categorical(False, True),
)


class Row(NamedTuple):
    """One line of the table: CPU milliseconds a trial, ours and theirs, and the ratios of the blocks."""

    sampler: str
    storage: str
    trials: int
    ours: float
    theirs: float
    ratios: tuple[float, ...]


def ours(sampler: str, path: Path | None) -> Callable[[int], None]:
    """A function that runs so many trials of tunesmith."""
    study = ts.Study(SPACE, ts.Metric("loss"), sampler=sampler, seed=1, storage=None if path is None else str(path))

    def run(trials: int) -> None:
        for _ in range(trials):
            trial = study.ask()
            study.tell(trial, trial.params["x0"])

    return run


def theirs(sampler: str, path: Path | None) -> Callable[[int], None]:
    """A function that runs so many trials of Optuna."""
    import optuna  # noqa: PLC0415 - only the benchmark needs it

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers: dict[str, Any] = {
        "random": optuna.samplers.RandomSampler(seed=1),
        "sobol": optuna.samplers.QMCSampler(qmc_type="sobol", scramble=True, seed=1, warn_independent_sampling=False),
    }
    storage = None if path is None else f"sqlite:///{path}"
    study = optuna.create_study(sampler=samplers[sampler], storage=storage)

    def run(trials: int) -> None:
        for _ in range(trials):
            trial = study.ask()
            for i in range(5):
                trial.suggest_float(f"x{i}", 0, 1)
            trial.suggest_float("lr", 1e-5, 1e-1, log=True)
            trial.suggest_int("k", 1, 10)
            trial.suggest_int("units", 1, 1024, log=True)
            trial.suggest_categorical("kind", ["a", "b", "c"])
            trial.suggest_categorical("flag", [False, True])
            study.tell(trial, trial.params["x0"])

    return run


def measure(sampler: str, storage: str, sizes: list[int], folder: Path) -> list[Row]:
    """Fill both studies to each size, and time blocks in turns there."""
    paths = [None, None] if storage == "memory" else [folder / f"ours-{sampler}.db", folder / f"theirs-{sampler}.db"]
    runs = [ours(sampler, paths[0]), theirs(sampler, paths[1])]
    rows, filled = [], 0
    block = 50 if storage == "memory" else 10
    for size in sizes:
        for run in runs:
            run(max(0, size - filled))
        spent = [[_cpu(run, block) for run in runs] for _ in range(BLOCKS)]
        filled = size + BLOCKS * block
        one, two = (statistics.median(pair[i] for pair in spent) for i in (0, 1))
        rows.append(Row(sampler, storage, size, one, two, tuple(pair[0] / pair[1] for pair in spent)))
        print(_line(rows[-1]), flush=True)
    return rows


def _cpu(run: Callable[[int], None], trials: int) -> float:
    began = time.process_time()
    run(trials)
    return (time.process_time() - began) / trials * 1e3


def _line(row: Row) -> str:
    low, middle, high = min(row.ratios), statistics.median(row.ratios), max(row.ratios)
    return (
        f"{row.sampler:8} {row.storage:7} {row.trials:>7,} {row.ours:>9.3f} {row.theirs:>9.3f} "
        f"{middle:>8.1%} ({low:.1%} to {high:.1%})"
    )


def main() -> None:
    """Print the table; the goal is a ratio of at most 20 %."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 1,000 trials")
    parser.add_argument("--samplers", nargs="+", default=["random", "sobol"])
    parser.add_argument("--storages", nargs="+", default=["memory", "sqlite"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # Optuna's experimental warnings
    sizes = [100, 1_000] if options.quick else [100, 1_000, 10_000]
    print("sampler  storage  trials   ours ms theirs ms    ratio (spread over blocks)")
    with tempfile.TemporaryDirectory() as folder:
        for storage in options.storages:
            for sampler in options.samplers:
                measure(sampler, storage, sizes, Path(folder))


if __name__ == "__main__":
    main()
