"""What disks and people do to files: nothing wrong is ever read, and a failed write leaves what was there before."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storages.harness import forked, waited
from tunesmith.errors import StorageError
from tunesmith.storages import Decision, Lease
from tunesmith.storages.sqlite import SQLiteStorage
from tunesmith.testing.storages import noted, writing
from tunesmith.trial import Draft, Stamped, TrialFinished, TrialStarted

FLIPS = 400


def study_of(path: Path, trials: int = 60) -> None:
    """Two studies of some trials, with leases, in one closed file."""
    storage, rng = SQLiteStorage(path), random.Random(0)
    for name in ("first", "second"):
        key, _ = storage.create(name, noted("created"))
        for number in range(trials):
            params = {f"x{index}": rng.random() for index in range(5)}
            start = Draft(TrialStarted(number=number, params=params, why={"member": "random"}), 1)
            end = Draft(
                TrialFinished(number=number, state="complete", values={"loss": rng.random()}), 1, f"tell {number}"
            )
            storage.append(key, 2 * number + 1, writing(start, end))
        storage.append(key, 2 * trials + 1, lambda tail: Decision(hold=[Lease(7, 1, "me", tail.now + 60)]))
    storage.close()


Truth = dict[str, tuple[str, float, list[Stamped], list[Lease]]]


def all_of(path: Path) -> Truth:
    """Everything that a file holds."""
    storage = SQLiteStorage(path, create=False)
    try:
        return {
            entry.key: (entry.name, entry.created, storage.read(entry.key), storage.leases(entry.key))
            for entry in storage.studies()
        }
    finally:
        storage.close()


def test_a_flipped_bit_is_harmless_or_noticed(tmp_path: Path) -> None:
    study_of(tmp_path / "whole.db")
    truth, whole, rng = all_of(tmp_path / "whole.db"), (tmp_path / "whole.db").read_bytes(), random.Random(1)
    hints: list[str] = []
    for flip in range(FLIPS):
        at, bit = rng.randrange(len(whole)), rng.randrange(8)
        if flip < 100:
            at = flip  # the header, each of its bytes
        path = tmp_path / "flipped.db"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        try:
            assert all_of(path) == truth, f"bit {bit} of byte {at} was read wrong"
        except StorageError as error:
            hints.append(error.hint)
        finally:
            for left in tmp_path.glob("flipped.db*"):
                left.unlink()
    assert len(hints) > FLIPS / 4, "the damage was real"
    assert all(hints)


def test_a_flipped_bit_does_not_lead_a_writer_astray(quick: Path) -> None:
    study_of(quick / "whole.db", trials=20)
    truth, whole, rng = all_of(quick / "whole.db"), (quick / "whole.db").read_bytes(), random.Random(2)
    for flip in range(100):
        at, bit = rng.randrange(len(whole)), rng.randrange(8)
        path = quick / f"{flip}.db"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        key, (_, _, log, _) = next(iter(truth.items()))
        try:
            storage = SQLiteStorage(path)
            written = storage.append(key, len(log), writing(noted("more")))
            assert storage.read(key) == log + written
            storage.close()
        except StorageError:
            continue


def test_a_cut_off_or_overwritten_file_is_noticed(tmp_path: Path) -> None:
    study_of(tmp_path / "whole.db")
    whole, rng = (tmp_path / "whole.db").read_bytes(), random.Random(3)
    truth, path = all_of(tmp_path / "whole.db"), tmp_path / "damaged.db"
    page = 4096
    damaged = [
        whole[:length] for length in (*range(1, len(whole), page), *(rng.randrange(1, len(whole)) for _ in range(20)))
    ]
    damaged += [whole[:at] + bytes(page) + whole[at + page :] for at in range(0, len(whole), page)]
    damaged += [whole[:at] + whole[:page] + whole[at + page :] for at in range(page, len(whole), page)]
    hints = []
    for content in damaged:
        path.write_bytes(content)
        try:
            assert all_of(path) in (truth, {})
            assert len(content) in {1, len(whole)}
        except StorageError as error:
            hints.append(error.hint)
    assert all(hints)
    assert len(hints) > len(damaged) / 2


def test_a_damaged_log_of_a_killed_writer_never_reads_wrong(tmp_path: Path) -> None:
    path, rng = tmp_path / "live.db", random.Random(4)
    storage = SQLiteStorage(path)
    key, _ = storage.create("demo", noted("created"))
    for number in range(40):
        storage.append(key, number + 1, writing(noted(f"{number} {'x' * 200}")))
    truth = storage.read(key)
    wal = (tmp_path / "live.db-wal").read_bytes()
    for flip in range(100):
        at, bit = rng.randrange(len(wal)), rng.randrange(8)
        folder = tmp_path / str(flip)
        folder.mkdir()
        shutil.copyfile(path, folder / "live.db")
        (folder / "live.db-wal").write_bytes(wal[:at] + bytes([wal[at] ^ 1 << bit]) + wal[at + 1 :])
        try:
            copied = SQLiteStorage(folder / "live.db")
            for entry in copied.studies():  # a log that is cut short is an earlier moment, never another story
                found = copied.read(entry.key)
                assert found == truth[: len(found)]
            copied.close()
        except StorageError:
            continue
    storage.close()


# -- full disks --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Path]:
    """A disk of its own, where this user may mount one."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("another operating system, or user, may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(storage: SQLiteStorage, key: str, told: int) -> tuple[int, str]:
    """Append until it fails: how much was told, and what the error said."""
    for _ in range(10_000):
        try:
            written = storage.append(key, told, writing(noted(f"{told} {'x' * 3000}")))
        except StorageError as error:
            return told, error.message
        told = written[-1].seq
    return told, ""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="another operating system or user"
)
def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 500) as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(100_000))
        storage = SQLiteStorage(disk / "study.db")
        key, _ = storage.create("demo", noted("created"))
        told = 1
        for room in (80_000, 60_000, 40_000, 20_000, 0):
            told, said = fill(storage, key, told)
            assert said == f"The disk that holds {storage.location} is full."
            assert len(storage.read(key)) == told
            again = SQLiteStorage(disk / "study.db", create=False)
            assert len(again.read(key)) == told
            again.close()
            ballast.write_bytes(bytes(room))
        storage.close()
        other = SQLiteStorage(disk / "other.db")
        with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        with pytest.raises(StorageError, match="is full"):
            other.create("demo", noted("created"))
        ballast.unlink()
        for left in disk.glob("study.db*"):
            left.unlink()
        assert other.create("demo", noted("created"))[1]


def in_child(work: Callable[[], Any]) -> None:
    """Do it in a forked child, which may be limited or become another user."""
    assert waited([forked(work)]) == [0]


@pytest.mark.needs("fork")
def test_a_limit_on_file_size_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "study.db"

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        storage = SQLiteStorage(path)
        key, _ = storage.create("demo", noted("created"))
        told, said = fill(storage, key, 1)
        assert "failed to read or write" in said or "is full" in said, said
        assert len(storage.read(key)) == told
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        told = storage.append(key, told, writing(noted("room again")))[-1].seq
        (tmp_path / "told").write_text(str(told))
        os.kill(os.getpid(), signal.SIGKILL)

    assert waited([forked(work)]) == [-signal.SIGKILL]
    ((_, _, log, _),) = all_of(path).values()
    assert len(log) == int((tmp_path / "told").read_text())


# -- read-only ---------------------------------------------------------------------------------------------------------


def as_nobody(work: Callable[[], Any]) -> None:
    """Do it as a user whom permissions bind."""

    def bound() -> None:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        work()

    in_child(bound)


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Path]:
    """A folder that other users can reach."""
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
        path.chmod(0o755)


@pytest.mark.needs("fork")
@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o666, 0o555), (0o444, 0o555)])
def test_what_may_only_be_read_is_read_and_writing_says_so_at_once(
    public: Path, file_mode: int, folder_mode: int
) -> None:
    path = public / "study.db"
    study_of(path, trials=5)
    truth = all_of(path)
    path.chmod(file_mode)
    public.chmod(folder_mode)

    def work() -> None:
        assert all_of(path) == truth
        storage = SQLiteStorage(path)
        key = storage.studies()[0].key
        for call in (
            lambda: storage.append(key, 11, writing(noted("x"))),
            lambda: storage.create("third", noted("x")),
            lambda: storage.delete(key),
            lambda: storage.lease(key, 7, 1, 60),
        ):
            with pytest.raises(StorageError, match=r"cannot be written: .*read-only"):
                call()
        storage.close()
        assert all_of(path) == truth

    as_nobody(work)
    assert not list(public.glob("*-wal"))


@pytest.mark.needs("fork")
@pytest.mark.parametrize("with_shared_memory", [True, False])
def test_what_a_killed_writer_left_in_a_read_only_folder_can_be_read(public: Path, with_shared_memory: bool) -> None:
    path = public / "study.db"

    def die() -> None:
        storage = SQLiteStorage(path)
        key, _ = storage.create("demo", noted("created"))
        storage.append(key, 1, writing(noted("told")))
        os.kill(os.getpid(), signal.SIGKILL)

    waited([forked(die)])
    assert (public / "study.db-wal").stat().st_size
    if not with_shared_memory:
        (public / "study.db-shm").unlink()
    for file in public.iterdir():
        file.chmod(0o444)
    public.chmod(0o555)

    def work() -> None:
        ((_, _, log, _),) = all_of(path).values()
        assert len(log) == 2

    as_nobody(work)


@pytest.mark.needs("fork")
@pytest.mark.parametrize("folder_mode", [0o777, 0o555])
def test_what_a_crash_left_half_done_is_taken_back(public: Path, folder_mode: int) -> None:
    study_of(public / "whole.db", trials=5)
    truth = all_of(public / "whole.db")
    raw = sqlite3.connect(public / "whole.db", isolation_level=None)
    raw.execute("PRAGMA cache_size = 1")
    raw.execute("BEGIN")
    raw.execute("UPDATE events SET body = zeroblob(5000)")
    for ending in ("", "-journal"):  # what is on the disk if power fails now
        shutil.copyfile(public / f"whole.db{ending}", public / f"study.db{ending}")
    raw.close()
    for file in public.iterdir():
        file.chmod(0o666)
    public.chmod(folder_mode)

    def work() -> None:
        assert all_of(public / "study.db") == truth

    as_nobody(work)


@pytest.mark.needs("fork")
def test_a_folder_where_nothing_may_be_made_says_so(public: Path) -> None:
    public.chmod(0o555)

    def work() -> None:
        storage = SQLiteStorage(public / "study.db")
        with pytest.raises(StorageError, match="its folder is read-only for this user"):
            storage.create("demo", noted("created"))

    as_nobody(work)


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="another operating system or user"
)
def test_a_read_only_disk_is_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2000) as disk:
        study_of(disk / "study.db", trials=5)
        truth = all_of(disk / "study.db")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert all_of(disk / "study.db") == truth
        storage = SQLiteStorage(disk / "study.db")
        with pytest.raises(StorageError, match="cannot be written"):
            storage.append(next(iter(truth)), 11, writing(noted("x")))
        storage.close()
