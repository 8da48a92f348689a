"""Artefacts in this process's memory, for studies that are kept there, too."""

from __future__ import annotations

from typing import Self, final

from tunesmith.artifacts._base import Artifacts


@final
class MemoryArtifacts(Artifacts):
    """Keeps bytes in a dictionary; they end with the process.

    Examples
    --------
    >>> artifacts = MemoryArtifacts()
    >>> artifacts.get(artifacts.put(b"hello"))
    b'hello'
    """

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """Give a new, empty one."""
        return cls()

    @property
    def location(self) -> str:
        """Always `"memory"`."""
        return "memory"

    def has(self, digest: str) -> bool:
        """Whether there are bytes under a digest."""
        return digest in self._kept

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _write(self, digest: str, data: bytes) -> None:
        self._kept[digest] = data

    def _read(self, digest: str) -> bytes | None:
        return self._kept.get(digest)
