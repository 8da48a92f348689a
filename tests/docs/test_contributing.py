"""The sampler that CONTRIBUTING shows keeps a sampler's promises, and is found by name as a plug-in."""

from __future__ import annotations

import importlib.metadata
import sys
import types

import pytest

import tunesmith as ts
from tests.docs.blocks import ROOT, blocks
from tunesmith import _plugins

PAGE = types.ModuleType("my_package_nearby")
sys.modules[PAGE.__name__] = PAGE
for _block in blocks(ROOT / "CONTRIBUTING.md", "python"):
    exec(compile(_block.code, str(_block.page), "exec"), vars(PAGE))

TestNearbySampler = PAGE.TestNearbySampler  # the contract, as the page shows it


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the package were installed with its entry point."""
    point = importlib.metadata.EntryPoint("nearby", f"{PAGE.__name__}:NearbySampler", "tunesmith.samplers")
    monkeypatch.setattr(_plugins, "_entry_points", lambda family: {"nearby": point} if family == "sampler" else {})


@pytest.mark.usefixtures("_installed")
def test_a_plugin_is_found_by_name_and_searches() -> None:
    space = ts.SearchSpace(
        x=ts.Float(-1, 1),
        kind=ts.Categorical("a", "b"),
        y=ts.Float(0, 1).when("kind", "a"),
        z=ts.Int(1, 3).when("kind", "b"),
    )
    study = ts.Study(space, ts.Metric("loss"), sampler="nearby", seed=3)
    study.optimize(lambda trial: trial.params["x"] ** 2, trials=40, progress=False)
    assert type(study.sampler) is PAGE.NearbySampler
    assert study.best.value < 0.1


@pytest.mark.usefixtures("_installed")
def test_a_typing_error_is_answered_with_its_name() -> None:
    with pytest.raises(ts.TunesmithError, match="Did you mean 'nearby'"):
        ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="neraby")
