"""Ctrl-C and SIGTERM, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tunesmith as ts
from tunesmith.trial import Fold, FrozenTrial, TrialState

SCRIPT = """
import sys, time
import tunesmith as ts
space = ts.SearchSpace(x=ts.Float(0, 1))
study = ts.Study(space, ts.Metric("loss"), sampler="random", seed=1, storage="s.db", name="s")
def objective(trial):
    print("started", trial.number, flush=True)
    if trial.number >= 2:
        for _ in range(300):  # a signal that comes just before a sleep begins is handled when it ends
            sys.stdin.readline() if {wait!r} else time.sleep(0.1)
    return trial.params["x"]
try:
    study.optimize(objective, trials=20, executor={executor!r}, progress=False)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
print("drained", flush=True)
"""


def start(tmp_path: Path, executor: str = "serial", *, wait: bool = False) -> subprocess.Popen[str]:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(executor=executor, wait=wait))
    environment = {**os.environ, "TUNESMITH_ECHO": "1"}
    return subprocess.Popen(
        [sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env=environment, start_new_session=True,
    )  # fmt: skip


def until(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came: {process.communicate()}")


def states(tmp_path: Path) -> dict[TrialState, int]:
    study = ts.Study.load(str(tmp_path / "s.db"), "s")
    counts = study.history.counts()
    study.close()
    return counts


def test_the_first_interrupt_drains(tmp_path):
    process = start(tmp_path, wait=True)
    until(process, "started 2")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate("go\n" * 300, timeout=30)
    assert "drained" in out
    assert process.returncode == 0
    assert "waiting for 1 running trial" in err
    assert states(tmp_path)[TrialState.COMPLETE] == 3


@pytest.mark.parametrize("executor", ["serial", "process:2"])
def test_the_second_interrupt_stops_and_loses_nothing(tmp_path, executor):
    process = start(tmp_path, executor)
    assert process.stdout is not None
    if executor == "serial":
        until(process, "started 2")
    else:
        wait_for_trials(tmp_path, process, running=2)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    for line in process.stderr:
        if "Ctrl-C again" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert "interrupted" in out
    running = 1 if executor == "serial" else 2
    assert f"Stopping now: {running} running trial(s) are put back" in err
    assert process.returncode == 130
    counts = states(tmp_path)
    assert counts[TrialState.COMPLETE] == 2
    assert counts[TrialState.RUNNING] == 0
    assert counts[TrialState.WAITING] == running


def test_sigterm_puts_running_trials_back(tmp_path):
    process = start(tmp_path)
    until(process, "started 2")
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 130
    counts = states(tmp_path)
    assert counts[TrialState.RUNNING] == 0
    assert counts[TrialState.WAITING] == 1


def test_going_on_runs_what_was_put_back_first(tmp_path):
    process = start(tmp_path)
    until(process, "started 2")
    process.terminate()
    process.communicate(timeout=30)
    study = ts.Study(storage=str(tmp_path / "s.db"), name="s", sampler="random")
    order: list[int] = []
    study.optimize(lambda trial: order.append(trial.number) or trial.params["x"], trials=5, progress=False)
    assert order == [2, 3, 4]
    whole = ts.Study(study.space, ts.Metric("loss"), sampler="random", seed=1)
    whole.optimize(lambda trial: trial.params["x"], trials=5, progress=False)
    assert [t.params for t in study.trials] == [t.params for t in whole.trials]
    study.close()


def test_an_interrupt_that_a_fit_swallows_is_heard_at_the_next_report():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    after: list[int] = []

    def objective(trial):
        os.kill(os.getpid(), signal.SIGINT)
        try:
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("the second Ctrl-C raises")
        except KeyboardInterrupt:
            pass  # as scikit-learn's neural networks do
        trial.report(0.5, step=0)
        trial.flush()
        after.append(trial.number)
        return 0.5

    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, trials=3, progress=False)
    assert after == []
    assert [trial.state for trial in study.trials] == [TrialState.WAITING]


def wait_for_trials(tmp_path: Path, process: subprocess.Popen[str], *, running: int) -> None:
    """Until so many trials run: read from the storage, as any other process would."""
    import time

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if (tmp_path / "s.db").exists():
            try:
                counts = states(tmp_path)
            except ts.TunesmithError:
                continue
            if counts[TrialState.RUNNING] == running and counts[TrialState.COMPLETE] == 2:
                return
    raise AssertionError(process.communicate())


def test_ctrl_c_in_the_middle_of_an_event_leaves_a_study_that_goes_on(monkeypatch):
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical(int, len)), sampler="random", seed=1)
    trial, add = study.ask(), Fold._add

    def pressed(fold: Fold, new: FrozenTrial) -> int:
        add(fold, new)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Fold, "_add", pressed)
        with pytest.raises(KeyboardInterrupt):
            study.tell(trial, 0.5)
    assert study.best.value == 0.5
    assert study.best.params["c"] in {int, len}
    study.tell(study.ask(), 0.25)
    assert [trial.value for trial in study.trials] == [0.5, 0.25]
