"""Numbers of workers that are none are refused, with what to write instead."""

from __future__ import annotations

import pytest

from tunesmith import _platform, _plugins
from tunesmith.errors import UsageError
from tunesmith.executors.process import ProcessExecutor
from tunesmith.executors.thread import ThreadExecutor

pytestmark = pytest.mark.core


@pytest.mark.parametrize("kind", [ProcessExecutor, ThreadExecutor])
@pytest.mark.parametrize("n", [0, -1, 1.5, 2.0, "2", True, float("nan"), 10**9, b"2", [2]])
def test_a_number_that_is_none(kind: type, n: object) -> None:
    with pytest.raises(UsageError, match="whole number from 1"):
        kind(n)


@pytest.mark.parametrize("name", ["process", "thread"])
@pytest.mark.parametrize("spec", ["", "0", "-1", "1.5", "four", "٤", "4 ", " 4", "1e2", "9" * 5000, "4\x00", "4:2"])
def test_a_name_with_a_number_that_is_none(name: str, spec: str) -> None:
    with pytest.raises(UsageError, match=f'Write "{name}:4" for four') as caught:
        _plugins.make("executor", f"{name}:{spec}")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["process", "thread"])
def test_names(name: str) -> None:
    assert _plugins.make("executor", f"{name}:3").slots == 3
    assert _plugins.make("executor", name).slots == _platform.cores()
