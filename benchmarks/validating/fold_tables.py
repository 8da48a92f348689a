"""Fold scores of many settings, computed once: races are then replayed on them as often as one likes.

A table is one data set, one model family and one seed. The seed splits the rows into a training and a test part, deals
the folds of the training part and draws the settings; setting 0 is the family's defaults. Every setting is scored on
every fold, and on the test part by a model of all training rows. What is done is kept as JSON lines.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Self, final

import numpy as np
from sklearn import ensemble
from sklearn.base import clone
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tunesmith as ts
from benchmarks.validating.datasets import LARGE, SETS, Floats, Task

SETTINGS = 60
FOLDS = 5
TEST_SHARE = 0.25
SEEDS, SEEDS_OF_LARGE = 20, 5
FAMILIES_OF_SET = {"digits": ("neighbours", "forest", "linear")}
"""Where they are not the first three: with ten classes boosting grows ten trees a step."""


@final
@dataclass(frozen=True, slots=True)
class Family:
    """A model family: its estimator for each task, and what is tuned of it."""

    make: Callable[[Task], Any]
    space: Mapping[Task, ts.SearchSpace]


def _tuned(**parameters: Any) -> Mapping[Task, ts.SearchSpace]:
    space = ts.SearchSpace(parameters)
    return {"classification": space, "regression": space}


def _linear(task: Task) -> Any:
    if task == "regression":
        return make_pipeline(StandardScaler(), ElasticNet(max_iter=2000))
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))


def _neighbours(task: Task) -> Any:
    return make_pipeline(StandardScaler(), KNeighborsRegressor() if task == "regression" else KNeighborsClassifier())


def _forest(task: Task) -> Any:
    kind = ensemble.ExtraTreesRegressor if task == "regression" else ensemble.ExtraTreesClassifier
    return kind(n_estimators=30, random_state=0)


def _boosting(task: Task) -> Any:
    regression = task == "regression"
    kind = ensemble.HistGradientBoostingRegressor if regression else ensemble.HistGradientBoostingClassifier
    return kind(max_iter=60, early_stopping=False, random_state=0)


FAMILIES: Mapping[str, Family] = {
    "neighbours": Family(
        _neighbours,
        {
            "classification": ts.SearchSpace({
                "kneighborsclassifier__n_neighbors": ts.Int(1, 60, log=True),
                "kneighborsclassifier__weights": ts.Categorical("uniform", "distance"),
                "kneighborsclassifier__p": ts.Float(1, 4),
            }),
            "regression": ts.SearchSpace({
                "kneighborsregressor__n_neighbors": ts.Int(1, 60, log=True),
                "kneighborsregressor__weights": ts.Categorical("uniform", "distance"),
                "kneighborsregressor__p": ts.Float(1, 4),
            }),
        },
    ),
    "forest": Family(
        _forest,
        _tuned(
            max_features=ts.Float(0.1, 1), min_samples_leaf=ts.Int(1, 30, log=True), max_depth=ts.Int(2, 30, log=True),
            bootstrap=ts.Categorical(False, True),
        ),
    ),
    "boosting": Family(
        _boosting,
        _tuned(
            learning_rate=ts.Float(0.01, 1, log=True), max_leaf_nodes=ts.Int(2, 48, log=True),
            min_samples_leaf=ts.Int(2, 60, log=True), l2_regularization=ts.Float(1e-4, 30, log=True),
            max_features=ts.Float(0.2, 1),
        ),
    ),
    "linear": Family(
        _linear,
        {
            "classification": ts.SearchSpace(logisticregression__C=ts.Float(1e-4, 1e3, log=True)),
            "regression": ts.SearchSpace(
                elasticnet__alpha=ts.Float(1e-4, 10, log=True), elasticnet__l1_ratio=ts.Float(0, 1)
            ),
        },
    ),
}  # fmt: skip


@final
class Cell(NamedTuple):
    """Which table: data set, family, seed."""

    name: str
    family: str
    seed: int


def cells(seeds: int = SEEDS) -> list[Cell]:
    """All tables, those of the first seeds first; three families a set."""
    return [
        Cell(name, family, seed)
        for seed in range(seeds)
        for name in SETS
        if name not in LARGE or seed < SEEDS_OF_LARGE
        for family in FAMILIES_OF_SET.get(name, tuple(FAMILIES)[:3])
    ]


@final
@dataclass(frozen=True)
class Part:
    """The rows of a cell: training and test part, and the folds of the training part."""

    X: Floats
    y: Any
    X_test: Floats
    y_test: Any
    folds: list[tuple[Any, Any]]
    task: Task
    scoring: str

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """Split and deal by the cell's seed."""
        data = SETS[cell.name]
        X, y = data.read()
        classes = y if data.task == "classification" else None
        X, X_test, y, y_test = train_test_split(X, y, test_size=TEST_SHARE, random_state=cell.seed, stratify=classes)
        kind = KFold if classes is None else StratifiedKFold
        folds = list(kind(FOLDS, shuffle=True, random_state=cell.seed).split(X, y))
        return cls(X, y, X_test, y_test, folds, data.task, data.scoring)


def settings_of(cell: Cell, task: Task, count: int = SETTINGS) -> list[dict[str, Any]]:
    """The settings of a cell; the first one is empty, for the defaults."""
    rng = Random(f"{cell.name} {cell.family} {cell.seed}")  # noqa: S311 - no secret
    space = FAMILIES[cell.family].space[task]
    return [{}, *(dict(space.sample(rng)) for _ in range(count - 1))]


@final
@dataclass(frozen=True)
class FoldTable:
    """One cell's scores, larger is better: `folds` settings x folds, `test` and `seconds` (a fold) one a setting."""

    cell: Cell
    folds: Floats
    test: Floats
    seconds: Floats
    n_train: int
    n_test: int

    @classmethod
    def load(cls, line: str) -> Self:
        """From a line of JSON."""
        kept = json.loads(line)
        arrays = (np.array(kept[key]) for key in ("folds", "test", "seconds"))
        return cls(Cell(*kept["cell"]), *arrays, kept["n_train"], kept["n_test"])


def compute(cell: Cell) -> str:
    """Fit and score everything that a cell has; the line to keep."""
    part = Part.of(cell)
    scorer = get_scorer(part.scoring)
    folds, test, seconds = [], [], []
    base = FAMILIES[cell.family].make(part.task)
    for params in settings_of(cell, part.task):
        model = clone(base).set_params(**params)
        began = time.process_time()
        row = []
        for train, held in part.folds:
            fitted = clone(model).fit(part.X[train], part.y[train])
            row.append(float(scorer(fitted, part.X[held], part.y[held])))
        seconds.append(round((time.process_time() - began) / len(part.folds), 5))
        folds.append(row)
        test.append(float(scorer(model.fit(part.X, part.y), part.X_test, part.y_test)))
    sizes = {"n_train": len(part.y), "n_test": len(part.y_test)}
    return json.dumps({"cell": list(cell), "folds": folds, "test": test, "seconds": seconds, **sizes})


def fill(path: Path, wanted: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Compute what is missing; after each cell, how many are there and how many are wanted."""
    done = {table.cell for table in read(path)}
    left = [cell for cell in wanted if cell not in done]
    path.parent.mkdir(parents=True, exist_ok=True)
    for number, cell in enumerate(left, start=len(wanted) - len(left) + 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a setting at the edge of its range says of itself
            line = compute(cell)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        yield number, len(wanted)


def read(path: Path) -> list[FoldTable]:
    """The tables that are there; a last line that was cut off is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [FoldTable.load(line) for line in lines if line.endswith("\n")]
