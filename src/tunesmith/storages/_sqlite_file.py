"""One SQLite file as this process has it open: a reader, a writer behind the gate, and what a fork leaves of them."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import warnings
import weakref
from pathlib import Path
from typing import Any, NoReturn, final

from tunesmith.errors import StorageError, StudyNotFound, TunesmithWarning
from tunesmith.storages import _crash
from tunesmith.storages import _sqlite_schema as schema
from tunesmith.storages._gate import Gate
from tunesmith.storages._network import host, network_type
from tunesmith.storages._sqlite_errors import TROUBLE, code, explained, missing, unopenable

Row = tuple[Any, ...]

_BUSY_SECONDS = 10.0
_OTHER_HOST_SECONDS = 120.0
_LARGEST_VALUE = 1 << 26
_HALF_DONE = {"SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY_CANTLOCK"}


@final
class SQLiteFile:
    """The connections to one file.

    Between sessions the file is one plain database. While anybody writes it is in WAL mode, with `-wal`, `-shm` and
    `.lock` beside it; the last to close it tidies these away. Reading takes its own, read-only connection and waits for
    no writer.

    Parameters
    ----------
    path
        The file; links are followed.
    location
        How the user calls it.
    create
        Whether it may be made if it is missing.
    network
        Whether it lies on a network file system; looked up if None.
    """

    def __init__(self, path: Path, location: str, *, create: bool, network: bool | None) -> None:
        schema.require_sqlite()
        self.path = path.resolve()
        self.location = location
        self.gate = Gate(self._beside(".lock"), location)
        self._create = create
        self._network = network
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._reading = threading.Lock()
        self._seen: os.stat_result | None = None
        self._synchronous = ""
        _OPEN.add(self)
        if wrong := unopenable(self.path, location):
            raise wrong
        if not self.path.exists():
            if not create:
                raise missing(self.path, location)
            return
        try:
            self.rows("SELECT 1 FROM studies LIMIT 1")
        except BaseException:
            self.close(wait=False)
            raise

    # -- reading -------------------------------------------------------------------------------------------------

    def rows(self, sql: str, values: Row = ()) -> list[Row]:
        """All rows of a query, from one moment; none while there is no file. Waits for no writer."""
        try:
            return self._rows(sql, values)
        except (*TROUBLE, OSError) as error:
            if code(error) not in _HALF_DONE:
                raise explained(error, self.path, self.location) from error
        self._recover()
        try:
            return self._rows(sql, values)
        except (*TROUBLE, OSError) as error:
            raise explained(error, self.path, self.location) from error

    def _rows(self, sql: str, values: Row) -> list[Row]:
        with self._reading:
            reader = self._current_reader()
            return [] if reader is None else reader.execute(sql, values).fetchall()

    def _current_reader(self) -> sqlite3.Connection | None:
        if self._reader is not None:
            if self._is_same():
                return self._reader
            self._reader.close()  # the file was replaced: read the one that is there now
            self._reader = None
        try:
            self._seen = self.path.stat()
        except FileNotFoundError:
            return None
        reader = self._connected_to_read()
        try:
            if not schema.recognised(reader, self.path, self.location):
                reader.close()
                return None
        except BaseException:
            reader.close()
            raise
        self._reader = reader
        return reader

    def _connected_to_read(self) -> sqlite3.Connection:
        reader = self._connect("mode=ro")
        try:
            reader.execute("SELECT 1 FROM sqlite_master").fetchone()
        except TROUBLE as error:
            reader.close()
            if not code(error).startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_DIRECTORY")):
                raise
            return self._connected_without_traces()
        return reader

    def _recover(self) -> None:
        """Finish what a crash left half done; where nothing may be written, in a copy in memory."""
        try:
            with self.gate.mutex, self.gate.enter(), contextlib.closing(self._connect("mode=rw")) as writer:
                writer.execute("SELECT 1 FROM sqlite_master").fetchone()
        except (*TROUBLE, OSError):
            with self._reading:
                self._reader = self._connected_without_traces()

    def _connected_without_traces(self) -> sqlite3.Connection:
        """Read what lies where nothing may be written, not even SQLite's own small files."""
        half_done = [beside for ending in ("-wal", "-journal") if (beside := self._beside(ending)).exists()]
        if not any(beside.stat().st_size for beside in half_done):
            return self._connect("mode=ro&immutable=1")
        with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:  # a session died there: replay it in a copy
            copy = Path(folder) / "copy.db"
            shutil.copyfile(self.path, copy)
            for beside in half_done:
                shutil.copyfile(beside, copy.with_name(copy.name + beside.name.removeprefix(self.path.name)))
            source = sqlite3.connect(copy)
            memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
            try:
                source.backup(memory)
            finally:
                source.close()
        return memory

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def _is_same(self) -> bool:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return False
        return bool(self._network) or (self._seen is not None and os.path.samestat(found, self._seen))

    # -- writing -------------------------------------------------------------------------------------------------

    def entered(self) -> io.FileIO:
        """The gate's lock, for a `with` statement; take `gate.mutex` first."""
        try:
            return self.gate.enter()
        except OSError as error:
            raise explained(error, self.path, self.location) from error

    def writer(self, *, make: bool = False) -> sqlite3.Connection:
        """The connection to write with; only inside the gate. `make` makes file and tables if they are missing.

        Raises
        ------
        StudyNotFound
            If there is no file, or an empty one, and `make` is not set.
        StorageError
            If the file was removed or replaced since it was opened, or may not be written.
        """
        if self._writer is not None:
            if not self._is_same():
                self._abandon()
            if self._network:
                self._claim_host(self._writer)
            return self._writer
        if not self.path.exists() and not (make and self._create):
            raise self._none() if self._create else missing(self.path, self.location)
        try:
            self._writer = self._connected_to_write(make=make)
        except (*TROUBLE, OSError) as error:
            raise explained(error, self.path, self.location) from error
        return self._writer

    def synchronous(self, connection: sqlite3.Connection, level: str) -> None:
        """Let commits wait for the disk (`"FULL"`) or not (`"NORMAL"`: the next one that waits syncs these too)."""
        level = "FULL" if self._network else level  # a rollback journal needs it to stay whole
        if level != self._synchronous:
            connection.execute(f"PRAGMA synchronous = {level}")
            self._synchronous = level

    def _connected_to_write(self, *, make: bool) -> sqlite3.Connection:
        writer = self._connect("mode=rwc" if make else "mode=rw")
        try:
            self._prepare(writer, make=make)
        except BaseException:
            writer.close()
            raise
        self._seen = self.path.stat()
        _WRITTEN.add(self.path)
        return writer

    def _prepare(self, writer: sqlite3.Connection, *, make: bool) -> None:
        known = schema.recognised(writer, self.path, self.location)
        if not known and not make:
            raise self._none()
        if self._network is None:
            self._network = self._is_on_network()
        (mode,) = writer.execute(f"PRAGMA journal_mode = {'DELETE' if self._network else 'WAL'}").fetchone()
        if mode != "wal" and not self._network:
            raise StorageError(
                f"{self.location} cannot have a write-ahead log: its file system cannot share memory.",
                hint="Keep it on a local disk.",
            )
        self._synchronous = ""
        self.synchronous(writer, "FULL")
        if not known:
            schema.make(writer)
        if self._network:
            self._claim_host(writer)

    def _connect(self, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?{how}", uri=True, timeout=_BUSY_SECONDS, isolation_level=None,
            check_same_thread=False,
        )  # fmt: skip
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
            _crash.arm(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _none(self) -> StudyNotFound:
        return StudyNotFound(f"There is no study in {self.location} yet.", hint="It was deleted, or never made.")

    def _abandon(self) -> NoReturn:
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        raise StorageError(
            f"{self.location} was removed or replaced while it was in use.",
            hint="Put the file back and start again: what is told now would be lost.",
        )

    def copy(self, target: Path, shown: str) -> None:
        """Copy the database, as of one moment, into a new file that appears whole or not at all."""
        if os.path.lexists(target):
            raise StorageError(f"{shown} exists already.", hint="Name a file that does not exist yet.")
        if wrong := unopenable(target, shown):
            raise wrong
        if not self.rows("SELECT 1 FROM about"):
            raise self._none() if self.path.exists() else missing(self.path, self.location)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        try:
            with contextlib.closing(self._connected_to_read()) as source, contextlib.closing(_plain(partial)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            partial.rename(target)
        except (*TROUBLE, OSError) as error:
            raise explained(error, target, shown) from error
        finally:
            partial.unlink(missing_ok=True)

    # -- network file systems ------------------------------------------------------------------------------------

    def _is_on_network(self) -> bool:
        kind = network_type(str(self.path))
        if kind is not None:
            warnings.warn(
                f"{self.location} lies on a network file system ({kind}): only {host()} may write to it, slowly, and "
                "its safety depends on that system's locks. For several machines use PostgreSQL.",
                TunesmithWarning,
                stacklevel=2,
            )
        return kind is not None

    def _claim_host(self, writer: sqlite3.Connection) -> None:
        """Let one host at a time write; another may follow when the first has been silent and holds no lease."""
        found = writer.execute("SELECT value FROM about WHERE name = 'host'").fetchone()
        if found is not None and found[0] == host():
            return
        now = time.time()
        (written,) = writer.execute("SELECT max(written) FROM studies").fetchone()
        (until,) = writer.execute("SELECT max(until) FROM leases").fetchone()
        if found is not None and max((written or 0.0) + _OTHER_HOST_SECONDS, until or 0.0) > now:
            raise StorageError(
                f"{self.location} lies on a network file system, and {found[0]} is writing to it.",
                hint=f"Use PostgreSQL for several machines, or wait until {found[0]} has been silent for two minutes.",
            )
        with writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("INSERT OR REPLACE INTO about (name, value) VALUES ('host', ?)", (host(),))

    # -- ending --------------------------------------------------------------------------------------------------

    def close(self, *, wait: bool = True) -> None:
        """Close both connections, inside the gate; without `wait`, outside it if somebody is in it.

        Closing is when SQLite may copy the log into the file and remove it. It does so only if nobody else has the file
        open, and whoever is in the gate has. A reader tidies up after a writer of the same process that closed before.
        """
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        untidy = self.path in _WRITTEN and self._beside("-wal").exists()
        if (self._writer is None and not untidy) or not self.gate.mutex.acquire(blocking=wait):
            return
        try:
            inside = self.gate.enter() if wait else self.gate.try_enter()
            try:
                if self._writer is None and inside is not None and self._is_same():
                    self._writer = self._connect("mode=rw")
                self._close_writer(tidy=inside is not None)
            finally:
                if inside is not None:
                    inside.close()
        except (*TROUBLE, OSError):
            self._close_writer(tidy=False)  # the folder is gone, or was made read-only: there is nothing to tidy
        finally:
            self.gate.mutex.release()

    def _close_writer(self, *, tidy: bool) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        mode = "wal"
        if tidy and not self._network and self._is_same():
            with contextlib.suppress(sqlite3.Error):  # somebody else has it open, or the disk is full: left as it is
                writer.execute("PRAGMA busy_timeout = 0")
                (mode,) = writer.execute("PRAGMA journal_mode = DELETE").fetchone()
        writer.close()
        if mode == "delete":
            self.gate.remove()

    def drop(self) -> None:
        """Forget everything in a forked child; the connections stay open unused: closing them disturbs the parent."""
        for connection in (self._reader, self._writer):
            if connection is not None:
                _immortal(connection)
        self._reader = self._writer = None
        self._reading = threading.Lock()
        self.gate.drop()


def _plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rwc", uri=True, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


_OPEN: weakref.WeakSet[SQLiteFile] = weakref.WeakSet()
_WRITTEN: set[Path] = set()
"""The files that this process has written to."""


def _after_fork() -> None:
    for file in list(_OPEN):
        file.drop()
    _WRITTEN.clear()


def _immortal(connection: sqlite3.Connection) -> None:
    """Never close a connection, not even when the interpreter ends."""
    import ctypes  # noqa: PLC0415 - needed in forked children alone

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)
