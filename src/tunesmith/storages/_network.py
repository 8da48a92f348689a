"""Whether a path lies on a network file system, where one host at most can write an SQLite file safely."""

from __future__ import annotations

import os
from pathlib import Path

NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "drvfs", "gfs", "gfs2", "gpfs", "glusterfs", "lustre", "ncpfs",
    "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "smb3", "smbfs", "wekafs",
    "fuse.ceph", "fuse.cephfs", "fuse.cvmfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.juicefs",
    "fuse.rclone", "fuse.s3fs", "fuse.seaweedfs", "fuse.smbnetfs", "fuse.sshfs", "fuse.weed",
})  # fmt: skip
"""Names that Linux gives to file systems which other hosts may have mounted too, or that cannot share memory."""


def network_type(path: str, mounts: str | None = None) -> str | None:
    r"""The type of the network file system that holds a path; None if it is local, or cannot be told.

    Parameters
    ----------
    path
        An absolute path; it need not exist.
    mounts
        What to read in place of `/proc/self/mountinfo`.

    Examples
    --------
    >>> listed = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n40 22 0:35 / /home rw - nfs4 server:/home rw"
    >>> network_type("/home/ann/study.db", listed), network_type("/homes/study.db", listed)
    ('nfs4', None)
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    found, longest = None, -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if len(fields := before.split()) < 5 or not after:
            continue
        point = _plain(fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:  # a later mount on the same point hides the earlier
            found, longest = after.split()[0], len(point)
    return found if found in NETWORK else None


def host() -> str:
    """The name of this host, as it is written into files on network file systems."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "this host")


def _plain(point: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, letter)
    return point
