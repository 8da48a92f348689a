"""However a worker ends, its trial is lost with the reason and the last output, and the next trial runs."""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tunesmith.errors import ExecutorError, TrialTimeout, WorkerDied
from tunesmith.executors import Channel, Ended, Lost, Work
from tunesmith.executors.process import ProcessExecutor
from tunesmith.testing.executors import drive, work

pytestmark = [pytest.mark.core, pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")]


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    found = ProcessExecutor(1)
    found.open(lambda _, given: given.params["do"](), print)  # by value: a worker need not import this file
    yield found
    found.close()


def lost(executor: ProcessExecutor, do: Callable[[], Any], timeout: float | None = None) -> Lost:
    """Run one work that does not come back; the next one must."""
    first, second = drive(executor, [work(0, timeout, do=do), work(1, do=lambda: "well")])
    assert isinstance(second, Ended)
    assert second.result == "well"
    assert isinstance(first, Lost)
    assert not first.cancelled
    return first


def test_leaving_at_once(executor: ProcessExecutor) -> None:
    def leave() -> None:
        print("on my way")  # noqa: T201
        os._exit(3)

    found = lost(executor, leave)
    assert isinstance(found.error, WorkerDied)
    assert 'Trial 0 lost its worker process: exit code 3. It last printed: "on my way".' in str(found.error)
    assert found.output == "on my way"


@pytest.mark.parametrize("code", [0, 1, 255])
def test_any_exit_code(executor: ProcessExecutor, code: int) -> None:
    assert f"exit code {code}." in str(lost(executor, lambda: os._exit(code)).error)


def test_killed(executor: ProcessExecutor) -> None:
    found = lost(executor, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert "exit code -9: killed (SIGKILL), likely out of memory" in str(found.error)
    assert "fewer workers" in found.error.hint


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_ended_by_another_signal(executor: ProcessExecutor, number: signal.Signals) -> None:
    found = lost(executor, lambda: os.kill(os.getpid(), number))
    assert f"exit code -{int(number)}: ended by {number.name}" in str(found.error)


def test_a_segmentation_fault_shows_where(executor: ProcessExecutor) -> None:
    def crash_in_c() -> None:
        faulthandler._sigsegv()  # type: ignore[attr-defined]

    found = lost(executor, crash_in_c)
    assert "segmentation fault (SIGSEGV) in C code" in str(found.error)
    assert "Segmentation fault" in found.output
    assert "in crash_in_c" in found.output


def test_a_null_pointer(executor: ProcessExecutor) -> None:
    assert "SIGSEGV" in str(lost(executor, lambda: ctypes.string_at(0)).error)


def test_aborting(executor: ProcessExecutor) -> None:
    assert "aborted (SIGABRT)" in str(lost(executor, os.abort).error)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python guards the stack of C")
def test_the_stack_of_c_overflowing(executor: ProcessExecutor) -> None:
    def deeper() -> None:
        sys.setrecursionlimit(10**9)
        nested: Any = []
        for _ in range(300_000):
            nested = [nested]
        gc.disable()
        hash_of = ctypes.pythonapi.PyObject_Repr
        hash_of.argtypes, hash_of.restype = [ctypes.py_object], ctypes.py_object
        hash_of(nested)

    text = str(lost(executor, deeper).error)
    assert "SIGSEGV" in text or "RecursionError" in text  # from Python 3.12 on the interpreter notices in time


def test_output_without_a_newline_and_of_c_is_kept(executor: ProcessExecutor) -> None:
    def speak() -> None:
        os.write(2, b"from C")
        sys.stdout.write(" and python")
        sys.stdout.flush()
        os._exit(1)

    assert lost(executor, speak).output == "from C and python"


def test_printing_a_hundred_megabytes(executor: ProcessExecutor) -> None:
    def chatter() -> None:
        line = "x" * 1023 + "\n"
        for _ in range(100):
            sys.stdout.write(line * 1024)
        print("the end")  # noqa: T201
        os._exit(5)

    found = lost(executor, chatter)
    assert found.output.endswith("the end")
    assert len(found.output.encode()) <= 4096
    assert len(str(found.error)) < 1500


def test_output_is_of_this_trial_only(executor: ProcessExecutor) -> None:
    first, second = drive(executor, [work(0, do=lambda: print("old")), work(1, do=lambda: os._exit(4))])  # noqa: T201
    assert isinstance(first, Ended)
    assert isinstance(second, Lost)
    assert second.output == ""


def test_hanging(executor: ProcessExecutor) -> None:
    def hang() -> None:
        print("here")  # noqa: T201
        time.sleep(600)

    began = time.monotonic()
    found = lost(executor, hang, timeout=0.3)
    assert isinstance(found.error, TrialTimeout)
    assert 'Trial 0 ran longer than its limit of 0.3 s and was ended. It last printed: "here".' in str(found.error)
    assert time.monotonic() - began < 15


def test_hanging_with_all_signals_blocked(executor: ProcessExecutor) -> None:
    def deaf() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(600)

    began = time.monotonic()
    assert isinstance(lost(executor, deaf, timeout=0.2).error, TrialTimeout)
    assert 2 < time.monotonic() - began < 15  # the grace, and not much more


def test_hanging_in_c_with_the_interpreter_s_lock(executor: ProcessExecutor) -> None:
    assert isinstance(lost(executor, lambda: ctypes.PyDLL(None).sleep(600), timeout=0.2).error, TrialTimeout)


def test_stopped(executor: ProcessExecutor) -> None:
    found = lost(executor, lambda: os.kill(os.getpid(), signal.SIGSTOP), timeout=0.2)
    assert isinstance(found.error, TrialTimeout)


def test_time_to_clean_up(executor: ProcessExecutor, tmp_path: Any) -> None:
    def tidy() -> None:
        def clean(*_: object) -> None:
            time.sleep(0.2)
            (tmp_path / "tidy").touch()
            os._exit(0)

        signal.signal(signal.SIGTERM, clean)
        time.sleep(600)

    assert isinstance(lost(executor, tidy, timeout=0.3).error, TrialTimeout)
    assert (tmp_path / "tidy").exists()


def test_closing_every_file_descriptor(executor: ProcessExecutor) -> None:
    def close() -> None:
        os.closerange(3, 1000)
        time.sleep(600)

    found = lost(executor, close)
    assert "channel" in str(found.error)


def test_writing_garbage_into_every_file_descriptor(executor: ProcessExecutor) -> None:
    def spoil() -> None:
        for number in range(3, 64):
            try:
                os.write(number, b"garbage that no frame begins with")
            except OSError:
                continue
        time.sleep(600)

    assert "wrote something of its own into the channel" in str(lost(executor, spoil).error)


def test_starting_processes_that_hold_on_to_everything(executor: ProcessExecutor) -> None:
    def father() -> None:
        if os.fork() == 0:
            time.sleep(600)
        os._exit(6)

    began = time.monotonic()
    assert "exit code 6" in str(lost(executor, father).error)
    assert time.monotonic() - began < 10


def test_what_a_trial_started_ends_with_it(executor: ProcessExecutor) -> None:
    def father() -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid)  # noqa: T201
        time.sleep(600)

    found = lost(executor, father, timeout=1)
    pid = int(found.output)
    until = time.monotonic() + 10
    while time.monotonic() < until and _runs(pid):
        time.sleep(0.01)
    assert not _runs(pid)


def test_a_forked_child_that_comes_back_says_nothing(executor: ProcessExecutor) -> None:
    def fork() -> str:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        return "child" if child == 0 else "parent"

    (end,) = drive(executor, [work(0, do=fork)])
    assert isinstance(end, Ended)
    assert end.result == "parent"


def test_a_result_that_cannot_travel(executor: ProcessExecutor) -> None:
    (end,) = drive(executor, [work(0, do=threading.Lock)])
    assert isinstance(end, Lost)
    assert "its result, lock, cannot be pickled" in str(end.error)
    assert "Return numbers" in end.error.hint


def test_a_result_that_cannot_be_loaded_here(executor: ProcessExecutor) -> None:
    def trap() -> Any:
        class Trap:
            def __reduce__(self) -> Any:
                return (eval, ("1 / 0",))

        return Trap()

    (end,) = drive(executor, [work(0, do=trap)])
    assert isinstance(end, Lost)
    assert "cannot be loaded here (ZeroDivisionError" in str(end.error)


def test_dying_between_trials_is_no_trial_s_fault(executor: ProcessExecutor) -> None:
    def later() -> None:
        threading.Timer(0.1, os._exit, [7]).start()

    (end,) = drive(executor, [work(0, do=later)])
    assert isinstance(end, Ended)
    time.sleep(0.3)
    (end,) = drive(executor, [work(1, do=lambda: "well")])
    if isinstance(end, Lost):  # it was noticed only after the work had been handed over
        assert "exit code 7" in str(end.error)
    (end,) = drive(executor, [work(2, do=lambda: "well")])
    assert isinstance(end, Ended)


def test_dying_over_and_over(executor: ProcessExecutor) -> None:
    heard = drive(executor, [work(number, do=lambda: os._exit(9)) for number in range(15)])
    assert [message.number for message in heard] == list(range(15))
    assert all(isinstance(message, Lost) for message in heard)


def test_a_task_that_loads_once_and_never_again(tmp_path: Any) -> None:
    """A worker that dies while it loads the task loses its trial; no worker is started over and over."""
    marker = tmp_path / "loaded"

    class Moody:
        def __reduce__(self) -> Any:
            code = f"import os, pathlib; p = pathlib.Path({str(marker)!r}); os._exit(8) if p.exists() else p.touch()"
            return (exec, (code,))

    moody = Moody()
    executor = ProcessExecutor(1)
    executor.open(lambda _, given: (moody, os._exit(3)), print)
    heard = drive(executor, [work(0), work(1), work(2)])
    executor.close()
    assert ["exit code 3" in str(heard[0].error), "exit code 8" in str(heard[1].error)] == [True, True]  # type: ignore[union-attr]
    assert isinstance(heard[2], Lost)


def test_dying_while_opening_is_an_error_of_open() -> None:
    class Deadly:
        def __reduce__(self) -> Any:
            return (os._exit, (5,))

    deadly = Deadly()
    executor = ProcessExecutor(2)
    with pytest.raises(ExecutorError, match=r"did not start: exit code 5"):
        executor.open(lambda *_: deadly, print)
    executor.close()


def test_cancelling_the_deaf_and_the_waiting() -> None:
    def deaf(channel: Channel, _: Work) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        channel.call("deaf")

    executor = ProcessExecutor(1)
    executor.open(deaf, print)
    try:
        executor.submit(work(0))
        executor.submit(work(1))
        assert executor.messages()[0].number == 0
        assert executor.cancel(1)
        assert executor.cancel(0)
        heard: list[Any] = []
        while len(heard) < 2:
            heard += executor.messages()
        assert [(message.number, message.cancelled) for message in heard] == [(1, True), (0, True)]
    finally:
        executor.close()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
