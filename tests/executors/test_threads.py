"""The cores are shared out among workers, and what the user exported is left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tunesmith.executors import _threads

pytestmark = pytest.mark.core


def test_a_worker_gets_its_share_in_every_variable() -> None:
    given = _threads.environment(3, {"HOME": "/home/me"})
    assert given.pop("HOME") == "/home/me"
    assert set(given.values()) == {"3"}
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"} <= set(given)


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT"])
def test_what_the_user_exported_stays(name: str) -> None:
    assert _threads.environment(1, {name: "7"})[name] == "7"


def test_libraries_that_follow_openmp_follow_the_user_there() -> None:
    assert "OPENBLAS_NUM_THREADS" not in _threads.environment(1, {"OMP_NUM_THREADS": "7"})


@pytest.mark.parametrize(
    ("share", "base", "words"),
    [
        (1, {}, "1 thread"),
        (4, {}, "4 threads"),
        (4, {"OMP_NUM_THREADS": "1"}, "1 thread (OMP_NUM_THREADS)"),
        (4, {"OMP_NUM_THREADS": "6,2"}, "6 threads (OMP_NUM_THREADS)"),
        (4, {"OMP_NUM_THREADS": "many"}, "4 threads"),
    ],
)
def test_words(share: int, base: dict[str, str], words: str) -> None:
    assert _threads.describe(share, base) == words


@pytest.mark.needs("threadpoolctl")
def test_libraries_that_are_loaded_already_are_limited() -> None:
    code = (
        "import json, numpy, threadpoolctl; from tunesmith.executors import _threads; _threads.limit_loaded(1);"
        "print(json.dumps([found['num_threads'] for found in threadpoolctl.threadpool_info()]))"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout
    assert set(json.loads(printed)) == {1}
