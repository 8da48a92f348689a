"""Whether the verdict on a model's fit is right: winners forced to under-fit, to over-fit or neither by narrow spaces.

The truth is looked up, not meant: every setting of a wide range is fitted to fresh training sets and scored on 4,000
fresh rows. A winner that loses at least 1.5 standard errors of its validation score against the best setting is planted
as "under-fits" (the best is more flexible) or "over-fits" (stiffer); one that loses at most half of one is "balanced".
Those between are nobody's case, and are counted.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from scipy import stats
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tunesmith import TuneSearchCV

FRESH, TRAININGS, FOLDS = 4_000, 3, 5
CLEAR, NONE = 1.5, 0.5
"""A loss against the best setting, in standard errors of the winner's validation score: planted from, none up to."""
SEEDS, PROMISE = 20, 0.9
WINDOW = 4
"""So many neighbouring settings are a narrow space: the stiffest, the most flexible, and some with the best inside."""


def waves(rng: Any, rows: int) -> tuple[Any, Any]:
    """Two classes on both sides of a wave, beside four columns of nothing."""
    X = rng.normal(size=(rows, 6))
    return X, (X[:, 1] + np.sin(2 * X[:, 0]) + rng.normal(0, 0.6, rows) > 0).astype(int)


def rings(rng: Any, rows: int) -> tuple[Any, Any]:
    """One class around the other."""
    X = rng.normal(size=(rows, 3))
    return X, (np.hypot(X[:, 0], X[:, 1]) + rng.normal(0, 0.3, rows) > 1.2).astype(int)


def many_columns(rng: Any, rows: int) -> tuple[Any, Any]:
    """A target that depends a little on each of 60 columns."""
    X = rng.normal(size=(rows, 60))
    return X, X @ np.linspace(0.3, -0.3, 60) + rng.normal(0, 1.5, rows)


def many_columns_two(rng: Any, rows: int) -> tuple[Any, Any]:
    """The same in two classes."""
    X, y = many_columns(rng, rows)
    return X, (y > 0).astype(int)


def sine(rng: Any, rows: int) -> tuple[Any, Any]:
    """A sine of one column."""
    X = rng.uniform(-1, 1, size=(rows, 1))
    return X, np.sin(4 * X[:, 0]) + rng.normal(0, 0.5, rows)


def surface(rng: Any, rows: int) -> tuple[Any, Any]:
    """Friedman's first surface: five columns that count, three that do not."""
    X = rng.uniform(size=(rows, 8))
    curved = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    return X, curved + 10 * X[:, 3] + 5 * X[:, 4] + rng.normal(0, 2.0, rows)


@final
@dataclass(frozen=True)
class Family:
    """A model with a range of settings, from the stiffest to the most flexible, and data for it."""

    model: Any
    name: str
    settings: Sequence[Any]
    data: Callable[[Any, int], tuple[Any, Any]]
    rows: int
    scoring: str


def powers(low: float, high: float, count: int = 13) -> list[float]:
    """Evenly spread on a logarithmic scale."""
    return [float(value) for value in np.logspace(low, high, count)]


NEIGHBOURS = (150, 120, 90, 70, 50, 35, 25, 15, 9, 5, 3, 2, 1)
FAMILIES = {
    "tree, depth": Family(
        DecisionTreeClassifier(random_state=0), "max_depth", [*range(1, 13)], waves, 300, "accuracy"
    ),
    "tree, rows a leaf": Family(
        DecisionTreeRegressor(random_state=0), "min_samples_leaf", [120, 80, 60, 40, 25, 16, 10, 6, 4, 3, 2, 1],
        surface, 300, "r2",
    ),
    "neighbours, classes": Family(
        KNeighborsClassifier(), "n_neighbors", NEIGHBOURS, rings, 300, "roc_auc"
    ),
    "neighbours, numbers": Family(
        KNeighborsRegressor(), "n_neighbors", NEIGHBOURS, sine, 300, "neg_root_mean_squared_error"
    ),
    "support vectors, gamma": Family(SVC(), "gamma", powers(-4, 2), waves, 300, "accuracy"),
    "support vectors, C": Family(SVC(gamma=1.0), "C", powers(-3, 4), rings, 300, "accuracy"),
    "ridge, alpha": Family(Ridge(), "alpha", powers(-3, 5)[::-1], many_columns, 90, "r2"),
    "logistic, C": Family(LogisticRegression(max_iter=500), "C", powers(-5, 4), many_columns_two, 150, "neg_log_loss"),
    "polynomial, degree": Family(
        make_pipeline(PolynomialFeatures(include_bias=False), StandardScaler(), LinearRegression()),
        "polynomialfeatures__degree", [*range(1, 25, 2)], sine, 60, "neg_root_mean_squared_error",
    ),
    "boosting, rounds": Family(
        GradientBoostingRegressor(max_depth=4, learning_rate=0.2, random_state=0),
        "n_estimators", [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 130, 200], surface, 150, "r2",
    ),
    "kernel ridge, gamma": Family(KernelRidge(kernel="rbf", alpha=0.1), "gamma", powers(-4, 3), surface, 200, "r2"),
    "network, units": Family(
        make_pipeline(StandardScaler(), MLPRegressor(solver="lbfgs", alpha=1e-4, max_iter=150, random_state=0)),
        "mlpregressor__hidden_layer_sizes", [1, 2, 3, 4, 6, 9, 14, 20, 30, 50], surface, 150, "r2",
    ),
}  # fmt: skip


def true_scores(family: Family, seed: int) -> list[float]:
    """What each setting is worth: fitted to fresh training sets, scored on fresh rows, in the mean."""
    rng = np.random.default_rng([seed, 1])
    fresh, scorer = family.data(rng, FRESH), get_scorer(family.scoring)
    sets = [family.data(rng, family.rows) for _ in range(TRAININGS)]
    found = []
    for setting in family.settings:
        model = clone(family.model).set_params(**{family.name: setting})
        found.append(float(np.mean([scorer(clone(model).fit(*drawn), *fresh) for drawn in sets])))
    return found


def one(name: str, seed: int, worth: Sequence[float]) -> list[dict[str, Any]]:
    """The searches of one data set: in the stiffest settings, in the most flexible, and around the best."""
    family = FAMILIES[name]
    X, y = family.data(np.random.default_rng([seed, 0]), family.rows)
    best, last = int(np.argmax(worth)), len(worth) - WINDOW
    rows = []
    for window, start in (("stiff", 0), ("flexible", last), ("around", min(last, max(0, best - 1 - seed % 2)))):
        tried = list(family.settings[start : start + WINDOW])
        search = TuneSearchCV(
            family.model, {family.name: tried}, trials=None, cv=FOLDS, scoring=family.scoring, include_default=False,
            return_train_score=True, racing=False, refit=False, random_state=0,
        ).fit(X, y)  # fmt: skip
        report = search.fitting_report_
        won = start + tried.index(search.best_params_[family.name])
        rows.append(
            {
                "family": name, "seed": seed, "window": window, "won": won, "best": best, "answer": report.answer,
                "loss": (max(worth) - worth[won]) / report.noise, "words": report.words,
                "movers": [mover.name for mover in report.movers],
            }
        )  # fmt: skip
    return rows


def truth(row: dict[str, Any]) -> str:
    """What the winner really does; empty where it is neither clear nor none."""
    if row["loss"] <= NONE:
        return "balanced"
    if row["loss"] < CLEAR:
        return ""
    return "under-fits" if row["won"] < row["best"] else "over-fits"


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    began = time.monotonic()
    done = {(row["family"], row["seed"]) for row in _read(results)}
    seeds = 2 if quick else SEEDS
    for seed in range(seeds):
        for name, family in FAMILIES.items():
            if (name, seed) in done:
                continue
            if time.monotonic() - began > seconds:
                break
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # models at their limits complain
                rows = one(name, seed, true_scores(family, seed))
            with results.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
    table(_read(results), 3 * seeds * len(FAMILIES))


def table(rows: list[dict[str, Any]], cells: int) -> None:
    """Print how often each planted case was named right; the promise stands unless an exact test at 1 % rejects it."""
    clear = [row for row in rows if truth(row)]
    print(f"{len(rows)} of {cells} cells are filled; {len(clear)} of them are clear cases\n")
    answers = ("under-fits", "over-fits", "balanced", "cannot be told")
    print(f"{'truth':14}{'cases':>7}{'right':>8}   " + "".join(f"{answer:>16}" for answer in answers))
    for kind in ("under-fits", "over-fits", "balanced", "all"):
        mine = [row for row in clear if kind in {truth(row), "all"}]
        if not mine:
            continue
        right = sum(row["answer"] == truth(row) for row in mine)
        stands = stats.binomtest(right, len(mine), PROMISE, alternative="less").pvalue > 0.01
        counts = "".join(f"{sum(row['answer'] == answer for row in mine):>16}" for answer in answers)
        print(f"{kind:14}{len(mine):>7}{right / len(mine):>8.0%}   {counts}   {'stands' if stands else 'BROKEN'}")
    print(f"\n{'family':26}{'cases':>7}{'right':>8}")
    for name in FAMILIES:
        mine = [row for row in clear if row["family"] == name]
        if mine:
            print(f"{name:26}{len(mine):>7}{np.mean([row['answer'] == truth(row) for row in mine]):>8.0%}")


def _read(results: Path) -> list[dict[str, Any]]:
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
