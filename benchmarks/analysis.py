"""What a plot costs: CPU until its JSON is there, beside the installed Optuna's visualization, in one run.

python benchmarks/analysis.py              every plot at 100, 1,000 and 5,000 trials of 15 parameters
python benchmarks/analysis.py --quick      at 100 and 1,000 trials

Both see the same trials. Each plot is made several times in turns, ours and theirs, and the fastest of each counts;
both are made from fresh trials every time, so that nothing is kept from the turn before.
"""

from __future__ import annotations

import argparse
import functools
import random
import time
import warnings
from collections.abc import Callable
from typing import Any

import tunesmith as ts
from tunesmith import plots
from tunesmith.trial import Draft, Fold, History, Point
from tunesmith.trial import events as ev

TURNS = 3
STEPS = 8
SPACE = ts.SearchSpace(
    {
        **{f"x{k}": ts.Float(0, 1) for k in range(8)},
        **{f"rate{k}": ts.Float(1e-5, 1, log=True) for k in range(3)},
        "depth": ts.Int(1, 12),
        "width": ts.Int(8, 1024, log=True),
        "kind": ts.Categorical("a", "b", "c", "d"),
        "flag": ts.Categorical(False, True),
    }
)
PAIRS = {
    "history": "plot_optimization_history",
    "slices": "plot_slice",
    "parallel": "plot_parallel_coordinate",
    "ranks": "plot_rank",
    "ecdf": "plot_edf",
    "timeline": "plot_timeline",
    "learning_curves": "plot_intermediate_values",
    "front": "plot_pareto_front",
    "hypervolume": "plot_hypervolume_history",
    "importance": "plot_param_importances",
    "pairs": "plot_contour",
    "effects": "",
    "plateau": "",
    "cost": "",
    "validation_curves": "",
    "leaderboard": "",
    "failures": "",
}
"""Ours -> what comes nearest to it in `optuna.visualization`; nothing where nothing does."""

MORE: dict[str, dict[str, Any]] = {
    "hypervolume": {"reference_point": [10.0, 20.0]},
    "pairs": {"params": ["x0", "x1"]},  # one pair, as ours
    "ranks": {"params": list(SPACE.names[:3])},  # as many as ours draws by default
}
"""What else theirs are asked for."""

Told = tuple[dict[str, Any], list[float], tuple[float, float]]
"""The params of a trial, its curve, and its two values."""


def trials(count: int) -> list[Told]:
    """Made-up trials, the same for both."""
    draw = random.Random(0)  # noqa: S311 - trials, not secrets
    told = []
    for _ in range(count):
        params = dict(SPACE.sample(draw))
        value = sum((params[f"x{k}"] - 0.3) ** 2 / (k + 1) for k in range(8)) + draw.gauss(0, 0.02) + 0.1
        curve = [value + 1 / step for step in range(1, STEPS + 1)]
        told.append((params, curve, (value, params["depth"] * draw.uniform(0.5, 1))))
    return told


def ours(told: list[Told], goals: int) -> History:
    """The trials as a history."""
    names = ["loss", "ms"][:goals]
    metrics = [{"name": name, "direction": "minimize"} for name in names]
    log: list[ev.Event] = [ev.StudyCreated(name="study", space=SPACE.dump(), metrics=metrics, seed=0)]
    for number, (params, curve, values) in enumerate(told):
        log.append(ev.TrialStarted(number=number, params=params, worker=f"worker-{number % 8}"))
        points = [Point(value, step) for step, value in enumerate(curve, 1)]
        points += [Point(value - 0.05, step, kind="train") for step, value in enumerate(curve, 1)]
        log.append(ev.Reported(number=number, points=points))
        if number % 20 == 19:
            log.append(ev.TrialFinished(number=number, state="failed"))
        else:
            log.append(ev.TrialFinished(number=number, state="complete", values=dict(zip(names, values, strict=False))))
    fold = Fold()
    fold.extend(ev.stamp(Draft(e), seq=k, written=float(k), writer="") for k, e in enumerate(log, 1))
    return fold.history


def theirs(told: list[Told], goals: int) -> Any:
    """The trials as an Optuna study."""
    import optuna  # noqa: PLC0415 - only the benchmark needs it

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = optuna.distributions
    parts: dict[str, Any] = {}
    for name, part in SPACE.items():
        if isinstance(part, ts.Categorical):
            parts[name] = kinds.CategoricalDistribution(list(part.values()))
        else:
            low, high = part.bounds()
            log = bool(getattr(part, "log", False))
            whole = isinstance(part, ts.Int)
            parts[name] = (
                kinds.IntDistribution(int(low), int(high), log=log)
                if whole
                else kinds.FloatDistribution(low, high, log=log)
            )
    study = optuna.create_study(directions=["minimize"] * goals)
    for number, (params, curve, values) in enumerate(told):
        failed = number % 20 == 19
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE,
                params=params,
                distributions=parts,
                values=None if failed else list(values[:goals]),
                intermediate_values=dict(enumerate(curve, 1)) if goals == 1 else {},
            )
        )
    return study


Run = tuple[Callable[[], Any], Callable[[Any], object]]
"""What is made before the clock starts, and what is done with it."""


def fastest(runs: list[Run]) -> list[float]:
    """CPU seconds of each, the fastest of several turns."""
    found = [float("inf")] * len(runs)
    for _ in range(TURNS):
        for k, (made, run) in enumerate(runs):
            given = made()
            begun = time.process_time()
            run(given)
            found[k] = min(found[k], time.process_time() - begun)
    return found


def main() -> None:
    """Print a table, a line a plot and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    sizes = (100, 1000) if parser.parse_args().quick else (100, 1000, 5000)
    warnings.simplefilter("ignore")
    from optuna import visualization  # noqa: PLC0415 - only the benchmark needs it

    print(f"{'plot':18} {'trials':>6} {'ours s':>8} {'theirs s':>9} {'ratio':>6}")
    for count in sizes:
        told = trials(count)
        for name, other in PAIRS.items():
            goals = 2 if name in {"front", "hypervolume"} else 1
            plot = getattr(plots, name)
            # A history that was drawn once remembers its model: each turn has a new one.
            fresh = functools.partial(ours, told, goals)
            runs: list[Run] = [(fresh, lambda history, plot=plot: plot(history).to_json())]
            if other:
                draw = getattr(visualization, other)
                more = MORE.get(name, {})
                study_of = functools.partial(theirs, told, goals)
                runs.append((study_of, lambda study, draw=draw, more=more: draw(study, **more).to_json()))
            mine, *rest = fastest(runs)
            beside = f"{rest[0]:9.3f} {mine / rest[0]:6.2f}" if rest else f"{'-':>9} {'-':>6}"
            print(f"{name:18} {count:6} {mine:8.3f} {beside}", flush=True)


if __name__ == "__main__":
    main()
