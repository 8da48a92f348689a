"""What every test and every docstring example shares: a folder of its own, and honest skips."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
REQUIRED = set(os.environ.get("TUNESMITH_REQUIRE", "").replace(",", " ").split())
"""What must not be skipped: `all`, or names as in `needs("chromium", "postgres")`."""

CORE_ROOMS = {"space", "trial", "storages", "samplers", "study", "executors", "cli", "numerics", "models"}
"""Rooms that stand on the core dependencies: their tests are marked `core`, unless they say what else they need."""

OUTER_ROOMS = {"sklearn", "tabular", "validation", "reporting", "docs", "house", "examples", "benchmarks", "dashboard"}
"""Rooms that stand on an extra: where scikit-learn is missing, their tests and examples are not even looked at."""

PROBES: dict[str, Callable[[], bool]] = {
    "chromium": lambda: bool(shutil.which("chromium") or shutil.which("chromium-browser")),
    "postgres": lambda: bool(os.environ.get("TUNESMITH_TEST_POSTGRES")),
    "fork": lambda: hasattr(os, "fork"),
}
"""What `needs` can name beside modules, and how to tell whether it is here."""

EXCUSES = ("this executor", "this storage", "this sampler", "this Python", "operating system", "array_api input")
"""What a skip says where a contract does not apply to a member, or a test not to the machine at hand."""

if importlib.util.find_spec("hypothesis"):
    from hypothesis import settings

    settings.register_profile("tunesmith", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
    settings.load_profile("tunesmith")


def pytest_configure() -> None:
    """Hear Ctrl-C and the end of a terminal, also where a shell started us in the background and ignores both."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the rooms whose extra is not installed, and only those."""
    parts = collection_path.relative_to(ROOT).parts if collection_path.is_relative_to(ROOT) else ()
    outer = bool(OUTER_ROOMS & set(parts[1:3])) or parts[:1] in {("examples",), ("benchmarks",)}
    return True if outer and not _is_here("sklearn") and "all" not in REQUIRED else None


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts in an empty folder, so that what it leaves behind is nobody's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a process that is killed does not need a disk to be killed on."""
    shared = Path("/dev/shm")  # noqa: S108 - on Linux this is memory, whatever TMPDIR says
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared, prefix="tunesmith-") as folder:
        yield Path(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the core alone."""
    for item in items:
        if "0x" in item.nodeid and re.search(r"at ?0x[0-9a-f]{6,}", item.nodeid):
            raise pytest.UsageError(
                f"{item.nodeid} is named after an address, which differs between processes: give it ids="
            )
        parts = item.path.relative_to(ROOT).parts if item.path.is_relative_to(ROOT) else ()
        in_core = len(parts) > 2 and parts[0] == "tests" and parts[1] in CORE_ROOMS
        if in_core and item.get_closest_marker("needs") is None:
            item.add_marker("core")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, a test whose needs are not met."""
    missing = [thing for mark in item.iter_markers("needs") for thing in mark.args if not _is_here(thing)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required, a skip is a failure, unless the test can never apply (`EXCUSES`)."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and REQUIRED:
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        wanted = "all" in REQUIRED or any(thing in reason for thing in REQUIRED)
        if wanted and not any(excuse in reason for excuse in EXCUSES):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: TUNESMITH_REQUIRE={' '.join(sorted(REQUIRED))}, but {reason}"
    return report


def _is_here(thing: str) -> bool:
    return PROBES[thing]() if thing in PROBES else importlib.util.find_spec(thing) is not None
