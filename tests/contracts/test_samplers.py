"""Every sampler that answers to a name keeps the contract."""

from __future__ import annotations

import random

import pytest

from tunesmith import _plugins
from tunesmith.samplers import Sampler
from tunesmith.samplers.manual import ManualSampler
from tunesmith.testing.samplers import SamplerContract
from tunesmith.trial import History


@pytest.mark.parametrize("name", [name for name in _plugins.names("sampler") if name != "manual"])
@pytest.mark.parametrize("test", [test for test in dir(SamplerContract) if test.startswith("test_")])
def test_contract(name: str, test: str) -> None:
    class Kit(SamplerContract):
        def make(self) -> Sampler:
            sampler: Sampler = _plugins.make("sampler", name)
            return sampler

    getattr(Kit(), test)()


class TestManual(SamplerContract):
    """A person who always answers the same."""

    def make(self) -> Sampler:
        return ManualSampler(_answer)


def _answer(history: History) -> dict[str, object]:
    return dict(history.space.sample(random.Random(4)))
