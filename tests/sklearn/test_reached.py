from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from tunesmith import TuneSearchCV
from tunesmith.analysis.fitting import REACHED

RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 3))
RING = (np.hypot(X[:, 0], X[:, 1]) + RNG.normal(0, 0.2, 240) > 1.2).astype(int)
ARGS: dict[str, Any] = {"trials": None, "include_default": False, "return_train_score": True, "random_state": 0}


def test_a_line_cannot_learn_a_ring() -> None:
    search = TuneSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, **ARGS).fit(X, RING)
    found = search.fitting_report_
    assert found.answer == "under-fits"
    assert found.rival in {"a smooth model (kernel)", "a forest"}
    assert set(search.study_.history.attrs[REACHED]) == {"a linear model", "a smooth model (kernel)", "a forest"}


@pytest.mark.parametrize(("neighbours", "answer"), [([1, 2], "over-fits"), ([110, 130, 150], "under-fits")])
def test_the_number_of_neighbours_is_judged(neighbours: list[int], answer: str) -> None:
    target = np.sin(2 * X[:, 0]) + RNG.normal(0, 0.4, len(X))
    search = TuneSearchCV(KNeighborsRegressor(), {"n_neighbors": neighbours}, **ARGS).fit(X, target)
    assert search.fitting_report_.answer == answer


def test_several_metrics_are_judged_by_the_first() -> None:
    search = TuneSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [110, 150]}, scoring=["roc_auc", "accuracy"], refit="roc_auc", **ARGS
    ).fit(pd.DataFrame(X), RING)
    assert search.fitting_report_.metric.name == "roc_auc"
    assert search.fitting_report_.answer == "under-fits"


def test_rows_that_only_their_own_model_can_take_have_no_yardstick() -> None:
    texts = np.array(["good fine", "bad poor", "good nice", "bad worse"] * 10)
    model = make_pipeline(CountVectorizer(), LogisticRegression())
    search = TuneSearchCV(model, {"logisticregression__C": [0.1, 1.0]}, **ARGS).fit(texts, [0, 1, 0, 1] * 10)
    assert REACHED not in search.study_.history.attrs
    assert search.fitting_report_.rival == ""


def test_without_training_scores_there_is_no_report() -> None:
    search = TuneSearchCV(KNeighborsClassifier(), {"n_neighbors": [3, 5]}, trials=None).fit(X, RING)
    assert not hasattr(search, "fitting_report_")
