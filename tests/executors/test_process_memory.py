"""Data reach all workers by one mapping: their memory is shared, whatever their number."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunesmith.executors import Channel, Ended, Work
from tunesmith.executors.process import ProcessExecutor
from tunesmith.testing.executors import drive, work

pytestmark = [pytest.mark.core, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

WORKERS = 3
SIZE = 50_000_000


def pss(pid: int | str = "self") -> int:
    """Bytes of a process, shared pages divided among those who share them.

    Libraries are left out: how many strangers share them changes from one moment to the next.
    """
    total, counts = 0, True
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = line.split(maxsplit=5)
        if "-" in head[0] and not head[0].endswith(":"):
            counts = not (len(head) == 6 and (".so" in head[5] or "/bin/" in head[5]))
        elif counts and head[0] == "Pss:":
            total += int(head[1]) * 1000
    assert total
    return total


def growth(task: Callable[[Channel, Work], Any]) -> int:
    """How much memory all workers have while they all have looked at the data, beyond what they have without any."""

    def measured(task: Callable[[Channel, Work], Any]) -> int:
        executor = ProcessExecutor(WORKERS)
        before = pss()
        executor.open(lambda channel, given: (task(channel, given), channel.call("measure me")), print)
        heard: list[Any] = []
        try:
            for number in range(WORKERS):
                executor.submit(work(number))
            while len(heard) < WORKERS:
                heard += executor.messages()
            assert executor._crew is not None
            total = sum(pss(child.pid) for child in executor._crew._children) + pss() - before
        finally:
            executor.close()
        return total

    return measured(task) - measured(lambda *_: __import__("numpy").ones(1).sum())


def test_three_workers_read_50_mb_of_numpy_at_the_price_of_one() -> None:
    X, y = np.ones((SIZE // 80, 9)), np.ones(SIZE // 80)
    assert growth(lambda *_: X.sum() + y.sum()) < 1.3 * SIZE


def test_what_one_worker_writes_the_others_do_not_see() -> None:
    X = np.zeros(2_000_000)

    def count(*_: Any) -> float:
        X[0] += 1
        return float(X[0])

    executor = ProcessExecutor(2)
    executor.open(count, print)
    executor.submit(work(0))
    executor.submit(work(1))
    heard: list[Any] = []
    while len(heard) < 2:
        heard += executor.messages()
    (last,) = drive(executor, [work(2)])
    executor.close()
    assert [message.result for message in heard] == [1.0, 1.0]
    assert isinstance(last, Ended)
    assert last.result == 2.0
    assert X[0] == 0
