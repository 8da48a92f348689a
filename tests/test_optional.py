"""A missing package is named together with the extra that brings it; a broken one is not called missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith import _optional
from tunesmith.errors import MissingDependency


def test_what_is_there_is_given() -> None:
    assert _optional.require("json.decoder", extra="plot").JSONDecoder


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.part"])
def test_a_missing_package_is_answered_with_its_extra(module: str) -> None:
    with pytest.raises(MissingDependency, match=r"'no_such_package'.*pip install \"tunesmith\[plot\]\""):
        _optional.require(module, extra="plot")
    with pytest.raises(ImportError):
        _optional.require(module, extra="plot")


def test_an_import_error_inside_a_package_passes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_package.py").write_text("import a_package_that_it_needs\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_package_that_it_needs") as caught:
        _optional.require("broken_package", extra="plot")
    assert not isinstance(caught.value, MissingDependency)


def test_installed_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loud_package.py").write_text("raise SystemExit\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert _optional.installed("loud_package")
    assert not _optional.installed("no_such_package")


def test_versions() -> None:
    assert _optional.version("tunesmith")
    assert _optional.version("no-such-distribution") is None
