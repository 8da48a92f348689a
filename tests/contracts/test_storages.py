"""Every storage, found by its name, keeps the contract of storages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith import _plugins
from tunesmith.storages import Storage
from tunesmith.testing.storages import StorageContract

pytestmark = pytest.mark.core

NEEDS_MORE_THAN_THIS_MACHINE: frozenset[str] = frozenset()
"""Storages that need a server; the tests of their own files run the contract."""


def contract_of(name: str) -> type[StorageContract]:
    member = _plugins.load("storage", name)

    class Test(StorageContract):
        def make(self, path: Path) -> Storage:
            storage: Storage = member.from_spec(str(path))
            return storage

    return Test


for found in _plugins.names("storage"):
    if found not in NEEDS_MORE_THAN_THIS_MACHINE:
        globals()[f"Test{found.title()}"] = contract_of(found)


def test_the_two_that_need_nothing_are_among_them() -> None:
    assert {"memory", "sqlite"} <= set(_plugins.names("storage"))
