"""Eleven planted leaks on real tables, and the same tables as they are: what the guard finds, and what it makes up."""

from __future__ import annotations

import itertools
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import KFold

import tunesmith as ts
from tunesmith.validation import LEAKS

SEEDS = 20
Planted = tuple[Any, Any, dict[str, Any]]


def _hosts() -> dict[str, tuple[Any, Any, bool]]:
    loaded = {
        name: (*getattr(datasets, f"load_{name}")(return_X_y=True), True) for name in ("iris", "wine", "breast_cancer")
    }
    sugar = datasets.load_diabetes(return_X_y=True, scaled=False)
    return {**loaded, "diabetes": (*sugar, False), "diabetes, a yes or no": (sugar[0], (sugar[1] > 140) * 1, True)}


def _with(X: Any, column: Any) -> Any:
    return np.column_stack([X, column])


def _copies(X: Any, y: Any, rng: Any, jitter: float = 0.0) -> Planted:
    rows = rng.choice(len(X), len(X) // 10, replace=False)
    noise = jitter * X.std(axis=0) * rng.normal(size=(len(rows), X.shape[1]))
    return np.vstack([X, X[rows] + noise]), np.concatenate([y, y[rows]]), {}


def _encoded(X: Any, y: Any, rng: Any) -> Planted:
    code = rng.integers(0, 8, len(y))
    value = (y == y.max()).astype(float) if len(np.unique(y)) == 2 else y
    means = np.bincount(code, weights=value) / np.bincount(code)
    return _with(X, means[code]), y, {}


def _nearly(X: Any, y: Any, rng: Any) -> Planted:
    return _with(X, y + rng.uniform(-1, 1, len(y)) * np.ptp(y) / 500), y, {}


def _numbered(X: Any, y: Any, rng: Any) -> Planted:
    return _with(X, rng.permutation(len(X))), y, {}


PLANTS: dict[str, tuple[str, Callable[..., Planted]]] = {
    "rows on both sides": ("shared_rows", lambda X, y, _: (X, y, {"cv": [(np.arange(len(X)), np.arange(40))]})),
    "torn groups": ("torn_groups", lambda X, y, _: (X, y, {"groups": np.arange(len(X)) // 4})),
    "a generator that moves on": ("unstable_folds", lambda X, y, _: (X, y, {"cv": KFold(5, shuffle=True)})),
    "dates shuffled": ("time_order", lambda X, y, _: (_dated(X), y, {})),
    "a tenth copied": ("duplicate_rows", _copies),
    "a tenth copied with noise": ("near_duplicates", lambda X, y, rng: _copies(X, y, rng, 1e-4)),
    "the target renamed": ("target_copy", lambda X, y, _: (_with(X, 3 - 2 * y), y, {})),
    "the target's means": ("target_encoded", _encoded),
    "nearly the target": ("single_column", _nearly),
    "row numbers": ("id_column", _numbered),
    "scaled outside": ("fitted_outside", lambda X, y, _: ((X - X.mean(axis=0)) / X.std(axis=0), y, {})),
}  # fmt: skip
NEEDS_TWO_OR_NUMBERS = "the target's means"


def _dated(X: Any) -> Any:
    import pandas as pd  # noqa: PLC0415 - one plant needs it

    return pd.DataFrame(X, index=pd.date_range("2024-01-01", periods=len(X)))


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    began = time.monotonic()
    done = {(row["host"], row["plant"], row["seed"]) for row in _read(results)}
    hosts = _hosts()
    seeds = range(2 if quick else SEEDS)
    cells = [
        (host, plant, seed)
        for host, plant, seed in itertools.product(hosts, ("none", *PLANTS), seeds)
        if plant != NEEDS_TWO_OR_NUMBERS or not hosts[host][2] or len(np.unique(hosts[host][1])) == 2
    ]
    for host, plant, seed in cells:
        if (host, plant, seed) in done:
            continue
        if time.monotonic() - began > seconds:
            break
        row = {"host": host, "plant": plant, "seed": seed, "found": _found(hosts[host], plant, seed)}
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    table(_read(results), len(cells))


def _found(host: tuple[Any, Any, bool], plant: str, seed: int) -> list[str]:
    """The names of what the guard says of a subsample of a table, with or without a planted leak."""
    X, y, classes = host
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(X))[: int(0.9 * len(X))]
    X, y, how = (X[rows], y[rows], {}) if plant == "none" else PLANTS[plant][1](X[rows], y[rows], rng)
    model = DummyClassifier() if classes else DummyRegressor()
    cv = how.pop("cv", KFold(5, shuffle=True, random_state=seed))
    search = ts.TuneSearchCV(model, {"constant": [None]}, trials=1, cv=cv, allow=tuple(LEAKS), racing=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y, **how)
    return [leak.name for leak in search.leaks_.found]


def table(rows: list[dict[str, Any]], cells: int) -> None:
    """Print for each plant how often it was found, and what else was said."""
    print(f"{len(rows)} of {cells} cells are filled: subsamples of 90 % of {len(_hosts())} tables\n")
    print(f"{'planted':28}{'to be found':18}{'found':>12}   also said")
    for plant in ("none", *PLANTS):
        mine = [row for row in rows if row["plant"] == plant]
        wanted = PLANTS[plant][0] if plant in PLANTS else ""
        hits = sum(wanted in row["found"] for row in mine)
        also: dict[str, int] = {}
        for row in mine:
            for name in {*row["found"]} - {wanted}:
                also[name] = also.get(name, 0) + 1
        told = ", ".join(f"{name} {count}" for name, count in sorted(also.items())) or "nothing"
        print(f"{plant:28}{wanted or 'nothing':18}{f'{hits} of {len(mine)}' if wanted else '':>12}   {told}")


def _read(results: Path) -> list[dict[str, Any]]:
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
