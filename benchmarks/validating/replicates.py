"""Whether the last part of a budget is better spent on the few best settings once more, on other folds.

Real data sets are cut to a small training set and a large test set. Every setting of a pool is scored by 5-fold
cross-validation on three deals, and once on the test rows. Then both ways of spending a budget are played on the table,
on many random orders of the pool: all trials on the first deal, or the last ones given up for second (and third) deals
of the best few. Both choose by the mean of all that they know of a setting. What counts is the test score.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from benchmarks.validating.datasets import SETS
from tunesmith.numerics.paired import corrected_difference

POOL, DEALS, FOLDS, ROWS, SEEDS, ORDERS = 60, 3, 5, 150, 6, 400
BUDGET = 40
"""Trials of five fits each."""
WAYS = {
    "2 best once more": (2, 1),
    "4 best once more": (4, 1),
    "2 best twice more": (2, 2),
    "3 best twice more": (3, 2),
}
RACED = 0.45
"""With racing a trial takes this share of its fits in the mean, a replicate all of them."""


def families(task: str) -> dict[str, tuple[Any, Callable[[Any], dict[str, Any]]]]:
    """Models with a way to draw their settings."""
    two = task == "classification"
    tree, near = (DecisionTreeClassifier, KNeighborsClassifier) if two else (DecisionTreeRegressor, KNeighborsRegressor)
    machine = SVC(probability=False) if two else SVR()
    return {
        "tree": (
            tree(random_state=0),
            lambda rng: {
                "max_depth": int(rng.integers(1, 15)), "min_samples_leaf": int(rng.integers(1, 30)),
                "max_features": float(rng.uniform(0.2, 1)),
            },
        ),
        "neighbours": (
            make_pipeline(StandardScaler(), near()),
            lambda rng: {
                "kneighbors" + ("classifier" if two else "regressor") + "__" + name: value
                for name, value in {
                    "n_neighbors": int(rng.integers(1, 40)), "p": float(rng.uniform(1, 3)),
                    "weights": str(rng.choice(["uniform", "distance"])),
                }.items()
            },
        ),
        "support vectors": (
            make_pipeline(StandardScaler(), machine),
            lambda rng: {
                f"{type(machine).__name__.lower()}__C": float(10 ** rng.uniform(-2, 3)),
                f"{type(machine).__name__.lower()}__gamma": float(10 ** rng.uniform(-4, 1)),
            },
        ),
    }  # fmt: skip


@cache
def rows_of(name: str) -> tuple[Any, Any]:
    """A data set, read once."""
    return SETS[name].read()


def one(name: str, family: str, seed: int) -> dict[str, Any]:
    """The table of one data set, model and draw: scores by deal and fold, and on the test rows."""
    found = SETS[name]
    X, y = rows_of(name)
    rng = np.random.default_rng([seed, len(X)])
    order = rng.permutation(len(X))
    inner, outer = order[:ROWS], order[ROWS : ROWS + 3000]
    scoring = "accuracy" if found.task == "classification" else "neg_mean_absolute_error"  # every model has these
    model, draw = families(found.task)[family]
    folds = StratifiedKFold if found.task == "classification" else KFold
    deals = [folds(FOLDS, shuffle=True, random_state=[7, 8, 9][deal] + 10 * seed) for deal in range(DEALS)]
    scores, truth = [], []
    for _ in range(POOL):
        tried = clone(model).set_params(**draw(rng))
        scores.append([cross_val_score(tried, X[inner], y[inner], cv=deal, scoring=scoring).tolist() for deal in deals])
        truth.append(float(get_scorer(scoring)(tried.fit(X[inner], y[inner]), X[outer], y[outer])))
    return {"set": name, "family": family, "seed": seed, "scores": scores, "truth": truth}


def played(row: dict[str, Any], *, raced: bool) -> dict[str, float]:
    """The mean gain in the test score of each way over plain search, in standard errors of a score."""
    scores, truth = np.array(row["scores"]), np.array(row["truth"])
    means = scores.mean(axis=2)
    noise = float(np.median(scores[:, 0].std(axis=1, ddof=1))) * np.sqrt(1 / FOLDS + 1 / (FOLDS - 1))
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(ORDERS):
        order = rng.permutation(POOL)
        plain = order[:BUDGET][np.argmax(means[order[:BUDGET], 0])]
        for way, (few, more) in WAYS.items():
            given_up = int(np.ceil(few * more / (RACED if raced else 1.0)))
            tried = order[: BUDGET - given_up]
            best = tried[np.argsort(-means[tried, 0], kind="stable")[:few]]
            apart = corrected_difference(scores[best[0], 0] - scores[best[1], 0], 1 / (FOLDS - 1)).p < 0.05
            won = plain if apart else best[np.argmax(means[best, : 1 + more].mean(axis=1))]
            found[way].append(float(truth[won] - truth[plain]) / noise)
    return {way: float(np.mean(gains)) for way, gains in found.items()}


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    began = time.monotonic()
    rows = _read(results)
    done = {(row["set"], row["family"], row["seed"]) for row in rows}
    names = ["diabetes", "breast_cancer"] if quick else [name for name in SETS if name != "wine"]  # too few test rows
    cells = [(name, family, seed) for seed in range(SEEDS) for name in names for family in families("regression")]
    for cell in cells:
        if cell in done or time.monotonic() - began > seconds:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = one(*cell)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    table(_read(results), len(cells))


def table(rows: list[dict[str, Any]], cells: int) -> None:
    """Print the gain of each way with its interval, over tables."""
    print(f"{len(rows)} of {cells} cells are filled; gains in standard errors of a score, at equal fits\n")
    print(f"{'way':22}{'no racing':>12}{'95 %':>20}{'with racing':>14}{'95 %':>20}")
    plays = {raced: [played(row, raced=raced) for row in rows] for raced in (False, True)}
    for way in WAYS:
        told = ""
        for raced, wide in ((False, 12), (True, 14)):
            gains = np.array([one[way] for one in plays[raced]])
            half = 1.96 * gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
            told += f"{gains.mean():>+{wide}.3f}{f'{gains.mean() - half:+.3f} to {gains.mean() + half:+.3f}':>20}"
        print(f"{way:22}{told}")


def _read(results: Path) -> list[dict[str, Any]]:
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
