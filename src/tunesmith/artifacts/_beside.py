"""Where a study's artefacts lie: in a folder beside its storage, or in memory where the storage has no place."""

from __future__ import annotations

import hashlib
import shutil
import threading
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from tunesmith.artifacts._base import Artifacts
from tunesmith.artifacts.folder import FolderArtifacts
from tunesmith.artifacts.memory import MemoryArtifacts
from tunesmith.errors import StorageError


class HasFolder(Protocol):
    """What is asked of a storage: which folder is for the artefacts of its studies; None if it has no place."""

    @property
    def artifacts_folder(self) -> Path | None:
        """One folder for all its studies."""


_in_memory: weakref.WeakKeyDictionary[HasFolder, dict[str, MemoryArtifacts]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def artifacts_beside(storage: HasFolder, study: str) -> Artifacts:
    """The artefacts of one study.

    Parameters
    ----------
    storage
        Where the study's log is kept.
    study
        The study's key.
    """
    folder = storage.artifacts_folder
    if folder is not None:
        return FolderArtifacts(folder / _safe(study))
    with _lock:
        return _in_memory.setdefault(storage, {}).setdefault(study, MemoryArtifacts())


def sweep(storage: HasFolder, keys: Callable[[], Iterable[str]]) -> None:
    """Remove the artefacts of studies that the storage does not have.

    Parameters
    ----------
    storage
        Whose artefacts.
    keys
        Gives the keys of all studies. It is asked after the folders were listed: a study is there before its folder.

    Raises
    ------
    StorageError
        If something cannot be removed.
    """
    folder = storage.artifacts_folder
    if folder is None:
        with _lock:
            here = _in_memory.get(storage, {})
            for key in set(here) - set(keys()):
                del here[key]
        return
    try:
        found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        wanted = {_safe(key) for key in keys()}
        for path in found:
            if path.name not in wanted:
                shutil.rmtree(path)
        if found and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise StorageError(
            f"Artefacts in {folder} cannot be removed: {error.strerror or error}.",
            hint="No study names them any more; remove the folder yourself.",
        ) from error


def _safe(study: str) -> str:
    """A study's key as the name of a folder."""
    if study.isascii() and study.isalnum() and len(study) <= 64:
        return study
    return hashlib.sha256(study.encode("utf-8", "surrogatepass")).hexdigest()
