"""A study's artefacts lie beside its storage, outlive a killed worker, and go with their study."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tunesmith as ts
from tunesmith.artifacts import FolderArtifacts
from tunesmith.errors import ArtifactNotFound, Corrupt, InvalidValue
from tunesmith.storages.sqlite import SQLiteStorage

pytestmark = pytest.mark.core

SPACE = ts.SearchSpace(x=ts.Float(0, 1))


def keeping(trial: ts.Trial) -> float:
    trial.save_artifact("note", f"trial {trial.number}".encode())
    trial.save_artifact("note", f"trial {trial.number}, again".encode())
    return float(trial.params["x"])


@pytest.mark.parametrize("executor", ["serial", "thread:2", "process:2"])
def test_what_trials_keep_is_read_by_name(tmp_path: Path, executor: str) -> None:
    path = str(tmp_path / "study.db")
    study = ts.Study(SPACE, storage=path, sampler="random", seed=1)
    study.optimize(keeping, trials=4, executor=executor, progress=False)
    elsewhere = ts.Study.load(path)
    assert [elsewhere.artifact("note", trial=n) for n in range(4)] == [f"trial {n}, again".encode() for n in range(4)]
    assert (tmp_path / "study.db.artifacts" / study.key).is_dir()


def test_studies_in_memory_keep_theirs_there() -> None:
    study = ts.Study(SPACE, sampler="random", seed=1)
    study.optimize(keeping, trials=2, executor="process:1", progress=False)
    again = ts.Study.load(study.storage, study.name)
    assert again.artifact("note", trial=1) == b"trial 1, again"
    study.save_artifact("all", b"of it")
    assert again.artifact("all") == b"of it"


def test_asked_trials_keep_theirs(tmp_path: Path) -> None:
    study = ts.Study(SPACE, storage=str(tmp_path / "study.db"), sampler="random", seed=1)
    trial = study.ask()
    trial.save_artifact("model", b"\0\1")
    assert study.artifact("model", trial=0) == b"\0\1"
    study.tell(trial, 1.0)
    assert study.trials[0].artifacts.keys() == {"model"}


def test_what_cannot_be_kept_is_refused() -> None:
    study = ts.Study(SPACE, sampler="random", seed=1)
    trial = study.ask()
    for name, data in (("", b""), ("a\nb", b""), ("n" * 201, b""), ("text", "text")):
        with pytest.raises(InvalidValue):
            trial.save_artifact(name, data)  # type: ignore[arg-type]
    with pytest.raises(ArtifactNotFound, match="no artefact 'mdel'"):
        study.artifact("mdel")


def test_late_bytes_of_a_lost_attempt_do_not_count(tmp_path: Path) -> None:
    path = str(tmp_path / "study.db")
    study = ts.Study(SPACE, storage=path, sampler="random", seed=1)
    lost = study.ask()
    lost.save_artifact("result", b"first")
    study._ledger.release([0], "taken away")
    second = ts.Study.load(path).ask()
    assert (second.number, second.attempt) == (0, 2)
    lost.save_artifact("result", b"late")
    assert ts.Study.load(path).artifact("result", trial=0) == b"first"


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    study = ts.Study(SPACE, storage=str(tmp_path / "study.db"))
    study.save_artifact("data", b"right")
    (file,) = (tmp_path / "study.db.artifacts" / study.key).iterdir()
    file.write_bytes(b"wrong")
    with pytest.raises(Corrupt):
        study.artifact("data")
    file.unlink()
    with pytest.raises(ArtifactNotFound, match="There is no artefact"):
        study.artifact("data")


def test_deleting_a_study_removes_its_artefacts_and_leaves_others(tmp_path: Path) -> None:
    path = str(tmp_path / "study.db")
    one, two = (ts.Study(SPACE, storage=path, name=name) for name in ("one", "two"))
    for study in (one, two):
        study.save_artifact("data", b"the same bytes")
    one.delete()
    assert two.artifact("data") == b"the same bytes"
    assert [folder.name for folder in (tmp_path / "study.db.artifacts").iterdir()] == [two.key]
    two.delete()
    assert not (tmp_path / "study.db.artifacts").exists()


def test_a_copy_has_the_artefacts(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "study.db")
    ts.Study(SPACE, storage=storage).save_artifact("data", b"copied")
    storage.copy(tmp_path / "copy.db")
    assert ts.Study.load(str(tmp_path / "copy.db")).artifact("data") == b"copied"


def test_a_killed_writer_leaves_whole_files_or_none(tmp_path: Path) -> None:
    code = (
        "import itertools, sys; from tunesmith.artifacts import FolderArtifacts; a = FolderArtifacts(sys.argv[1])\n"
        "for n in itertools.count(): print(a.put(str(n).encode() * 200_000), flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "a")], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(5)]
        writer.kill()
    artifacts = FolderArtifacts(tmp_path / "a")
    assert all(artifacts.get(digest) for digest in told)
    whole = [file.name for file in (tmp_path / "a").iterdir() if not file.name.startswith(".part-")]
    assert all(artifacts.get(name) for name in whole)


def test_what_a_killed_writer_left_is_removed_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / ".part-old", tmp_path / ".part-new"
    for file in (old, new):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - 25 * 3600,) * 2)
    FolderArtifacts(tmp_path).put(b"whole")
    assert not old.exists()
    assert new.exists()
