"""A study that was killed, whenever, opens at once and goes on as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.needs("fork")

CRASHING = Path(__file__).with_name("crashing.py")


def crashing(*arguments: object) -> Any:
    """What one function of the script says."""
    done = subprocess.run(
        [sys.executable, str(CRASHING), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def apart_from_attempts(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**trial, "attempt": None} for trial in trials]


@pytest.mark.parametrize(
    ("sampler", "trials", "kills"), [("random", 60, 12), ("sobol", 30, 4), ("tpe", 30, 5), ("tpe+racing", 40, 6)]
)
def test_one_worker_goes_on_with_the_very_same_trials(tmp_path: Path, sampler: str, trials: int, kills: int) -> None:
    found = crashing("killed", tmp_path / "study.db", sampler, trials, kills, 1)
    assert set(found["codes"]) <= {-9, 0}, "killed, or done before the kill came"
    assert found["codes"].count(-9) >= kills // 3
    assert found["code"] == 0
    assert found["opened"] < 1
    assert found["left"] == ["study.db"]
    wanted = crashing("uninterrupted", sampler, trials)
    assert apart_from_attempts(found["trials"]) == apart_from_attempts(wanted["trials"])
    assert ("racing" in sampler) == any(trial["state"] == "pruned" for trial in found["trials"])
    assert sum(trial["attempt"] - 1 for trial in found["trials"]) <= kills, "a trial is run again once for each death"


def test_dying_at_any_statement_changes_nothing(quick: Path) -> None:
    found = crashing("sweep", quick, 300)
    wanted = crashing("uninterrupted", "random", 3)
    assert len(found) > 40
    assert found[-1]["first"] == 0
    assert {said["first"] for said in found[:-1]} == {86}
    for said in found:
        assert said["second"] == 0
        assert apart_from_attempts(said["trials"]) == apart_from_attempts(wanted["trials"])
        assert set(said["left"]) <= {"study.db", "study.db.lock"}, "who died when all was done leaves a lock file"


def test_a_worker_that_was_stopped_past_its_lease_is_taken_over_and_does_not_count_twice(tmp_path: Path) -> None:
    found = crashing("stopped", tmp_path / "study.db")
    assert (found["other"], found["first"]) == (0, 0)
    (trial,) = found["trials"]
    assert (trial["attempt"], trial["state"]) == (2, "complete")
    assert trial["values"]["loss"] < 1000, "the result of the attempt that had the lease counts"
    assert found["took"] < 1 + 10


def test_several_workers_of_which_some_are_killed_finish_the_study(tmp_path: Path) -> None:
    found = crashing("crowd", tmp_path / "study.db", 4, 120, 12)
    assert set(found["codes"]) == {0}
    assert found["last"] == 0
    trials = found["trials"]
    assert [trial["number"] for trial in trials] == list(range(120))
    assert {trial["state"] for trial in trials} == {"complete"}
    wanted = crashing("uninterrupted", "random", 120)["trials"]
    assert [trial["params"] for trial in trials] == [trial["params"] for trial in wanted], "seeds belong to numbers"
