"""Keeps the leases of long trials alive: a small process of its own, for an objective in C may let nobody else run."""

from __future__ import annotations

import io
import os
import queue
import signal
import sys
import threading
import time
import warnings
import weakref
from typing import TYPE_CHECKING, final

import msgspec

from tunesmith import _platform
from tunesmith.errors import StorageError, StudyNotFound, TunesmithWarning
from tunesmith.storages import Storage, open_storage

if TYPE_CHECKING:
    import subprocess

LEASE_SECONDS = 60.0
"""How long a worker may be silent before another takes its trial over."""

PATIENCE_SECONDS = 20.0
"""How old a trial of this process is before the child is started; shorter ones end well within their lease."""

_MOST_DEATHS = 5
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; sys.argv[1:] = []; from tunesmith.study._renewer import main; main()"
_LOOK_SECONDS = 2.0


@final
class Renewer:
    """Renews the leases of the trials that it is told to watch, as long as this process lives and is not stopped.

    It costs nothing while trials are short. When one outlives `patience` seconds, a child process is started, which
    renews four times in a `lease` (seconds) and ends when this process does.

    Parameters
    ----------
    storage
        The storage's `address`; an empty one means that there is nothing to renew for others to see.
    study
        The study's key.
    """

    def __init__(
        self, storage: str, study: str, *, patience: float = PATIENCE_SECONDS, lease: float = LEASE_SECONDS
    ) -> None:
        self._told = {"storage": storage, "study": study, "lease": lease}
        self._patience = patience
        self._fresh()
        _RENEWERS.add(self)

    def _fresh(self) -> None:
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._trials: dict[int, tuple[int, float]] = {}
        self._thread: threading.Thread | None = None
        self._deaths = 0
        self._child: subprocess.Popen[bytes] | None = None

    def watch(self, number: int, attempt: int) -> None:
        """Keep the lease of this trial alive from now on, until `forget`."""
        if not self._told["storage"]:
            return
        with self._lock:
            self._trials[number] = attempt, time.monotonic()
            if self._child is not None:
                self._say({"watch": [number, attempt]})
            if self._thread is None:
                self._closed.clear()
                self._thread = threading.Thread(target=self._look, name="tunesmith-renewer", daemon=True)
                self._thread.start()

    def forget(self, number: int) -> None:
        """The trial has ended, or was given back."""
        with self._lock:
            if self._trials.pop(number, None) is not None and self._child is not None:
                self._say({"forget": number})

    def close(self) -> None:
        """Renew nothing, until something is watched again; the child is gone when this returns."""
        self._closed.set()
        with self._lock:
            self._trials.clear()
            self._end_child()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _look(self) -> None:
        while not self._closed.wait(self._patience / 4):
            with self._lock:
                if not self._trials or self._closed.is_set():
                    self._end_child()
                    self._thread = None
                    return
                if not self._needs_child():
                    continue
                if self._deaths >= _MOST_DEATHS:
                    _warn(f"it has ended {_MOST_DEATHS} times")
                    return
                try:
                    self._start_child()
                except OSError as error:
                    _warn(str(error))
                    return

    def _needs_child(self) -> bool:
        if self._child is not None:
            if (code := self._child.poll()) is None:
                return False
            if code == 0:  # the study is gone, and its leases with it
                self._trials.clear()
            self._deaths += 1
            self._end_child()
        oldest = min((since for _, since in self._trials.values()), default=None)
        return oldest is not None and time.monotonic() - oldest >= self._patience

    def _start_child(self) -> None:
        import subprocess  # noqa: PLC0415 - costs 10 ms, and few sessions need it

        self._end_child()
        self._child = subprocess.Popen(  # noqa: S603 - this very module
            [sys.executable, "-c", _BOOT, *sys.path], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            **_platform.apart(),
        )  # fmt: skip
        self._say({**self._told, "parent": os.getpid()})
        for number, (attempt, _) in self._trials.items():
            self._say({"watch": [number, attempt]})

    def _say(self, message: object) -> None:
        try:
            self._child.stdin.write(msgspec.json.encode(message) + b"\n")  # type: ignore[union-attr]
        except BrokenPipeError:
            return  # it was killed; `_look` starts another

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()  # whatever it is doing: the storage survives that
            child.wait()
            child.stdin.close()  # type: ignore[union-attr]

    def drop(self) -> None:
        """Forget everything in a forked child: the trials, the pipe and the process are the parent's."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
            self._child.returncode = 0  # not ours to wait for
        self._fresh()


def _warn(cause: str) -> None:
    warnings.warn(
        f"The process that renews the leases of long trials cannot be kept up: {cause}. Other workers may take such "
        "trials over after a minute.",
        TunesmithWarning,
        stacklevel=2,
    )


_RENEWERS: weakref.WeakSet[Renewer] = weakref.WeakSet()


def _after_fork() -> None:
    for renewer in list(_RENEWERS):
        renewer.drop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# -- in the child -----------------------------------------------------------------------------------------------------


def main() -> None:
    """Be the child: the first line of standard input says for whom, the others which trials; its end is our end."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    said = io.FileIO(0, closefd=False)  # unbuffered: a buffer's lock, held by our listener, would spoil our end
    told = msgspec.json.decode(said.readline() or b"null")
    if told is None:
        return
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(said, lines), daemon=True).start()
    storage = open_storage(told["storage"], create=False)
    _renew(_Leases(storage, told["study"], told["lease"]), told["parent"], lines)


def _listen(said: io.FileIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in said:
        lines.put(line)
    lines.put(b"")


def _renew(leases: _Leases, parent: int, lines: queue.SimpleQueue[bytes]) -> None:
    due = 0.0
    while os.getppid() == parent or sys.platform == "win32":
        now = time.monotonic()
        if leases.trials and now >= due and lines.empty():
            due = now + leases.seconds / 4
            if not _platform.stopped(parent) and not leases.renew():
                return
        try:
            line = lines.get(timeout=min(_LOOK_SECONDS, max(0.01, due - now)))
        except queue.Empty:
            continue
        if not line:
            return
        message = msgspec.json.decode(line)
        if "watch" in message:
            number, attempt = message["watch"]
            leases.trials[number] = attempt
        else:
            leases.trials.pop(message["forget"], None)


@final
class _Leases:
    """The leases that are kept alive: which attempt of which trial."""

    def __init__(self, storage: Storage, study: str, seconds: float) -> None:
        self.trials: dict[int, int] = {}
        self.seconds = seconds
        self._storage = storage
        self._study = study

    def renew(self) -> bool:
        """Renew all, and drop those that were taken over; False if the study is gone."""
        try:
            for number, attempt in list(self.trials.items()):
                if not self._storage.lease(self._study, number, attempt, self.seconds):
                    del self.trials[number]
        except StudyNotFound:
            return False
        except StorageError as error:  # a full disk, say: the next time may be better
            sys.stderr.write(f"tunesmith: the lease of a running trial could not be renewed: {error}\n")
        return True


if __name__ == "__main__":
    main()
