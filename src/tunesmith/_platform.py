"""What differs between operating systems: who a process is, whether it still lives, and how many cores it may use."""

from __future__ import annotations

import functools
import os
import platform
import signal
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess


def owner() -> str:
    """Who this process is, unmistakably: boot id, pid and start time, joined by colons.

    Examples
    --------
    >>> alive(owner())
    True
    """
    return _owner(os.getpid())


@functools.cache
def _owner(pid: int) -> str:
    return f"{_boot()}:{pid}:{_started(pid) or '0'}"


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_owner.cache_clear)  # a descendant may get the number of a dead ancestor


def program(name: str) -> str:
    """How to call a program of this environment in a shell here: by its name where that finds it, else by its path.

    Examples
    --------
    >>> "python" in program("python")
    True
    """
    import shlex  # noqa: PLC0415 - costs 5 ms with the next, and only the end of a search needs them
    import shutil  # noqa: PLC0415

    folder = Path(sys.executable).parent
    found = shutil.which(name)
    if found is not None and Path(found).parent == folder:
        return name
    there = folder / name
    return shlex.quote(str(there.relative_to(Path.cwd()) if there.is_relative_to(Path.cwd()) else there))


def command(script: Path) -> str:
    """What to type in a shell to run a script with the Python of this environment.

    Examples
    --------
    >>> command(Path("my data-out/reproduce.py")).endswith("python 'my data-out/reproduce.py'")
    True
    """
    import shlex  # noqa: PLC0415 - as in `program`

    return f"{program('python')} {shlex.quote(str(script))}"


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


def short_names(owners: Iterable[str]) -> dict[str, str]:
    """A short name for each owner, in their order: its process, and its machine where there are two.

    Examples
    --------
    >>> short_names(["boot:12:3", "boot:14:3", "boot:12:3"])
    {'boot:12:3': '12', 'boot:14:3': '14'}
    """
    known = list(dict.fromkeys(owner for owner in owners if owner))
    machines = {machine: k for k, machine in enumerate(dict.fromkeys(who.partition(":")[0] for who in known), 1)}
    short = {owner: owner.split(":")[1] if ":" in owner else owner for owner in known}
    if len(machines) <= 1:
        return short
    return {owner: f"{name} on machine {machines[owner.partition(':')[0]]}" for owner, name in short.items()}


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
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a fixed program and a number
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


def apart() -> dict[str, Any]:
    """Options of `subprocess.Popen` for a child in a group of its own: Ctrl-C passes it by, `end_group` ends it all."""
    if sys.platform == "win32":
        import subprocess  # noqa: PLC0415 - costs 10 ms

        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def end_group(pid: int, *, politely: bool = False) -> None:
    """End the group of a child that was started `apart` (on Windows the child alone), if it is still there."""
    try:
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGTERM if politely else signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # macOS answers "not permitted" for a group of zombies
        return


def exit_descriptor(pid: int) -> int | None:
    """A file descriptor that becomes readable when the process ends; None where the system has none."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None  # a kernel before 5.3, or a sandbox


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a child process has ended; where the system allows, its number stays taken until it is waited for."""
    if sys.platform != "win32" and process.returncode is None and hasattr(os, "waitid"):
        try:
            return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True  # somebody else has waited for it
    return process.poll() is not None


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file against all other openings of it, here and in other processes, until this one is closed.

    Returns False if it is taken and `wait` is not set. The system frees the lock when the process dies.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - there is none elsewhere

        while True:
            try:
                os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK gives up after ten seconds
                if not wait:
                    return False
            else:
                return True
    import fcntl  # noqa: PLC0415 - there is none on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_LOCKED_BYTE = 1 << 20
"""Windows locks bytes, and locked ones cannot be read: this one lies behind all that a lock file says."""


def yield_memory() -> None:
    """Ask to be ended before our parent when memory runs out, so that a study survives its trials (Linux only)."""
    score = Path("/proc/self/oom_score_adj")
    try:
        score.write_text(str(min(1000, int(score.read_text(encoding="ascii")) + 200)), encoding="ascii")
    except (OSError, ValueError):
        return  # another system, or one that does not let us


def stopped(pid: int) -> bool:
    """Whether a process is stopped, by Ctrl-Z or SIGSTOP: it lives, and does nothing until somebody continues it."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return False
        return fields[0] == "T"
    if sys.platform == "darwin":
        import subprocess  # noqa: PLC0415 - costs 10 ms, and Linux never needs it

        command = ["/bin/ps", "-o", "state=", "-p", str(pid)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        return found.stdout.startswith("T")
    return False
