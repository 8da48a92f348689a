"""The SQLite storage as a user meets it: which files it takes, what it leaves behind, what it says when it cannot."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import stat
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from tunesmith.errors import Corrupt, StorageError, StudyNotFound, TooNew, TunesmithWarning, UsageError
from tunesmith.storages import Decision, Lease, open_storage
from tunesmith.storages import _gate as gate_module
from tunesmith.storages._sqlite_schema import APPLICATION_ID, FORMAT
from tunesmith.storages.sqlite import SQLiteStorage, _crc
from tunesmith.testing.storages import StorageContract, noted, texts, writing
from tunesmith.trial import Fold


def made(path: Path | str, notes: int = 3) -> str:
    """A file with one study of some notes, closed; the study's key."""
    storage = SQLiteStorage(path)
    key, _ = storage.create("demo", noted("created"))
    storage.append(key, 1, writing(*(noted(str(n)) for n in range(notes))))
    storage.close()
    return key


class TestOnANetwork(StorageContract):
    """The contract, with the rollback journal that network file systems need."""

    def make(self, path: Path) -> SQLiteStorage:
        return SQLiteStorage(path, network=True)


# -- the file ----------------------------------------------------------------------------------------------------------


def test_nothing_is_written_before_the_first_study(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "study.db")
    assert storage.studies() == []
    with pytest.raises(StudyNotFound):
        storage.read("0")
    with pytest.raises(StudyNotFound):
        storage.append("0", 0, writing(noted("x")))
    storage.close()
    assert list(tmp_path.glob("study.db")) == []


def test_between_sessions_it_is_one_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    key = made(path)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["study.db"]
    storage = SQLiteStorage(path, create=False)
    assert len(storage.read(key)) == 4
    assert storage.leases(key) == []
    assert sorted(found.name for found in tmp_path.iterdir()) == ["study.db"], "reading leaves nothing"
    storage.close()


def test_a_bare_copy_between_sessions_is_complete(tmp_path: Path) -> None:
    key = made(tmp_path / "study.db")
    (tmp_path / "copy.db").write_bytes((tmp_path / "study.db").read_bytes())
    assert len(SQLiteStorage(tmp_path / "copy.db").read(key)) == 4


def test_the_last_of_several_to_close_tidies_up(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    one, two = SQLiteStorage(path), SQLiteStorage(path)
    key, _ = one.create("demo", noted("created"))
    two.append(key, 1, writing(noted("two")))
    one.close()
    assert (tmp_path / "study.db-wal").exists()
    two.close()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["study.db"]


def test_a_reader_tidies_up_after_a_writer_that_closed_before(tmp_path: Path) -> None:
    writer, reader = SQLiteStorage("study.db"), SQLiteStorage("study.db")
    key, _ = writer.create("demo", noted("created"))
    assert len(reader.read(key)) == 1
    writer.close()
    assert (tmp_path / "study.db-wal").exists()
    reader.close()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["study.db"]


def test_finding_a_study_writes_nothing(tmp_path: Path) -> None:
    key = made("study.db")
    before = (tmp_path / "study.db").stat()
    storage = SQLiteStorage("study.db")
    assert storage.create("demo", noted("again")) == (key, False)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["study.db"]
    storage.close()
    assert (tmp_path / "study.db").stat().st_mtime_ns == before.st_mtime_ns


def test_it_opens_again_when_it_is_used_after_closing(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "study.db")
    key, _ = storage.create("demo", noted("created"))
    storage.close()
    storage.append(key, 1, writing(noted("more")))
    storage.close()
    assert texts(storage.read(key)) == ["created", "more"]


def test_a_storage_that_is_forgotten_is_closed(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        storage = SQLiteStorage(tmp_path / "study.db")
        storage.create("demo", noted("created"))
        del storage
    assert sorted(found.name for found in tmp_path.iterdir()) == ["study.db"]


@pytest.mark.parametrize(
    "name", ["a b.db", "ключ.db", "100%.db", "what?.db", "a#b.db", "{braces}.db", "x&mode=ro.db", "'\".db"]
)
def test_any_file_name_works(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a folder with {braces} and 100%"
    folder.mkdir()
    key = made(folder / name)
    assert len(SQLiteStorage(folder / name, create=False).read(key)) == 4
    assert [found.name for found in folder.iterdir()] == [name]


@pytest.mark.skipif(sys.platform != "linux", reason="another operating system demands names in Unicode")
def test_a_file_name_of_arbitrary_bytes_works(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.db")
    key = made(path)
    assert len(SQLiteStorage(path).read(key)) == 4


def test_links_lead_to_one_gate(tmp_path: Path) -> None:
    key = made(tmp_path / "study.db")
    (tmp_path / "link.db").symlink_to("study.db")
    linked = SQLiteStorage(tmp_path / "link.db")
    linked.append(key, 4, writing(noted("through the link")))
    assert (tmp_path / "study.db.lock").exists()
    assert not (tmp_path / "link.db.lock").exists()
    linked.close()


def test_how_it_is_called(tmp_path: Path) -> None:
    for spec in ("study.db", "sqlite:///study.db", "sqlite://study.db", Path("study.db")):
        storage = open_storage(spec)
        assert storage.location == "study.db"
        assert storage.address == str(tmp_path / "study.db")
    absolute = open_storage(f"sqlite:///{tmp_path}/study.db")
    assert absolute.location == absolute.address == str(tmp_path / "study.db")
    assert repr(absolute) == f"SQLiteStorage({absolute.location!r})"


def test_it_travels_to_another_process_as_its_path(tmp_path: Path) -> None:
    key = made("study.db")
    travelled = pickle.loads(pickle.dumps(SQLiteStorage("study.db")))
    assert travelled.address == str(tmp_path / "study.db")
    assert len(travelled.read(key)) == 4


def test_another_folder_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = SQLiteStorage("study.db")
    key, _ = storage.create("demo", noted("created"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    storage.append(key, 1, writing(noted("more")))
    storage.close()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_file_says_whose_it_is(tmp_path: Path) -> None:
    made(tmp_path / "study.db")
    head = (tmp_path / "study.db").read_bytes()[:100]
    assert head[68:72] == b"tune"
    assert int.from_bytes(head[60:64]) == FORMAT


def test_its_permissions_follow_the_umask(tmp_path: Path) -> None:
    made(tmp_path / "study.db")
    assert stat.S_IMODE((tmp_path / "study.db").stat().st_mode) & 0o111 == 0


# -- copies ------------------------------------------------------------------------------------------------------------


def test_a_copy_holds_what_was_committed_while_others_write(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "study.db")
    key, _ = storage.create("demo", noted("created"))
    stop = threading.Event()

    def write() -> None:
        after = 1
        while not stop.is_set():
            after = storage.append(key, after, writing(noted("x" * 500)))[-1].seq

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            before = storage.studies()[0].seq
            storage.copy(tmp_path / f"copy {number}.db")
            copied = SQLiteStorage(tmp_path / f"copy {number}.db", create=False)
            assert before <= len(copied.read(key)) == copied.studies()[0].seq <= storage.studies()[0].seq
            copied.append(key, copied.studies()[0].seq, writing(noted("the copy lives")))
            copied.close()
    finally:
        stop.set()
        writer.join()
    storage.close()
    assert not list(tmp_path.glob("*partial*"))


def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    made("study.db")
    Path("there.db").write_text("precious")
    storage = SQLiteStorage("study.db")
    with pytest.raises(StorageError, match=r"there\.db exists already"):
        storage.copy("there.db")
    with pytest.raises(StorageError, match=r"folder of nowhere/x\.db does not exist"):
        storage.copy("nowhere/x.db")
    assert Path("there.db").read_text() == "precious"
    with pytest.raises(StorageError, match=r"no file empty\.db"):
        SQLiteStorage("empty.db").copy("other.db")


# -- what it refuses ---------------------------------------------------------------------------------------------------


def test_a_missing_file_is_missing_when_it_must_be_there() -> None:
    made("other.db")
    for open_it in (lambda: SQLiteStorage("study.db", create=False), lambda: open_storage("study.db", create=False)):
        with pytest.raises(StorageError, match=r"no file study\.db\. In that folder there are: other\.db"):
            open_it()
    assert not Path("study.db").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "must be text|must be None, a path"), (b"", "must be text|must be None"), (":memory:", "is no path"),
        ("file:study.db", "is no path"), ("a\0b", "must be text"),
    ],
)  # fmt: skip
def test_what_is_no_path(given: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        open_storage(given)
    with pytest.raises(UsageError):
        SQLiteStorage(given)


def test_a_folder_or_a_missing_folder() -> None:
    Path("folder").mkdir()
    Path("file").write_text("")
    for path, said in (
        ("folder", "folder is a folder"), (".", "is a folder"), ("none/study.db", "does not exist"),
        ("file/study.db", "is no folder"),
    ):  # fmt: skip
        with pytest.raises(StorageError, match=said) as caught:
            SQLiteStorage(path)
        assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    [b"number,loss\n1,0.5\n", b"\x89PNG\r\n\x1a\n" + bytes(5000), b"SQLite format 3\0", b"\0" * 4096, b"PAR1" * 99],
    ids=lambda content: repr(content[:8]),
)
def test_a_file_that_is_no_database(content: bytes) -> None:
    Path("study.db").write_bytes(content)
    with pytest.raises(StorageError, match=r"study\.db is (not an SQLite database|damaged)"):
        SQLiteStorage("study.db")
    assert Path("study.db").read_bytes() == content
    assert not Path("study.db.lock").exists()


def test_an_empty_file_becomes_a_storage() -> None:
    Path("study.db").write_bytes(b"")
    assert SQLiteStorage("study.db").studies() == []
    made("study.db")


def test_an_optuna_journal_is_recognised() -> None:
    line = json.dumps({"op_code": 0, "worker_id": "x", "study_name": "s"})
    Path("journal.log").write_text(f"{line}\n" * 20)
    with pytest.raises(StorageError, match="journal of Optuna's") as caught:
        SQLiteStorage("journal.log")
    assert "tunesmith import" in caught.value.hint


def foreign(sql: str) -> None:
    with sqlite3.connect("study.db") as raw:
        raw.executescript(sql)
    raw.close()


def test_an_optuna_database_is_recognised() -> None:
    foreign("".join(f"CREATE TABLE {name} (id);" for name in ("studies", "trials", "trial_params", "version_info")))
    before = Path("study.db").read_bytes()
    for create in (True, False):
        with pytest.raises(StorageError, match="Optuna database") as caught:
            SQLiteStorage("study.db", create=create)
        assert "tunesmith import" in caught.value.hint
    assert Path("study.db").read_bytes() == before


def test_another_applications_database_is_left_alone() -> None:
    foreign("CREATE TABLE places (url);")
    with pytest.raises(StorageError, match=r"another application's SQLite database \(its tables: places\)"):
        SQLiteStorage("study.db")
    Path("study.db").unlink()
    foreign("PRAGMA application_id = 77;")
    with pytest.raises(StorageError, match="another application's"):
        SQLiteStorage("study.db")


def test_a_newer_format_is_too_new() -> None:
    key = made("study.db")
    storage = SQLiteStorage("study.db")
    foreign(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(TooNew, match="newer tunesmith") as caught:
        SQLiteStorage("study.db")
    assert "pip install -U tunesmith" in caught.value.hint
    with pytest.raises(TooNew):
        storage.append(key, 4, writing(noted("x")))


def test_triggers_and_missing_tables_are_not_what_we_made() -> None:
    made("study.db")
    foreign("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END")
    with pytest.raises(Corrupt, match="not what tunesmith has made"):
        SQLiteStorage("study.db")
    Path("study.db").unlink()
    foreign(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; CREATE TABLE studies (id)")
    with pytest.raises(Corrupt, match="not what tunesmith has made"):
        SQLiteStorage("study.db")


def test_a_file_that_is_taken_away_is_noticed_before_anything_is_lost() -> None:
    storage = SQLiteStorage("study.db")
    key, _ = storage.create("demo", noted("created"))
    Path("study.db").unlink()
    with pytest.raises(StorageError, match="removed or replaced"):
        storage.append(key, 1, writing(noted("lost?")))
    assert storage.studies() == []
    storage.close()
    other = made("study.db")
    assert [entry.key for entry in storage.studies()] == [other]
    with pytest.raises(StudyNotFound):
        storage.append(key, 1, writing(noted("late")))
    storage.close()


def test_a_program_that_locks_the_file_is_named_as_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunesmith.storages._sqlite_file._BUSY_SECONDS", 0.1)
    key = made("study.db")
    storage = SQLiteStorage("study.db")
    storage.append(key, 4, lambda _: Decision(hold=[Lease(0, 1, "me", 5e9)]))
    raw = sqlite3.connect("study.db", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match=r"Another program keeps study\.db locked"):
        storage.append(key, 4, writing(noted("x")))
    raw.execute("ROLLBACK")
    raw.close()
    storage.append(key, 4, writing(noted("x")))
    storage.close()


# -- old files ---------------------------------------------------------------------------------------------------------


def test_a_file_of_format_1_is_read_and_goes_on() -> None:
    foreign(Path(__file__).with_name("format_1.sql").read_text(encoding="utf-8"))
    storage = SQLiteStorage("study.db", create=False)
    (entry,) = storage.studies()
    assert (entry.name, entry.created, entry.seq) == ("credit", 1764000000.0, 18)
    fold = Fold()
    fold.extend(storage.read(entry.key))
    history = fold.history
    assert (history.seed, [metric.direction for metric in history.problem.metrics]) == (7, ["maximize", "minimize"])
    assert [(trial.state.value, trial.attempt) for trial in history.trials] == [
        ("complete", 1), ("failed", 3), ("running", 1),
    ]  # fmt: skip
    first, second, third = history.trials
    assert (first.params, first.values) == ({"lr": 0.01, "kind": "a", "depth": 3}, {"auc": 0.875, "ms": 12.5})
    assert [(point.step, point.value) for point in first.points] == [(1, 0.5), (2, 0.625)]
    assert (first.notes, first.artifacts, first.attrs) == (
        ("good one",), {"model": "sha256:00"}, {"why": "a hunch", "epochs": 3},
    )  # fmt: skip
    assert (second.params["kind"], second.error and second.error.message) == ((1, 2), "no")
    assert (third.params["kind"], storage.leases(entry.key)[0].number) == (None, 2)
    assert history.attrs == {"dataset": {"rows": [1, 2.5, None, True]}}
    assert history.changes == {"stopped": True}
    assert "new" in history.space
    storage.append(entry.key, 18, writing(noted("more")))
    storage.close()


# -- time --------------------------------------------------------------------------------------------------------------


def test_time_never_goes_back_even_when_a_clock_does() -> None:
    ahead, behind = SQLiteStorage("study.db"), SQLiteStorage("study.db")
    key, _ = ahead.create("demo", noted("created"))
    ahead._latest += 3600  # what a clock that was an hour ahead leaves behind
    (future,) = ahead.append(key, 1, writing(noted("from the future")))
    seen: list[float] = []
    (now,) = behind.append(key, 2, lambda tail: seen.append(tail.now) or Decision([noted("now")]))  # type: ignore[func-returns-value]
    assert seen == [future.written]
    assert now.written == future.written
    assert behind.now() >= future.written
    fresh = SQLiteStorage("study.db")
    fresh.read(key)
    assert fresh.now() >= future.written
    for storage in (ahead, behind, fresh):
        storage.close()


# -- the gate ----------------------------------------------------------------------------------------------------------


def test_who_waits_for_long_is_told_for_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(gate_module, "_LOOK_SECONDS", 0.02)
    key = made("study.db")
    slow, other = SQLiteStorage("study.db"), SQLiteStorage("study.db")
    inside, told = threading.Event(), threading.Event()

    def stay(_tail: object) -> Decision:
        inside.set()
        told.wait(10)
        return Decision([noted("slow")])

    holder = threading.Thread(target=slow.append, args=(key, 4, stay))
    holder.start()
    inside.wait(10)
    holds = rf"write to study\.db: process {os.getpid()} on this machine holds its lock"
    with pytest.warns(TunesmithWarning, match=holds) as warned:  # noqa: PT031 - the warning comes from another thread
        waiter = threading.Thread(target=other.append, args=(key, 4, writing(noted("patient"))))
        waiter.start()
        deadline = time.monotonic() + 10
        while not warned and time.monotonic() < deadline:
            time.sleep(0.01)
        told.set()
        holder.join()
        waiter.join()
    assert texts(other.read(key, 4)) == ["slow", "patient"]
    slow.close()
    other.close()


def test_reading_waits_for_no_writer() -> None:
    key = made("study.db")
    storage = SQLiteStorage("study.db")
    read: list[int] = []
    storage.append(key, 4, lambda _: read.append(len(storage.read(key))) or Decision())  # type: ignore[func-returns-value]
    assert read == [4]
    storage.close()


# -- network file systems ----------------------------------------------------------------------------------------------


def test_on_a_network_there_is_no_shared_memory_and_one_host() -> None:
    storage = SQLiteStorage("study.db", network=True)
    key, _ = storage.create("demo", noted("created"))
    assert not Path("study.db-wal").exists()
    assert not Path("study.db-shm").exists()
    foreign("UPDATE about SET value = 'elsewhere' WHERE name = 'host'")
    for call in (
        lambda: storage.append(key, 1, writing(noted("x"))),
        lambda: SQLiteStorage("study.db", network=True).create("other", noted("x")),
    ):
        with pytest.raises(StorageError, match="elsewhere is writing to it") as caught:
            call()
        assert "PostgreSQL" in caught.value.hint
    assert len(storage.read(key)) == 1
    storage.close()


def test_another_host_may_follow_one_that_has_gone_silent() -> None:
    storage = SQLiteStorage("study.db", network=True)
    key, _ = storage.create("demo", noted("created"))
    storage.close()
    foreign("UPDATE about SET value = 'elsewhere' WHERE name = 'host'; DROP TABLE IF EXISTS none")
    with sqlite3.connect("study.db") as raw:
        (row,) = raw.execute("SELECT id, key, name, created, seq, written FROM studies").fetchall()
        old = (*row[:5], row[5] - 1000)
        raw.execute("UPDATE studies SET written = ?, crc = ?", (old[5], _crc(*old)))
    raw.close()
    storage.append(key, 1, writing(noted("x")))
    storage.close()
    with sqlite3.connect("study.db") as raw:
        assert raw.execute("SELECT value FROM about WHERE name = 'host'").fetchone() != ("elsewhere",)
    raw.close()
