"""Who wins: the best, the simplest that is as good, or the best in the eyes of the model; all attributes agree."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tunesmith as ts
from tunesmith.analysis import over_tuning
from tunesmith.errors import TunesmithWarning, UsageError

X, Y = (part[:250] for part in load_breast_cancer(return_X_y=True))


def trees(**options) -> ts.TuneSearchCV:  # type: ignore[no-untyped-def]
    given = {"trials": 25, "sampler": "random", "random_state": 0, "racing": False, **options}
    return ts.TuneSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": ts.Int(1, 12), "min_samples_leaf": ts.Int(1, 20)}, **given
    )


@pytest.mark.parametrize("select", ["best", "one_se", "posterior", "safe"])
def test_best_params_score_and_index_agree(select: str) -> None:
    search = trees(select=select).fit(X, Y)
    results, index = search.cv_results_, search.best_index_
    assert search.best_params_ == results["params"][index]
    assert search.best_score_ == results["mean_test_score"][index]
    assert search.best_estimator_.get_params()["max_depth"] == search.best_params_["max_depth"]
    assert search.score_report_.raw == pytest.approx(search.best_score_)
    assert (search.score_report_.select, search.score_report_.method) == (select, "BBC-CV")
    assert ("not quite how" in search.score_report_.why) == (select in {"posterior", "safe"})


def test_one_standard_error_takes_a_simpler_one_that_is_near() -> None:
    search = trees(select="one_se").fit(X, Y)
    results = search.cv_results_
    folds = np.column_stack([results[f"split{fold}_test_score"] for fold in range(5)])
    best = int(results["mean_test_score"].argmax())
    floor = folds[best].mean() - folds[best].std(ddof=1) / np.sqrt(5)
    assert search.best_score_ >= floor
    assert search.best_index_ != best
    assert search.best_params_["max_depth"] <= 4


def test_the_safe_choice_is_the_default_until_the_best_can_be_told_apart() -> None:
    same = trees(select="safe").fit(X, Y)
    assert over_tuning(same.study_).recommended == "default"
    assert same.history_.trial(int(same.cv_results_["trial_number"][same.best_index_])).origin == "default"
    assert same.score_report_.raw == pytest.approx(same.best_score_) != same.study_.best.value
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(250, 3))
    hard = (noise[:, 0] + rng.normal(size=250) > 0).astype(int)  # a full tree learns the noise by heart
    better = trees(select="safe").fit(noise, hard)
    assert over_tuning(better.study_).recommended == "tuned"
    assert better.best_score_ == better.study_.best.value


def test_a_safe_choice_without_a_default_says_so() -> None:
    with pytest.warns(TunesmithWarning, match="found no default"):
        search = trees(select="safe", include_default=False, trials=5).fit(X, Y)
    assert search.best_score_ == search.study_.best.value


def test_simplicity_is_the_users() -> None:
    larger = trees(select="one_se", simplicity={"max_depth": "larger"}).fit(X, Y).best_params_["max_depth"]
    smaller = trees(select="one_se", simplicity=lambda params: params["max_depth"] or 99).fit(X, Y)
    assert smaller.best_params_["max_depth"] < (larger or 99)


def test_what_is_not_known_is_refused_before_any_fit() -> None:
    for options, words in (
        ({"select": "luckiest"}, "select must be one of"),
        ({"select": "one_se", "simplicity": {"depth": "smaller"}}, "not tuned"),
        ({"select": "one_se", "simplicity": {"max_depth": "less"}}, "must be 'smaller' or 'larger'"),
        ({"select": "one_se", "refit": lambda _: 0}, "both choose"),
    ):
        with pytest.raises(UsageError, match=words):
            trees(**options).fit(X, Y)
    search = ts.TuneSearchCV(DecisionTreeClassifier(), {"criterion": ["gini", "entropy"]}, select="one_se")
    with pytest.raises(UsageError, match="not known which values are simpler"):
        search.fit(X, Y)


def test_parameters_inside_a_pipeline_are_known() -> None:
    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0))
    space = {"decisiontreeclassifier__max_depth": ts.Int(1, 12)}
    search = ts.TuneSearchCV(pipeline, space, trials=10, select="one_se", random_state=0).fit(X, Y)
    assert search.best_params_["decisiontreeclassifier__max_depth"] <= 4
