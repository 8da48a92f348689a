"""The writer gate of a file: one writer at a time among all threads and processes, in turn, freed by the kernel."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import final

from tunesmith import _platform
from tunesmith.errors import TunesmithWarning

PATIENCE_SECONDS = 5.0
"""Who waits longer is told for whom."""

_LOOK_SECONDS = 0.5
_LONGEST_OWNER = 160


@final
class Gate:
    """A lock file beside the file that it guards; whoever has it open and locked may write.

    `enter` gives the open file: closing it lets the next one in. That is done by the file's own `__exit__`, in C, where
    no Ctrl-C can come between. Threads of one process take turns at `mutex` first.

    Parameters
    ----------
    path
        The lock file; made when it is first needed.
    guarded
        What it guards, as a person would call it.
    """

    def __init__(self, path: Path, guarded: str) -> None:
        self.path = path
        self.guarded = guarded
        self.mutex = threading.Lock()
        self._inside: io.FileIO | None = None
        self._me = b""

    def enter(self) -> io.FileIO:
        """Lock the file, waiting for it if need be; hold `mutex` meanwhile.

        Raises
        ------
        OSError
            If the lock file can be neither made nor opened.
        """
        while True:
            file = io.FileIO(self._open(), "rb+")
            try:
                if not _platform.lock(file.fileno(), wait=False):
                    _watch.during(self, functools.partial(_platform.lock, file.fileno(), wait=True))
                if self._is_current(file):
                    return self._entered(file)
            except BaseException:
                file.close()
                raise
            file.close()  # who had it has removed the lock file: it guards nothing any more

    def try_enter(self) -> io.FileIO | None:
        """Lock the file, or give None at once if it is taken; hold `mutex` meanwhile."""
        file = io.FileIO(self._open(), "rb+")
        if _platform.lock(file.fileno(), wait=False) and self._is_current(file):
            return self._entered(file)
        file.close()
        return None

    def remove(self) -> None:
        """Take the lock file away; only from within, when nobody else has the guarded file open."""
        if os.name != "nt":  # where an open file cannot be removed
            self.path.unlink(missing_ok=True)

    def holder(self) -> str:
        """Who is inside, in words."""
        try:
            signed = self.path.read_bytes().decode("utf-8", "replace").strip()
        except OSError:
            signed = ""
        return _platform.describe(signed) if signed else "another process"

    def drop(self) -> None:
        """Forget everything in a forked child: its copy of the lock must neither be kept nor unlocked."""
        if self._inside is not None:
            self._inside.close()
        self._inside, self._me, self.mutex = None, b"", threading.Lock()

    def _open(self) -> int:
        flags = os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            return os.open(self.path, flags | os.O_RDWR, 0o666)
        except PermissionError:
            if not self.path.exists():
                raise
            return os.open(self.path, os.O_RDONLY)  # another user's: it can be locked, not signed

    def _is_current(self, file: io.FileIO) -> bool:
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(file.fileno()))

    def _entered(self, file: io.FileIO) -> io.FileIO:
        self._me = self._me or _platform.owner().encode()[:_LONGEST_OWNER].ljust(_LONGEST_OWNER)
        with contextlib.suppress(OSError):  # the name is a courtesy; a full disk or another user's file has none
            file.write(self._me)
        self._inside = file
        return file


@final
class _Watch:
    """Tells who has been waiting for long: one thread a process, there while anybody waits."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew, in a forked child say, where the thread is not."""
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[float, Gate]] = {}
        self._thread: threading.Thread | None = None

    def during(self, gate: Gate, wait: Callable[[], object]) -> None:
        """Call `wait`, and warn if that takes long."""
        me = threading.get_ident()
        with self._lock:
            self._waiting[me] = time.monotonic(), gate
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="tunesmith-gate", daemon=True)
                self._thread.start()
        try:
            wait()
        finally:
            self._waiting.pop(me, None)

    def _look(self) -> None:
        warned: dict[int, float] = {}
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                waiting = dict(self._waiting)
                if not waiting:
                    self._thread = None
                    return
            for thread, (since, gate) in waiting.items():
                if time.monotonic() - since >= PATIENCE_SECONDS and warned.get(thread) != since:
                    warned[thread] = since
                    _warn(gate)


def _warn(gate: Gate) -> None:
    warnings.warn(
        f"Waiting for more than {PATIENCE_SECONDS:g} s to write to {gate.guarded}: {gate.holder()} holds its lock. "
        "It goes on by itself; if that process is stopped, continue it or end it.",
        TunesmithWarning,
        stacklevel=2,
    )


_watch = _Watch()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watch.reset)
