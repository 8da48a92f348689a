"""A file on another machine's disk is told from one on ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tunesmith.errors import TunesmithWarning
from tunesmith.storages import _sqlite_file
from tunesmith.storages._network import network_type
from tunesmith.storages.sqlite import SQLiteStorage
from tunesmith.testing.storages import noted

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 22 0:5 / /dev/shm rw - tmpfs tmpfs rw
40 22 0:35 / /home rw,relatime shared:300 master:1 - nfs4 server:/home rw,vers=4.2
41 40 8:2 / /home/local rw - ext4 /dev/sda2 rw
42 22 0:50 / /mnt/my\040share rw - cifs //server/share rw
43 22 0:51 / /mnt/c rw - 9p drvfs rw
44 22 0:52 / /mnt/remote rw - fuse.sshfs me@server: rw
45 22 0:53 / /data rw - ext4 /dev/sdb rw
46 22 0:54 / /data rw - lustre mds:/data rw
garbage
47 22 0:55
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/study.db", None), ("/dev/shm/study.db", None), ("/home/ann/study.db", "nfs4"), ("/homes/study.db", None),
        ("/home/local/study.db", None), ("/home/locals/study.db", "nfs4"), ("/mnt/my share/study.db", "cifs"),
        ("/mnt/c/study.db", "9p"), ("/mnt/remote/a/b/study.db", "fuse.sshfs"), ("/data/study.db", "lustre"),
    ],
)  # fmt: skip
def test_the_mount_that_holds_a_path_decides(path: str, kind: str | None) -> None:
    assert network_type(path, MOUNTS) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="another operating system has no such list")
def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    network_type(str(tmp_path))


def test_a_warning_says_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sqlite_file, "network_type", lambda _path: "nfs4")
    with pytest.warns(TunesmithWarning, match=r"study\.db lies on a network file system \(nfs4\).*PostgreSQL"):
        SQLiteStorage("study.db").create("demo", noted("created"))
    assert not Path("study.db-wal").exists()
