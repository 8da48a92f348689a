from __future__ import annotations

import os
import sys
import threading
import time

import pytest

import tunesmith as ts
from tunesmith.errors import ExecutorError, InvalidValue, UsageError
from tunesmith.study.loop import trial_seed
from tunesmith.trial import TrialState

SPACE = ts.SearchSpace(x=ts.Float(0, 1))


def study(**arguments):
    return ts.Study(SPACE, ts.Metric("loss"), **{"sampler": "random", "seed": 1, **arguments})


def test_failures_are_kept_and_the_search_goes_on():
    found = study()

    def objective(trial):
        if trial.number % 3 == 1:
            raise KeyError("lost it")
        return trial.params["x"]

    found.optimize(objective, trials=9)
    failed = [t for t in found.trials if t.state is TrialState.FAILED]
    assert [t.number for t in failed] == [1, 4, 7]
    assert failed[0].error.type == "KeyError"
    assert "lost it" in failed[0].error.message
    assert "raise KeyError" in failed[0].error.traceback


def test_three_alike_at_the_start_stop_it():
    found = study()

    def objective(trial):
        raise RuntimeError(f"CUDA out of memory: {trial.number} of {trial.params['x']} MiB at 0x7f{trial.number}")

    with pytest.raises(ExecutorError, match=r"first 3 trials all failed alike: RuntimeError: CUDA.*test_loop"):
        found.optimize(objective, trials=50)
    assert len(found.trials) == 3
    assert all(t.error for t in found.trials)


def test_a_session_that_fails_from_its_beginning_stops_though_earlier_trials_did_not():
    found = study()
    found.optimize(lambda trial: trial.params["x"], trials=5, progress=False)
    with pytest.raises(ExecutorError, match="All 10 trials of this session failed alike: ZeroDivisionError"):
        found.optimize(lambda _trial: 1 / 0, trials=45, progress=False)
    assert len(found.trials) == 15
    found.optimize(lambda _trial: 1 / 0, trials=40, progress=False, max_same_failures=100)
    assert len(found.trials) == 40


def test_failures_among_others_do_not_stop_a_session():
    found = study()
    found.optimize(lambda trial: trial.params["x"], trials=2, progress=False)

    def objective(trial):
        if trial.number > 2:
            raise ValueError("the same again")
        return 1.0

    found.optimize(objective, trials=30, progress=False)
    assert found.history.counts()[TrialState.FAILED] == 27


def test_three_of_different_kinds_do_not():
    found = study()
    kinds = [KeyError, ValueError, TypeError]

    def objective(trial):
        if trial.number < 3:
            raise kinds[trial.number]("x")
        return 1.0

    found.optimize(objective, trials=5)
    assert found.history.counts()[TrialState.COMPLETE] == 2


def test_the_number_of_alike_failures_can_be_set():
    found = study()
    with pytest.raises(ExecutorError, match="first 5"):
        found.optimize(lambda _trial: 1 / 0, trials=50, max_same_failures=5)


@pytest.mark.parametrize(
    ("value", "told"), [(None, "forget 'return'"), ("0.9", "'0.9'"), ([0.9], "list"), (True, "True"), (1j, "complex")]
)
def test_a_wrong_value_is_told_after_one_trial(value, told):
    found = study()
    with pytest.raises(InvalidValue, match="Trial 0") as caught:
        found.optimize(lambda _trial: value, trials=50)
    assert told in str(caught.value)
    assert len(found.trials) == 1
    assert found.trials[0].state is TrialState.FAILED


def test_nan_is_a_failed_trial_and_never_best():
    found = study()
    found.optimize(lambda trial: float("nan") if trial.number % 2 else float(trial.number), trials=6)
    assert found.history.counts()[TrialState.FAILED] == 3
    assert found.best.number == 0


@pytest.mark.parametrize("executor", ["serial", "thread:2", "process:2"])
def test_every_executor_makes_the_same_trials(executor):
    found = study()
    found.optimize(lambda trial: trial.params["x"] + trial.seed * 0, trials=6, executor=executor)
    plain = study()
    plain.optimize(lambda trial: trial.params["x"], trials=6)
    assert {t.number: t.params for t in found.trials} == {t.number: t.params for t in plain.trials}
    assert all(t.state is TrialState.COMPLETE for t in found.trials)


@pytest.mark.parametrize("executor", ["serial", "thread:2", "process:2"])
def test_reports_attributes_and_suggestions_travel(executor):
    found = ts.Study(direction="minimize", sampler="random", seed=2)

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(4):
            trial.report(x / (step + 1), step=step)
        trial.set_attr("doubled", 2 * x)
        return x

    found.optimize(objective, trials=4, executor=executor)
    for trial in found.trials:
        assert [p.step for p in trial.points] == [0, 1, 2, 3]
        assert trial.attrs == {"doubled": 2 * trial.params["x"]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "x", None])
def test_a_report_must_be_finite(value):
    found = study()

    def objective(trial):
        if trial.number:
            trial.report(value, step=1)
        return 1.0

    found.optimize(objective, trials=2)
    assert found.trials[1].error.type == "InvalidValue"


@pytest.mark.parametrize("step", [-1, 1.5, None, "1", True])
def test_a_step_is_a_whole_number(step):
    found = study()
    trial = found.ask()
    with pytest.raises(InvalidValue, match="step"):
        trial.report(1.0, step=step)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda: os._exit(3), "3"),
        (lambda: os.kill(os.getpid(), 9), "9"),
        (lambda: sys.exit(5), "SystemExit"),
    ],
)
def test_a_dead_worker_is_a_failed_trial(end, told):
    found = study()

    def objective(trial):
        if trial.number == 1:
            sys.stdout.write("last words\n")
            sys.stdout.flush()
            end()
        return trial.params["x"]

    found.optimize(objective, trials=5, executor="process:2")
    assert found.history.counts()[TrialState.COMPLETE] == 4
    assert told in f"{found.trials[1].error.type} {found.trials[1].error.message}"


def test_a_trial_that_hangs_in_a_process_is_ended():
    found = study()

    def objective(trial):
        if trial.number == 0:
            time.sleep(60)
        return trial.params["x"]

    began = time.monotonic()
    found.optimize(objective, trials=3, executor="process:1", trial_timeout=0.5)
    assert time.monotonic() - began < 20
    assert found.trials[0].error.type == "TrialTimeout"
    assert found.history.counts()[TrialState.COMPLETE] == 2


def test_timeout_ends_processes_and_queues_their_trials_again():
    found = study()
    began = time.monotonic()
    found.optimize(lambda _trial: time.sleep(60), trials=5, timeout=2, executor="process:2")
    assert time.monotonic() - began < 2 + 3
    assert found.history.counts()[TrialState.WAITING] == 2
    assert found.history.counts()[TrialState.RUNNING] == 0


def test_threads_finish_their_trial_at_the_timeout():
    found = study()
    release = threading.Event()

    def objective(_trial):
        release.wait(0.4)
        return 1.0

    found.optimize(objective, trials=50, timeout=0.2, executor="thread:2")
    assert found.history.counts()[TrialState.RUNNING] == 0
    assert found.history.counts()[TrialState.COMPLETE] >= 2


def test_an_objective_that_cannot_travel_is_told_before_any_trial():
    found = study()
    lock = threading.Lock()

    def objective(_trial):
        with lock:
            return 1.0

    with pytest.raises(ExecutorError, match="lock"):
        found.optimize(objective, trials=2, executor="process:2")
    assert len(found.trials) == 0


@pytest.mark.parametrize("executor", ["proces:2", "process:0", "process:x", "thread:-1", 7])
def test_bad_executors(executor):
    with pytest.raises((UsageError, ExecutorError)):
        study().optimize(lambda _trial: 1.0, trials=1, executor=executor)


def test_the_objective_must_be_callable():
    with pytest.raises(UsageError, match="callable"):
        study().optimize(0.5, trials=1)


def test_pruned_by_the_objective():
    found = study()

    def objective(trial):
        trial.report(1.0, step=0)
        raise ts.TrialPruned("no hope")

    found.optimize(objective, trials=3)
    assert all(t.state is TrialState.PRUNED and t.reason == "no hope" and t.points for t in found.trials)


def test_seeds_of_trials_differ_and_stay():
    seeds = {trial_seed(7, number) for number in range(1000)}
    assert len(seeds) > 990
    assert trial_seed(7, 3) == trial_seed(7, 3) != trial_seed(8, 3)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_an_objective_that_prints_a_lot_in_a_process():
    found = study()

    def objective(trial):
        sys.stdout.write("x" * 5_000_000)
        return trial.params["x"]

    found.optimize(objective, trials=2, executor="process:1")
    assert found.history.counts()[TrialState.COMPLETE] == 2
