"""Every executor, found by its name, keeps the contract of executors."""

from __future__ import annotations

import pytest

from tunesmith import _plugins
from tunesmith.executors import Executor
from tunesmith.testing.executors import ExecutorContract

pytestmark = pytest.mark.core

NEEDS_MORE_THAN_THIS_MACHINE: frozenset[str] = frozenset()
"""Executors that need a server or a package; the tests of their own files run the contract."""


def contract_of(name: str) -> type[ExecutorContract]:
    member = _plugins.load("executor", name)

    class Test(ExecutorContract):
        def make(self, slots: int) -> Executor:
            executor: Executor = member.from_spec(str(slots)) if hasattr(member, "from_spec") else member()
            return executor

    return Test


for found in _plugins.names("executor"):
    if found not in NEEDS_MORE_THAN_THIS_MACHINE:
        globals()[f"Test{found.title()}"] = contract_of(found)


def test_the_three_that_need_nothing_are_among_them() -> None:
    assert {"serial", "thread", "process"} <= set(_plugins.names("executor"))
