"""TuneSearchCV as a drop-in: the same scores as scikit-learn's searches, and every convention of theirs."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse, stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    PredefinedSplit,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tunesmith.errors import InvalidData, InvalidSpace, TunesmithWarning, UnknownName, UsageError
from tunesmith.sklearn import TuneSearchCV
from tunesmith.space import Categorical, Float, Int, SearchSpace
from tunesmith.study import Study
from tunesmith.trial import Metric, TrialState
from tunesmith.validation import ReshuffledValidation

X, Y = load_iris(return_X_y=True)
X = (X - 4.0) / 2.0  # near 0, as models like it, and yet not fitted to these rows
XR, YR = load_diabetes(return_X_y=True)
PIPE = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
SPACE = SearchSpace(C=Float(1e-2, 1e2, log=True), gamma=Float(1e-3, 10, log=True))


def rows(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Scores by params, whatever the order of the rows."""
    names = [name for name in results if "_test_" in name or "_train_" in name]
    keys = [" ".join(f"{name}={params[name]!s}" for name in sorted(params)) for params in results["params"]]
    return {key: {name: results[name][row] for name in names} for row, key in enumerate(keys)}


def scores_of(search: Any) -> list[float]:
    return list(search.cv_results_["mean_test_score"])


STEPS = [{"clf": [SVC(), DummyClassifier()], "scale": [None, MinMaxScaler()]}, {"clf__C": [2.0]}]
WEIGHTS = {"class_weight": [None, "balanced", {0: 1, 1: 2, 2: 1}]}
PRIORS = {"priors": [None, np.array([0.2, 0.3, 0.5]), [0.4, 0.3, 0.3]]}
TREES = {"max_depth": [None, 1, 2], "criterion": ("gini", "entropy")}
GRIDS: list[tuple[Any, Any, Any]] = [
    (SVC(), {"C": [0.1, 1, 10], "gamma": [0.01, 0.1]}, 5),
    (PIPE, {"clf__C": np.logspace(-1, 1, 3), "clf__kernel": ["rbf", "linear"], "scale__with_mean": [True]}, 3),
    (SVC(), [{"kernel": ["linear"], "C": [1, 10]}, {"kernel": ["rbf"], "C": [1, 5], "gamma": ["scale", 0.1]}], 4),
    (PIPE, STEPS, KFold(3, shuffle=True, random_state=1)),
    (LogisticRegression(), WEIGHTS, RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=3)),
    (GaussianNB(), PRIORS, PredefinedSplit(np.arange(150) % 3)),
    (DecisionTreeClassifier(random_state=0), TREES, ShuffleSplit(3, random_state=0)),
]  # fmt: skip


@pytest.mark.parametrize(("estimator", "grid", "cv"), GRIDS)
@pytest.mark.parametrize("sampler", ["grid", "auto"])
def test_a_grid_gives_exactly_the_scores_of_grid_search(estimator: Any, grid: Any, cv: Any, sampler: str) -> None:
    ours = TuneSearchCV(estimator, grid, cv=cv, sampler=sampler, include_default=False, return_train_score=True)
    ours.fit(X, Y)
    theirs = GridSearchCV(estimator, grid, cv=cv, return_train_score=True).fit(X, Y)
    assert rows(ours.cv_results_) == rows(theirs.cv_results_)
    assert set(theirs.cv_results_) < set(ours.cv_results_)
    for name, column in theirs.cv_results_.items():
        assert type(ours.cv_results_[name]) is type(column), name
        if name.startswith("param_"):
            assert sorted(map(str, ours.cv_results_[name].tolist())) == sorted(map(str, column.tolist()))
    assert ours.best_score_ == theirs.best_score_
    assert ours.n_splits_ == theirs.n_splits_
    assert np.array_equal(ours.classes_, theirs.classes_)
    assert ours.cv_results_["rank_test_score"][ours.best_index_] == 1


def test_trial_0_is_the_estimator_as_given() -> None:
    search = TuneSearchCV(SVC(C=3.0), {"C": [1, 3]}).fit(X, Y)
    first = search.history_.trials[0]
    assert first.attrs["as_given"] is True
    assert first.attrs["outside"] == []
    assert not first.outside
    assert search.cv_results_["params"] == [{"C": 3}, {"C": 1}]  # a point of the grid is not tried twice
    assert scores_of(search)[0] == cross_val_score(SVC(C=3.0), X, Y).mean()


def test_the_estimator_as_given_may_stand_outside_of_the_space() -> None:
    search = TuneSearchCV(SVC(), SPACE, trials=3, sampler="random", random_state=0).fit(X, Y)
    first = search.history_.trials[0]
    assert first.outside
    assert first.attrs["outside"] == ["gamma"]
    assert search.cv_results_["params"][0] == {"C": 1.0, "gamma": "scale"}
    assert scores_of(search)[0] == cross_val_score(SVC(), X, Y).mean()
    only = TuneSearchCV(SVC(), SPACE, trials=1, sampler="random", random_state=0).fit(X, Y)
    assert only.best_params_ == {"C": 1.0, "gamma": "scale"}
    assert only.best_estimator_.gamma == "scale"


def test_the_estimator_as_given_outside_of_several_dicts_and_of_objects() -> None:
    grids = [{"clf": [SVC()], "clf__C": [1, 10]}, {"clf": [GaussianNB()]}]
    given = Pipeline([("scale", None), ("clf", DummyClassifier())])
    search = TuneSearchCV(given, grids, cv=3).fit(X, Y)
    assert isinstance(search.cv_results_["params"][0]["clf"], DummyClassifier)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.9
    assert search.history_.trials[0].outside


def test_randomized_search_s_distributions_are_taken() -> None:
    space = {
        "C": stats.loguniform(1e-2, 1e2), "gamma": stats.expon(scale=0.1), "degree": stats.randint(2, 5),
        "coef0": stats.norm(0, 1), "tol": stats.uniform(1e-4, 1e-2), "kernel": ["rbf", "poly"],
    }  # fmt: skip
    search = TuneSearchCV(SVC(), space, trials=6, cv=2, sampler="random", random_state=0).fit(X, Y)
    theirs = RandomizedSearchCV(SVC(), space, n_iter=2, cv=2, random_state=0).fit(X, Y)
    assert set(theirs.cv_results_) < set(search.cv_results_)
    for params in search.cv_results_["params"][1:]:
        assert 1e-2 <= params["C"] <= 1e2
        assert params["degree"] in {2, 3, 4}
        assert 1e-4 <= params["tol"] <= 1e-2 + 1e-4


@pytest.mark.parametrize(
    "scoring", [["accuracy", "f1_macro"], {"acc": "accuracy", "f": make_scorer(f1_score, average="macro")}]
)
def test_several_metrics(scoring: Any) -> None:
    names = list(scoring)
    args: dict[str, Any] = {"scoring": scoring, "refit": names[1], "return_train_score": True, "cv": 3}
    ours = TuneSearchCV(SVC(), {"C": [0.01, 1, 10]}, include_default=False, **args).fit(X, Y)
    theirs = GridSearchCV(SVC(), {"C": [0.01, 1, 10]}, **args).fit(X, Y)
    assert rows(ours.cv_results_) == rows(theirs.cv_results_)
    assert ours.multimetric_ is True
    assert set(ours.scorer_) == set(names)
    assert ours.best_score_ == theirs.best_score_
    assert ours.score(X, Y) == theirs.score(X, Y)
    assert ours.study_.metric == Metric(names[1], "maximize")
    free = TuneSearchCV(SVC(), {"C": [0.01, 1]}, **{**args, "refit": False}).fit(X, Y)
    assert not hasattr(free, "best_params_")
    assert not hasattr(free, "predict")
    with pytest.raises(ValueError, match="refit"):
        TuneSearchCV(SVC(), {"C": [1]}, **{**args, "refit": True}).fit(X, Y)


def two_scores(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    found = estimator.predict(X)
    return {"acc": accuracy_score(y, found), "f": f1_score(y, found, average="macro")}


@pytest.mark.parametrize("refit", ["f", False, lambda results: int(np.argmin(results["mean_test_acc"]))])
def test_a_callable_that_gives_several_metrics(refit: Any) -> None:
    grid = {"C": [0.01, 1, 10]}
    ours = TuneSearchCV(SVC(), grid, scoring=two_scores, refit=refit, include_default=False, cv=3).fit(X, Y)
    theirs = GridSearchCV(SVC(), grid, scoring=two_scores, refit=refit, cv=3).fit(X, Y)
    assert rows(ours.cv_results_) == rows(theirs.cv_results_)
    assert ours.multimetric_ is True
    if refit is not False:
        assert (
            ours.cv_results_["mean_test_acc"][ours.best_index_]
            == theirs.cv_results_["mean_test_acc"][theirs.best_index_]
        )
    with pytest.raises(ValueError, match="refit"):
        TuneSearchCV(SVC(), grid, scoring=two_scores, cv=3).fit(X, Y)


def test_refit_false_and_callable() -> None:
    plain = TuneSearchCV(SVC(), {"C": [0.01, 1]}, refit=False, cv=3).fit(X, Y)
    assert plain.best_params_ == {"C": 1}
    with pytest.raises(AttributeError, match="predict"):
        plain.predict(X)
    worst = TuneSearchCV(SVC(), {"C": [0.01, 1]}, refit=lambda r: int(np.argmin(r["mean_test_score"])), cv=3).fit(X, Y)
    assert worst.best_params_ == {"C": 0.01}
    assert not hasattr(worst, "best_score_")
    assert worst.predict(X[:2]).shape == (2,)
    with pytest.raises(IndexError, match="out of range"):
        TuneSearchCV(SVC(), {"C": [1]}, refit=lambda r: 99, cv=3).fit(X, Y)


class Failing(ClassifierMixin, BaseEstimator):
    """Fails to fit, to score, or scores NaN, for some values of its parameter and some folds."""

    def __init__(self, mode: str = "ok") -> None:
        self.mode = mode

    def fit(self, X: Any, y: Any) -> Failing:
        self.classes_, self.odd_ = np.unique(y), int(X[0, 0] * 10) % 2
        if self.mode == "fit" or (self.mode == "sometimes" and len(y) == 99):
            raise OSError(f"cannot fit {len(y)} rows")
        return self

    def predict(self, X: Any) -> Any:
        if self.mode == "score":
            raise RuntimeError("cannot predict")
        return np.full(len(X), self.classes_[0])

    def score(self, X: Any, y: Any) -> Any:
        return np.nan if self.mode == "nan" else float(np.mean(self.predict(X) == y)) + len(X) / 1000


UNEVEN = [(np.arange(99), np.arange(99, 150)), (np.arange(50, 150), np.arange(50)), (np.arange(20, 140), np.arange(20))]


@pytest.mark.parametrize("error_score", [np.nan, 0.25])
@pytest.mark.parametrize("mode", ["fit", "sometimes", "score", "nan"])
def test_failures_score_as_in_grid_search(mode: str, error_score: float) -> None:
    grid = {"mode": ["ok", mode]}
    args: dict[str, Any] = {"cv": UNEVEN, "error_score": error_score, "return_train_score": True}
    with warnings.catch_warnings(record=True) as mine:
        warnings.simplefilter("always")
        ours = TuneSearchCV(Failing(), grid, include_default=False, **args).fit(X, Y)
    with warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        theirs = GridSearchCV(Failing(), grid, **args).fit(X, Y)
    for name, column in theirs.cv_results_.items():
        if "time" not in name and "params" not in name:
            assert np.array_equal(ours.cv_results_[name], column, equal_nan=True) if "param_" not in name else True, (
                name
            )
    failed = [str(w.message) for w in mine if w.category is FitFailedWarning]
    assert len(failed) == len([w for w in others if w.category is FitFailedWarning])
    assert bool(failed) == (mode in {"fit", "sometimes"})
    assert all("cannot fit" in text for text in failed)
    assert ours.best_params_ == theirs.best_params_
    complete = error_score == 0.25 and mode != "nan"
    assert ours.cv_results_["status"].tolist() == ["complete", "complete" if complete else "failed"]


def test_error_score_raise_raises_what_the_estimator_raised() -> None:
    with pytest.raises(OSError, match="cannot fit"):
        TuneSearchCV(Failing(), {"mode": ["ok", "fit"]}, error_score="raise").fit(X, Y)
    with pytest.raises(RuntimeError, match="cannot predict"):
        TuneSearchCV(Failing(), {"mode": ["score", "ok"]}, error_score="raise", include_default=False).fit(X, Y)


def test_a_search_without_any_score_says_why() -> None:
    with pytest.raises(ValueError, match=r"(?s)All the .*OSError: cannot fit") as caught:
        TuneSearchCV(Failing("fit"), {"mode": ["fit"]}, cv=3).fit(X, Y)
    assert isinstance(caught.value, UsageError)
    first_fail = TuneSearchCV(Failing(), {"mode": ["fit", "fit", "fit", "ok"]}, cv=3, include_default=False)
    with pytest.warns(FitFailedWarning):
        assert first_fail.fit(X, Y).best_params_ == {"mode": "ok"}  # the first failures do not stop a grid


def test_a_scorer_that_gives_no_number_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="scoring must return a number, got 1j"):
        TuneSearchCV(SVC(), {"C": [1, 2]}, scoring=lambda e, X, y: 1j).fit(X, Y)


@pytest.mark.parametrize(
    ("estimator", "space", "part"),
    [
        (SVC(), {"Cc": [1]}, "SVC has no parameter 'Cc'. Did you mean 'C'"),
        (SVC(), SearchSpace(gama=Float(0, 1)), "Did you mean 'gamma'"),
        (PIPE, {"clf__c": [1]}, "'clf__c'. Did you mean 'clf__C'"),
        (PIPE, {"C": [1]}, "no parameter 'C'"),
        (PIPE, {"clf": [GaussianNB()], "clf__nu": [1]}, "no parameter 'clf__nu'"),
        (PIPE, [{"clf__C": [1]}, {"kernel": ["rbf"]}], "no parameter 'kernel'"),
    ],
)
def test_a_parameter_that_the_estimator_lacks_is_refused_before_any_fit(estimator: Any, space: Any, part: str) -> None:
    with pytest.raises(UnknownName, match=part.replace("(", r"\(")):
        TuneSearchCV(estimator, space).fit(X, Y)


def test_a_parameter_of_an_estimator_among_the_choices_is_taken() -> None:
    tree = DecisionTreeClassifier(random_state=0)
    space = SearchSpace({"clf": Categorical(SVC(), tree), "clf__min_samples_leaf": Int(1, 9).when("clf", tree)})
    search = TuneSearchCV(PIPE, space, trials=6, sampler="random", random_state=1, cv=2).fit(X, Y)
    found = search.cv_results_["params"]
    assert [sorted(params) for params in found if "clf__min_samples_leaf" in params]
    assert not search.history_.trials[0].outside  # its own SVC() is the one among the choices
    assert search.cv_results_["status"].tolist() == ["complete"] * 6


@pytest.mark.parametrize(
    "space",
    [
        {"C": 1.0},
        {"C": "abc"},
        {"C": []},
        {"C": np.eye(2)},
        {"C": {1: 2}},
        [],
        "C",
        3,
        [3],
        {"C": type("D", (), {"rvs": print})()},
    ],
)
def test_what_is_no_space_is_refused(space: Any) -> None:
    with pytest.raises(InvalidSpace):
        TuneSearchCV(SVC(), space).fit(X, Y)


def test_a_pair_of_numbers_is_two_values_and_says_so() -> None:
    with pytest.warns(TunesmithWarning, match="two values"):
        search = TuneSearchCV(SVC(), {"C": (0.1, 10)}, include_default=False, cv=2).fit(X, Y)
    assert search.cv_results_["param_C"].tolist() == [0.1, 10]
    ranged = TuneSearchCV(SVC(), {"C": (0.1, 10, "log-uniform")}, trials=3, sampler="random", cv=2).fit(X, Y)
    assert 0.1 < ranged.cv_results_["param_C"][1] < 10


WRONG: list[dict[str, Any]] = [
    {"cv": 1}, {"cv": "kfolds"}, {"cv": 400}, {"n_jobs": 0}, {"trials": 0}, {"timeout": -1}, {"sampler": "tep"},
    {"executor": "proces:2"}, {"scoring": "acuracy"}, {"error_score": "x"}, {"random_state": -3}, {"refit": 3},
    {"verbose": -1}, {"pruner": "nope"}, {"study": "credit"},
]  # fmt: skip


@pytest.mark.parametrize("bad", WRONG, ids=str)
def test_wrong_arguments_are_refused_before_any_fit(bad: dict[str, Any]) -> None:
    search = TuneSearchCV(Failing("fit"), {"mode": ["fit"]}, **bad)  # which would say "cannot fit"
    with pytest.raises((ValueError, TypeError)) as caught:
        search.fit(X, Y)
    assert "cannot fit" not in str(caught.value)


def test_init_only_stores_and_clone_keeps() -> None:
    space = {"C": [1, 2]}
    search = TuneSearchCV(SVC(), space, trials=7, cv="holdout", random_state=3)
    assert search.get_params()["space"] is space
    twin = clone(search)
    assert twin.get_params()["trials"] == 7
    assert "TuneSearchCV" in search._repr_html_()
    assert twin.set_params(estimator__C=5.0, trials=2).estimator.C == 5.0
    twin.fit(X, Y)
    assert "TuneSearchCV" in twin._repr_html_()


def test_a_fitted_search_can_be_pickled_and_says_where_its_study_is() -> None:
    search = TuneSearchCV(SVC(), {"C": [1, 2]}, cv=3).fit(X, Y)
    assert isinstance(search.study_, Study)
    for twin in (pickle.loads(pickle.dumps(search)), copy.deepcopy(search)):
        assert np.array_equal(twin.predict(X), search.predict(X))
        assert rows(twin.cv_results_) == rows(search.cv_results_)
        assert twin.history_.best is not None
        assert twin.history_.best.params == search.study_.best.params
        with pytest.raises(AttributeError, match="history_"):
            _ = twin.study_
    with pytest.raises(AttributeError, match="not fitted"):
        _ = TuneSearchCV(SVC(), {"C": [1]}).study_


def test_random_state_repeats_a_search() -> None:
    def found(**given: Any) -> list[dict[str, Any]]:
        return list(
            TuneSearchCV(SVC(), SPACE, trials=6, cv=2, sampler="random", **given).fit(X, Y).cv_results_["params"]
        )

    assert found(random_state=1) == found(random_state=1) != found(random_state=2)
    assert found(random_state=np.random.RandomState(5)) == found(random_state=np.random.RandomState(5))
    assert found() != found()


def test_delegation_and_data_frames() -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    search = TuneSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 2]}, cv=3
    )
    search.fit(frame, pd.Series(Y))
    assert search.feature_names_in_.tolist() == list("abcd")
    assert search.n_features_in_ == 4
    assert search.predict_proba(frame).shape == (150, 3)
    assert search.decision_function(frame).shape == (150, 3)
    assert not hasattr(search, "transform")
    assert search.refit_time_ >= 0
    with pytest.raises(ValueError, match="feature names"):
        search.predict(frame.rename(columns={"a": "z"}))


def test_transformers_are_tuned_by_a_callable_and_obey_set_output() -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))

    def spread(estimator: Any, X: Any, y: Any = None) -> float:
        return float(np.var(np.asarray(estimator.transform(X))))

    search = TuneSearchCV(PCA(), {"n_components": [1, 2, 3]}, scoring=spread, cv=3).set_output(transform="pandas")
    found = search.fit_transform(frame)
    assert isinstance(found, pd.DataFrame)
    assert list(search.get_feature_names_out()) == list(found.columns)
    kbest = TuneSearchCV(SelectKBest(k=3), {"k": [1, 2]}, scoring=spread, cv=3).fit(X, Y)
    assert kbest.transform(X).shape[1] in {1, 2, 3}


def test_sparse_input() -> None:
    search = TuneSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=3).fit(sparse.coo_matrix(X), Y)
    assert search.predict(sparse.csr_matrix(X)).shape == (150,)


def test_regression_and_several_targets() -> None:
    search = TuneSearchCV(Ridge(), {"alpha": Float(1e-3, 1e3, log=True)}, trials=4, sampler="random", random_state=0)
    search.fit(XR, np.column_stack([YR, YR]))
    assert search.predict(XR).shape == (442, 2)
    theirs = cross_val_score(Ridge(), XR, YR)
    ours = TuneSearchCV(Ridge(), {"alpha": [1.0]}).fit(XR, YR)
    assert [ours.cv_results_[f"split{k}_test_score"][0] for k in range(5)] == theirs.tolist()


class Weighing(ClassifierMixin, BaseEstimator):
    """Remembers what it was given."""

    def __init__(self, level: float = 0.0) -> None:
        self.level = level

    def fit(self, X: Any, y: Any, sample_weight: Any = None, flag: str = "") -> Weighing:
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        self.seen_ = None if sample_weight is None else np.array(sample_weight)
        assert sample_weight is None or len(sample_weight) == len(X)
        self.flag_ = flag
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        assert self.flag_ == "on"
        return self.level + float(np.average(self.predict(X) == y, weights=sample_weight))


def test_sample_weights_and_other_fit_params_are_sliced_and_reach_the_scorer() -> None:
    weights = np.linspace(1, 2, 150)
    ours = TuneSearchCV(Weighing(), {"level": [0.0, 1.0]}, cv=3, include_default=False)
    ours.fit(X, Y, sample_weight=weights, flag="on")
    theirs = GridSearchCV(Weighing(), {"level": [0.0, 1.0]}, cv=3).fit(X, Y, sample_weight=weights, flag="on")
    assert rows(ours.cv_results_) == rows(theirs.cv_results_)
    assert np.array_equal(ours.best_estimator_.seen_, weights)


def test_metadata_routing() -> None:
    weights, groups = np.linspace(1, 2, 150), np.arange(150) // 10
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = Weighing().set_fit_request(sample_weight=True, flag=True).set_score_request(sample_weight=True)
        given = {"sample_weight": weights, "groups": groups, "flag": "on"}
        ours = TuneSearchCV(estimator, {"level": [0.0, 1.0]}, cv=GroupKFold(3), include_default=False).fit(
            X, Y, **given
        )
        theirs = GridSearchCV(estimator, {"level": [0.0, 1.0]}, cv=GroupKFold(3)).fit(X, Y, **given)
        assert rows(ours.cv_results_) == rows(theirs.cv_results_)
        by_name = TuneSearchCV(estimator, {"level": [0.0, 1.0]}, cv="group:3").fit(X, Y, **given)
        assert by_name.n_splits_ == 3
        assert ours.score(X, Y, sample_weight=weights) == theirs.score(X, Y, sample_weight=weights)
        with pytest.raises(TypeError, match="unexpected"):
            TuneSearchCV(estimator, {"level": [0.0]}, cv=3).fit(X, Y, colour=1)
        outer = cross_val_score(ours, X, Y, params=given, cv=2)
        assert outer.shape == (2,)


def test_groups_reach_the_splits() -> None:
    groups = np.arange(150) // 10
    search = TuneSearchCV(SVC(), {"C": [1]}, cv=GroupKFold(3)).fit(X, Y, groups=groups)
    theirs = cross_val_score(SVC(C=1), X, Y, cv=GroupKFold(3), groups=groups)
    assert [search.cv_results_[f"split{k}_test_score"][0] for k in range(3)] == theirs.tolist()
    assert TuneSearchCV(SVC(), {"C": [1]}, cv="group:3").fit(X, Y, groups=groups).n_splits_ == 3
    with pytest.raises(InvalidData, match="no groups"):
        TuneSearchCV(SVC(), {"C": [1]}, cv="group").fit(X, Y)
    with pytest.raises(InvalidData, match="torn apart"):
        TuneSearchCV(SVC(), {"C": [1]}, cv=3).fit(X, Y, groups=groups)
    assert TuneSearchCV(SVC(), {"C": [1]}, cv=3, allow=("torn_groups",)).fit(X, Y, groups=groups).n_splits_ == 3


def test_a_splitter_with_a_mutable_random_state_deals_the_same_folds_to_all_trials() -> None:
    cv = KFold(5, shuffle=True, random_state=np.random.RandomState(0))
    with pytest.warns(TunesmithWarning, match="other folds at each call"):
        search = TuneSearchCV(SVC(), {"C": [1, 1.0]}, cv=cv, include_default=False).fit(X, Y)
    scores = [search.cv_results_[f"split{k}_test_score"].tolist() for k in range(5)]
    assert all(first == second for first, second in scores)


@pytest.mark.parametrize(
    "cv", ["kfold:3", "stratified:3", "repeated:2x2", "time:3", "holdout:0.3", TimeSeriesSplit(3), UNEVEN, iter(UNEVEN)]
)
def test_schemes(cv: Any) -> None:
    shuffled = np.random.default_rng(0).permutation(150)
    search = TuneSearchCV(SVC(), {"C": [1, 2]}, cv=cv).fit(X[shuffled], Y[shuffled])
    assert search.n_splits_ == sum(
        name.startswith("split") and name.endswith("test_score") for name in search.cv_results_
    )
    assert {p.fold for p in search.history_.trials[0].points} == set(range(search.n_splits_))


def test_estimator_warnings_are_heard() -> None:
    with pytest.warns(sklearn.exceptions.ConvergenceWarning):
        TuneSearchCV(LogisticRegression(max_iter=1), {"C": [1.0]}, cv=2).fit(X, Y)


def test_verbose_tells_of_each_fold(capsys: pytest.CaptureFixture[str]) -> None:
    TuneSearchCV(SVC(), {"C": [1]}, cv=2, verbose=2, include_default=False).fit(X, Y)
    assert "[CV 2/2] END C=1; score=0." in capsys.readouterr().out
    TuneSearchCV(SVC(), {"C": [1]}, cv=2).fit(X, Y)
    silent = capsys.readouterr()
    assert silent.out == silent.err == ""


def test_extra_columns_and_points() -> None:
    search = TuneSearchCV(SVC(), {"C": [1, 2]}, cv=3).fit(X, Y)
    results = search.cv_results_
    assert results["trial_number"].tolist() == [0, 1]
    assert results["status"].tolist() == ["complete"] * 2
    assert results["resource"].tolist() == [3, 3]
    assert (results["duration"] > 0).all()
    assert (results["mean_fit_time"] > 0).all()
    assert search.study_.trials[0].state is TrialState.COMPLETE
    assert search.study_.best.value == search.best_score_
    pd.DataFrame(results)


def test_a_grid_larger_than_the_budget_says_so() -> None:
    with pytest.warns(TunesmithWarning, match="30 points and trials=2"):
        search = TuneSearchCV(SVC(), {"C": list(range(1, 31))}, trials=2, sampler="grid", cv=2).fit(X, Y)
    assert len(search.cv_results_["params"]) == 2
    whole = TuneSearchCV(SVC(), {"C": list(range(1, 8))}, trials=None, cv=2).fit(X, Y)
    assert len(whole.cv_results_["params"]) == 7


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = "import sys; sys.modules['sklearn'] = None\nimport tunesmith as ts\nts.TuneSearchCV"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "tunesmith[sklearn]"' in found.stderr


@pytest.mark.parametrize("space", [None, "auto"])
def test_a_known_estimator_needs_no_space(space: Any) -> None:
    search = TuneSearchCV(make_pipeline(StandardScaler(), SVC()), space, trials=3, sampler="random", cv=2).fit(X, Y)
    assert "svc__C" in search.cv_results_["params"][1]
    assert not search.history_.trials[0].outside
    with pytest.raises(UnknownName):
        TuneSearchCV(Failing()).fit(X, Y)


def test_a_reshuffled_search_deals_other_folds_for_each_trial_and_finds_them_again() -> None:
    cv = ReshuffledValidation("holdout:0.3", seed=4)
    search = TuneSearchCV(
        SVC(), {"C": Float(0.1, 10, log=True)}, trials=4, cv=cv, sampler="random", random_state=0, n_jobs=1
    ).fit(X, Y)
    for trial, tried in enumerate(search.cv_results_["param_C"]):
        [split] = cv.suited(classifier=True).splits_of(trial, X, Y)
        model = SVC() if trial == 0 else SVC(C=tried)
        expected = model.fit(X[split.train], Y[split.train]).score(X[split.test], Y[split.test])
        assert search.cv_results_["split0_test_score"][trial] == expected
