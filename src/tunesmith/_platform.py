"""What differs between operating systems: who a process is, whether it still lives, and how many cores it may use."""

from __future__ import annotations

import functools
import os
import platform
import sys
import uuid
from pathlib import Path


def owner() -> str:
    """Who this process is, unmistakably: boot id, pid and start time, joined by colons.

    Examples
    --------
    >>> alive(owner())
    True
    """
    pid = os.getpid()
    return f"{_boot()}:{pid}:{_started(pid) or '0'}"


def alive(who: str) -> bool | None:
    """Whether the process that `owner` named still lives; None if it runs on another machine or cannot be told.

    Examples
    --------
    >>> alive("elsewhere:1:2") is None
    True
    """
    boot, _, rest = who.partition(":")
    pid, _, start = rest.partition(":")
    if boot != _boot() or not pid.isdigit():
        return None
    found = _started(int(pid))
    if found is None:
        return _exists(int(pid)) if sys.platform not in {"linux", "darwin"} else False
    return found == start


def describe(who: str) -> str:
    """How to call an owner in a message: `"process 1234 on this machine"`."""
    boot, _, rest = who.partition(":")
    where = "this machine" if boot == _boot() else "another machine"
    return f"process {rest.partition(':')[0]} on {where}"


def cores() -> int:
    """How many cores this process may use: its affinity mask where there is one, and the container's limit."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return max(1, allowed)
    return max(1, allowed if quota == "max" else min(allowed, -(-int(quota) // int(period))))


@functools.cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{platform.node()}-{uuid.getnode():x}"


def _started(pid: int) -> str | None:
    """The start time of a process as text, or None if there is none (a zombie counts as none)."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in {"Z", "X"} else fields[19]
    return _started_by_ps(pid) if sys.platform == "darwin" else None


def _started_by_ps(pid: int) -> str | None:
    import subprocess  # noqa: PLC0415 - costs 10 ms, and Linux never needs it

    command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return found.strip().replace(":", ".").replace(" ", "_") or None


def _exists(pid: int) -> bool | None:
    """Whether a process exists where its start time cannot be read (on Windows a lease has to lapse)."""
    if sys.platform == "win32":
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
