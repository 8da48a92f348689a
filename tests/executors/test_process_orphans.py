"""No worker, and nothing that a worker has started, outlives its parent, however the parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.core, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

PROMISE_SECONDS = 15.0

PARENT = """
import ctypes, os, signal, subprocess, sys, time
from tunesmith.executors.process import ProcessExecutor
from tunesmith.testing.executors import work

def sleep(): time.sleep(600)
def hold(): ctypes.PyDLL(None).sleep(600)              # in C, with the interpreter's lock
def deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(600)
def fork():
    os.fork()
    time.sleep(600)
def program():
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", os.environ["TUNESMITH_TEST_MARK"]])
def stop(): os.kill(os.getpid(), signal.SIGSTOP)

actions = {"sleep": sleep, "hold": hold, "deaf": deaf, "fork": fork, "program": program, "stop": stop}

def objective(channel, given):
    channel.call("begun")
    actions[given.params["do"]]()

executor = ProcessExecutor(3)
executor.open(objective, print)
for number in range(2):        # and one idle worker
    executor.submit(work(number, do=sys.argv[1]))
begun = 0
while begun < 2:
    for asked in executor.messages():
        executor.reply(asked, None)
        begun += 1
if sys.argv[2] == "fork":      # a relative that holds all the pipes open
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
time.sleep(0.3)
print("ready", flush=True)
if sys.argv[2] == "exit":
    sys.exit(0)
if sys.argv[2] == "raise":
    raise RuntimeError("the end")
executor.messages()
"""


def marked(mark: str) -> list[int]:
    """All processes that carry our mark in their environment."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                if state not in "ZX" and mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def seconds_to_nobody(mark: str) -> float:
    began = time.monotonic()
    while marked(mark):
        if time.monotonic() - began > PROMISE_SECONDS:
            left = marked(mark)
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            pytest.fail(f"{len(left)} processes outlived their parent")
        time.sleep(0.05)
    return time.monotonic() - began


def start(do: str, then: str, mark: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TUNESMITH_TEST_MARK": mark}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, do, then],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    return parent


@pytest.mark.parametrize("do", ["sleep", "hold", "deaf", "fork", "program", "stop"])
def test_after_kill_9(do: str) -> None:
    mark = f"mark-{os.getpid()}-{do}-killed"
    with start(do, "wait", mark) as parent:
        assert len(marked(mark)) >= 4
        parent.kill()
        parent.wait()
        assert seconds_to_nobody(mark) < PROMISE_SECONDS


@pytest.mark.parametrize("then", ["exit", "raise"])
@pytest.mark.parametrize("do", ["sleep", "hold", "program"])
def test_after_an_end_without_close(do: str, then: str) -> None:
    mark = f"mark-{os.getpid()}-{do}-{then}"
    with start(do, then, mark) as parent:
        parent.wait(20)
        assert seconds_to_nobody(mark) < PROMISE_SECONDS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_after_a_signal(number: signal.Signals) -> None:
    mark = f"mark-{os.getpid()}-{number}"
    with start("sleep", "wait", mark) as parent:
        parent.send_signal(number)
        parent.wait(20)
        assert seconds_to_nobody(mark) < PROMISE_SECONDS


def test_when_a_forked_relative_holds_all_the_pipes() -> None:
    mark = f"mark-{os.getpid()}-relative"
    with start("hold", "fork", mark) as parent:
        before = len(marked(mark))
        parent.kill()
        parent.wait()
        began = time.monotonic()
        while len(marked(mark)) > 1 and time.monotonic() - began < PROMISE_SECONDS:
            time.sleep(0.05)
        left = marked(mark)
        assert len(left) == 1  # the relative itself, which is none of ours
        assert before > 4
        os.kill(left[0], signal.SIGKILL)


def test_when_the_warden_is_killed_first() -> None:
    mark = f"mark-{os.getpid()}-warden"
    with start("sleep", "wait", mark) as parent:
        for pid in marked(mark):
            if b"_warden" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        parent.kill()
        parent.wait()
        assert seconds_to_nobody(mark) < PROMISE_SECONDS
