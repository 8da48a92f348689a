"""What every place for artefacts promises, as tests: subclass `ArtifactsContract` and say how to make yours."""

from __future__ import annotations

import abc
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tunesmith.artifacts import LARGEST, Artifacts
from tunesmith.errors import ArtifactNotFound, Corrupt, InvalidValue

PIECES = (b"", b"\0", b"hello", bytes(range(256)) * 5000, b"\xff\xfe")
"""Bytes that must come back as they are."""
UNKNOWN = ("0" * 64, "", "..", "../../etc/passwd", "f" * 63, "F" * 64)
"""What no artefact is found by."""


class ArtifactsContract(abc.ABC):
    """Tests that every place for artefacts passes.

    Examples
    --------
    >>> from tunesmith.artifacts import MemoryArtifacts
    >>> class TestMemory(ArtifactsContract):
    ...     def make(self, path):
    ...         return MemoryArtifacts()
    >>> TestMemory().test_bytes_come_back_as_they_were_put()
    """

    @abc.abstractmethod
    def make(self, path: Path) -> Artifacts:
        """An empty place; `path` is a name in an empty folder, for those that need one."""

    def spoil(self, artifacts: Artifacts, digest: str) -> bool:
        """Change what lies under a digest; False where nothing from outside can."""
        return False

    def test_bytes_come_back_as_they_were_put(self) -> None:
        """Whatever they are, and in any order."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            digests = [artifacts.put(piece) for piece in PIECES]
            assert [artifacts.get(digest) for digest in reversed(digests)] == list(reversed(PIECES))
            assert all(artifacts.has(digest) for digest in digests)

    def test_the_digest_depends_on_the_bytes_alone(self) -> None:
        """The same bytes are kept once, under the same digest."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            assert len({artifacts.put(b"same") for _ in range(3)}) == 1
            assert len({artifacts.put(piece) for piece in PIECES}) == len(PIECES)

    def test_what_is_not_there_is_not_found(self) -> None:
        """Nor is anything found by a path."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            for digest in UNKNOWN:
                assert not self._found(artifacts, digest), digest

    def test_what_is_no_bytes_or_too_large_is_refused(self) -> None:
        """With an error of ours, before anything is written."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            for wrong in ("text", None, 3, memoryview(bytes(LARGEST + 1))):
                try:
                    artifacts.put(wrong)  # type: ignore[arg-type]
                except InvalidValue:
                    continue
                raise AssertionError(f"{type(wrong).__name__} was kept")

    def test_clearing_removes_everything(self) -> None:
        """And what is cleared can be used again, and cleared again."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            digest = artifacts.put(b"gone")
            artifacts.clear()
            artifacts.clear()
            assert not artifacts.has(digest)
            assert not self._found(artifacts, digest)
            assert artifacts.get(artifacts.put(b"gone")) == b"gone"

    def test_many_threads_may_put_the_same(self) -> None:
        """Of whom one writes last, and none sees half of it."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            with ThreadPoolExecutor(4) as pool:
                digests = list(pool.map(lambda n: artifacts.put(b"x" * (n % 3)), range(24)))
            assert {artifacts.get(digest) for digest in digests} == {b"", b"x", b"xx"}

    def test_changed_bytes_are_noticed(self) -> None:
        """And putting the right ones again mends it."""
        with tempfile.TemporaryDirectory() as folder:
            artifacts = self.make(Path(folder) / "here")
            digest = artifacts.put(b"as it was")
            if not self.spoil(artifacts, digest):
                return
            assert self._noticed(artifacts, digest)
            assert artifacts.put(b"as it was") == digest
            assert artifacts.get(digest) == b"as it was"

    @staticmethod
    def _noticed(artifacts: Artifacts, digest: str) -> bool:
        try:
            artifacts.get(digest)
        except Corrupt:
            return True
        return False

    @staticmethod
    def _found(artifacts: Artifacts, digest: str) -> bool:
        try:
            artifacts.get(digest)
        except ArtifactNotFound:
            return False
        return True
