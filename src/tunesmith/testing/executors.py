"""What every executor promises, as tests: subclass `ExecutorContract`, say how to make yours, and let pytest run it."""

from __future__ import annotations

import abc
import functools
import os
import threading
import time
import unittest
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tunesmith.errors import TrialTimeout, WorkerDied
from tunesmith.executors import Asked, Channel, Ended, Executor, Lost, Message, Said, Task, Work
from tunesmith.space import Params

Answer = Callable[[Said | Asked], Any]


def work(number: int, timeout: float | None = None, **params: Any) -> Work:
    """A work to submit, first attempt, with a seed of its own.

    Examples
    --------
    >>> work(3, x=0.5).params["x"]
    0.5
    """
    return Work(number, 1, Params(params), seed=1000 + number, timeout=timeout)


def drive(executor: Executor, works: Sequence[Work], answer: Answer = lambda _: None) -> list[Message]:
    """Run works on an open executor as `Study.optimize` would: never more than its slots at once.

    Parameters
    ----------
    executor
        Open; give `open` the same `answer` if it is one that asks in the caller's own thread.
    works
        What to run, in this order.
    answer
        Gives the reply to a question.

    Returns
    -------
    All messages, in the order in which they came.
    """
    waiting, flying, heard = list(works), 0, list[Message]()
    while waiting or flying:
        while waiting and flying < executor.slots:
            executor.submit(waiting.pop(0))
            flying += 1
        for message in executor.messages(timeout=60):
            heard.append(message)
            if isinstance(message, Asked):
                executor.reply(message, answer(message))
            flying -= isinstance(message, Ended | Lost)
    return heard


class ExecutorContract(abc.ABC):
    """Tests that every executor passes.

    Examples
    --------
    >>> from tunesmith.executors.thread import ThreadExecutor
    >>> class TestThread(ExecutorContract):
    ...     def make(self, slots):
    ...         return ThreadExecutor(slots)
    >>> TestThread().test_a_question_is_answered()
    """

    @abc.abstractmethod
    def make(self, slots: int) -> Executor:
        """A new executor with this many slots, or as many as it can have."""

    @contextmanager
    def opened(self, task: Task, slots: int = 2, answer: Answer = lambda _: None) -> Iterator[Executor]:
        """An executor that is open, and closed at the end."""
        executor = self.make(slots)
        executor.open(task, answer)
        try:
            yield executor
        finally:
            executor.close()

    def elsewhere(self) -> None:
        """Skip the test for an executor that has one slot in the caller's own thread."""
        if self.make(2).slots < 2:
            raise unittest.SkipTest("this executor does one thing at a time")

    def killing(self) -> None:
        """Skip the test for an executor that cannot end a trial from outside."""
        if not self.make(1).can_kill:
            raise unittest.SkipTest("this executor cannot end a trial from outside")

    # -- works and results ---------------------------------------------------------------------------------------

    def test_opening_says_in_one_line_what_there_is(self) -> None:
        executor = self.make(2)
        line = executor.open(_echo, _nothing)
        executor.close()
        assert line
        assert "\n" not in line

    def test_it_has_the_slots_that_were_asked_for_or_one(self) -> None:
        assert self.make(2).slots in {1, 2}
        assert self.make(1).slots == 1

    def test_each_work_gets_exactly_one_end_with_its_result(self) -> None:
        works = [work(number, x=number / 8) for number in range(20)]
        with self.opened(_echo) as executor:
            heard = drive(executor, works)
        assert all(isinstance(message, Ended) for message in heard)
        results = {message.number: message.result for message in heard if isinstance(message, Ended)}
        assert results == {number: (number, 1, {"x": number / 8}, 1000 + number) for number in range(20)}
        assert len(heard) == 20

    def test_a_lambda_with_a_closure_is_a_task(self) -> None:
        offset = 40
        with self.opened(lambda _, given: given.params["x"] + offset) as executor:
            (end,) = drive(executor, [work(0, x=2)])
        assert isinstance(end, Ended)
        assert end.result == 42

    def test_large_params_and_results_pass(self) -> None:
        with self.opened(lambda _, given: given.params["x"] * 3) as executor:
            (end,) = drive(executor, [work(0, x="a" * 2_000_000)])
        assert isinstance(end, Ended)
        assert end.result == "a" * 6_000_000

    def test_without_work_there_is_nothing_to_wait_for(self) -> None:
        with self.opened(_echo) as executor:
            assert list(executor.messages()) == []
            drive(executor, [work(0)])
            assert list(executor.messages()) == []

    def test_an_attempt_keeps_its_number(self) -> None:
        with self.opened(_echo) as executor:
            executor.submit(Work(4, 7, Params(), seed=0))
            (end,) = _until(executor, lambda message: isinstance(message, Ended))
        assert (end.number, end.attempt) == (4, 7)

    # -- while it runs -------------------------------------------------------------------------------------------

    def test_what_a_task_says_comes_in_order_and_before_its_end(self) -> None:
        said: list[Any] = []
        with self.opened(_count_to_fifty, answer=_keep(said)) as executor:
            heard = drive(executor, [work(0), work(1)])
        assert all(isinstance(message, Ended) for message in heard[-1:])
        for number in (0, 1):
            of_one = [m for m in heard if m.number == number]
            told = [m.payload for m in of_one if isinstance(m, Said)] or [p for n, p in said if n == number]
            assert told == list(range(50))
            assert isinstance(of_one[-1], Ended)

    def test_a_question_is_answered(self) -> None:
        answer = lambda asked: asked.payload * 2  # noqa: E731 - named, for it is needed twice
        with self.opened(_ask_until_large, answer=answer) as executor:
            ends = [m for m in drive(executor, [work(0, x=3), work(1, x=5)], answer) if isinstance(m, Ended)]
        assert {end.number: end.result for end in ends} == {0: 192, 1: 160}

    def test_any_thread_of_a_task_may_speak(self) -> None:
        said: list[Any] = []
        answer = _keep(said)
        with self.opened(_speak_from_threads, answer=answer) as executor:
            heard = drive(executor, [work(0)], answer)
        told = [m.payload for m in heard if isinstance(m, Said)] or [p for _, p in said if isinstance(p, tuple)]
        assert sorted(told) == [(thread, number) for thread in range(4) for number in range(25)]
        assert isinstance(heard[-1], Ended)
        assert heard[-1].result == 4

    def test_works_run_side_by_side(self) -> None:
        self.elsewhere()
        with self.opened(_ask_once) as executor:
            executor.submit(work(0))
            executor.submit(work(1))
            asked = _until(executor, lambda message: isinstance(message, Asked), 2)
            assert {message.number for message in asked} == {0, 1}
            for message in asked:
                assert isinstance(message, Asked)
                executor.reply(message, message.number)
            ends = _until(executor, lambda message: isinstance(message, Ended), 2)
        assert all(isinstance(end, Ended) and end.result == end.number for end in ends)

    def test_waiting_ends_at_its_timeout(self) -> None:
        self.elsewhere()
        with self.opened(_ask_once) as executor:
            executor.submit(work(0))
            (asked,) = _until(executor, lambda message: isinstance(message, Asked))
            began = time.monotonic()
            assert list(executor.messages(0.05)) == []
            assert 0.04 < time.monotonic() - began < 5
            assert isinstance(asked, Asked)
            executor.reply(asked, "go on")
            (end,) = _until(executor, lambda message: isinstance(message, Ended))
        assert isinstance(end, Ended)
        assert end.result == "go on"

    def test_a_task_that_raises_ends_its_trial_only(self) -> None:
        self.elsewhere()
        with self.opened(_raise_if_odd) as executor:
            heard = drive(executor, [work(0), work(1), work(2), work(3)])
        assert {m.number for m in heard if isinstance(m, Ended)} == {0, 2}
        lost = [m for m in heard if isinstance(m, Lost)]
        assert {m.number for m in lost} == {1, 3}
        assert all("KeyboardInterrupt" in str(m.error) and not m.cancelled for m in lost)

    # -- ends ----------------------------------------------------------------------------------------------------

    def test_closing_twice_and_opening_again_is_fine(self) -> None:
        executor = self.make(2)
        executor.close()
        for factor in (2, 3):
            executor.open(functools.partial(_times, factor), _nothing)
            (end,) = drive(executor, [work(0, x=7)])
            assert isinstance(end, Ended)
            assert end.result == 7 * factor
            executor.close()
            executor.close()

    def test_closing_does_not_wait_for_a_trial(self) -> None:
        self.elsewhere()
        executor = self.make(2)
        executor.open(_ask_once, _nothing)
        executor.submit(work(0))
        _until(executor, lambda message: isinstance(message, Asked))
        began = time.monotonic()
        executor.close()
        assert time.monotonic() - began < 5

    def test_cancelling_what_does_not_run_says_no(self) -> None:
        with self.opened(_echo) as executor:
            assert executor.cancel(17) is False
            drive(executor, [work(0)])
            assert executor.cancel(0) is False

    def test_cancelling_ends_a_trial(self) -> None:
        self.killing()
        with self.opened(_ask_once, slots=1) as executor:
            executor.submit(work(0))
            _until(executor, lambda message: isinstance(message, Asked))
            assert executor.cancel(0) is True
            (lost,) = _until(executor, lambda message: isinstance(message, Lost))
            assert isinstance(lost, Lost)
            assert lost.cancelled
            executor.submit(work(1))
            assert [m.number for m in _until(executor, lambda message: isinstance(message, Asked))] == [1]

    def test_a_trial_beyond_its_limit_is_ended(self) -> None:
        self.killing()
        with self.opened(_ask_once, slots=1) as executor:
            executor.submit(work(0, timeout=0.2))
            (lost,) = _until(executor, lambda message: isinstance(message, Lost))
        assert isinstance(lost, Lost)
        assert isinstance(lost.error, TrialTimeout)
        assert not lost.cancelled

    def test_a_dead_worker_is_a_lost_trial_and_the_next_one_runs(self) -> None:
        self.killing()
        with self.opened(_leave_if_odd, slots=1) as executor:
            heard = drive(executor, [work(1), work(2)])
        lost, end = heard
        assert isinstance(lost, Lost)
        assert isinstance(lost.error, WorkerDied)
        assert "exit code 3" in str(lost.error)
        assert "last words" in lost.output
        assert isinstance(end, Ended)


def _until(executor: Executor, wanted: Callable[[Message], bool], count: int = 1) -> list[Message]:
    found: list[Message] = []
    until = time.monotonic() + 60
    while len(found) < count and time.monotonic() < until:
        found += [message for message in executor.messages(timeout=60) if wanted(message)]
    return found


def _keep(said: list[Any]) -> Answer:
    """Keep what an executor in the caller's own thread hands to `serve`."""
    return lambda message: said.append((message.number, message.payload))


def _nothing(_: Said | Asked) -> None:
    return None


def _echo(_: Channel, given: Work) -> Any:
    return given.number, given.attempt, dict(given.params), given.seed


def _times(factor: int, _: Channel, given: Work) -> Any:
    return factor * given.params["x"]


def _count_to_fifty(channel: Channel, _: Work) -> None:
    for number in range(50):
        channel.send(number)


def _ask_until_large(channel: Channel, given: Work) -> int:
    value: int = given.params["x"]
    while value < 100:
        value = channel.call(value)
    return value


def _ask_once(channel: Channel, _: Work) -> Any:
    return channel.call("what now?")


def _raise_if_odd(_: Channel, given: Work) -> None:
    if given.number % 2:
        raise KeyboardInterrupt


def _leave_if_odd(_: Channel, given: Work) -> None:
    if given.number % 2:
        print("last words")  # noqa: T201 - to be found in the output
        os._exit(3)


def _speak_from_threads(channel: Channel, _: Work) -> int:
    heard: list[Any] = []

    def speak(thread: int) -> None:
        for number in range(25):
            channel.send((thread, number))
        heard.append(channel.call(thread))

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(heard)
