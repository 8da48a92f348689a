"""The methods that meet: each is given a split and seconds, and says what it claims and what it answers.

Run as a module it is the child process of one cell: `python -m benchmarks.contending.methods METHOD FOLDER`. It needs
numpy, pandas and scikit-learn, and what the method itself needs: peers may live in an environment of their own.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, final

import numpy as np
from scipy import stats
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import RandomizedSearchCV, cross_val_score

from benchmarks.contending.data import TARGET, Floats, Split

FOLDS = 5
RESERVE = 0.15
"""The share of their seconds that our own methods keep for what comes after the search: fitting and judging."""

SPACE: Mapping[str, tuple[str, float, float, bool]] = {
    "learning_rate": ("float", 0.01, 0.5, True),
    "max_iter": ("int", 30, 300, True),
    "max_leaf_nodes": ("int", 4, 64, True),
    "min_samples_leaf": ("int", 2, 60, True),
    "l2_regularization": ("float", 1e-4, 30.0, True),
    "max_features": ("float", 0.2, 1.0, False),
}
"""What the searches over one estimator tune of gradient boosting: kind, from, to, whether on a log scale."""


@final
@dataclass(frozen=True, slots=True)
class Claim:
    """The score that a method says it has (larger is better), with its interval where it gives one."""

    score: float
    low: float = math.nan
    high: float = math.nan
    tried: int = 0


Answer: TypeAlias = tuple[Claim, Any]
"""A claim, and a fitted model."""


def boosting(split: Split) -> Any:
    """Gradient boosting as it comes."""
    regression = split.facts.task == "regression"
    return (HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier)(random_state=0)


def default(split: Split, _: Path) -> Answer:
    """Gradient boosting as it comes, and its cross-validation score."""
    model = boosting(split)
    scores = cross_val_score(model, split.X, split.y, cv=FOLDS, scoring=split.facts.scoring)
    return Claim(float(scores.mean()), tried=1), model.fit(split.X, split.y)


def tune(split: Split, folder: Path) -> Answer:
    """`tunesmith tune` with its own portfolio of algorithms; a tenth of the rows is its own test set."""
    tabular = importlib.import_module("tunesmith.tabular")
    facts = split.facts
    request = tabular.Request(
        data=str(folder / "train.csv"), target=TARGET, task=facts.task, metric=facts.scoring, test_size=0.1,
        seed=facts.seed,
    )  # fmt: skip
    prepared = tabular.prepare(request)
    executor = f"process:{facts.cores}" if facts.cores > 1 else "serial"
    search = tabular.Search(
        trials=None, timeout=(1 - RESERVE) * facts.seconds, executor=executor, storage=str(folder / "study.db"),
        progress=False,
    )  # fmt: skip
    tuned = tabular.judge(prepared, tabular.search_for(prepared, search))
    return _claimed(tuned.believed, len(tuned.study.trials)), tuned.models["tuned"]


def tune_search(split: Split, _: Path) -> Answer:
    """`TuneSearchCV` over gradient boosting."""
    ts = importlib.import_module("tunesmith")
    kinds = {"float": ts.Float, "int": ts.Int}
    space = {name: kinds[kind](low, high, log=log) for name, (kind, low, high, log) in SPACE.items()}
    facts = split.facts
    search = ts.TuneSearchCV(
        boosting(split), space, trials=None, timeout=(1 - RESERVE) * facts.seconds, scoring=facts.scoring,
        cv=FOLDS, n_jobs=facts.cores, random_state=facts.seed,
    )  # fmt: skip
    search.fit(split.X, split.y)
    return _claimed(search.score_report_, len(search.history_.trials)), search.best_estimator_


def _claimed(report: Any, tried: int) -> Claim:
    bounds = sorted((report.low, report.high)) if report.greater_is_better else sorted((-report.high, -report.low))
    sign = 1 if report.greater_is_better else -1
    return Claim(sign * report.corrected, *bounds, tried)


def random_search(split: Split, _: Path) -> Answer:
    """`RandomizedSearchCV`, which knows no seconds: as many settings as the default's time says fit in."""
    facts, began = split.facts, time.perf_counter()
    cross_val_score(boosting(split), split.X, split.y, cv=FOLDS, scoring=facts.scoring)
    cost = time.perf_counter() - began
    count = max(1, int(facts.cores * (facts.seconds - cost) / cost))
    drawn = {name: _scipy(*part) for name, part in SPACE.items()}
    search = RandomizedSearchCV(
        boosting(split), drawn, n_iter=count, scoring=facts.scoring, cv=FOLDS, n_jobs=facts.cores,
        random_state=facts.seed,
    )  # fmt: skip
    search.fit(split.X, split.y)
    return Claim(float(search.best_score_), tried=count), search.best_estimator_


@final
class _LogInt:
    """A whole number, uniform on a log scale."""

    def __init__(self, low: float, high: float) -> None:
        self.within = stats.loguniform(low - 0.5, high + 0.5)

    def rvs(self, random_state: Any = None) -> int:
        """Draw one."""
        return round(float(self.within.rvs(random_state=random_state)))


def _scipy(kind: str, low: float, high: float, log: bool) -> Any:
    if kind == "int":
        return _LogInt(low, high)
    return stats.loguniform(low, high) if log else stats.uniform(low, high - low)


def optuna_search(split: Split, _: Path) -> Answer:
    """Optuna's `OptunaSearchCV` over gradient boosting."""
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = {"float": optuna.distributions.FloatDistribution, "int": optuna.distributions.IntDistribution}
    space = {
        name: kinds[kind](*((int(low), int(high)) if kind == "int" else (low, high)), log=log)
        for name, (kind, low, high, log) in SPACE.items()
    }
    facts = split.facts
    search = importlib.import_module("optuna_integration").OptunaSearchCV(
        clone(boosting(split)), space, cv=FOLDS, n_trials=None, timeout=facts.seconds, scoring=facts.scoring,
        n_jobs=facts.cores, random_state=facts.seed,
    )  # fmt: skip
    search.fit(split.X, split.y)
    return Claim(float(search.best_score_), tried=len(search.trials_)), search.best_estimator_


_SHORT = {
    "neg_log_loss": ("log_loss", "log_loss"),
    "neg_root_mean_squared_error": ("rmse", "root_mean_squared_error"),
    "neg_mean_absolute_error": ("mae", "mean_absolute_error"),
}
"""How FLAML and AutoGluon call a metric, where it is not the same."""


def flaml(split: Split, _: Path) -> Answer:
    """FLAML with its own list of estimators."""
    facts = split.facts
    metric = _SHORT.get(facts.scoring, (facts.scoring, ""))[0]
    search = importlib.import_module("flaml").AutoML()
    search.fit(
        split.X, split.y, task=facts.task, metric=metric, time_budget=facts.seconds, n_jobs=facts.cores,
        seed=facts.seed, verbose=0, log_file_name="",
    )  # fmt: skip
    loss = float(search.best_loss)
    return Claim(-loss if facts.scoring.startswith("neg_") else 1 - loss), search


def autogluon(split: Split, folder: Path) -> Answer:
    """AutoGluon's `TabularPredictor` as it comes."""
    facts = split.facts
    metric = _SHORT.get(facts.scoring, ("", facts.scoring))[1]
    kind = "regression" if facts.task == "regression" else "binary" if facts.classes == 2 else "multiclass"
    made = importlib.import_module("autogluon.tabular").TabularPredictor(
        label=TARGET, eval_metric=metric, problem_type=kind, path=str(folder / "autogluon"), verbosity=0
    )
    made.fit(split.X.assign(**{TARGET: split.y}), time_limit=facts.seconds, num_cpus=facts.cores)
    board = made.leaderboard()
    best = board[board["model"] == made.model_best]
    return Claim(float(best["score_val"].iloc[0]), tried=len(board)), made


METHODS: Mapping[str, Callable[[Split, Path], Answer]] = {
    "default": default, "tune": tune, "TuneSearchCV": tune_search, "RandomizedSearchCV": random_search,
    "OptunaSearchCV": optuna_search, "FLAML": flaml, "AutoGluon": autogluon,
}  # fmt: skip
NEEDS = {"OptunaSearchCV": "optuna_integration", "FLAML": "flaml", "AutoGluon": "autogluon.tabular"}
"""The package that a peer needs."""
OURS = ("default", "tune", "TuneSearchCV", "RandomizedSearchCV")
"""Methods that run where tunesmith is."""


def answers_of(model: Any, split: Split) -> Floats:
    """A fitted model's answers to the test part: probabilities, or numbers."""
    if split.facts.task == "regression":
        return np.asarray(model.predict(split.X_test), float)
    return np.asarray(model.predict_proba(split.X_test), float)


def main(method: str, folder: Path) -> None:
    """Let one method work on the split in a folder, and keep what it claims and answers there."""
    warnings.simplefilter("ignore")
    split = Split.read(folder)
    began = time.perf_counter()
    claim, model = METHODS[method](split, folder)
    seconds = time.perf_counter() - began
    np.save(folder / "answers.npy", answers_of(model, split))
    found = {"claim": claim.score, "low": claim.low, "high": claim.high, "tried": claim.tried, "seconds": seconds}
    (folder / "claim.json").write_text(json.dumps(found), encoding="utf-8")


def keep_to(cores: int) -> None:
    """Let this process and its children use so many cores, where the system can say so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


if __name__ == "__main__":
    keep_to(Split.read(Path(sys.argv[2])).facts.cores)
    main(sys.argv[1], Path(sys.argv[2]))
