"""Nothing that was told is lost, whoever is killed whenever: the promises of the SQLite storage, on real processes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tunesmith.storages.sqlite import SQLiteStorage
from tunesmith.trial import Fold, History, TrialStarted, TrialState

pytestmark = pytest.mark.needs("fork")


HARNESS = Path(__file__).with_name("harness.py")


def harness(*arguments: object) -> Any:
    """What one function of the harness says."""
    done = subprocess.run(
        [sys.executable, str(HARNESS), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=200
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    found = json.loads(done.stdout)
    assert "failed" not in found, done.stderr
    return found


def whole(path: Path) -> History:
    """The history of a file, and the invariants that hold for every one."""
    storage = SQLiteStorage(path, create=False)
    (entry,) = storage.studies()
    log = storage.read(entry.key)
    assert [event.seq for event in log] == list(range(1, entry.seq + 1))
    fold = Fold()
    fold.extend(log)
    history = fold.history
    assert [trial.number for trial in history.trials] == list(range(len(history)))
    results = [event.body for event in log if event.kind == "TrialFinished"]
    assert len(results) == history.finished_count == sum(trial.state.is_finished for trial in history.trials)
    attempts: dict[int, int] = {}
    for event in log:
        if event.kind == "TrialStarted":
            started = event.open()
            assert isinstance(started, TrialStarted)
            assert event.attempt == attempts.get(started.number, 0) + 1
            attempts[started.number] = event.attempt
    storage.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    raw.close()
    return history


def acknowledged(folder: Path, pattern: str) -> dict[int, float]:
    """What the workers were told is stored; the last line of a killed one may be cut off."""
    found: dict[int, float] = {}
    for file in folder.glob(pattern):
        for line in file.read_text().split("\n")[:-1]:
            number, value = line.split()
            assert int(number) not in found, "two results were accepted for one trial"
            found[int(number)] = float.fromhex(value)
    return found


@pytest.mark.parametrize("churn", ["", "churn"])
def test_kill_9_at_random_moments_loses_nothing_that_was_told(tmp_path: Path, churn: str) -> None:
    path = tmp_path / "study.db"
    said = harness("storm", path, tmp_path, 100, 6, 1, churn)
    assert said["codes"] == [-9]
    history = whole(path)
    acks = acknowledged(tmp_path, "acks-*")
    stored = {trial.number: trial.value for trial in history.complete()}
    assert len(acks) > 20
    assert acks == {number: stored[number] for number in acks}
    assert len(stored) - len(acks) <= said["killed"], "each kill may cut off one answer, not more"
    running = [trial for trial in history.trials if trial.state is TrialState.RUNNING]
    assert len(running) <= 6, "a killed worker's trial is run again by the next"


def test_kill_9_while_a_file_is_being_made_harms_nobody(quick: Path) -> None:
    assert harness("infancy", quick, 60) == {"codes": [-9]}


def test_ctrl_c_at_random_moments_leaves_no_gate_shut(quick: Path) -> None:
    path = quick / "study.db"
    assert harness("interrupted", path, 200) == {"codes": [0, 0]}
    assert len(whole(path).complete()) >= 200


def test_dying_at_any_statement_leaves_a_study_that_goes_on(quick: Path) -> None:
    found = harness("sweep", quick, 300)
    assert {said["first"] for said in found[:-1]} == {86}
    assert found[-1]["first"] == 0
    assert len(found) > 40
    assert {said["second"] for said in found} == {0}
    assert max(said["opened"] for said in found) < 1
    for said in found:
        path = quick / f"{said['at']}.db"
        history = whole(path)
        assert [trial.value for trial in history.trials] == [0.5, 0.25, 0.125], said
        stored = {trial.number: trial.value for trial in history.trials}
        acks = acknowledged(quick, f"{path.name}.acks")
        assert acks.items() <= stored.items()
        left = {item.name.removeprefix(path.name) for item in quick.glob(f"{path.name}*")}
        assert left - {".lock"} == {"", ".acks"}, "who died when all was done leaves a lock file, which locks nothing"


def test_sixteen_processes_append_and_a_reader_misses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    said = harness("crowd", path, 16, 20)
    assert set(said["codes"]) == {0}
    history = whole(path)
    assert len(history.complete()) == 16 * 20
    assert all(trial.attempt == 1 for trial in history.trials)
    assert said["fastest"] > said["slowest"] / 50, "the gate starves nobody (without it one did 505 for another's 1)"


def test_sixteen_processes_create_one_study(tmp_path: Path) -> None:
    for found in harness("race", tmp_path, 16, 5)["found"]:
        assert len({key for key, _ in found}) == 1
        assert sorted(new for _, new in found) == ["False"] * 15 + ["True"]


def test_a_storage_that_was_forked_works_in_parent_and_children(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    assert set(harness("family", path, 6)["codes"]) == {0}
    history = whole(path)
    assert len(history.complete()) >= 80


def test_a_forked_child_does_not_keep_the_gate_of_a_killed_parent(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    assert harness("orphaned_gate", path)["took"] < 5
    whole(path)
