"""One split of a data set, as every method gets it: two tables of numbers in a folder, and what is asked of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

TARGET = "target"
_TINY = float(np.finfo(float).eps)
Floats = npt.NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """What is asked: `scoring` is scikit-learn's name, larger is better; `classes` is 0 for numbers."""

    task: Literal["classification", "regression"]
    scoring: str
    classes: int
    seconds: float
    cores: int
    seed: int


@final
@dataclass(frozen=True)
class Split:
    """Training and test part of one split."""

    X: pd.DataFrame
    y: npt.NDArray[Any]
    X_test: pd.DataFrame
    y_test: npt.NDArray[Any]
    facts: Facts

    def write(self, folder: Path) -> None:
        """Keep it for another process; the test part without its target."""
        self.X.assign(**{TARGET: self.y}).to_csv(folder / "train.csv", index=False)
        self.X_test.to_csv(folder / "test.csv", index=False)
        (folder / "facts.json").write_text(json.dumps(asdict(self.facts)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What was written; nobody can see the test part's target here."""
        train = pd.read_csv(folder / "train.csv")
        facts = Facts(**json.loads((folder / "facts.json").read_text(encoding="utf-8")))
        test = pd.read_csv(folder / "test.csv")
        return cls(train.drop(columns=TARGET), train[TARGET].to_numpy(), test, np.empty(0), facts)


def score(scoring: str, y: npt.NDArray[Any], answers: Floats) -> float:
    """The score of answers: one probability a class, or one number a row; larger is better."""
    if scoring == "roc_auc":
        positive = y == 1
        count = int(positive.sum())
        above = float(stats.rankdata(answers[:, 1])[positive].sum()) - count * (count + 1) / 2
        return above / (count * (len(y) - count))
    if scoring == "neg_log_loss":
        shares = answers / answers.sum(axis=1, keepdims=True)
        return float(np.log(np.clip(shares[np.arange(len(y)), y], _TINY, 1)).mean())
    if scoring == "accuracy":
        return float(np.mean(answers.argmax(axis=1) == y))
    if scoring == "r2":
        return float(1 - np.mean((y - answers) ** 2) / np.var(y))
    if scoring == "neg_root_mean_squared_error":
        return -float(np.sqrt(np.mean((y - answers) ** 2)))
    if scoring == "neg_mean_absolute_error":
        return -float(np.mean(np.abs(y - answers)))
    raise ValueError(f"no way to score {scoring!r}")


def standard_error(scoring: str, y: npt.NDArray[Any], answers: Floats, resamples: int = 200) -> float:
    """Of a score on the test part: the spread over resampled rows."""
    rng = np.random.default_rng(0)
    found = []
    while len(found) < resamples:
        rows = rng.integers(0, len(y), len(y))
        if scoring == "roc_auc" and len(np.unique(y[rows])) < 2:
            continue
        found.append(score(scoring, y[rows], answers[rows]))
    return float(np.std(found, ddof=1))
