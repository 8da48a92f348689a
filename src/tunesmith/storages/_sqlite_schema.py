"""The tables of an SQLite storage, and how a file is told from other databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tunesmith.errors import Corrupt, StorageError, TooNew

APPLICATION_ID = 0x74756E65
"""`tune` in ASCII: bytes 68 to 71 of the file, by which `file` and others may know it."""

FORMAT = 1
"""The version of the tables; a file with a higher one was written by a newer tunesmith."""

OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""

TABLES = (
    """CREATE TABLE studies (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL UNIQUE,
        created REAL NOT NULL,
        seq INTEGER NOT NULL,
        written REAL NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE events (
        study INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        v INTEGER NOT NULL,
        body BLOB NOT NULL,
        crc INTEGER NOT NULL,
        written REAL NOT NULL,
        writer TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        tell_id TEXT,
        PRIMARY KEY (study, seq)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE leases (
        study INTEGER NOT NULL,
        number INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        owner TEXT NOT NULL,
        until REAL NOT NULL,
        phase TEXT NOT NULL,
        seen INTEGER NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (study, number)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE about (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
"""`studies.seq` and `studies.written` repeat the last event's, so that a missing tail is noticed."""

_NAMES = "SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'"
_OPTUNA = {"trials", "studies", "trial_params", "version_info"}


def require_sqlite() -> None:
    """Refuse a Python whose SQLite is too old."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise StorageError(
            f"This Python was built with SQLite {sqlite3.sqlite_version}; {wanted} or newer is needed.",
            hint="Use a newer Python, such as one that uv or conda installs.",
        )


def recognised(connection: sqlite3.Connection, path: Path, location: str) -> bool:
    """Whether the database is a tunesmith storage; False for one that holds nothing yet.

    Raises
    ------
    TooNew
        If a newer tunesmith has written it.
    Corrupt
        If it is ours, and what must be there is not.
    StorageError
        If it belongs to another application.
    """
    with connection:
        connection.execute("BEGIN")  # all as of one moment: another process may be making the tables right now
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        found = dict(connection.execute(_NAMES).fetchall())
    if application == 0 and version == 0 and not found:
        return False
    if application != APPLICATION_ID:
        raise _foreign(set(found), path, location)
    if version > FORMAT:
        raise TooNew(
            f"{location} was written by a newer tunesmith: its format is {version}, this one reads up to {FORMAT}.",
            hint="Upgrade: pip install -U tunesmith",
        )
    expected = {sql.split()[2]: "table" for sql in TABLES}
    if version != FORMAT or not expected.items() <= found.items() or {"trigger", "view"} & set(found.values()):
        raise Corrupt(
            f"{location} is a tunesmith storage, but its tables are not what tunesmith has made.",
            hint="Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE.",
        )
    return True


def make(connection: sqlite3.Connection) -> None:
    """Make the tables, all or none."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for sql in TABLES:
            connection.execute(sql)
        connection.execute("INSERT INTO about (name, value) VALUES ('application', 'tunesmith')")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def _foreign(tables: set[str], path: Path, location: str) -> StorageError:
    if tables >= _OPTUNA:
        return StorageError(
            f"{location} is an Optuna database; tunesmith does not write into it.",
            hint=f"Import its studies into a new file: tunesmith import '{path}' --storage NEW.db",
        )
    shown = ", ".join(sorted(tables)[:5])
    return StorageError(
        f"{location} is another application's SQLite database{f' (its tables: {shown})' if shown else ''}.",
        hint="Name another file; to keep a study in a new one, name one that does not exist yet.",
    )
