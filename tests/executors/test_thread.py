"""Threads lose no message, never hold up the end of the program, and go unheard once they were let go."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import pytest

from tunesmith.errors import ExecutorError, UsageError
from tunesmith.executors import Channel, Ended, Lost, Said, Work
from tunesmith.executors.thread import ThreadExecutor
from tunesmith.testing.executors import drive, work

pytestmark = pytest.mark.core


def test_no_message_is_lost_when_all_speak_at_once() -> None:
    def speak(channel: Channel, given: Work) -> int:
        for number in range(500):
            channel.send(number)
        return given.number

    executor = ThreadExecutor(8)
    executor.open(speak, print)
    heard = drive(executor, [work(number) for number in range(32)])
    executor.close()
    for number in range(32):
        assert [m.payload for m in heard if isinstance(m, Said) and m.number == number] == list(range(500))
    assert sorted(m.result for m in heard if isinstance(m, Ended)) == list(range(32))


def test_what_cannot_be_pickled_may_be_used() -> None:
    lock = threading.Lock()
    executor = ThreadExecutor(2)
    executor.open(lambda *_: lock, print)
    (end,) = drive(executor, [work(0)])
    executor.close()
    assert isinstance(end, Ended)
    assert end.result is lock


def test_a_trial_that_outlives_the_opening_goes_unheard() -> None:
    begun, go, gone = threading.Event(), threading.Event(), threading.Event()
    raised: list[BaseException] = []

    def late(channel: Channel, _: Work) -> str:
        begun.set()
        go.wait(60)
        channel.send("late")
        try:
            channel.call("are you there?")
        except ExecutorError as error:
            raised.append(error)
        gone.set()
        return "late"

    executor = ThreadExecutor(1)
    executor.open(late, print)
    executor.submit(work(0))
    assert begun.wait(60)
    executor.close()
    executor.open(lambda *_: "new", print)
    executor.submit(work(1))
    go.set()
    assert gone.wait(60)
    assert [message.result for message in executor.messages() if isinstance(message, Ended)] == ["new"]
    assert list(executor.messages(0)) == []
    executor.close()
    assert len(raised) == 1


def test_closing_frees_a_trial_that_waits_for_an_answer() -> None:
    freed = threading.Event()

    def ask(channel: Channel, _: Work) -> None:
        try:
            channel.call("what now?")
        finally:
            freed.set()

    executor = ThreadExecutor(1)
    executor.open(ask, print)
    executor.submit(work(0))
    executor.messages()
    executor.close()
    assert freed.wait(60)


def test_leaving_the_program_from_a_thread_ends_the_trial_only() -> None:
    executor = ThreadExecutor(1)
    executor.open(lambda *_: sys.exit("bye"), print)
    (lost,) = drive(executor, [work(0)])
    executor.close()
    assert isinstance(lost, Lost)
    assert "SystemExit: bye" in str(lost.error)
    assert "sys.exit" in lost.output


def test_using_it_closed_is_an_error() -> None:
    executor = ThreadExecutor(1)
    for use in (lambda: executor.submit(work(0)), executor.messages):
        with pytest.raises(UsageError, match="not open"):
            use()


SCRIPT = """
import os, signal, threading, time
from tunesmith.executors.thread import ThreadExecutor
from tunesmith.testing.executors import work

executor = ThreadExecutor(2)
executor.open(lambda *_: time.sleep(600), print)
executor.submit(work(0))
threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    executor.messages()
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_ctrl_c_interrupts_the_wait_and_no_thread_holds_up_the_end() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "interrupted\n"
    assert time.monotonic() - began < 30


def test_the_line_names_the_threads() -> None:
    lines: list[Any] = []
    for n in (1, 3):
        executor = ThreadExecutor(n)
        lines.append(executor.open(lambda *_: None, print))
        executor.close()
    assert lines == ["1 thread", "3 threads"]
