"""The serial executor is a function call: exceptions, output and debuggers work as without it."""

from __future__ import annotations

import os
import threading

import pytest

from tunesmith.executors import Channel, Ended, Said, Work
from tunesmith.executors.serial import SerialExecutor
from tunesmith.testing.executors import drive, work

pytestmark = pytest.mark.core


def test_a_trial_runs_in_our_own_thread() -> None:
    executor = SerialExecutor()
    executor.open(lambda *_: (os.getpid(), threading.get_ident()), print)
    (end,) = drive(executor, [work(0)])
    assert isinstance(end, Ended)
    assert end.result == (os.getpid(), threading.get_ident())


def test_ctrl_c_passes_through() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    executor = SerialExecutor()
    executor.open(interrupt, print)
    executor.submit(work(0))
    with pytest.raises(KeyboardInterrupt):
        executor.messages()
    executor.close()


def test_questions_are_answered_on_the_spot() -> None:
    asked: list[object] = []

    def serve(message: object) -> int:
        asked.append(message)
        return 42

    def task(channel: Channel, _: Work) -> int:
        channel.send("hello")
        return int(channel.call("how much?"))

    executor = SerialExecutor()
    executor.open(task, serve)
    (end,) = drive(executor, [work(0)])
    assert isinstance(end, Ended)
    assert end.result == 42
    assert isinstance(asked[0], Said)
    assert len(asked) == 2
