"""The leases of long trials are kept alive while their process lives and is not stopped, and no longer."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tunesmith import _platform
from tunesmith.storages import Decision, Lease
from tunesmith.storages.sqlite import SQLiteStorage
from tunesmith.study._renewer import Renewer
from tunesmith.testing.storages import noted

HELD = 4.0
"""A short lease, in seconds; it is renewed every second."""


def until(happened: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether it happens in this time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.02)
    return False


def held(storage: SQLiteStorage, key: str, *numbers: int) -> None:
    storage.append(
        key, 1, lambda tail: Decision(hold=[Lease(n, 1, _platform.owner(), tail.now + HELD) for n in numbers])
    )


def ends(storage: SQLiteStorage, key: str) -> dict[int, float]:
    return {lease.number: lease.until for lease in storage.leases(key)}


@pytest.fixture
def storage(tmp_path: Path) -> SQLiteStorage:
    return SQLiteStorage(tmp_path / "study.db")


def test_a_long_trial_keeps_its_lease_and_a_short_one_costs_nothing(storage: SQLiteStorage) -> None:
    key, _ = storage.create("demo", noted("created"))
    held(storage, key, 0, 1)
    renewer = Renewer(storage.address, key, patience=0.4, lease=HELD)
    renewer.watch(0, 1)
    renewer.forget(0)
    time.sleep(0.6)
    assert renewer._child is None, "nothing outlived the patience"
    before = ends(storage, key)
    renewer.watch(1, 1)
    assert until(lambda: ends(storage, key)[1] > before[1])
    first = ends(storage, key)
    assert until(lambda: ends(storage, key)[1] > first[1]), "and again"
    assert ends(storage, key)[0] == before[0], "nobody watches that one"
    child = renewer._child
    assert child is not None
    renewer.close()
    renewer.close()
    assert child.returncode is not None
    last = ends(storage, key)
    time.sleep(1.5)
    assert ends(storage, key) == last


@pytest.mark.skipif(sys.platform == "win32", reason="another operating system has no usleep")
def test_code_that_lets_nobody_else_run_keeps_its_lease(storage: SQLiteStorage) -> None:
    key, _ = storage.create("demo", noted("created"))
    held(storage, key, 0)
    renewer = Renewer(storage.address, key, patience=0.1, lease=HELD)
    renewer.watch(0, 1)
    before = ends(storage, key)
    assert until(lambda: ends(storage, key)[0] > before[0])
    ctypes.PyDLL(None).usleep(3_000_000)  # PyDLL keeps the interpreter's lock
    assert ends(storage, key)[0] > storage.now() + HELD - 2.5
    renewer.close()


def test_a_lease_that_was_taken_over_is_left_alone(storage: SQLiteStorage) -> None:
    key, _ = storage.create("demo", noted("created"))
    held(storage, key, 0, 1)
    renewer = Renewer(storage.address, key, patience=0.1, lease=HELD)
    renewer.watch(0, 1)
    renewer.watch(1, 1)
    before = ends(storage, key)
    assert until(lambda: ends(storage, key)[0] > before[0])
    theirs = Lease(0, 2, "somebody else", 5e9)
    storage.append(key, 1, lambda _: Decision(hold=[theirs]))
    before = ends(storage, key)
    assert until(lambda: ends(storage, key)[1] > before[1])
    assert theirs in storage.leases(key)
    renewer.close()


def test_it_is_started_again_when_somebody_kills_it(storage: SQLiteStorage) -> None:
    key, _ = storage.create("demo", noted("created"))
    held(storage, key, 0)
    renewer = Renewer(storage.address, key, patience=0.1, lease=HELD)
    renewer.watch(0, 1)
    assert until(lambda: renewer._child is not None)
    renewer._child.kill()  # type: ignore[union-attr]
    before = ends(storage, key)
    assert until(lambda: ends(storage, key)[0] > before[0])
    renewer.watch(1, 1)
    renewer.close()


def test_a_deleted_study_needs_no_renewing(storage: SQLiteStorage) -> None:
    key, _ = storage.create("demo", noted("created"))
    renewer = Renewer(storage.address, key, patience=0.1, lease=HELD)
    storage.delete(key)
    renewer.watch(0, 1)
    assert until(lambda: renewer._deaths == 1 and not renewer._trials)
    renewer.close()


def test_memory_has_nothing_to_renew() -> None:
    renewer = Renewer("", "key", patience=0.0)
    renewer.watch(0, 1)
    assert renewer._thread is None
    renewer.close()


PARENT = """
import sys, time
from tunesmith import _platform
from tunesmith.storages import Decision, Lease
from tunesmith.storages.sqlite import SQLiteStorage
from tunesmith.study._renewer import Renewer
storage = SQLiteStorage(sys.argv[1])
key = storage.studies()[0].key
storage.append(key, 1, lambda tail: Decision(hold=[Lease(0, 1, _platform.owner(), tail.now + 4)]))
renewer = Renewer(storage.address, key, patience=0.1, lease=4.0)
renewer.watch(0, 1)
while renewer._child is None:
    time.sleep(0.01)
print(renewer._child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="another operating system has no SIGSTOP")
def test_it_rests_while_its_parent_is_stopped_and_ends_when_its_parent_is_killed(storage: SQLiteStorage) -> None:
    key, _ = storage.create("demo", noted("created"))
    parent = subprocess.Popen([sys.executable, "-c", PARENT, storage.address], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        child = int(parent.stdout.readline())
        before = ends(storage, key)
        assert until(lambda: ends(storage, key)[0] > before[0])
        os.kill(parent.pid, signal.SIGSTOP)
        assert until(lambda: _platform.stopped(parent.pid))
        assert until(lambda: ends(storage, key)[0] < storage.now(), 10), "a stopped worker loses its lease"
        os.kill(parent.pid, signal.SIGCONT)
        assert until(lambda: ends(storage, key)[0] > storage.now()), "a worker that goes on in time has it again"
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        assert until(lambda: not Path(f"/proc/{child}").exists() or _platform._started(child) is None, 15)
