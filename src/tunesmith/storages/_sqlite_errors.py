"""From what SQLite and the operating system say to an error that names the file, the cause and the way out."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from tunesmith.errors import Corrupt, StorageError

TROUBLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading or writing may raise; Python's layer cannot decode what some damaged files make SQLite say."""

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SUFFIXES = {".db", ".sqlite", ".sqlite3"}
_DAMAGED = "Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE."


def code(error: BaseException) -> str:
    """SQLite's name of an error, such as `"SQLITE_FULL"`; empty where there is none."""
    return str(getattr(error, "sqlite_errorname", "") or "")


def explained(error: sqlite3.Error | UnicodeDecodeError | OSError, path: Path, location: str) -> StorageError:
    """Our error for theirs.

    Parameters
    ----------
    error
        What was raised.
    path
        The file, absolute.
    location
        The file, as the user calls it.
    """
    name = code(error)
    number = error.errno if isinstance(error, OSError) else None
    if name == "SQLITE_FULL" or number in _FULL or (name.startswith("SQLITE_IOERR") and _disk_is_full(path)):
        return StorageError(
            f"The disk that holds {location} is full.",
            hint="Free some space and go on: all that was stored before is intact.",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")) or number in _REFUSED:
        return _read_only(path, location)
    if name.startswith("SQLITE_CORRUPT") or _is_undecodable(error):
        return Corrupt(f"{location} is damaged: {error}.", hint=_DAMAGED)
    if name == "SQLITE_NOTADB":
        return _not_a_database(path, location)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StorageError(
            f"Another program keeps {location} locked.",
            hint="Close it (a database browser, a backup, or an open transaction in the sqlite3 shell) and try again.",
        )
    if name.startswith("SQLITE_CANTOPEN") or number is not None:
        return unopenable(path, location) or StorageError(
            f"{location} cannot be opened: {error}.", hint="Look at the path, at its permissions and at its disk."
        )
    if name.startswith("SQLITE_IOERR"):
        return StorageError(
            f"The disk failed to read or write {location} ({name}).",
            hint="Look at the disk and at limits on file size; all that was stored before is intact.",
        )
    if name.startswith("SQLITE_CONSTRAINT"):
        return StorageError(
            f"{location} was changed by a program that does not keep to the writer gate: {error}.",
            hint="Let only tunesmith write to it.",
        )
    return StorageError(f"{location}: {error} ({name or type(error).__name__}).", hint="Try: tunesmith check STORAGE.")


def unopenable(path: Path, location: str) -> StorageError | None:
    """Why a path cannot be a storage, looked up on the disk; None if nothing speaks against it."""
    if path.is_dir():
        return StorageError(f"{location} is a folder.", hint="Name a file in it, such as study.db.")
    folder = path.parent
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        return StorageError(f"The folder of {location} {what}: {folder}.", hint=f"Make it first: mkdir -p '{folder}'")
    if path.exists() and not path.is_file():
        return StorageError(f"{location} is not a regular file.", hint="Name another file.")
    if path.exists() and not os.access(path, os.R_OK):
        return StorageError(f"{location} may not be read by this user.", hint=f"Look at: ls -l '{path}'")
    return None


_MADE_BY = "The first search makes it: tunesmith tune DATA --target COLUMN, or a ts.Study with this storage."


def missing(path: Path, location: str) -> StorageError:
    """There is no such file; its neighbours are offered."""
    if wrong := unopenable(path, location):
        return wrong
    near = sorted(found.name for found in path.parent.iterdir() if found.suffix in _SUFFIXES)[:5]
    there = f"In that folder there are: {', '.join(near)}." if near else _MADE_BY
    return StorageError(f"There is no file {location}.", hint=there)


def _read_only(path: Path, location: str) -> StorageError:
    folder = path.parent
    if path.exists() and not os.access(path, os.W_OK):
        what, where = "the file is read-only for this user", path
    elif not os.access(folder, os.W_OK):
        what, where = "its folder is read-only for this user", folder
    else:
        what, where = "it, or a file beside it, belongs to somebody else or lies on a read-only disk", folder
    return StorageError(
        f"{location} cannot be written: {what}.", hint=f"Reading works. To write, look at: ls -ld '{where}'"
    )


def _not_a_database(path: Path, location: str) -> StorageError:
    """Only called when SQLite has refused the file, so that no lock of SQLite's is lost by opening it here."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        start = b""
    if start.startswith(b'{"op_code"'):
        return StorageError(
            f"{location} is a journal of Optuna's.",
            hint=f"Import its studies: tunesmith import '{location}' --storage NEW.db",
        )
    return StorageError(
        f"{location} is not an SQLite database, or its first bytes were damaged.",
        hint="Name another file; to keep a study in a new one, name one that does not exist yet.",
    )


def _disk_is_full(path: Path) -> bool:
    try:
        found = os.statvfs(path.parent) if hasattr(os, "statvfs") else None
    except OSError:
        return False
    return found is not None and found.f_blocks > 0 and found.f_bavail == 0


def _is_undecodable(error: BaseException) -> bool:
    """Whether Python's own layer refused what was stored, as text that is no UTF-8."""
    return isinstance(error, UnicodeDecodeError) or (not code(error) and "decode" in str(error).casefold())
