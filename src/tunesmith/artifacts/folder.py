"""Artefacts as files of a folder, each named by its digest."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from pathlib import Path
from typing import Self, final

from tunesmith.artifacts._base import Artifacts, digest_of
from tunesmith.errors import StorageError, UsageError

_PART = ".part-"
_LEFT_BEHIND = 24 * 3600.0
"""Seconds after which a file that was never finished belongs to nobody who still writes."""


@final
class FolderArtifacts(Artifacts):
    """Keeps bytes in files; a file is written under another name, flushed to the disk, and renamed.

    Parameters
    ----------
    path
        The folder. It is made by the first `put`; until then nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     digest = FolderArtifacts(folder).put(b"hello")
    ...     FolderArtifacts(folder).get(digest)
    b'hello'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
            raise UsageError(f"A folder of artefacts needs a path, got {path!r}.", hint='Write "study.db.artifacts".')
        self._folder = Path(path).expanduser().absolute()
        self._given = os.fspath(path)
        self._ready = False

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """Open the folder of that path."""
        return cls(spec)

    @property
    def location(self) -> str:
        """The path as it was given."""
        return self._given

    def has(self, digest: str) -> bool:
        """Whether there is a file of that digest."""
        return (self._folder / digest).is_file()

    def clear(self) -> None:
        """Remove the folder."""
        self._ready = False
        try:
            shutil.rmtree(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refused("removed", error) from error

    def _write(self, digest: str, data: bytes) -> None:
        path = self._folder / digest
        part = self._folder / f"{_PART}{uuid.uuid4().hex}"
        try:
            if not self._ready:
                self._make_ready()
            if path.is_file() and digest_of(path.read_bytes()) == digest:
                return
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _flush_folder(self._folder)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise self._refused("written", error) from error

    def _read(self, digest: str) -> bytes | None:
        try:
            return (self._folder / digest).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._refused("read", error) from error

    def _make_ready(self) -> None:
        """Make the folder, and remove what killed writers left behind long ago."""
        self._folder.mkdir(parents=True, exist_ok=True)
        _flush_folder(self._folder.parent)
        for left in self._folder.glob(f"{_PART}*"):
            try:
                if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                    left.unlink()
            except FileNotFoundError:  # another process removed it, or gave it its name
                continue
        self._ready = True

    def _refused(self, what: str, error: OSError) -> StorageError:
        return StorageError(
            f"Artefacts in {self._given} cannot be {what}: {error.strerror or error}.",
            hint="Look at the folder's permissions and at the room on its disk.",
        )


def _flush_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk; Windows does that by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
