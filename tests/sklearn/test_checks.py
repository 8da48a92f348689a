"""scikit-learn's own checks of estimators, over a classifier, a regressor, transformers and pipelines."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array
from sklearn.utils.estimator_checks import parametrize_with_checks

from tunesmith.sklearn import TuneSearchCV
from tunesmith.space import Float


class Total:
    """A scorer whose name is the same in every process: the tests are named after it."""

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float:
        return float(check_array(estimator.transform(X), accept_sparse=True).sum())

    def __repr__(self) -> str:
        return "total"


SMALL: dict[str, Any] = {"trials": 2, "cv": 2, "sampler": "random"}
SEARCHES = [
    TuneSearchCV(LogisticRegression(), {"C": Float(0.1, 10, log=True)}, **SMALL),
    TuneSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, trials=2, cv=2, random_state=0, error_score="raise"),
    TuneSearchCV(Ridge(), {"alpha": Float(0.1, 10, log=True)}, **SMALL),
    TuneSearchCV(PCA(), {"whiten": [True, False]}, scoring=Total(), **SMALL),
    TuneSearchCV(SelectKBest(k="all"), {"k": [1]}, scoring=Total(), **SMALL),
    TuneSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": Float(0.1, 10, log=True)}, **SMALL),
    TuneSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 2]}, **SMALL),
]


@pytest.mark.filterwarnings("ignore")  # the checks feed data that estimators rightly warn of
@parametrize_with_checks(SEARCHES)
def test_search_keeps_the_conventions(estimator: Any, check: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)
