"""Corrected scores against the truth: planted data, cheap models, the winner judged on 50,000 fresh rows."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tunesmith.numerics import row_scores
from tunesmith.numerics.optimism import Corrected, bootstrap, bootstrap_folds, tibshirani

ROWS, FRESH, COLUMNS, FOLDS, SETS = 400, 50_000, 10, 5, 200
CELLS = tuple(itertools.product(("noise", "signal"), ("accuracy", "auc", "log loss", "r2"), (False, True), (30, 300)))
_BETA = np.array([1, 0.7, 0.5, 0.3, 0, 0, 0, 0, 0, 0])
_PER_GROUP = 5

Array = Any
Setting = tuple[Array, float]


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    began = time.monotonic()
    done = {(*row["cell"], row["seed"]) for row in _read(results)}
    for seed in range(3 if quick else SETS):
        for cell in CELLS:
            if (*cell, seed) in done:
                continue
            if time.monotonic() - began > seconds:
                break
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"cell": cell, "seed": seed, **one(seed, *cell)}) + "\n")
    table(_read(results))


def one(seed: int, kind: str, metric: str, groups: bool, settings: int) -> dict[str, Any]:
    """One data set: the truth, the raw best, and each method's value and interval."""
    rng = np.random.default_rng(seed)
    X, y, unit = data(rng, ROWS, kind, metric, groups=groups)
    new, fresh_y, fresh_unit = data(np.random.default_rng(10**6 + seed), FRESH, kind, metric, groups=groups)
    fold = (rng.permutation(unit.max() + 1) % FOLDS)[unit]
    tried: list[Setting] = [
        (rng.random(COLUMNS) < rng.uniform(0.2, 1), float(10 ** rng.uniform(-2, 3))) for _ in range(settings)
    ]
    predicted = np.empty((ROWS, settings))
    for part, (at, setting) in itertools.product(range(FOLDS), enumerate(tried)):
        out = fold == part
        predicted[out, at] = fitted(X[~out], y[~out], setting)(X[out])
    by_fold = np.stack([_score(predicted[fold == part], y[fold == part], metric)[0] for part in range(FOLDS)])
    winner = int(by_fold.mean(axis=0).argmax())
    answers = fitted(X, y, tried[winner])(new)[:, np.newaxis]
    evidence = evidence_of(predicted, y, fold, metric)
    found: dict[str, Corrected] = {
        "BBC-CV": bootstrap(evidence, unit, rng),
        "BBC-F": bootstrap_folds(by_fold, rng),
        "Tibshirani": tibshirani(by_fold, winner),
    }
    return {
        "truth": float(_score(answers, fresh_y, metric)[0, 0]),
        "raw": float(by_fold[:, winner].mean()),
        "fresh_width": fresh_width(answers, fresh_y, fresh_unit, metric, rng),
        **{name: [one.value, one.low, one.high] for name, one in found.items()},
    }


def data(rng: np.random.Generator, rows: int, kind: str, metric: str, *, groups: bool) -> tuple[Array, Array, Array]:
    """Columns, target (numbers, or -1 and 1) and the group of each row; noise has nothing to be learnt."""
    if groups:
        unit = np.arange(rows) // _PER_GROUP
        shared = unit.max() + 1
        X = np.sqrt(0.5) * (rng.normal(size=(shared, COLUMNS))[unit] + rng.normal(size=(rows, COLUMNS)))
        own = 0.5 * rng.normal(size=shared)[unit]
    else:
        unit, own = np.arange(rows), np.zeros(rows)
        X = rng.normal(size=(rows, COLUMNS))
    signal = X @ _BETA + 0.5 * X[:, 0] * X[:, 1] if kind == "signal" else 0.0
    values = signal + own + rng.normal(size=rows)
    return X, values if metric == "r2" else np.sign(values), unit


def fitted(X: Array, y: Array, setting: Setting) -> Callable[[Array], Array]:
    """Ridge regression on some of the columns: cheap, and its settings matter."""
    columns, penalty = setting
    columns = columns if columns.any() else np.arange(COLUMNS) == 0
    chosen = X[:, columns]
    centre = chosen.mean(axis=0)
    moved = chosen - centre
    slope = np.linalg.solve(moved.T @ moved + penalty * np.eye(moved.shape[1]), moved.T @ (y - y.mean()))
    return lambda rows: (rows[:, columns] - centre) @ slope + y.mean()


def evidence_of(predicted: Array, y: Array, fold: Array, metric: str) -> row_scores.RowScores:
    """Predictions, ready to be scored."""
    positive = y > 0
    if metric == "accuracy":
        return row_scores.accuracy((predicted > 0) != positive[:, np.newaxis])
    if metric == "auc":
        return row_scores.Ranked(predicted, positive, fold)
    if metric == "log loss":
        probability = 1 / (1 + np.exp(-2.5 * predicted))
        return row_scores.log_loss(np.where(positive[:, np.newaxis], probability, 1 - probability))
    return row_scores.squared(y, predicted, "r2")


def fresh_width(answers: Array, y: Array, unit: Array, metric: str, rng: np.random.Generator) -> float:
    """The width of the interval that as many fresh rows would give: of scores of samples of that size."""
    scores = []
    for _ in range(100):
        if unit[1] == unit[0]:
            drawn = rng.integers(0, unit.max() + 1, ROWS // _PER_GROUP)
            rows = (drawn[:, np.newaxis] * _PER_GROUP + np.arange(_PER_GROUP)).ravel()
        else:
            rows = rng.integers(0, len(y), ROWS)
        scores.append(_score(answers[rows], y[rows], metric)[0, 0])
    return float(2 * 1.96 * np.std(scores, ddof=1))


def _score(predicted: Array, y: Array, metric: str) -> Array:
    return evidence_of(predicted, y, np.zeros(len(y), dtype=np.intp), metric).scores(np.ones((1, len(y))))


def table(rows: list[dict[str, Any]]) -> None:
    """Print, for each cell, what was measured."""
    cells: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        cells[tuple(row["cell"])].append(row)
    filled = sum(len(found) for found in cells.values())
    print(f"{filled} of {len(CELLS) * SETS} cells are filled ({ROWS} rows, {FOLDS} folds)\n")
    heads = "cell | data sets | raw - truth | method: mean error, mean distance, held the truth, width by fresh rows'"
    print(heads, "-" * len(heads), sep="\n")
    for cell, found in sorted(cells.items()):
        truth, raw = (np.array([row[name] for row in found]) for name in ("truth", "raw"))
        fresh = float(np.mean([row["fresh_width"] for row in found]))
        words = []
        for name in ("BBC-CV", "BBC-F", "Tibshirani"):
            value, low, high = np.array([row[name] for row in found]).T
            held = np.mean((low <= truth) & (truth <= high))
            error, distance = np.mean(value - truth), np.mean(np.abs(value - truth))
            words.append(f"{name} {error:+.3f} {distance:.3f} {held:.0%} {np.mean(high - low) / fresh:.2f}")
        kind, metric, groups, settings = cell
        named = f"{kind}, {metric}{', groups' if groups else ''}, {settings} settings"
        print(f"{named:40} | {len(found):3} | {np.mean(raw - truth):+.3f} | {' | '.join(words)}")


def _read(results: Path) -> list[dict[str, Any]]:
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
