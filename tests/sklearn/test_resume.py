"""Searches that are resumed, run by several workers, stopped early, or interrupted."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.model_selection import KFold
from sklearn.svm import SVC

from tunesmith.errors import InvalidData, StudyExists, TunesmithWarning, UsageError
from tunesmith.executors import Ended, Work
from tunesmith.executors.serial import SerialExecutor
from tunesmith.executors.thread import ThreadExecutor
from tunesmith.pruners import Pruner, Verdict
from tunesmith.sklearn import TuneSearchCV
from tunesmith.sklearn.in_order import InOrderExecutor
from tunesmith.space import Categorical, Float, Params, SearchSpace
from tunesmith.storages.memory import MemoryStorage
from tunesmith.study import Study
from tunesmith.trial import Metric, TrialState

X, Y = load_iris(return_X_y=True)
SPACE = {"C": Float(1e-2, 1e2, log=True), "gamma": Float(1e-3, 10, log=True)}
ARGS: dict[str, Any] = {"cv": 3, "sampler": "random", "return_train_score": True}


def scores(search: TuneSearchCV) -> dict[str, list[Any]]:
    return {
        name: list(column) for name, column in search.cv_results_.items() if "time" not in name and name != "duration"
    }


def same(left: dict[str, list[Any]], right: dict[str, list[Any]]) -> bool:
    return left.keys() == right.keys() and all(str(left[name]) == str(right[name]) for name in left)


class TestResume:
    def test_by_storage_and_name_it_goes_on_and_rebuilds_the_whole_table(self) -> None:
        storage = MemoryStorage()
        TuneSearchCV(SVC(), SPACE, trials=3, storage=storage, name="svc", random_state=0, **ARGS).fit(X, Y)
        again = TuneSearchCV(SVC(), SPACE, trials=6, storage=storage, name="svc", random_state=0, **ARGS).fit(X, Y)
        whole = TuneSearchCV(SVC(), SPACE, trials=6, random_state=0, **ARGS).fit(X, Y)
        assert same(scores(again), scores(whole))
        assert again.best_params_ == whole.best_params_
        assert again.study_.resumed

    def test_a_finished_search_fits_nothing_but_the_best(self) -> None:
        storage = MemoryStorage()
        first = TuneSearchCV(SVC(), SPACE, trials=3, storage=storage, **ARGS).fit(X, Y)
        second = TuneSearchCV(SVC(), SPACE, trials=3, storage=storage, **ARGS).fit(X, Y)
        assert second.cv_results_["mean_fit_time"].tolist() == first.cv_results_["mean_fit_time"].tolist()

    def test_by_study_object_or_name(self) -> None:
        storage = MemoryStorage()
        first = TuneSearchCV(SVC(), SPACE, trials=2, storage=storage, name="svc", **ARGS).fit(X, Y)
        by_object = TuneSearchCV(SVC(), study=first.study_, trials=4, **ARGS).fit(X, Y)
        by_name = TuneSearchCV(SVC(), SPACE, study="svc", storage=storage, trials=5, **ARGS).fit(X, Y)
        assert [len(s.cv_results_["params"]) for s in (first, by_object, by_name)] == [2, 4, 5]

    def test_a_study_of_one_s_own_is_filled(self) -> None:
        study = Study(SearchSpace(SPACE), Metric("accuracy", "maximize"), sampler="random", seed=1)
        study.enqueue({"C": 1.5})
        search = TuneSearchCV(SVC(), study=study, scoring="accuracy", trials=3, cv=3).fit(X, Y)
        assert search.cv_results_["params"][0]["C"] == 1.5
        assert search.cv_results_["params"][1] == {"C": 1.0, "gamma": "scale"}
        assert len(study.trials) == 3
        with pytest.raises(InvalidData, match="other data"):
            TuneSearchCV(SVC(), study=study, scoring="accuracy", trials=4, cv=3).fit(X[::-1], Y)

    def test_objects_as_choices_are_found_again(self) -> None:
        storage = MemoryStorage()
        space = {
            "kernel": Categorical("rbf", "linear"),
            "C": Categorical(1.0, np.float64(2.0)),
            "gamma": ["scale", 0.5],
        }
        args = {"storage": storage, "sampler": "grid", "cv": 2}
        with pytest.warns(TunesmithWarning, match="8 points"):
            TuneSearchCV(SVC(), space, trials=3, **args).fit(X, Y)
        assert len(TuneSearchCV(SVC(), space, trials=20, **args).fit(X, Y).cv_results_["params"]) == 8

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"X": X + 1}, "other data"),
            ({"y": Y[::-1].copy()}, "other data"),
            ({"cv": 4}, "other folds"),
            ({"estimator": SVC(degree=2)}, "another estimator"),
        ],
    )
    def test_other_data_folds_or_estimators_are_refused(self, change: dict[str, Any], part: str) -> None:
        storage = MemoryStorage()
        args = {**ARGS, "storage": storage, "name": "svc", "trials": 2}
        first = TuneSearchCV(SVC(), SPACE, **args).fit(X, Y)
        estimator = change.pop("estimator", SVC())
        data = change.pop("X", X), change.pop("y", Y)
        for how in ({}, {"study": first.study_}, {"study": "svc"}):
            with pytest.raises(InvalidData, match=part) as caught:
                TuneSearchCV(estimator, SPACE, **{**args, **change, **how}).fit(*data)
            assert "name=" in caught.value.hint

    def test_a_splitter_that_deals_anew_is_noticed(self) -> None:
        storage = MemoryStorage()
        cv = KFold(3, shuffle=True, random_state=np.random.RandomState(1))
        how = {"cv": cv, "trials": 2, "sampler": "random", "storage": storage, "allow": ("unstable_folds",)}
        search = TuneSearchCV(SVC(), SPACE, **how).fit(X, Y)
        with pytest.raises(InvalidData, match="int as random_state"):
            search.fit(X, Y)

    def test_another_space_metric_or_seed_is_refused(self) -> None:
        storage = MemoryStorage()
        args = {**ARGS, "storage": storage, "trials": 2}
        first = TuneSearchCV(SVC(), SPACE, random_state=1, **args).fit(X, Y)
        wrong: list[dict[str, Any]] = [{"space": {"C": [1]}}, {"scoring": "f1_macro"}, {"random_state": 2}]
        for given in wrong:
            with pytest.raises(StudyExists):
                TuneSearchCV(SVC(), given.pop("space", SPACE), **args, **given).fit(X, Y)
        with pytest.raises(UsageError, match="another space"):
            TuneSearchCV(SVC(), {"C": [1]}, study=first.study_, cv=3).fit(X, Y)
        with pytest.raises(UsageError, match="metric"):
            TuneSearchCV(SVC(), study=first.study_, cv=3, scoring="f1_macro").fit(X, Y)
        with pytest.raises(UsageError, match="storage"):
            TuneSearchCV(SVC(), SPACE, study="svc").fit(X, Y)

    def test_trials_of_unknown_data_are_warned_of(self) -> None:
        study = Study(SearchSpace(SPACE), Metric("score", "maximize"), sampler="random", seed=1)
        study.add({"C": 1.0, "gamma": 1.0}, 0.5)
        with pytest.warns(TunesmithWarning, match="does not say on which data"):
            TuneSearchCV(SVC(), study=study, trials=2, cv=3).fit(X, Y)


class TestWorkers:
    def test_two_processes_find_what_one_finds(self) -> None:
        def found(n_jobs: int) -> dict[str, list[Any]]:
            search = TuneSearchCV(SVC(), SPACE, trials=6, n_jobs=n_jobs, random_state=3, **ARGS).fit(X, Y)
            return scores(search)

        assert same(found(2), found(1))  # random search does not look at what happened

    def test_joblib_s_context_is_asked(self) -> None:
        workers: set[int] = set()

        class Here(SVC):
            def fit(self, *args: Any, **given: Any) -> Any:
                workers.add(threading.get_ident())
                return super().fit(*args, **given)

        with joblib.parallel_config("threading", n_jobs=2):
            TuneSearchCV(Here(), SPACE, trials=6, refit=False, **ARGS).fit(X, Y)
        assert threading.get_ident() not in workers
        TuneSearchCV(Here(), SPACE, trials=2, refit=False, **ARGS).fit(X, Y)
        assert threading.get_ident() in workers

    def test_an_executor_by_name(self) -> None:
        search = TuneSearchCV(SVC(), SPACE, trials=3, executor="thread:2", **ARGS).fit(X, Y)
        assert search.cv_results_["status"].tolist() == ["complete"] * 3

    def test_objects_travel_and_come_back(self) -> None:
        space = {"kernel": ["rbf", "linear"], "class_weight": [None, {0: 1.0, 1: 2.0, 2: 1.0}]}
        two = TuneSearchCV(SVC(), space, n_jobs=2, cv=3).fit(X, Y)
        one = TuneSearchCV(SVC(), space, cv=3).fit(X, Y)
        assert same({"p": two.cv_results_["params"]}, {"p": one.cv_results_["params"]})
        assert two.best_score_ == one.best_score_

    def test_error_score_raise_in_a_worker(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            TuneSearchCV(Picky(), {"level": [0.0, -1.0]}, n_jobs=2, error_score="raise", cv=2).fit(X, Y)

    def test_waves_hand_results_over_in_order(self) -> None:
        gate = threading.Event()

        def task(channel: Any, work: Work) -> int:
            if work.number == 0:
                assert gate.wait(20)
            else:
                gate.set()
            return work.number

        executor = InOrderExecutor(ThreadExecutor(2))
        executor.open(task, print)
        for number in (0, 1):
            executor.submit(Work(number, 1, Params(), 0))
        found: list[Any] = []
        while not found:
            found.extend(executor.messages(None))
        assert [message.number for message in found] == [0, 1]
        assert all(isinstance(message, Ended) for message in found)
        executor.close()
        assert InOrderExecutor(SerialExecutor()).slots == 1

    def test_waves_let_go_of_results_before_a_deadline(self) -> None:
        gate = threading.Event()
        executor = InOrderExecutor(ThreadExecutor(2))
        executor.open(lambda channel, work: work.number == 1 or gate.wait(20), print)
        for number in (0, 1):
            executor.submit(Work(number, 1, Params(), 0))
        found: list[Any] = []
        while not found:
            found.extend(executor.messages(0.1))
        gate.set()
        while len(found) < 2:
            found.extend(executor.messages(0.1))
        assert [message.number for message in found] == [1, 0]
        executor.close()


class Picky(ClassifierMixin, BaseEstimator):
    """Refuses negative levels, and is the better the higher the level."""

    def __init__(self, level: float = 0.0) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> Picky:
        if self.level < 0:
            raise ValueError(f"level {self.level} is negative")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))

    def score(self, X: Any, y: Any) -> float:
        return self.level


class TestEarlyEnds:
    def test_pruned_trials_have_nan_in_unseen_folds_and_rank_last(self) -> None:
        class AfterTwo(Pruner):
            """Stops what is below 0.5 after its second fold."""

            def judge(self, history: Any, trial: Any) -> Any:
                newest = [p for p in trial.points if p.kind == "validation"][-1]
                return Verdict("stop" if newest.step >= 1 and newest.value < 0.5 else "continue")

        search = TuneSearchCV(Picky(0.6), {"level": [0.1, 0.7, 0.2]}, cv=4, pruner=AfterTwo()).fit(X, Y)
        results = search.cv_results_
        assert results["status"].tolist() == ["complete", "pruned", "complete", "pruned"]
        assert results["resource"].tolist() == [4, 2, 4, 2]
        assert results["rank_test_score"].tolist() == [2, 3, 1, 3]
        assert results["split1_test_score"][1] == 0.1
        assert np.isnan([results["split2_test_score"][1], results["mean_test_score"][1]]).all()
        assert np.isfinite(results["mean_fit_time"]).all()
        assert search.best_params_ == {"level": 0.7}

    def test_timeout_ends_a_search(self) -> None:
        search = TuneSearchCV(SVC(), SPACE, trials=None, timeout=0.3, **ARGS).fit(X, Y)
        assert len(search.cv_results_["params"]) >= 1

    def test_ctrl_c_keeps_what_was_found(self) -> None:
        calls: list[int] = []

        def scorer(estimator: Any, X: Any, y: Any) -> float:
            calls.append(1)
            if len(calls) == 4:
                os.kill(os.getpid(), signal.SIGINT)
            return estimator.score(X, y)

        search = TuneSearchCV(SVC(), SPACE, scoring=scorer, trials=50, cv=3, sampler="random").fit(X, Y)
        assert 1 <= len(search.cv_results_["params"]) < 50
        assert search.predict(X).shape == (150,)

    def test_a_second_ctrl_c_leaves_with_the_table(self) -> None:
        calls: list[int] = []

        def scorer(estimator: Any, X: Any, y: Any) -> float:
            calls.append(1)
            if len(calls) == 8:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
            return estimator.score(X, y)

        search = TuneSearchCV(SVC(), SPACE, scoring=scorer, trials=50, cv=3, sampler="random")
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, Y)
        assert search.cv_results_["status"].tolist() == ["complete"] * 2
        assert search.best_params_ in search.cv_results_["params"]
        assert search.study_.trials[2].state is TrialState.WAITING


def test_the_default_is_queued_once_and_not_after_the_fact() -> None:
    storage = MemoryStorage()
    args = {**ARGS, "storage": storage}
    TuneSearchCV(SVC(), SPACE, trials=2, include_default=False, **args).fit(X, Y)
    later = TuneSearchCV(SVC(), SPACE, trials=4, **args).fit(X, Y)
    assert not any("as_given" in trial.attrs for trial in later.history_.trials)


def test_a_search_with_a_study_can_be_cloned_and_an_unfitted_one_pickled() -> None:
    study = Study(SearchSpace(SPACE), Metric("score", "maximize"), sampler="random", seed=1)
    search = TuneSearchCV(SVC(), study=study, trials=2, cv=2)
    assert clone(search).study is study
    assert pickle.loads(pickle.dumps(TuneSearchCV(SVC(), SPACE))).space == SPACE


def test_a_notebook_like_script_with_processes_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import tunesmith as ts\nfrom sklearn.datasets import load_iris\nfrom sklearn.svm import SVC\n"
        "class Mine(SVC):\n    def fit(self, X, y):\n        return super().fit(X, y)\n"
        "search = ts.TuneSearchCV(Mine(), {'C': [1, 2, 3]}, n_jobs=2, cv=3).fit(*load_iris(return_X_y=True))\n"
        "print(len(search.cv_results_['params']))\n"
    )
    found = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, "3"), found.stderr


def test_a_sampler_that_learns_repeats_with_two_workers() -> None:
    def found() -> list[dict[str, Any]]:
        search = TuneSearchCV(SVC(), SPACE, trials=20, cv=2, sampler="tpe", random_state=0, executor="thread:2")
        return list(search.fit(X, Y).cv_results_["params"])

    first = found()
    assert first[0] == {"C": 1.0, "gamma": "scale"}  # outside of the space, which must not disturb the model
    assert first == found()
