"""Early stopping inside a fold: an inner part of the training rows is watched, never the rows that score."""

from __future__ import annotations

import pickle
import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import tunesmith as ts
from tunesmith.errors import InvalidData, TunesmithWarning, UsageError
from tunesmith.sklearn.aside import Aside
from tunesmith.sklearn.early_stopping import INNER, EarlyStopping, Stopping, as_early_stopping, without_rounds
from tunesmith.sklearn.spaces import space_for
from tunesmith.validation import from_cv

X, Y = (part[:150] for part in load_breast_cancer(return_X_y=True))
X = X[:, :6]
ROWS = np.c_[np.arange(150.0), X]
XR, YR = (part[:150] for part in load_diabetes(return_X_y=True))
SPACE = {"learning_rate": [0.1, 0.3]}
BOOST = GradientBoostingClassifier(max_depth=2, random_state=0)
FEW = EarlyStopping(patience=3, most=25)


def searched(model: Any = BOOST, space: Any = None, **options: Any) -> ts.TuneSearchCV:
    given = {"trials": 2, "cv": 3, "random_state": 0, "racing": False, "early_stopping": FEW, "error_score": "raise"}
    given["allow"] = "id_column"  # the numbers of the rows, for spies
    return ts.TuneSearchCV(model, SPACE if space is None else space, **{**given, **options})


class Spied(ClassifierMixin, BaseEstimator):
    """Remembers the first column of what it is fitted to, watches and predicts: the numbers of the rows."""

    fits: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, rounds: int = 10, depth: int = 1) -> None:
        self.rounds = rounds
        self.depth = depth

    def fit(self, X: Any, y: Any, watched: Any = None, sample_weight: Any = None) -> Spied:
        X = np.asarray(X)
        self.classes_ = np.unique(y)
        self.told_ = {"fitted": X[:, 0], "watched": watched, "weight": sample_weight, "rounds": self.rounds}
        Spied.fits.append(self.told_)
        self.best_ = 4 + len(Spied.fits) % 3
        return self

    def predict(self, X: Any) -> Any:
        self.told_.setdefault("scored", set()).update(np.asarray(X)[:, 0].tolist())
        return np.full(len(X), self.classes_[0])


def watch(model: Any, X_val: Any, y_val: Any) -> dict[str, Any]:
    return {"watched": np.asarray(X_val)[:, 0]}


SPYING = EarlyStopping(fit_params=watch, rounds_of=lambda model: model.best_, rounds_param="rounds")


@pytest.mark.parametrize("cv", [3, "group:3", "time:3", "shuffled"])
def test_rows_that_score_a_fold_reach_no_fit_and_the_inner_split_is_of_the_same_kind(cv: Any) -> None:
    groups = np.repeat(np.arange(30), 5)
    given = sklearn.model_selection.KFold(3, shuffle=True, random_state=0) if cv == "shuffled" else cv
    Spied.fits = []
    search = searched(Spied(), {"depth": [1, 2]}, cv=given, early_stopping=SPYING, refit=False)
    search.fit(ROWS, Y, groups=groups if cv == "group:3" else None)
    assert len(Spied.fits) == 6 + 3 * (len(search.cv_results_["params"]) - 2)
    dealt = from_cv(given, Y, classifier=True).splits(ROWS, Y, groups if cv == "group:3" else None)
    for number, seen in enumerate(Spied.fits):
        fitted, watched, split = set(seen["fitted"]), set(seen["watched"]), dealt[number % 3]
        assert fitted
        assert watched
        assert not fitted & watched
        assert fitted | watched == set(split.train.tolist())
        assert not (fitted | watched) & seen["scored"]
        if cv == "group:3":
            assert not set(groups[seen["fitted"].astype(int)]) & set(groups[seen["watched"].astype(int)])
        elif cv == "time:3":
            assert max(fitted) < min(watched)
        else:
            assert abs(Y[sorted(map(int, watched))].mean() - Y[split.train].mean()) < 0.05


def test_the_refit_sees_all_rows_for_the_median_of_the_winners_rounds_grown_with_the_root_of_the_rows() -> None:
    Spied.fits = []
    search = searched(Spied(), {"depth": [1, 2]}, early_stopping=SPYING).fit(ROWS, Y)
    last = Spied.fits[-1]
    row = search.best_index_
    rounds = [search.cv_results_[f"split{fold}_rounds"][row] for fold in range(3)]
    wanted = round(np.median(rounds) * np.sqrt(150 / (100 * 0.8)))
    assert last["watched"] is None
    assert set(last["fitted"]) == set(range(150))
    assert last["rounds"] == wanted == search.best_params_["rounds"]
    assert search.cv_results_["mean_rounds"][row] == pytest.approx(np.mean(rounds))


def test_the_best_params_give_the_same_model_again() -> None:
    search = searched().fit(X, Y)
    assert set(search.best_params_) == {"learning_rate", "n_estimators"}
    again = clone(BOOST).set_params(**search.best_params_).fit(X, Y)
    assert (again.predict_proba(X) == search.predict_proba(X)).all()
    assert search.best_estimator_.n_estimators_ == search.best_params_["n_estimators"]


def test_a_fold_is_scored_by_the_model_at_its_best_round() -> None:
    search = searched(trials=1).fit(X, Y)
    split = from_cv(3, Y, classifier=True).splits(X, Y)[0]
    inner = Stopping(FEW, Aside(0.2, in_time=False, classifier=True)).split(X, Y, split.train, {})
    rounds = int(search.cv_results_["split0_rounds"][0])
    model = clone(BOOST).set_params(n_estimators=rounds).fit(X[inner.train], Y[inner.train])
    assert search.cv_results_["split0_test_score"][0] == model.score(X[split.test], Y[split.test])
    longer = clone(BOOST).set_params(n_estimators=25).fit(X[inner.train], Y[inner.train])
    curve = [sklearn.metrics.log_loss(Y[inner.test], sure) for sure in longer.staged_predict_proba(X[inner.test])]
    assert rounds == np.argmin(curve) + 1 or rounds <= 25 - 3


def test_searches_repeat_and_a_worker_process_gives_the_same() -> None:
    one, two = (searched(n_jobs=jobs).fit(X, Y) for jobs in (1, 2))
    assert one.best_params_ == two.best_params_
    for name in (name for name in one.cv_results_ if "_rounds" in name or "test_score" in name):
        assert (one.cv_results_[name] == two.cv_results_[name]).all(), name
    assert pickle.loads(pickle.dumps(one)).best_params_ == one.best_params_


class Counting(TransformerMixin, BaseEstimator):
    fitted: ClassVar[list[set[float]]] = []

    def fit(self, X: Any, y: Any = None) -> Counting:
        Counting.fitted.append(set(X[:, 0].tolist()))
        self.mean_ = X.mean()
        return self

    def transform(self, X: Any) -> Any:
        return X + 1000.0


def test_preparation_is_fitted_on_the_inner_part_alone_and_prepares_what_is_watched() -> None:
    Counting.fitted, Spied.fits = [], []
    model = Pipeline([("first", Counting()), ("none", "passthrough"), ("then", make_pipeline(Counting(), Spied()))])
    searched(model, {"then__spied__depth": [1, 2]}, early_stopping=SPYING).fit(ROWS, Y)
    for number, seen in enumerate(Spied.fits[:-1]):
        assert Counting.fitted[2 * number] == set(seen["fitted"] - 2000.0)
        assert Counting.fitted[2 * number + 1] == set(seen["fitted"] - 1000.0)
        assert seen["watched"].min() >= 2000.0
        assert not set(seen["watched"]) & set(seen["fitted"])


def test_weights_are_split_along_whatever_a_pipeline_calls_them() -> None:
    weight = np.arange(150.0) + 1

    def told(model: Any, X_val: Any, y_val: Any) -> dict[str, Any]:
        return {"watched": np.asarray(X_val)[:, 0]}

    model = Pipeline([("scale", Counting()), ("model", Spied())])
    early = EarlyStopping(fit_params=told, rounds_of=lambda _: 5, rounds_param="rounds")
    Spied.fits = []
    searched(model, {"model__depth": [1]}, early_stopping=early).fit(ROWS, Y, model__sample_weight=weight)
    for seen in Spied.fits:
        assert (seen["weight"] == seen["fitted"] - 1000 + 1).all()


def test_watched_weights_reach_the_rule_under_metadata_routing() -> None:
    weight = np.where(np.arange(150) % 2, 1.0, 1e-9)
    plain = searched(make_pipeline(StandardScaler(), BOOST), {"gradientboostingclassifier__learning_rate": [0.3]})
    plain.fit(X, Y, gradientboostingclassifier__sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        asked = clone(BOOST).set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        routed = searched(make_pipeline(scaler, asked), {"gradientboostingclassifier__learning_rate": [0.3]})
        routed.fit(X, Y, sample_weight=weight)
    unweighted = searched(make_pipeline(StandardScaler(), BOOST), {"gradientboostingclassifier__learning_rate": [0.3]})
    unweighted.fit(X, Y)
    names = [f"split{fold}_rounds" for fold in range(3)]
    assert [routed.cv_results_[n].tolist() for n in names] == [plain.cv_results_[n].tolist() for n in names]
    assert [routed.cv_results_[n].tolist() for n in names] != [unweighted.cv_results_[n].tolist() for n in names]


@pytest.mark.needs("lightgbm")
def test_frames_with_categories_go_through_lightgbm_and_its_number_of_trees_is_fixed_high() -> None:
    from lightgbm import LGBMClassifier

    frame = pd.DataFrame(X).rename(columns=str).assign(kind=pd.Categorical(np.where(X[:, 0] > 14, "a", "b")))
    model = LGBMClassifier(n_jobs=1, verbosity=-1, learning_rate=0.02)
    search = ts.TuneSearchCV(model, trials=2, cv=3, random_state=0, early_stopping=20, racing=False).fit(frame, Y)
    assert "n_estimators" not in search.study_.space.names
    assert search.cv_results_["mean_rounds"][0] > 100  # its default would have ended there
    assert search.best_params_["n_estimators"] > 0


@pytest.mark.needs("xgboost")
def test_a_ranker_keeps_its_queries_whole() -> None:
    from xgboost import XGBRanker

    queries = np.repeat(np.arange(15), 10)
    frame = pd.DataFrame(ROWS).rename(columns=str).assign(qid=queries)
    model = XGBRanker(n_jobs=1, eval_metric="ndcg")
    search = searched(model, SPACE, cv="group:3", early_stopping=FEW)
    search.fit(frame, Y, groups=queries)
    assert search.cv_results_["mean_rounds"].max() <= 25


def test_racing_and_nested_cross_validation_stop_as_well() -> None:
    search = searched(space={"learning_rate": ts.Float(0.01, 0.5)}, trials=4, cv=4, racing=True).fit(X, Y)
    assert search.racing_ == ""
    assert "n_estimators" in search.best_params_
    found = ts.nested_cv(searched(), X, Y, cv=3)
    assert all("n_estimators" in params for params in found.params)


def test_a_study_is_not_resumed_with_other_stopping() -> None:
    first = searched(storage="study.db", name="boost").fit(X, Y)
    assert searched(storage="study.db", name="boost").fit(X, Y).best_params_ == first.best_params_
    other = EarlyStopping(patience=4, most=25)
    with pytest.raises(InvalidData, match="another estimator"):
        searched(storage="study.db", name="boost", early_stopping=other).fit(X, Y)


def test_without_a_way_to_read_the_rounds_the_refit_watches_an_inner_part_of_all_rows() -> None:
    Spied.fits = []
    search = searched(Spied(), {"depth": [1, 2]}, early_stopping=EarlyStopping(fit_params=watch)).fit(ROWS, Y)
    last = Spied.fits[-1]
    assert set(last["fitted"]) | set(last["watched"]) == set(range(150))
    assert len(last["watched"]) == 30
    assert search.best_params_ == {"depth": search.best_params_["depth"]}
    assert "mean_rounds" not in search.cv_results_


def test_the_word_or_a_function_in_place_of_an_eval_set_means_each_folds_inner_rows() -> None:
    search = searched(Spied(), {"depth": [1]}, early_stopping=None)
    Spied.fits = []
    search.fit(ROWS, Y, eval_set=watch)
    assert all(len(seen["watched"]) for seen in Spied.fits)
    worded = searched(early_stopping=None, trials=1).fit(X, Y, eval_set=INNER)
    assert "n_estimators" in worded.best_params_
    with pytest.raises(UsageError, match="eval_set is 'outer'"):
        searched(early_stopping=None).fit(X, Y, eval_set="outer")
    with pytest.raises(UsageError, match='eval_set="inner"'):
        searched().fit(X, Y, eval_set=[(X[:9], Y[:9])])


def test_an_estimator_that_cannot_stop_is_refused_with_all_that_can() -> None:
    for model in (RandomForestClassifier(), make_pipeline(StandardScaler(), LogisticRegression())):
        with pytest.raises(UsageError, match=r"HistGradientBoostingClassifier, .*fit_params"):
            searched(model, {}, early_stopping=5).fit(X, Y)


def test_a_step_that_is_searched_may_hold_one_that_stops_and_one_that_does_not() -> None:
    model = Pipeline([("model", LogisticRegression(max_iter=5000))])
    search = searched(model, {"model": [LogisticRegression(max_iter=5000), BOOST]}, trials=None, include_default=False)
    search.fit(X, Y)
    assert np.isnan(search.cv_results_["mean_rounds"]).sum() == 1


def test_a_searched_number_of_rounds_is_the_most_and_is_advised_against() -> None:
    with (
        pytest.warns(TunesmithWarning, match="Leave n_estimators out of the space"),
        pytest.warns(TunesmithWarning, match="fitted for 4 rounds, the most. Raise n_estimators"),
    ):
        search = searched(space={"n_estimators": [4]}, trials=None, include_default=False).fit(X, Y)
    assert search.cv_results_["mean_rounds"][0] <= 4


def test_a_winner_that_did_not_stop_is_told_of() -> None:
    slow = EarlyStopping(patience=3, most=5)
    with pytest.warns(TunesmithWarning, match=r"fitted for 5 rounds, the most. Raise EarlyStopping\(most"):
        searched(space={"learning_rate": [0.01]}, early_stopping=slow).fit(X, Y)


@pytest.mark.parametrize(("scheme", "torn"), [("group:3", "groups apart"), ("time:3", "up the order of time")])
def test_an_estimators_own_random_stopping_is_warned_of_where_it_tears(scheme: str, torn: str) -> None:
    model = SGDClassifier(early_stopping=True, random_state=0)
    groups = np.repeat(np.arange(30), 5) if scheme == "group:3" else None
    with pytest.warns(TunesmithWarning, match=torn):
        searched(model, {"alpha": [1e-3]}, cv=scheme, early_stopping=None).fit(X, Y, groups=groups)
    with warnings.catch_warnings():
        warnings.simplefilter("error", TunesmithWarning)
        searched(BOOST, cv=scheme, early_stopping=None, trials=1).fit(X, Y, groups=groups)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("often", "a number of rounds"),
        (0, "at least 1"),
        (2.5, "a number of rounds"),
    ],
)
def test_what_is_no_early_stopping_is_refused(wrong: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        searched(early_stopping=wrong).fit(X, Y)


@pytest.mark.parametrize(
    "wrong",
    [{"share": 0.9}, {"share": True}, {"patience": "5"}, {"most": 0}, {"fit_params": 3}, {"rounds_param": "n"}],
    ids=str,
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="EarlyStopping: "):
        EarlyStopping(**wrong)


def test_words_for_on_and_off() -> None:
    assert as_early_stopping(True) == EarlyStopping()
    assert as_early_stopping(None) is as_early_stopping(False) is None


def test_rare_classes_are_fitted_rather_than_watched() -> None:
    labels = np.array(["a"] * 60 + ["b"] * 39 + ["c"])
    split = Stopping(FEW, Aside(0.2, in_time=False, classifier=True)).split(
        np.zeros((100, 1)), labels, np.arange(100), {}
    )
    assert 99 in split.train
    assert len(split.test) == 20


def test_too_few_rows_or_groups_are_told_of() -> None:
    labels = np.repeat(["a", "b"], 5)
    with pytest.raises(InvalidData, match="would not be fitted"):
        Stopping(FEW, Aside(0.2, in_time=False, classifier=True), groups=labels).split(
            np.zeros((10, 1)), labels, np.arange(10), {}
        )
    with pytest.raises(InvalidData, match="no row would be left"):
        Stopping(FEW, Aside(0.2, in_time=False, classifier=True), groups=np.zeros(10)).split(
            np.zeros((10, 1)), labels, np.arange(10), {}
        )


def test_a_scheme_of_its_own_deals_the_inner_rows() -> None:
    early = EarlyStopping(patience=3, scheme="time:2", most=25)
    split = Stopping(early, Aside(0.2, in_time=False, classifier=True)).split(X, Y, np.arange(90), {})
    assert split.test.tolist() == list(range(60, 90))
    search = searched(GradientBoostingRegressor(random_state=0), early_stopping=early, trials=1).fit(XR, YR)
    assert search.best_params_["n_estimators"] > 0


def test_a_ready_made_space_leaves_the_rounds_out() -> None:
    model = make_pipeline(StandardScaler(), BOOST)
    space = space_for(model, n=150, d=6)
    left = set(space.names) - set(without_rounds(space, model).names)
    assert left == {"gradientboostingclassifier__n_estimators"}


@pytest.mark.needs("xgboost")
def test_a_boosters_own_patience_counts_where_the_search_names_none_and_is_off_in_the_refit() -> None:
    from xgboost import XGBClassifier

    found = {}
    for own, told in ((1, EarlyStopping()), (1, EarlyStopping(patience=40)), (40, EarlyStopping())):
        model = XGBClassifier(n_jobs=1, learning_rate=0.1, subsample=0.2, early_stopping_rounds=own, random_state=0)
        search = searched(model, {"max_depth": [3]}, early_stopping=told, trials=1).fit(X, Y)
        assert search.best_params_["early_stopping_rounds"] is None
        found[own, told.patience] = [search.cv_results_[f"split{fold}_rounds"][0] for fold in range(3)]
    assert found[40, None] == found[1, 40] != found[1, None]
