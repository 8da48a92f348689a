"""The sampler that CONTRIBUTING shows is found by name as a plug-in and does what a sampler promises."""

from __future__ import annotations

import importlib.metadata
import sys
import types

import pytest

import tunesmith as ts
from tests.docs.blocks import ROOT, blocks
from tunesmith import _plugins


@pytest.fixture
def sampler(monkeypatch: pytest.MonkeyPatch) -> type[object]:
    """The class of the page, as another package would bring it."""
    page = types.ModuleType("my_package_nearby")
    monkeypatch.setitem(sys.modules, page.__name__, page)
    for block in blocks(ROOT / "CONTRIBUTING.md", "python"):
        exec(compile(block.code, str(block.page), "exec"), vars(page))
    point = importlib.metadata.EntryPoint("nearby", f"{page.__name__}:NearbySampler", "tunesmith.samplers")
    monkeypatch.setattr(_plugins, "_entry_points", lambda family: {"nearby": point} if family == "sampler" else {})
    found: type[object] = page.NearbySampler
    return found


def test_a_plugin_is_found_by_name_and_searches(sampler: type[object]) -> None:
    space = ts.SearchSpace(
        x=ts.Float(-1, 1),
        kind=ts.Categorical("a", "b"),
        y=ts.Float(0, 1).when("kind", "a"),
        z=ts.Int(1, 3).when("kind", "b"),
    )
    study = ts.Study(space, ts.Metric("loss"), sampler="nearby", seed=3)
    study.optimize(lambda trial: trial.params["x"] ** 2, trials=40, progress=False)
    assert isinstance(study.sampler, sampler)
    assert study.best.value < 0.05


def test_a_typing_error_is_answered_with_its_name(sampler: type[object]) -> None:
    with pytest.raises(ts.TunesmithError, match="nearby"):
        ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="neraby")
