"""Live searches on the same folds: fold fits and seconds until tunesmith is where another search ends."""

from __future__ import annotations

import importlib
import json
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, final

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import RandomizedSearchCV, cross_val_score

import tunesmith as ts
from benchmarks.validating.datasets import LARGE, SETS
from benchmarks.validating.fold_tables import FAMILIES, FAMILIES_OF_SET, Cell, Part
from tunesmith.numerics.folds import corrected_error
from tunesmith.pruners.racing import RacingPruner

TRIALS = 60
CELLS = [
    Cell(name, family, 100 + seed)
    for seed in range(20)
    for name in SETS
    if name not in LARGE
    for family in FAMILIES_OF_SET.get(name, tuple(FAMILIES)[:3])
]
"""Seeds that no table has."""

Found: TypeAlias = tuple[float, int, float]
"""Mean over all folds of the setting that won, fold fits, seconds."""


@final
class _Uniform:
    """A distribution of our space, as scikit-learn's searches draw from one."""

    def __init__(self, part: Any) -> None:
        self.part = part

    def rvs(self, random_state: Any = None) -> Any:
        """Draw one value."""
        return self.part.from_unit(float(np.random.default_rng(random_state.randint(2**31)).random()))


def _halving(part: Part, model: Any, space: ts.SearchSpace, seed: int) -> Found:
    importlib.import_module("sklearn.experimental.enable_halving_search_cv")
    kind = importlib.import_module("sklearn.model_selection").HalvingRandomSearchCV
    return _of_sklearn(part, kind(model, _drawn(space), n_candidates=TRIALS, **_common(part, seed)))


def _random(part: Part, model: Any, space: ts.SearchSpace, seed: int) -> Found:
    return _of_sklearn(part, RandomizedSearchCV(model, _drawn(space), n_iter=TRIALS, **_common(part, seed)))


def _common(part: Part, seed: int) -> dict[str, Any]:
    return {"cv": part.folds, "scoring": part.scoring, "refit": False, "random_state": seed}


def _drawn(space: ts.SearchSpace) -> dict[str, _Uniform]:
    return {name: _Uniform(part) for name, part in space.items()}


def _of_sklearn(part: Part, search: Any) -> Found:
    if "Halving" in type(search).__name__:  # it subsamples rows itself, so the folds are dealt anew from a scheme
        kinds = importlib.import_module("sklearn.model_selection")
        scheme = kinds.KFold if part.task == "regression" else kinds.StratifiedKFold
        search.set_params(cv=scheme(len(part.folds), shuffle=True, random_state=search.random_state))
    began = time.perf_counter()
    search.fit(part.X, part.y)
    seconds = time.perf_counter() - began
    fits = len(search.cv_results_["params"]) * len(part.folds)
    return full_score(part, clone(search.estimator).set_params(**search.best_params_)), fits, seconds


def _wilcoxon(part: Part, model: Any, space: ts.SearchSpace, seed: int) -> Found:
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=optuna.pruners.WilcoxonPruner())
    scorer, fits = get_scorer(part.scoring), 0

    def objective(trial: Any) -> float:
        nonlocal fits
        made = clone(model).set_params(**{name: _suggested(trial, name, one) for name, one in space.items()})
        scores = []
        for fold, (train, test) in enumerate(part.folds):
            fits += 1
            scores.append(scorer(clone(made).fit(part.X[train], part.y[train]), part.X[test], part.y[test]))
            trial.report(scores[-1], fold)
            if trial.should_prune():
                return float(np.mean(scores))  # as its documentation advises
        return float(np.mean(scores))

    began = time.perf_counter()
    study.optimize(objective, n_trials=TRIALS)
    seconds = time.perf_counter() - began
    return full_score(part, clone(model).set_params(**study.best_params)), fits, seconds


def _suggested(trial: Any, name: str, part: Any) -> Any:
    if isinstance(part, ts.Categorical):
        return trial.suggest_categorical(name, list(part.choices))
    draw = trial.suggest_int if isinstance(part, ts.Int) else trial.suggest_float
    return draw(name, part.low, part.high, log=part.log)


PEERS: Mapping[str, Callable[[Part, Any, ts.SearchSpace, int], Found]] = {
    "RandomizedSearchCV": _random,
    "HalvingRandomSearchCV": _halving,
    "Optuna, WilcoxonPruner": _wilcoxon,
}


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Search until all cells are there or the time is up, then print what they say."""
    fill(results, CELLS[:1] if quick else CELLS, time.monotonic() + seconds)
    table(results)


def full_score(part: Part, model: BaseEstimator) -> float:
    """A setting's mean over all folds."""
    return float(cross_val_score(model, part.X, part.y, cv=part.folds, scoring=part.scoring).mean())


def measure(cell: Cell) -> dict[str, Any]:
    """One cell: each peer's end, and the way of tunesmith's search with racing and without."""
    part = Part.of(cell)
    family = FAMILIES[cell.family]
    model, space = family.make(part.task), family.space[part.task]
    found: dict[str, Any] = {"cell": list(cell)}
    for name, peer in PEERS.items():
        found[name] = peer(part, model, space, cell.seed)
    ways: Mapping[str, dict[str, Any]] = {
        "racing": {}, "folds alone": {"pruner": RacingPruner(foretold=False)}, "all folds": {"racing": False},
    }  # fmt: skip
    for name, way_of in ways.items():
        search = ts.TuneSearchCV(
            model, space, trials=TRIALS, cv=part.folds, scoring=part.scoring, refit=False, random_state=cell.seed,
            **way_of,
        )  # fmt: skip
        began = time.time()
        search.fit(part.X, part.y)
        way, fits = [], 0
        for trial in search.history_.finished():
            fits += len({point.fold for point in trial.points})
            if trial.values and (not way or trial.value > way[-1][0]):
                way.append((trial.value, fits, (trial.finished_at or 0.0) - began))
        scores = np.array([point.value for point in search.history_.best.points if point.kind == "validation"])
        found[name] = {"way": way, "fits": fits, "error": corrected_error(scores)}
    return found


def fill(path: Path, cells: list[Cell], until: float) -> None:
    """Measure what is missing, as long as there is time."""
    done = {tuple(line["cell"]) for line in read(path)}
    for cell in cells:
        if cell in done:
            continue
        if time.monotonic() > until:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = measure(cell)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """What was measured; a last line that was cut off is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def table(path: Path) -> None:
    """Print what was measured: cost of reaching each peer's end, as a share of what the peer paid."""
    lines = read(path)
    print(f"\n{len(lines)} of {len(CELLS)} live cells are filled, {TRIALS} trials each")
    if not lines:
        return
    print(
        f"{'TuneSearchCV, racing:':26} {'fits':>8} {'behind':>15} {'as good':>8}  than on all folds (standard errors)"
    )
    for name, words in (("racing", "folds and model"), ("folds alone", "folds alone")):
        share = np.mean([line[name]["fits"] / (TRIALS * 5) for line in lines])
        behind = np.array([_behind(line, name) for line in lines])
        error = f"± {behind.std(ddof=1) / np.sqrt(len(behind)):.2f}" if len(behind) > 1 else ""
        print(f"{words:26} {share:8.1%} {f'{behind.mean():+.2f} {error}':>15} {np.mean(behind <= 1e-9):8.0%}")
    print(f"{'to where this one ends:':26} {'reached':>8} {'fits, median':>13} {'seconds, median':>16}")
    for name in PEERS:
        _print_ratios(name, [_reached(line, line[name]) for line in lines])
    best = [_reached(line, max((line[name] for name in PEERS), key=lambda one: (one[0], -one[2]))) for line in lines]
    _print_ratios("the best of the three", best)


def _behind(line: dict[str, Any], name: str) -> float:
    """How far the best score is behind that of the same search on all folds, in the latter's standard errors."""
    best, full = line[name]["way"][-1][0], line["all folds"]["way"][-1][0]
    return float(full - best) / max(line["all folds"]["error"], 1e-12)


def _reached(line: dict[str, Any], peer: Found) -> tuple[float, float]:
    """Fits and seconds until the search was as good as a peer in the end, as shares of the peer's."""
    score, fits, seconds = peer
    for value, spent, took in line["racing"]["way"]:
        if value >= score - 1e-12:
            return spent / fits, took / seconds
    return np.inf, np.inf


def _print_ratios(name: str, ratios: list[tuple[float, float]]) -> None:
    fits, seconds = np.array(ratios).T
    print(f"{name:26} {np.isfinite(fits).mean():8.0%} {np.median(fits):13.2f} {np.median(seconds):16.2f}")
