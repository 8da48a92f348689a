"""Every place for artefacts, found by its name, keeps the contract of artefacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith import _plugins
from tunesmith.artifacts import Artifacts
from tunesmith.testing.artifacts import ArtifactsContract

pytestmark = pytest.mark.core


def contract_of(name: str) -> type[ArtifactsContract]:
    member = _plugins.load("artifact", name)

    class Test(ArtifactsContract):
        def make(self, path: Path) -> Artifacts:
            artifacts: Artifacts = member.from_spec(str(path))
            return artifacts

        def spoil(self, artifacts: Artifacts, digest: str) -> bool:
            path = Path(artifacts.location) / digest
            if path.is_file():
                path.write_bytes(b"something else")
            return path.is_file()

    return Test


for found in _plugins.names("artifact"):
    globals()[f"Test{found.title()}"] = contract_of(found)


def test_the_two_that_need_nothing_are_among_them() -> None:
    assert {"memory", "folder"} <= set(_plugins.names("artifact"))
