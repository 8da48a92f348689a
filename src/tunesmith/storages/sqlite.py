"""A storage in one SQLite file: what was told is there after kill -9 and power loss, and 64 processes may write."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
import uuid
import weakref
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, Self, final

from tunesmith.errors import Corrupt, InvalidValue, StorageError, StudyExists, StudyNotFound, UsageError
from tunesmith.storages._base import Decide, Decision, Lease, Storage, StudyEntry, Tail
from tunesmith.storages._network import host
from tunesmith.storages._sqlite_errors import TROUBLE, explained
from tunesmith.storages._sqlite_file import SQLiteFile
from tunesmith.trial import Draft, Stamped, stamp


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


_DAMAGED = "Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE."
_EVENT = "seq, kind, v, body, crc, written, writer, attempt, tell_id"
_LEASE = "number, attempt, owner, until, phase, seen, crc"
_STUDY = "id, key, name, created, seq, written, crc"

# ruff: noqa: S608 - every statement is made of these constants alone
_READ = f"""SELECT s.seq, {_of("e", _EVENT)} FROM studies s LEFT JOIN events e ON e.study = s.id AND e.seq > ?
    WHERE s.key = ? ORDER BY e.seq LIMIT ?"""
_READ_LEASES = f"""SELECT s.id, {_of("l", _LEASE)} FROM studies s LEFT JOIN leases l ON l.study = s.id
    WHERE s.key = ? ORDER BY l.number"""
_STUDIES = f"SELECT {_STUDY} FROM studies ORDER BY id"
_BY_KEY = f"SELECT {_STUDY} FROM studies WHERE key = ?"
_BY_NAME = f"SELECT {_STUDY} FROM studies WHERE name = ?"
_TAIL = f"SELECT {_EVENT} FROM events WHERE study = ? AND seq > ? ORDER BY seq"
_LEASES = f"SELECT {_LEASE} FROM leases WHERE study = ? ORDER BY number"
_ONE_LEASE = f"SELECT {_LEASE} FROM leases WHERE study = ? AND number = ?"
_ADD_EVENT = f"INSERT INTO events (study, {_EVENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_HOLD = f"INSERT OR REPLACE INTO leases (study, {_LEASE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_DROP = "DELETE FROM leases WHERE study = ? AND number = ?"
_ADVANCE = "UPDATE studies SET seq = ?, written = ?, crc = ? WHERE id = ?"
_ADD_STUDY = "INSERT INTO studies (key, name, created, seq, written, crc) VALUES (?, ?, ?, 0, ?, 0)"
_RENAME = "UPDATE studies SET name = ?, crc = ? WHERE id = ?"

_HOST = host()


@final
class _Head:
    """A study's own row: what it is called, how far its log goes, and when that was written."""

    __slots__ = ("created", "id", "key", "name", "seq", "written")

    def __init__(self, row: Sequence[Any]) -> None:
        self.id, self.key, self.name, self.created, self.seq, self.written, crc = row
        if crc != self.crc():
            raise Corrupt(f"What is stored of study {self.name!r} does not match its checksum.", hint=_DAMAGED)

    def crc(self) -> int:
        return _crc(self.id, self.key, self.name, self.created, self.seq, self.written)


@final
class SQLiteStorage(Storage):
    """Keeps the logs in one file. While it is in use there are `-wal`, `-shm` and `.lock` beside it.

    A durable event has reached the disk when `append` returns. Every row carries a checksum that is verified when it is
    read. Reading waits for nobody; writers take turns at a lock that the system frees when a process dies.

    Parameters
    ----------
    path
        The file. It is made by the first `create`; until then nothing is written.
    create
        Whether it may be made; if not, it must be there.
    network
        Whether it lies on a network file system, where only one host at a time may write. Found out on Linux if None.

    Raises
    ------
    StorageError
        If it is missing, cannot be read, or is something else than a tunesmith storage.

    Examples
    --------
    >>> import tempfile
    >>> from tunesmith.trial import Draft, Noted
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     storage = SQLiteStorage(f"{folder}/study.db")
    ...     key, new = storage.create("demo", Draft(Noted(text="the first event")))
    ...     print(new, [event.kind for event in storage.read(key)])
    ...     storage.close()
    True ['Noted']
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True, network: bool | None = None) -> None:
        self._given = _checked(path)
        self._file = SQLiteFile(Path(self._given).expanduser(), self._given, create=create, network=network)
        self._again = (str(self._file.path), create, network)
        self._latest = 0.0
        weakref.finalize(self, self._file.close, wait=False)

    @classmethod
    def from_spec(cls, spec: str, *, create: bool = True) -> Self:
        """Open the file of that path."""
        return cls(spec, create=create)

    @property
    def location(self) -> str:
        """The path as it was given."""
        return self._given

    @property
    def path(self) -> Path:
        """The file itself, absolute, links followed."""
        return self._file.path

    @property
    def address(self) -> str:
        """The absolute path."""
        return str(self._file.path)

    @property
    def is_persistent(self) -> bool:
        """Always True."""
        return True

    @property
    def artifacts_folder(self) -> Path:
        """The folder beside the file: `study.db.artifacts`."""
        return _folder_beside(self._file.path)

    def __repr__(self) -> str:
        return f"SQLiteStorage({self._given!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _opened, self._again

    # -- reading -------------------------------------------------------------------------------------------------

    def studies(self) -> list[StudyEntry]:
        """All studies, oldest first."""
        heads = [_Head(row) for row in self._file.rows(_STUDIES)]
        return [StudyEntry(head.key, head.name, head.created, head.seq) for head in heads]

    def read(self, study: str, after: int = 0, limit: int | None = None) -> list[Stamped]:
        """The events behind `after`, at most `limit` of them, in order, checksums verified."""
        rows = self._file.rows(_READ, (after, study, -1 if limit is None else limit))
        if not rows:
            raise self._unknown(study)
        events = [] if rows[0][1] is None else [Stamped(*row[1:]) for row in rows]
        last = rows[0][0]
        return self._verified(events, after, last if limit is None else min(last, after + limit))

    def leases(self, study: str) -> list[Lease]:
        """All leases of a study."""
        rows = self._file.rows(_READ_LEASES, (study,))
        if not rows:
            raise self._unknown(study)
        return [] if rows[0][1] is None else [_lease(rows[0][0], row[1:]) for row in rows]

    def now(self) -> float:
        """Wall-clock time, never earlier than what this process has seen written."""
        self._latest = max(self._latest, time.time())
        return self._latest

    # -- writing -------------------------------------------------------------------------------------------------

    def create(self, name: str, draft: Draft) -> tuple[str, bool]:
        """Make a study with its first event, or find the one of that name; finding writes nothing."""
        if found := self._file.rows(_BY_NAME, (_text(name),)):
            return _Head(found[0]).key, False
        with self._file.gate.mutex, self._file.entered():
            writer = self._file.writer(make=True)
            try:
                if (row := writer.execute(_BY_NAME, (name,)).fetchone()) is not None:
                    return _Head(row).key, False
                key, now = uuid.uuid4().hex, self.now()
                stamped = stamp(draft, seq=1, written=now, writer=self._me())
                self._file.synchronous(writer, "FULL")
                with writer:
                    writer.execute("BEGIN IMMEDIATE")
                    number = writer.execute(_ADD_STUDY, (key, name, now, now)).lastrowid
                    writer.execute(_ADD_EVENT, (number, *_row(stamped)))
                    crc = _crc(number, key, name, now, 1, now)
                    writer.execute(_ADVANCE, (1, now, crc, number))
            except TROUBLE as error:
                self._refuse(error)
            return key, True

    def append(self, study: str, after: int, decide: Decide) -> list[Stamped]:
        """Inside the gate: read the tail, decide, commit."""
        with self._file.gate.mutex, self._file.entered():
            writer = self._file.writer()
            try:
                head = self._head(writer, study)
                tail: list[Stamped] = []
                if head.seq > after:
                    rows = writer.execute(_TAIL, (head.id, after)).fetchall()
                    tail = self._verified([Stamped(*row) for row in rows], after, head.seq)
                leases = [_lease(head.id, row) for row in writer.execute(_LEASES, (head.id,)).fetchall()]
                decision = decide(Tail(tuple(tail), tuple(leases), self.now()))
                written = [
                    stamp(draft, seq=head.seq + place, written=self._latest, writer=self._me())
                    for place, draft in enumerate(decision.events, 1)
                ]
                if written or decision.hold or decision.drop:
                    self._commit(writer, head, decision, written)
            except TROUBLE as error:
                self._refuse(error)
            return tail + written

    def lease(self, study: str, number: int, attempt: int, until_in: float) -> bool:
        """Renew one lease."""
        with self._file.gate.mutex, self._file.entered():
            writer = self._file.writer()
            try:
                head = self._head(writer, study)
                row = writer.execute(_ONE_LEASE, (head.id, number)).fetchone()
                old = None if row is None else _lease(head.id, row)
                if old is None or old.attempt != attempt:
                    return False
                new = Lease(number, attempt, old.owner, self.now() + until_in, old.phase, old.seen)
                self._commit(writer, head, Decision(hold=[new]), [])
            except TROUBLE as error:
                self._refuse(error)
            return True

    def rename(self, study: str, name: str) -> None:
        """Give a study another name."""
        with self._file.gate.mutex, self._file.entered():
            writer = self._file.writer()
            try:
                head = self._head(writer, study)
                other = writer.execute(_BY_NAME, (_text(name),)).fetchone()
                if other is not None and other[0] != head.id:
                    raise StudyExists(f"There is a study {name!r} already.", hint="Choose another name.")
                head.name = name
                self._file.synchronous(writer, "FULL")
                with writer:
                    writer.execute("BEGIN IMMEDIATE")
                    writer.execute(_RENAME, (name, head.crc(), head.id))
            except TROUBLE as error:
                self._refuse(error)

    def delete(self, study: str) -> None:
        """Remove a study and everything of it; its key never comes back."""
        with self._file.gate.mutex, self._file.entered():
            writer = self._file.writer()
            try:
                head = self._head(writer, study)
                self._file.synchronous(writer, "FULL")
                with writer:
                    writer.execute("BEGIN IMMEDIATE")
                    writer.execute("DELETE FROM events WHERE study = ?", (head.id,))
                    writer.execute("DELETE FROM leases WHERE study = ?", (head.id,))
                    writer.execute("DELETE FROM studies WHERE id = ?", (head.id,))
            except TROUBLE as error:
                self._refuse(error)

    def copy(self, target: str | os.PathLike[str]) -> None:
        """Copy everything, as of one moment, into a new file, while others go on writing; artefacts come along.

        Copying the file by other means loses what SQLite has not yet moved into it while the storage is in use.

        Raises
        ------
        StorageError
            If the target exists, or cannot be written.
        """
        path = Path(_checked(target)).expanduser().resolve()
        self._file.copy(path, os.fspath(target))
        if self.artifacts_folder.is_dir():  # what the copied log names was written before it, and never changes
            try:
                shutil.copytree(self.artifacts_folder, _folder_beside(path), ignore=shutil.ignore_patterns(".part-*"))
            except (OSError, shutil.Error) as error:
                raise StorageError(
                    f"{target} was written, but its artefacts were not: {error}.",
                    hint=f"Copy the folder {self.artifacts_folder} to {_folder_beside(path)}.",
                ) from error

    def close(self) -> None:
        """Let go of the file; the last to do so leaves one plain file behind. It opens again when it is used again."""
        self._file.close()

    # -- parts ---------------------------------------------------------------------------------------------------

    def _commit(self, writer: sqlite3.Connection, head: _Head, decision: Decision, written: list[Stamped]) -> None:
        durable = any(draft.event.durable for draft in decision.events)
        self._file.synchronous(writer, "FULL" if durable else "NORMAL")
        with writer:  # commits, or rolls back whatever happens, in C
            writer.execute("BEGIN IMMEDIATE")
            for event in written:
                writer.execute(_ADD_EVENT, (head.id, *_row(event)))
            for number in decision.drop:
                writer.execute(_DROP, (head.id, number))
            for lease in decision.hold:
                writer.execute(_HOLD, _lease_row(head.id, lease))
            if written:
                head.seq, head.written = written[-1].seq, written[-1].written
                writer.execute(_ADVANCE, (head.seq, head.written, head.crc(), head.id))

    def _head(self, writer: sqlite3.Connection, study: str) -> _Head:
        row = writer.execute(_BY_KEY, (study,)).fetchone()
        if row is None:
            raise self._unknown(study)
        head = _Head(row)
        self._latest = max(self._latest, head.written)
        return head

    def _verified(self, events: list[Stamped], after: int, last: int) -> list[Stamped]:
        """The events, if none is missing and none was changed."""
        if len(events) != max(0, last - after):
            raise Corrupt(f"{self._given} should hold events up to {last}, and some are missing.", hint=_DAMAGED)
        for place, event in enumerate(events, after + 1):
            if event.seq != place:
                raise Corrupt(f"Event {place} is missing in {self._given}.", hint=_DAMAGED)
            event.check()
        if events:
            self._latest = max(self._latest, events[-1].written)
        return events

    def _refuse(self, error: sqlite3.Error | UnicodeDecodeError) -> NoReturn:
        raise explained(error, self._file.path, self._given) from error

    def _unknown(self, study: str) -> StudyNotFound:
        return StudyNotFound(
            f"There is no study of the key {study!r} in {self._given}.",
            hint="It was deleted. Look at: tunesmith studies",
        )

    def _me(self) -> str:
        """Who wrote an event: process and host, for whoever reads the log."""
        return f"{os.getpid()}@{_HOST}"


def _opened(path: str, create: bool, network: bool | None) -> SQLiteStorage:
    return SQLiteStorage(path, create=create, network=network)


def _folder_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.artifacts")


def _checked(path: object) -> str:
    """The path as text, if it can be one."""
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if not isinstance(text, str) or not text or "\0" in text:
        raise UsageError(f"A storage's path must be text, got {text!r}.", hint='Write "study.db", for example.')
    if text == ":memory:" or text.startswith("file:"):
        raise UsageError(f"{text!r} is no path.", hint="Write a path, or leave the storage out for memory.")
    return text


def _text(name: str) -> str:
    """A name, if SQLite can keep it."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"A study's name cannot be kept: {error}.", hint="Use other characters.") from error
    return name


def _crc(*values: object) -> int:
    return zlib.crc32(repr(values).encode())


def _row(event: Stamped) -> tuple[Any, ...]:
    who = (event.written, event.writer, event.attempt, event.tell_id)
    return (event.seq, event.kind, event.v, event.body, event.crc, *who)


def _lease_row(study: int, lease: Lease) -> tuple[Any, ...]:
    values = (study, lease.number, lease.attempt, lease.owner, float(lease.until), lease.phase, lease.seen)
    return (*values, _crc(*values))


def _lease(study: int, row: Sequence[Any]) -> Lease:
    if row[-1] != _crc(study, *row[:-1]):
        raise Corrupt(f"The lease of trial {row[0]!r} does not match its checksum.", hint=_DAMAGED)
    return Lease(*row[:-1])
