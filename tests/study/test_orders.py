"""Orders from elsewhere reach a session that runs: to stop a trial, to stop the study, to spend more or less."""

from __future__ import annotations

import threading

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidTrial, UsageError
from tunesmith.study.orders import began
from tunesmith.study.study import Study
from tunesmith.trial import TrialState

SPACE = ts.SearchSpace(x=ts.Float(0, 1))


def study_in(path, **options):
    return ts.Study(SPACE, ts.Metric("loss"), sampler="random", seed=1, storage=str(path), name="one", **options)


def test_what_a_session_may_spend_is_in_the_log(tmp_path):
    study = study_in(tmp_path / "s.db")
    study.optimize(lambda trial: trial.params["x"], trials=3, timeout=600, progress=False)
    assert study.history.changes["budget"] == {"trials": 3, "seconds": 600}
    seq = study.history.seq
    study.optimize(lambda trial: trial.params["x"], trials=3, timeout=600, progress=False)
    assert study.history.seq == seq, "the same budget again is no news"
    assert began(study.history, ts.study.Budget(trials=3, seconds=600)) is None


@pytest.mark.parametrize(("ordered", "ended"), [(3, 3), (12, 12)])
def test_an_order_changes_the_total_of_a_session_that_runs(tmp_path, ordered, ended):
    path = tmp_path / "s.db"

    def objective(trial):
        if trial.number == 1:
            Study.load(str(path), "one").set_budget(trials=ordered)
        return trial.params["x"]

    study = study_in(path)
    study.optimize(objective, trials=8, progress=False)
    assert study.history.finished_count == ended
    study.optimize(objective, trials=ended + 2, progress=False)
    assert study.history.finished_count == ended + 2, "an earlier order does not bind a later session"


def test_a_trial_in_a_process_of_its_own_is_ended(tmp_path):
    path = tmp_path / "s.db"

    def objective(trial):
        import time

        if trial.number == 0:
            time.sleep(600)
        return trial.params["x"]

    study = study_in(path)

    def stop(event, history):
        if event.kind == "TrialStarted" and len(history) == 1:
            threading.Thread(target=lambda: Study.load(str(path), "one").stop(trial=0)).start()

    study.subscribe(stop)
    study.optimize(objective, trials=3, executor="process:1", progress=False)
    stopped = study.history.trial(0)
    assert (stopped.state, stopped.reason, stopped.verdict) == (
        TrialState.PRUNED, "a person stopped it", {"by": "person"},
    )  # fmt: skip
    assert [trial.state for trial in study.trials[1:]] == [TrialState.COMPLETE] * 2
    assert not study.history.columns.stopping


def test_a_trial_in_this_process_hears_it_when_it_asks(tmp_path):
    path = tmp_path / "s.db"

    def objective(trial):
        if trial.number == 0:
            Study.load(str(path), "one").stop(trial=0)
        if trial.should_prune():
            raise ts.TrialPruned
        return trial.params["x"]

    study = study_in(path)
    study.optimize(objective, trials=2, progress=False)
    assert [trial.state for trial in study.trials] == [TrialState.PRUNED, TrialState.COMPLETE]


def test_only_a_running_trial_can_be_stopped(tmp_path):
    study = study_in(tmp_path / "s.db")
    number = study.add({"x": 0.5}, 1.0)
    for wanted in (number, 99):
        with pytest.raises(InvalidTrial, match="trial"):
            study.stop(trial=wanted)
    with pytest.raises(UsageError, match="trials"):
        study.set_budget(trials=0)


def test_a_retried_trial_is_not_stopped_by_an_old_order(tmp_path):
    study = study_in(tmp_path / "s.db")
    trial = study.ask()
    study.stop(trial=0)
    study.tell(trial, state="failed")
    study.retry(0)
    again = study.ask()
    assert (again.number, again.should_prune()) == (0, False)
