"""Ready-made spaces: what they hold, how they follow the data and the estimator, and what they refuse."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, LogisticRegressionCV, Ridge, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import tunesmith as ts
from tunesmith.errors import InvalidSpace, UnknownName
from tunesmith.sklearn.spaces import ESTIMATORS, class_of, explain, find, space_for
from tunesmith.space import Categorical, Float, Int, Ordinal

NAMES = [space.name for space in ESTIMATORS]
EQUAL = (50, 50)
"""Rows of two classes."""


def _bounds(space: ts.SearchSpace, name: str) -> tuple[float, float]:
    found = space[name]
    assert isinstance(found, Float | Int)
    return found.low, found.high


class TestTheTable:
    def test_it_knows_enough(self) -> None:
        by_package = {package: sum(s.package == package for s in ESTIMATORS) for package in ("sklearn", "xgboost")}
        assert by_package["sklearn"] >= 25
        assert {"XGBClassifier", "XGBRegressor", "LGBMClassifier", "CatBoostRegressor"} <= set(NAMES)
        assert len(set(NAMES)) == len(NAMES)

    @pytest.mark.parametrize("space", ESTIMATORS, ids=NAMES)
    def test_each_says_why_and_where_from(self, space: Any) -> None:
        assert any(letter.isdigit() for letter in space.source), "a year, or the section of a documentation"
        assert 1 <= len(space.entries) <= 10
        for entry in space.entries:
            assert entry.why.endswith(".")
            assert "\n" not in entry.why
            assert 10 < len(entry.why) <= 130
        assert len({entry.param for entry in space.entries}) == len(space.entries)

    def test_it_opens_without_scikit_learn(self) -> None:
        code = (
            "import sys; from tunesmith.sklearn.spaces import ESTIMATORS; print(len(ESTIMATORS));"
            "print({'sklearn', 'numpy', 'xgboost'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(len(ESTIMATORS)), "set()"]


class TestTheDataDecide:
    @pytest.mark.parametrize("name", ["KNeighborsClassifier", "KNNImputer", "KMeans", "LocalOutlierFactor"])
    def test_no_more_neighbours_than_half_of_the_rows(self, name: str) -> None:
        for n in (4, 10, 41, 5000):
            first = space_for(name, n=n).names[0]
            assert _bounds(space_for(name, n=n), first)[1] <= max(n // 2, 2)

    def test_leaves_grow_with_the_rows(self) -> None:
        highs = [_bounds(space_for(RandomForestClassifier, n=n), "min_samples_leaf")[1] for n in (50, 500, 50_000)]
        assert highs == [5, 25, 100]

    def test_the_strength_of_ridge_grows_with_the_rows(self) -> None:
        assert _bounds(space_for(Ridge, n=100_000), "alpha")[1] == 1e6

    def test_few_columns_have_few_shares(self) -> None:
        assert space_for(RandomForestClassifier, d=3)["max_features"].size == 3
        assert "max_features" not in space_for(RandomForestRegressor, d=1)

    def test_gamma_starts_at_one_over_the_columns(self) -> None:
        for d in (2, 10, 300):
            gamma = space_for(SVC, d=d)["gamma"]
            assert isinstance(gamma, Ordinal)
            place = gamma.choices.index("scale")
            assert gamma.choices[place - 1] < 1 / d <= gamma.choices[place + 1]

    def test_many_rows_spare_the_slow(self) -> None:
        assert _bounds(space_for(SVC, n=20_000), "C")[1] < _bounds(space_for(SVC, n=500), "C")[1]
        assert "solver" not in space_for(LogisticRegression, n=20_000)

    def test_words_are_only_pruned_where_there_are_texts_enough(self) -> None:
        assert "min_df" not in space_for("TfidfVectorizer")
        assert "min_df" not in space_for("TfidfVectorizer", n=100)
        assert _bounds(space_for("TfidfVectorizer", n=1000), "min_df") == (1, 10)

    @pytest.mark.parametrize("n", [0, -1, 2.5, True, "3"])
    def test_a_wrong_size_is_refused(self, n: Any) -> None:
        with pytest.raises(InvalidSpace, match="number of rows or columns"):
            space_for(SVC, n=n)


class TestTheEstimatorDecides:
    def test_its_own_values_are_the_defaults(self) -> None:
        space = space_for(SVC(C=10, kernel="poly", degree=2, class_weight="balanced"))
        own = {"C": 10.0, "kernel": "poly", "degree": 2, "coef0": 0.0, "class_weight": "balanced"}
        assert dict(space.defaults() or {}) == own

    def test_a_number_outside_widens_the_range(self) -> None:
        forest = RandomForestClassifier(min_samples_leaf=900, max_features=0.33)
        space = space_for(forest, n=1000, d=50)
        assert _bounds(space, "min_samples_leaf") == (1, 900)
        features = space["max_features"]
        assert isinstance(features, Ordinal)
        assert features.default == 0.33
        assert features.choices[features.choices.index(0.33) - 1] == 0.3

    def test_a_number_of_columns_stands_among_their_shares(self) -> None:
        features = space_for(RandomForestClassifier(max_features=5), d=50)["max_features"]
        assert isinstance(features, Ordinal)
        assert features.choices[:4] == (0.05, 5, "sqrt", 0.2)

    def test_a_number_of_rows_is_no_share_of_them(self) -> None:
        assert "max_features" not in space_for(BaggingClassifier(max_features=3))

    def test_a_number_that_the_scale_cannot_hold_leaves_the_range(self) -> None:
        assert space_for(Ridge(alpha=0), n=100) == space_for(Ridge, n=100)

    def test_what_is_no_number_is_the_users_decision(self) -> None:
        def kernel(a: Any, b: Any) -> Any:
            return a @ b.T

        for given in (kernel, "precomputed", "linear"):
            assert space_for(SVC(kernel=given, class_weight={0: 1, 1: 9})).names == ("C",)
        assert "weights" not in space_for(KNeighborsClassifier(weights=lambda distances: distances))
        assert "p" not in space_for(KNeighborsClassifier(metric="cosine"))
        with pytest.raises(InvalidSpace, match="no hyperparameter"):
            space_for(KMeans(init=np.zeros((8, 2))))

    def test_a_condition_on_what_is_not_searched(self) -> None:
        assert "max_samples" in space_for(RandomForestClassifier)
        assert "max_samples" not in space_for(RandomForestClassifier(bootstrap=False))
        assert "max_samples" not in space_for(ExtraTreesClassifier)
        assert "max_samples" in space_for(ExtraTreesClassifier(bootstrap=True))
        assert "learning_rate_init" not in space_for(MLPClassifier(solver="lbfgs"))

    def test_combinations_that_would_raise_are_not_offered(self) -> None:
        assert "loss" not in space_for(LinearSVC(penalty="l1"))
        assert space_for(LinearSVC(dual=True), classes=EQUAL).names == ("C", "loss")
        assert space_for(LinearSVC(dual=False), classes=EQUAL).names == ("C", "penalty")
        assert space_for(LogisticRegression(solver="liblinear"), classes=EQUAL).names == ("C",)
        assert space_for(LogisticRegression(solver="saga", l1_ratio=0.5)).names[0] == "C"

    def test_probabilities_are_kept(self) -> None:
        loss = space_for(SGDClassifier(loss="log_loss"))["loss"]
        assert isinstance(loss, Categorical)
        assert loss.choices == ("log_loss", "modified_huber")

    def test_an_own_shape_of_network_joins_the_others(self) -> None:
        layers = space_for(MLPClassifier(hidden_layer_sizes=[30, 30]))["hidden_layer_sizes"]
        assert layers.default == (30, 30)
        assert space_for(MLPClassifier(hidden_layer_sizes=77))["hidden_layer_sizes"].default == (77,)

    @pytest.mark.needs("catboost")
    def test_other_names_of_the_same(self) -> None:
        from catboost import CatBoostClassifier

        space = space_for(CatBoostClassifier(max_depth=4, n_estimators=200))
        assert "depth" not in space
        assert space["max_depth"].default == 4
        assert space["learning_rate"].default > space_for(CatBoostClassifier())["learning_rate"].default

    @pytest.mark.needs("lightgbm")
    def test_lightgbm_samples_rows_only_where_it_may(self) -> None:
        from lightgbm import LGBMClassifier

        assert "subsample" in space_for(LGBMClassifier())
        assert "subsample" not in space_for(LGBMClassifier(boosting_type="rf"))

    def test_the_kind_makes_the_difference(self) -> None:
        assert "criterion" in space_for("RandomForestClassifier")
        assert "criterion" not in space_for("RandomForestRegressor")
        assert "ccp_alpha" not in space_for("DecisionTreeRegressor")


class TestRareClasses:
    WEIGHED = sorted(space.name for space in ESTIMATORS if any(e.param == "class_weight" for e in space.entries))

    def test_all_that_can_weigh_classes_do(self) -> None:
        params = {name: class_of(name)().get_params() for name in NAMES if find(name).package == "sklearn"}
        # in outlier detection there are no classes
        assert {name for name, own in params.items() if "class_weight" in own} == {
            name for name in self.WEIGHED if find(name).package == "sklearn"
        }

    @pytest.mark.parametrize(
        ("classes", "offered"),
        [
            (None, True),
            ((80, 20), True),
            ((20, 80), True),
            ((75, 25), False),
            ((90, 90, 20), True),
            ((30,) * 10, False),
        ],
    )
    def test_weights_are_searched_where_a_class_is_rare(self, classes: Any, offered: bool) -> None:
        for name in ("SVC", "LogisticRegression", "RandomForestClassifier", "HistGradientBoostingClassifier"):
            assert ("class_weight" in space_for(name, classes=classes)) is offered
        assert "class_weight" not in space_for("HistGradientBoostingRegressor", classes=classes)

    def test_own_weights_are_left_alone(self) -> None:
        assert "class_weight" not in space_for(SVC(class_weight={0: 1, 1: 5}))
        weight = space_for(SVC(class_weight="balanced"))["class_weight"]
        assert isinstance(weight, Categorical)
        assert (weight.default, weight.choices) == ("balanced", (None, "balanced"))

    def test_they_reach_into_pipelines(self) -> None:
        assert "svc__class_weight" in space_for(make_pipeline(StandardScaler(), SVC()), classes=(90, 10))

    @pytest.mark.needs("xgboost")
    def test_xgboost_weighs_the_second_of_two(self) -> None:
        weight = space_for("XGBClassifier", classes=(160, 10))["scale_pos_weight"]
        assert isinstance(weight, Ordinal)
        assert (weight.choices, weight.default) == ((1.0, 4.0, 16.0), 1.0)
        frequent = space_for("XGBClassifier", classes=(10, 160))["scale_pos_weight"]
        assert isinstance(frequent, Ordinal)
        assert frequent.choices == (0.0625, 0.25, 1.0)
        for classes in (None, (60, 40), (90, 90, 5)):
            assert "scale_pos_weight" not in space_for("XGBClassifier", classes=classes)

    @pytest.mark.needs("lightgbm")
    def test_lightgbm_has_one_way_of_it(self) -> None:
        from lightgbm import LGBMClassifier

        assert "class_weight" in space_for(LGBMClassifier(), classes=(90, 10))
        for given in ({"is_unbalance": True}, {"scale_pos_weight": 3}):
            assert "class_weight" not in space_for(LGBMClassifier(**given), classes=(90, 10))

    @pytest.mark.needs("catboost")
    def test_catboost_has_one_way_of_it(self) -> None:
        from catboost import CatBoostClassifier

        assert "auto_class_weights" in space_for(CatBoostClassifier(), classes=(90, 10))
        assert "auto_class_weights" not in space_for(CatBoostClassifier(scale_pos_weight=3), classes=(90, 10))
        assert "auto_class_weights" not in space_for("CatBoostRegressor")

    @pytest.mark.parametrize("classes", [(5,), (), (-1, 5), (0, 0), (2.5, 3)])
    def test_what_counts_no_classes_is_refused(self, classes: Any) -> None:
        with pytest.raises(InvalidSpace, match="count the rows"):
            space_for(SVC, classes=classes)


class TestConditions:
    def test_children_follow_their_parents(self) -> None:
        space = space_for(SVC, classes=EQUAL)
        assert space.active({"kernel": "rbf", "gamma": "scale", "C": 1}) == {"kernel", "gamma", "C"}
        assert "gamma" not in space.active({"kernel": "poly", "C": 1, "degree": 2, "coef0": 0.5})

    def test_conditions_that_always_hold_are_not_shown(self) -> None:
        assert space_for(KMeans)["n_clusters"].conditions == ()

    def test_every_child_can_be_active(self) -> None:
        for name in ("SVC", "LinearSVC", "LogisticRegression", "SGDClassifier", "LinearDiscriminantAnalysis"):
            space = space_for(name, n=300, d=5)
            seen = {param for seed in range(200) for param in space.sample(random.Random(seed))}
            assert seen == set(space.names)


class TestNesting:
    def test_a_pipeline_joins_its_steps(self) -> None:
        space = space_for(make_pipeline(StandardScaler(), PCA(), SVC()), n=100, d=5)
        assert space.names[0] == "pca__n_components"
        assert [condition.parent for condition in space["svc__degree"].conditions] == ["svc__kernel"]
        assert space.check(space.defaults() or {})

    def test_columns_are_known_as_long_as_they_stay(self) -> None:
        assert space_for(Pipeline([("scale", StandardScaler()), ("k", SelectKBest())]), d=3)["k__k"].size == 3
        after = space_for(Pipeline([("pca", PCA()), ("k", SelectKBest())]), d=3)["k__k"]
        assert after.size is not None
        assert after.size > 3

    def test_a_prefix_goes_everywhere(self) -> None:
        space = space_for(SVC, prefix="svm.")
        assert all(name.startswith("svm.") for name in space.names)
        assert space["svm.gamma"].conditions[0].parent == "svm.kernel"

    def test_branches_of_a_column_transformer(self) -> None:
        numbers = make_pipeline(SimpleImputer(), PCA())
        words = make_pipeline(SimpleImputer(strategy="most_frequent"), FunctionTransformer())
        branches = ColumnTransformer([("num", numbers, [0, 1]), ("cat", words, [2]), ("rest", "passthrough", [3])])
        names = space_for(make_pipeline(branches, LogisticRegression())).names
        assert names[0] == "columntransformer__num__simpleimputer__strategy"
        assert not any("__cat__" in name or "__rest__" in name for name in names)

    @pytest.mark.parametrize(
        ("outer", "name"),
        [
            (CalibratedClassifierCV(GaussianNB()), "estimator__var_smoothing"),
            (CalibratedClassifierCV(GaussianNB()), "method"),
            (TransformedTargetRegressor(Ridge()), "regressor__alpha"),
            (OneVsRestClassifier(SVC()), "estimator__gamma"),
            (AdaBoostClassifier(DecisionTreeClassifier()), "estimator__max_depth"),
            (AdaBoostClassifier(), "estimator"),
            (VotingClassifier([("svm", SVC()), ("dummy", DummyClassifier())]), "svm__C"),
            (StackingClassifier([("svm", SVC())], final_estimator=LogisticRegression()), "final_estimator__C"),
            (FeatureUnion([("pca", PCA()), ("best", SelectKBest())]), "best__k"),
        ],
        ids=repr,
    )
    def test_whatever_holds_others(self, outer: Any, name: str) -> None:
        space = space_for(outer)
        assert name in space
        outer.set_params(**dict(space.sample(random.Random(0))))

    def test_an_unknown_transformer_is_passed_over_but_no_unknown_model(self) -> None:
        class Mine(TransformerMixin, BaseEstimator):  # type: ignore[misc]
            def predict(self, X: Any) -> Any:
                return X

        assert space_for(make_pipeline(Mine(), Ridge())).names == ("ridge__alpha",)
        assert space_for(make_pipeline(PCA(), StandardScaler())).names == ("pca__n_components", "pca__whiten")
        with pytest.raises(UnknownName, match="'Mine'"):
            space_for(make_pipeline(PCA(), Mine()))

    def test_a_subclass_is_what_it_derives_from(self) -> None:
        class Mine(TransformerMixin, KNeighborsClassifier):  # type: ignore[misc]
            pass

        assert space_for(Mine, n=50) == space_for(KNeighborsClassifier, n=50)


class TestRefusals:
    def test_a_near_name_is_offered(self) -> None:
        with pytest.raises(UnknownName, match="Did you mean 'RandomForestClassifier'"):
            space_for("RandomForrestClassifier")
        with pytest.raises(UnknownName, match="Did you mean 'LogisticRegression'"):
            space_for(LogisticRegressionCV())

    @pytest.mark.parametrize("thing", [3, None, object, "", {"C": 1}])
    def test_what_is_no_estimator(self, thing: Any) -> None:
        with pytest.raises(UnknownName, match="no ready-made space"):
            space_for(thing)

    def test_nothing_to_tune(self) -> None:
        with pytest.raises(InvalidSpace, match="LinearRegression has no hyperparameter"):
            space_for(LinearRegression())
        with pytest.raises(InvalidSpace, match=r"class Pipeline holds no estimator.*space_for\(Pipeline\(\.\.\.\)\)"):
            space_for(Pipeline)

    def test_names_are_found_in_any_case(self) -> None:
        assert space_for("svc") == space_for("SVC")


class TestUse:
    def test_objects_as_choices_survive_a_pickle(self) -> None:
        for name in ("GaussianProcessRegressor", "AdaBoostClassifier"):
            space = pickle.loads(pickle.dumps(space_for(name)))
            params = space.sample(random.Random(3))
            assert space.check(params) == params

    def test_explain_gives_the_same_rows(self) -> None:
        rows = explain(make_pipeline(PCA(), SVC()), n=100, d=5)
        assert [row.estimator for row in rows[:3]] == ["PCA", "PCA", "SVC"]
        assert ts.SearchSpace({row.name: row.distribution for row in rows}) == space_for(
            make_pipeline(PCA(), SVC()), n=100, d=5
        )

    def test_a_search_without_a_space_takes_it(self) -> None:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(60, 3))
        search = ts.TuneSearchCV(SVC(), trials=4, cv=2, random_state=0).fit(X, (X[:, 0] > 0).astype(int))
        assert search.cv_results_["params"][0] == {"gamma": "scale", "kernel": "rbf", "C": 1.0}

    @pytest.mark.parametrize(
        ("share", "scoring", "weighed"),
        [(0.1, "f1", True), (0.4, "f1", False), (0.1, None, False), (0.1, "accuracy", False), (0.1, ["f1"], True)],
    )
    def test_such_a_search_counts_the_classes(self, share: float, scoring: Any, weighed: bool) -> None:
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(60, 3)), np.arange(60) < 60 * share
        options = {"trials": 1, "cv": 2, "scoring": scoring, "refit": "f1" if isinstance(scoring, list) else True}
        search = ts.TuneSearchCV(SVC(), random_state=0, **options).fit(X, y)
        assert ("class_weight" in search.study_.space.names) is weighed
