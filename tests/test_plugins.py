"""Members are found by name: a family's own files first, then what other packages bring."""

from __future__ import annotations

import importlib.metadata
import sys
import types

import pytest

from tunesmith import _plugins
from tunesmith.errors import UnknownName
from tunesmith.samplers import Sampler


class Foreign:
    """A member of another package."""


@pytest.fixture
def _foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("foreign_package")
    module.Foreign = Foreign  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = {
        "foreign": importlib.metadata.EntryPoint("foreign", "foreign_package:Foreign", "tunesmith.samplers"),
        "random": importlib.metadata.EntryPoint("random", "foreign_package:Foreign", "tunesmith.samplers"),
    }
    monkeypatch.setattr(_plugins, "_entry_points", lambda family: points if family == "sampler" else {})


def test_every_member_loads_and_is_named_like_its_file() -> None:
    for family in _plugins.FAMILIES:
        for name in _plugins.names(family):
            member = _plugins.load(family, name)
            assert member.__name__.casefold().startswith(name.replace("_", "")), (family, name)


@pytest.mark.usefixtures("_foreign")
def test_another_packages_member_is_found() -> None:
    assert "foreign" in _plugins.names("sampler")
    assert _plugins.load("sampler", "foreign") is Foreign
    assert isinstance(_plugins.make("sampler", "foreign"), Foreign)


@pytest.mark.usefixtures("_foreign")
def test_another_package_cannot_take_a_built_in_name() -> None:
    assert _plugins.load("sampler", "random").__name__ == "RandomSampler"


@pytest.mark.parametrize("name", ["Random", "RANDOM", "random"])
def test_case_does_not_matter(name: str) -> None:
    assert _plugins.load("sampler", name).__name__ == "RandomSampler"


@pytest.mark.parametrize("name", ["randum", "", "_base", "a" * 10_000, "../random", "random.x", "\x00"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownName, match="random"):
        _plugins.load("sampler", name)


def test_a_near_name_is_offered() -> None:
    with pytest.raises(UnknownName, match=r"There is no sampler 'randum'\. Did you mean 'random'\?"):
        _plugins.make("sampler", "randum")


def test_an_object_passes_and_a_name_is_made_anew() -> None:
    one = _plugins.make("sampler", "random")
    assert isinstance(one, Sampler)
    assert _plugins.make("sampler", one) is one
    assert _plugins.make("sampler", "random") is not one


def test_what_follows_a_colon_goes_to_the_member() -> None:
    assert _plugins.make("executor", "thread:3").slots == 3
    with pytest.raises(UnknownName, match="takes nothing after the colon"):
        _plugins.make("sampler", "random:3")
