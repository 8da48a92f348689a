"""The process executor takes any objective, shares out the cores, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunesmith import _platform
from tunesmith.errors import ExecutorError, UsageError
from tunesmith.executors import Ended
from tunesmith.executors.process import ProcessExecutor
from tunesmith.testing.executors import drive, work

pytestmark = pytest.mark.core

posix = pytest.mark.skipif(sys.platform == "win32", reason="as POSIX has it")

SCRIPT = """
from tunesmith.executors.process import ProcessExecutor
from tunesmith.testing.executors import drive, work

class Point:
    def __init__(self, x):
        self.x = x

def square(x):
    return Point(x * x)

def objective(channel, given):
    return square(given.params["x"])

executor = ProcessExecutor(2)
executor.open(objective, print)
ends = drive(executor, [work(number, x=number) for number in range(4)])
executor.close()
print(sorted(end.result.x for end in ends), all(type(end.result) is Point for end in ends))
"""


def results(task: Callable[..., Any], slots: int = 1, count: int = 1, **params: Any) -> list[Any]:
    executor = ProcessExecutor(slots)
    executor.open(task, print)
    try:
        heard = drive(executor, [work(number, **params) for number in range(count)])
    finally:
        executor.close()
    assert all(isinstance(message, Ended) for message in heard), heard
    return [message.result for message in heard if isinstance(message, Ended)]


def run(*command: str, **options: Any) -> str:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=60, check=False, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# -- objectives ------------------------------------------------------------------------------------------------------


def test_a_script_needs_no_guard_for_its_main_module(tmp_path: Path) -> None:
    (tmp_path / "tune.py").write_text(SCRIPT)
    assert run(str(tmp_path / "tune.py")) == "[0, 1, 4, 9] True"


def test_a_command_line_as_a_notebook_has_no_file() -> None:
    assert run("-c", SCRIPT) == "[0, 1, 4, 9] True"


def test_standard_input() -> None:
    assert run("-", input=SCRIPT) == "[0, 1, 4, 9] True"


def test_modules_beside_a_script_and_those_of_a_path_that_it_made(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("def f(c, w): return other.g(w)\nimport other")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "other.py").write_text("def g(w): return [w.params['x']]")
    (tmp_path / "tune.py").write_text(
        f"import sys; sys.path.append({str(tmp_path / 'lib')!r}); import beside\n"
        + SCRIPT.replace("executor.open(objective", "executor.open(beside.f").partition("print(")[0]
        + "print([end.result for end in ends])"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert sorted(json.loads(run(str(tmp_path / "tune.py"), cwd=elsewhere))) == [[0], [1], [2], [3]]


def test_a_directory_full_of_names_of_the_standard_library(tmp_path: Path) -> None:
    for name in ("json", "random", "struct", "socket", "signal", "queue", "types", "numpy", "tunesmith"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "tune.py").write_text(SCRIPT)
    assert run(str(tmp_path / "home" / "tune.py"), cwd=tmp_path) == "[0, 1, 4, 9] True"


def test_options_of_the_interpreter_are_passed_on(tmp_path: Path) -> None:
    script = SCRIPT.replace("return square(given.params['x'])", "").replace(
        "    return square(", "    import sys; assert False, 'not optimized'\n    return square("
    )
    assert run("-O", "-c", script) == "[0, 1, 4, 9] True"


def test_a_worker_is_as_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MY_SETTING", "ü")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["tune", "--lr", "3"])
    ((setting, where, arguments, path),) = results(
        lambda *_: (os.environ["MY_SETTING"], os.getcwd(), sys.argv, sys.path)  # noqa: PTH109
    )
    assert (setting, where, arguments) == ("ü", str(tmp_path), ["tune", "--lr", "3"])
    assert path == sys.path


def test_a_worker_does_not_wait_for_input() -> None:
    def ask(*_: Any) -> str:
        try:
            return input()
        except EOFError:
            return "nobody there"

    assert results(ask) == ["nobody there"]


def test_printing_what_no_terminal_could_show() -> None:
    assert results(lambda *_: print("\udcff ü \U0001f600")) == [None]  # noqa: T201


def test_an_objective_of_a_module_that_is_nowhere() -> None:
    code = SCRIPT.replace("executor.open(objective", "executor.open(module.f").replace(
        "executor = ", "import sys, types; module = sys.modules['nowhere'] = types.ModuleType('nowhere')\n"
        "exec('def f(c, w): pass', vars(module)); executor = "
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "cannot load the objective: ModuleNotFoundError: No module named 'nowhere'" in done.stderr
    assert "same sys.path" in done.stderr


def test_a_module_that_starts_workers_while_it_is_imported(tmp_path: Path) -> None:
    """Without the refusal each worker would start workers of its own, without end."""
    (tmp_path / "unguarded.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-c", "import unguarded"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 'if __name__ == "__main__":' in done.stderr


def test_an_objective_may_have_workers_of_its_own() -> None:
    def nested(*_: Any) -> list[Any]:
        inner = ProcessExecutor(1)
        inner.open(lambda *_: "deep", print)
        try:
            return [message.result for message in drive(inner, [work(0)]) if isinstance(message, Ended)]
        finally:
            inner.close()

    assert results(nested) == [["deep"]]


def test_multiprocessing_in_an_objective() -> None:
    def pool(*_: Any) -> list[int]:
        import multiprocessing

        with multiprocessing.get_context("spawn").Pool(1) as workers:
            return workers.map(abs, [-1, -2])

    assert results(pool) == [[1, 2]]


def test_signals_of_an_objective_are_its_own() -> None:
    def alarm(*_: Any) -> str:
        heard: list[int] = []
        signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
        os.kill(os.getpid(), signal.SIGUSR1)
        return str(heard)

    if sys.platform != "win32":
        assert results(alarm) == [str([int(signal.SIGUSR1)])]


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux has it")
def test_memory_that_runs_out_costs_a_worker_and_not_the_study() -> None:
    ours = int(Path("/proc/self/oom_score_adj").read_text())
    assert results(lambda *_: int(open("/proc/self/oom_score_adj").read())) == [min(1000, ours + 200)]  # noqa: PTH123, SIM115


# -- threads ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.endswith("_NUM_THREADS"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(("slots", "words"), [(1, "1 process, "), (2, "2 processes, ")])
@pytest.mark.usefixtures("no_limits")
def test_each_worker_gets_its_share_of_the_cores(slots: int, words: str) -> None:
    executor = ProcessExecutor(slots)
    line = executor.open(lambda *_: os.environ["OMP_NUM_THREADS"], print)
    (end,) = drive(executor, [work(0)])
    executor.close()
    share = max(1, _platform.cores() // slots)
    assert line == words + ("1 thread" if share == 1 else f"{share} threads") + (" each" if slots > 1 else "")
    assert isinstance(end, Ended)
    assert end.result == str(share)


@pytest.mark.usefixtures("no_limits")
def test_what_the_user_exported_is_kept_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    executor = ProcessExecutor(2)
    line = executor.open(lambda *_: os.environ["OMP_NUM_THREADS"], print)
    (end,) = drive(executor, [work(0)])
    executor.close()
    assert line == "2 processes, 5 threads (OMP_NUM_THREADS) each"
    assert isinstance(end, Ended)
    assert end.result == "5"


@pytest.mark.needs("sklearn")
@pytest.mark.usefixtures("no_limits")
def test_libraries_see_the_share() -> None:
    def measure(*_: Any) -> tuple[list[int], int, int]:
        import joblib
        import sklearn.ensemble
        import threadpoolctl
        from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

        assert sklearn.ensemble is not None
        pools = [found["num_threads"] for found in threadpoolctl.threadpool_info()]
        return pools, joblib.effective_n_jobs(-1), _openmp_effective_n_threads()

    ((pools, jobs, openmp),) = results(measure, slots=_platform.cores())
    assert pools
    assert {*pools, jobs, openmp} == {1}


# -- life ------------------------------------------------------------------------------------------------------------


def test_workers_are_warm() -> None:
    assert len(set(results(lambda *_: os.getpid(), slots=1, count=20))) == 1


def test_a_round_trip_takes_less_than_a_millisecond_of_our_time() -> None:
    executor = ProcessExecutor(1)
    executor.open(lambda *_: None, print)
    drive(executor, [work(number) for number in range(20)])
    began = time.process_time()
    drive(executor, [work(number) for number in range(500)])
    spent = time.process_time() - began
    executor.close()
    assert spent / 500 < 0.001


def test_waiting_costs_nothing() -> None:
    executor = ProcessExecutor(1)
    executor.open(lambda *_: time.sleep(1), print)
    executor.submit(work(0))
    began = time.process_time()
    assert len(executor.messages()) == 1
    assert time.process_time() - began < 0.05
    executor.close()


def test_closing_is_quick_busy_or_idle() -> None:
    for task in (lambda *_: None, lambda *_: time.sleep(600)):
        executor = ProcessExecutor(2)
        executor.open(task, print)
        executor.submit(work(0))
        executor.messages(0.1)
        began = time.monotonic()
        executor.close()
        assert time.monotonic() - began < 3


def test_idle_workers_leave_as_programs_do(tmp_path: Path) -> None:
    def remember(*_: Any) -> None:
        import atexit

        atexit.register((tmp_path / "left").touch)

    results(remember)
    assert (tmp_path / "left").exists()


@posix
def test_nothing_is_left_open() -> None:
    def count() -> int:
        return len(os.listdir("/dev/fd"))  # noqa: PTH208 - a listing of its own

    results(lambda *_: None, slots=2)
    before = count()
    for _ in range(3):
        results(lambda *_: None, slots=2)
    assert count() == before


def test_using_it_closed_is_an_error() -> None:
    executor = ProcessExecutor(1)
    for use in (lambda: executor.submit(work(0)), executor.messages, lambda: executor.cancel(0)):
        with pytest.raises(UsageError, match="not open"):
            use()


def test_more_works_than_slots_wait_their_turn() -> None:
    executor = ProcessExecutor(1)
    executor.open(lambda _, given: given.number, print)
    for number in range(5):
        executor.submit(work(number))
    found: list[Any] = []
    while len(found) < 5:
        found += executor.messages()
    executor.close()
    assert [message.number for message in found] == [0, 1, 2, 3, 4]


def test_echo_shows_what_workers_print(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def once(executor: ProcessExecutor) -> str:
        executor.open(lambda *_: print("hello from a worker"), print)  # noqa: T201
        drive(executor, [work(0)])
        executor.close()
        return capfd.readouterr().err

    assert once(ProcessExecutor(1)) == ""
    assert once(ProcessExecutor(1, echo=True)) == "hello from a worker\n"
    monkeypatch.setenv("TUNESMITH_ECHO", "1")
    assert once(ProcessExecutor(1)) == "hello from a worker\n"


@posix
def test_children_that_nobody_waits_for() -> None:
    """Some programs ignore SIGCHLD, and the system then takes exit codes away."""
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert results(lambda *_: "well") == ["well"]
    finally:
        signal.signal(signal.SIGCHLD, previous)


@posix
def test_a_forked_copy_leaves_the_workers_alone() -> None:
    executor = ProcessExecutor(1)
    executor.open(lambda *_: "well", print)
    child = os.fork()
    if child == 0:
        executor.close()
        os._exit(0)
    os.waitpid(child, 0)
    (end,) = drive(executor, [work(0)])
    executor.close()
    assert isinstance(end, Ended)


@posix
def test_ctrl_c_reaches_the_caller_and_no_worker(tmp_path: Path) -> None:
    script = tmp_path / "tune.py"
    script.write_text(
        textwrap.dedent("""
        import os, signal, time
        from tunesmith.executors.process import ProcessExecutor
        from tunesmith.testing.executors import work

        executor = ProcessExecutor(2)
        executor.open(lambda channel, given: channel.call("ready") or time.sleep(0.5) or "well", print)
        executor.submit(work(0))
        (asked,) = executor.messages()
        executor.reply(asked, None)
        try:
            os.killpg(0, signal.SIGINT)   # as the terminal does it
            executor.messages()
        except KeyboardInterrupt:
            print("interrupted")
        print(executor.messages()[0].result)
        executor.close()
        """)
    )
    assert run(str(script), start_new_session=True) == "interrupted\nwell"


@posix
def test_ctrl_c_while_opening_leaves_no_worker(tmp_path: Path) -> None:
    script = tmp_path / "tune.py"
    script.write_text(
        textwrap.dedent("""
        import os, signal, threading, time
        from tunesmith.executors.process import ProcessExecutor

        class Slow:
            def __reduce__(self):
                return (time.sleep, (600,))

        slow = Slow()
        executor = ProcessExecutor(2)
        threading.Timer(0.7, os.kill, [os.getpid(), signal.SIGINT]).start()
        began = time.monotonic()
        try:
            executor.open(lambda *_: slow, print)
        except KeyboardInterrupt:
            print("interrupted")
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("nobody is left")
        """)
    )
    assert run(str(script)) == "interrupted\nnobody is left"


def test_no_interpreter_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ExecutorError, match='or "serial"'):
        ProcessExecutor(1).open(lambda *_: None, print)
