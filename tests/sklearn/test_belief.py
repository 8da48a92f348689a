"""The report on a search's score: right on noise, the same again on resume, and told wherever scores are told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold, PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import tunesmith as ts
from tunesmith.cli._app import run

SPACE = {"max_depth": ts.Int(1, 8), "min_samples_leaf": ts.Int(1, 20), "max_features": ts.Float(0.2, 1.0)}


def noise(seed: int, rows: int = 100) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(seed).normal(size=(rows, 6)), np.tile([0, 1], rows // 2)


def tree_search(**options) -> ts.TuneSearchCV:  # type: ignore[no-untyped-def]
    given = {"trials": 25, "sampler": "random", "random_state": 0, "racing": False, **options}
    return ts.TuneSearchCV(DecisionTreeClassifier(random_state=0), SPACE, **given)


def test_noise_is_seen_through() -> None:
    reports = [tree_search(random_state=seed).fit(*noise(seed)).score_report_ for seed in range(6)]
    assert np.mean([report.raw for report in reports]) > 0.55
    assert abs(np.mean([report.corrected for report in reports]) - 0.5) < 0.04
    assert all(report.method == "BBC-CV" and report.rows == 100 for report in reports)
    assert sum(report.low <= 0.5 <= report.high for report in reports) >= 5


def test_it_is_the_same_on_resume_and_from_another_object(tmp_path: Path) -> None:
    where = {"storage": str(tmp_path / "s.db"), "name": "noise"}
    first = tree_search(**where).fit(*noise(0))
    events = first.study_.history.seq
    again = tree_search(**where).fit(*noise(0))
    assert again.score_report_ == first.score_report_
    assert again.study_.history.seq == events
    assert ts.Study.load(where["storage"]).score_report() == first.score_report_
    more = tree_search(**where, trials=30).fit(*noise(0)).score_report_
    assert (more.trials, more.method) == (30, "BBC-CV")


@pytest.mark.parametrize("scoring", [None, "roc_auc", "neg_log_loss", "average_precision", ["f1", "roc_auc"]])
def test_every_scorer_gets_a_report(scoring) -> None:  # type: ignore[no-untyped-def]
    X, y = load_breast_cancer(return_X_y=True)
    refit = "f1" if isinstance(scoring, list) else True
    search = ts.TuneSearchCV(
        KNeighborsClassifier(), trials=5, sampler="random", scoring=scoring, refit=refit, cv=3, random_state=0
    ).fit(X[:200], y[:200])
    report = search.score_report_
    assert report.method == "BBC-CV"
    assert report.low < report.corrected < report.high
    assert report.raw == pytest.approx(search.best_score_)


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision"])
def test_probabilities_and_decision_values_compete(scoring: str) -> None:
    """A forest has probabilities alone, a machine of support vectors decision values: both are ranked, and cut."""
    X, y = load_breast_cancer(return_X_y=True)
    models = {"model": [RandomForestClassifier(10, random_state=0), LinearSVC(), DecisionTreeClassifier(max_depth=1)]}
    search = ts.TuneSearchCV(
        Pipeline([("scale", StandardScaler()), ("model", LinearSVC())]), models, sampler="grid", scoring=scoring, cv=3,
        threshold="f1", calibrate=True, random_state=0,
    ).fit(X[:200], y[:200])  # fmt: skip
    report, decision = search.score_report_, search.decision_report_
    assert (report.method, report.why) == ("BBC-CV", "")
    assert report.low < report.corrected <= report.raw + 0.01
    assert (decision.rows, decision.why) == (200, "")
    assert decision.method == ("decision_function" if "SVC" in str(search.best_params_["model"]) else "predict_proba")
    assert np.mean(search.predict(X[200:]) == y[200:]) > 0.9


def test_a_scorer_of_the_users_own_gets_one_from_folds() -> None:
    search = tree_search(scoring=lambda model, X, y: float((model.predict(X) == y).mean())).fit(*noise(0))
    assert search.score_report_.method == "Tibshirani-Tibshirani"
    assert search.score_report_.corrected < search.score_report_.raw


def test_groups_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 10)
    X = rng.normal(size=(20, 4))[groups] + 0.1 * rng.normal(size=(200, 4))
    y = rng.permutation(np.tile([0, 1], 10))[groups]
    search = tree_search(cv=GroupKFold(5), trials=10).fit(X, y, groups=groups)
    report = search.score_report_
    assert report.high - report.low > 1.5 * 2 * 1.96 * np.sqrt(0.25 / 200)


def test_predefined_folds_are_no_groups() -> None:
    """Drawn as a whole, five folds would make wide steps; the rows are drawn, as with any other five folds."""
    X, y = noise(0)
    folds = np.arange(100) // 2 % 5
    mine = tree_search(cv="predefined", trials=5).fit(X, y, groups=folds).score_report_
    assert mine == tree_search(cv=PredefinedSplit(folds), trials=5).fit(X, y).score_report_


def test_show_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "s.db")
    report = tree_search(storage=path, name="noise").fit(*noise(0)).score_report_
    assert run(["show", "noise", "--storage", path]) == 0
    assert report.words in capsys.readouterr().out
    assert run(["show", "noise", "--storage", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["score_report"]["corrected"] == report.corrected


@pytest.mark.parametrize("scoring", [None, "roc_auc"])
def test_a_perfect_score_is_doubted_and_stays_in_range(scoring) -> None:  # type: ignore[no-untyped-def]
    y = np.tile([0, 1], 50)
    X = np.c_[y, y] + 0.3 * np.random.default_rng(0).random((100, 2))
    given = {"trials": 3, "scoring": scoring, "allow": ("single_column", "target_copy", "id_column")}
    report = tree_search(**given).fit(X, y).score_report_
    assert report.raw == report.corrected == report.high == 1.0
    assert 0.93 < report.low < 0.99  # Laplace: a share of mistakes up to about 3.6 of 100 rows is believable
    small = tree_search(**given).fit(X[:40], y[:40]).score_report_
    assert small.low < report.low


def test_show_tells_what_the_test_set_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "s.db")
    search = tree_search(storage=path, name="noise", test_size=0.25, trials=4).fit(*noise(0))
    assert run(["show", "noise", "--storage", path]) == 0
    assert f"test     {search.test_score_.words}" in capsys.readouterr().out
    assert run(["show", "noise", "--storage", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test_score"]["opened"] == 1
