"""Who a process is, and whether it still lives."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tunesmith import _platform

_SAY = "from tunesmith import _platform; print(_platform.owner(), flush=True); input()"


def test_we_live() -> None:
    assert _platform.alive(_platform.owner()) is True


def test_another_process_lives_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", _SAY], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        who = child.stdout.readline().strip()
        assert who != _platform.owner()
        assert _platform.alive(who) is True
        child.communicate("\n")
    assert _platform.alive(who) is False


def test_a_pid_that_was_given_again_is_somebody_else() -> None:
    boot, pid, start = _platform.owner().split(":")
    assert _platform.alive(f"{boot}:{pid}:{start}9") is False


@pytest.mark.parametrize("who", ["", "elsewhere:1:1", "a:b:c", "::", "\x00"])
def test_of_strangers_nothing_is_known(who: str) -> None:
    assert _platform.alive(who) is None


def test_owners_can_be_read() -> None:
    assert _platform.describe(_platform.owner()).endswith("on this machine")
    assert _platform.describe("elsewhere:12:1") == "process 12 on another machine"


def test_there_is_a_core() -> None:
    assert _platform.cores() >= 1
