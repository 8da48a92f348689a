"""How good the tpe sampler's best values are, beside Optuna's TPESampler: six functions, the same budget, many seeds.

python benchmarks/tpe_quality.py                     100 trials, 10 seeds: about two minutes
python benchmarks/tpe_quality.py --trials 50 --seeds 3 --only branching

For each function: the mean of the best values, scaled so that 1 is the median best of random search with the same
budget and 0 the best value known; then the CPU milliseconds of a trial. No default was chosen by these functions.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tunesmith as ts

Point = Mapping[str, Any]


class Task(NamedTuple):
    """A function to minimise, and the best value known."""

    space: ts.SearchSpace
    loss: Callable[[Point], float]
    best: float


def sphere(p: Point) -> float:
    """Smooth and separable, 5 dimensions, the optimum off the centre."""
    return sum((p[f"x{i}"] - 0.2 * i) ** 2 for i in range(5))


def rosenbrock(p: Point) -> float:
    """A curved valley in 4 dimensions."""
    x = [p[f"x{i}"] for i in range(4)]
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def branin(p: Point) -> float:
    """Three equal optima in 2 dimensions."""
    x, y = p["x"], p["y"]
    return (
        (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 0.125 / math.pi) * math.cos(x) + 10
    )


def mixed(p: Point) -> float:
    """Choices, whole numbers and logarithmic scales, the best rate depending on a choice."""
    rate = {"sgd": -1.5, "adam": -3.0, "rms": -2.5, "lion": -4.0}[p["optimizer"]]
    base = {"sgd": 0.1, "adam": 0.0, "rms": 0.08, "lion": 0.03}[p["optimizer"]]
    depth = 0.02 * abs(p["depth"] - 5) + 0.05 * abs(math.log2(p["width"] / 128))
    return (
        base + 0.3 * (math.log10(p["rate"]) - rate) ** 2 + depth + 0.2 * (p["drop"] - 0.3) ** 2 + 0.05 * (not p["norm"])
    )


def branching(p: Point) -> float:
    """Four branches with parameters of their own; the best one is not the best at first sight."""
    if p["model"] == "linear":
        return 0.3 + 0.01 * (math.log10(p["alpha"]) + 1) ** 2
    if p["model"] == "forest":
        return 0.22 + 0.004 * abs(p["leaf"] - 3) + 0.1 * (p["features"] - 0.4) ** 2
    if p["model"] == "boosting":
        rate = math.log10(p["rate"])
        return 0.12 + 0.15 * (rate + 1.2) ** 2 + 0.01 * abs(p["levels"] - 6) + 0.2 * (p["rows"] - 0.7) ** 2
    second = 0.01 * abs(math.log2(p["units2"] / 64)) if p["layers"] >= 2 else 0.04
    return 0.1 + 0.02 * abs(math.log2(p["units1"] / 256)) + second + 0.1 * (math.log10(p["step"]) + 2.5) ** 2


def stairs(p: Point) -> float:
    """Plateaus with noise, as accuracies on few samples have them; the noise belongs to the point."""
    level = sum(math.floor(6 * abs(p[f"x{i}"] - 0.15 - 0.12 * i)) for i in range(6)) / 10
    return level + random.Random(repr(sorted(p.items()))).gauss(0, 0.05)  # noqa: S311 - a function, not a secret


def boxes(n: int, low: float, high: float) -> ts.SearchSpace:
    """So many continuous parameters with the same bounds."""
    return ts.SearchSpace({f"x{i}": ts.Float(low, high) for i in range(n)})


TASKS = {
    "sphere": Task(boxes(5, -1, 1), sphere, 0.0),
    "rosenbrock": Task(boxes(4, -2, 2), rosenbrock, 0.0),
    "branin": Task(ts.SearchSpace(x=ts.Float(-5, 10), y=ts.Float(0, 15)), branin, 0.397887),
    "mixed": Task(
        ts.SearchSpace(
            optimizer=ts.Categorical("sgd", "adam", "rms", "lion"),
            rate=ts.Float(1e-6, 1.0, log=True),
            depth=ts.Int(1, 12),
            width=ts.Int(8, 1024, log=True),
            drop=ts.Float(0, 0.9),
            norm=ts.Categorical(False, True),
        ),
        mixed,
        0.0,
    ),
    "branching": Task(
        ts.SearchSpace(
            model=ts.Categorical("linear", "forest", "boosting", "net"),
            alpha=ts.Float(1e-6, 1e3, log=True).when("model", "linear"),
            leaf=ts.Int(1, 30).when("model", "forest"),
            features=ts.Float(0.05, 1.0).when("model", "forest"),
            rate=ts.Float(1e-4, 1.0, log=True).when("model", "boosting"),
            levels=ts.Int(2, 14).when("model", "boosting"),
            rows=ts.Float(0.2, 1.0).when("model", "boosting"),
            step=ts.Float(1e-6, 1.0, log=True).when("model", "net"),
            layers=ts.Int(1, 3).when("model", "net"),
            units1=ts.Int(8, 1024, log=True).when("model", "net"),
            units2=ts.Int(8, 1024, log=True).when("layers", ts.at_least(2)),
        ),
        branching,
        0.1,
    ),
    "stairs": Task(boxes(6, 0, 1), stairs, -0.15),
}


def ours(sampler: str, task: Task, trials: int, seed: int) -> float:
    """The best value that a sampler of tunesmith finds."""
    study = ts.Study(task.space, ts.Metric("loss"), sampler=sampler, seed=seed)
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, task.loss(trial.params))
    return study.best.value


def theirs(task: Task, trials: int, seed: int) -> float:
    """The best value that Optuna's default finds; conditions are written as in any define-by-run script."""
    import optuna  # noqa: PLC0415 - only the benchmark needs it

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial: optuna.Trial) -> float:
        def suggest(name: str) -> Any:
            part: Any = task.space[name]
            if isinstance(part, ts.Categorical):
                return trial.suggest_categorical(name, part.choices)
            draw = trial.suggest_int if isinstance(part, ts.Int) else trial.suggest_float
            return draw(name, part.low, part.high, log=part.log)

        found: dict[str, Any] = {}
        for name in task.space.order:
            conditions = task.space[name].conditions
            if all(
                c.parent in found and c.test.bind(task.space[c.parent], c.parent)(found[c.parent]) for c in conditions
            ):
                found[name] = suggest(name)
        return task.loss(found)

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=trials)
    return float(study.best_value)


def measure(find: Callable[[int], float], seeds: int, trials: int) -> tuple[list[float], float]:
    """The best value of each seed, and CPU milliseconds a trial."""
    started = time.process_time()
    found = [find(seed) for seed in range(seeds)]
    return found, (time.process_time() - started) / (seeds * trials) * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", choices=sorted(TASKS), nargs="+", help="some of the functions")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{options.trials} trials, {options.seeds} seeds; 0 is the best value known, 1 random search's median best")
    print(f"{'function':<12}{'random':>8}{'tpe':>8}{'optuna':>8}   won by tpe   ms a trial: tpe  optuna")
    means = []
    for name in options.only or TASKS:
        task, n, seeds = TASKS[name], options.trials, options.seeds
        blind, _ = measure(lambda seed: ours("random", task, n, 1000 + seed), 4 * seeds, n)  # noqa: B023 - called at once
        one, cost = measure(lambda seed: ours("tpe", task, n, seed), seeds, n)  # noqa: B023 - called at once
        two, theirs_cost = measure(lambda seed: theirs(task, n, seed), seeds, n)  # noqa: B023 - called at once
        unit = statistics.median(blind) - task.best
        scaled = [statistics.mean((value - task.best) / unit for value in found) for found in (blind, one, two)]
        means.append(scaled)
        won = sum(a < b for a in one for b in two) / (seeds * seeds)
        print(
            f"{name:<12}{scaled[0]:8.3f}{scaled[1]:8.3f}{scaled[2]:8.3f}{won:12.0%}{cost:16.1f}{theirs_cost:8.1f}",
            flush=True,
        )
    columns = zip(*means, strict=True)
    print(f"{'mean':<12}" + "".join(f"{statistics.mean(column):8.3f}" for column in columns))


if __name__ == "__main__":
    main()
