"""Every pruner that answers to a name keeps the contract."""

from __future__ import annotations

import pytest

from tunesmith import _plugins
from tunesmith.pruners import Pruner
from tunesmith.testing.pruners import PrunerContract


@pytest.mark.parametrize("name", _plugins.names("pruner"))
@pytest.mark.parametrize("test", [test for test in dir(PrunerContract) if test.startswith("test_")])
def test_contract(name: str, test: str) -> None:
    class Kit(PrunerContract):
        def make(self) -> Pruner:
            pruner: Pruner = _plugins.make("pruner", name)
            return pruner

    getattr(Kit(), test)()


def test_racing_is_among_them() -> None:
    assert "racing" in _plugins.names("pruner")
