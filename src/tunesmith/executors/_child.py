"""One worker process as its parent sees it: what it says, what it prints, whether it lives, and how it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import final

from tunesmith import _platform
from tunesmith.errors import ExecutorError
from tunesmith.executors._base import Work
from tunesmith.executors._frames import Decoder, Frame, Garbled
from tunesmith.executors._output import Output
from tunesmith.executors._parcel import Parcel
from tunesmith.executors._worker import BOOT

_WARDEN = str(Path(__file__).with_name("_warden.py"))
_PIECE = 2**18
_LAST_WORDS_SECONDS = 0.5
_CLOSED_SECONDS = 1.0


@final
class Warden:
    """A small process that ends the workers if this process is killed, even workers that sit in C code."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; Windows has no groups of processes that it could end."""
        if sys.platform == "win32":
            return
        command = [sys.executable, "-I", "-S", _WARDEN, str(os.getpid())]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own file
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise _cannot_start(error) from error

    def watch(self, pid: int) -> None:
        """End this worker and its group when we are gone."""
        self._say(f"+{pid}\n")

    def forget(self, pid: int) -> None:
        """Leave this worker alone: its number will belong to another process soon."""
        self._say(f"-{pid}\n")

    def close(self) -> None:
        """End the warden itself."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()

    def _say(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(line.encode())
        except BrokenPipeError:
            return  # somebody has killed it; workers still end by themselves when they lose us


@final
class Child:
    """One worker process.

    Attributes
    ----------
    work
        What it runs, if it runs anything.
    ready
        Whether it has loaded the task.
    began
        When (`time.monotonic`) its work, or its start, began.
    doom
        Why we are ending it; empty while we are not.
    broken
        Why it could not load the task, if it could not.
    """

    def __init__(
        self, parcel: Parcel, environment: Mapping[str, str], threads: int, warden: Warden, *, echo: bool
    ) -> None:
        self.work: Work | None = None
        self.ready = False
        self.began = time.monotonic()
        self.doom = ""
        self.broken = ""
        self.closed = False
        self._kill_at: float | None = None
        self._decoder = Decoder()
        self._outbox = bytearray()
        self._warden = warden
        self.connection, theirs = socket.socketpair()
        printed, prints = os.pipe()
        try:
            self._process = _start(theirs, prints, parcel, environment, threads)
        except OSError as error:
            self.connection.close()
            os.close(printed)
            raise _cannot_start(error) from error
        finally:
            theirs.close()
            os.close(prints)
        warden.watch(self.pid)
        self.connection.setblocking(False)
        self.exit_descriptor = _platform.exit_descriptor(self.pid)
        self.output = Output(printed, echo=echo)

    @property
    def pid(self) -> int:
        """The process's number; also its group's."""
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Whether it can take a work."""
        return self.work is None and not self.doom and not self.closed

    @property
    def due(self) -> float | None:
        """When somebody has to look after it again: at its limit, or when its grace ends."""
        if self.doom or self.closed:
            return self._kill_at
        if self.work is not None and self.ready and self.work.timeout is not None:
            return self.began + self.work.timeout
        return None

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        return _platform.ended(self._process)

    def assign(self, work: Work, frame: Frame) -> None:
        """Give it a work."""
        self.work, self.began = work, time.monotonic()
        self.output.clear()
        self.send(frame)

    # -- the channel ---------------------------------------------------------------------------------------------

    @property
    def has_more(self) -> bool:
        """Whether something to send is left over; call `flush` when the connection takes it."""
        return bool(self._outbox) and not self.closed

    def send(self, frame: Frame) -> None:
        """Send a frame without waiting."""
        self._outbox += frame.encode()
        self.flush()

    def flush(self) -> None:
        """Send as much as the connection takes."""
        try:
            while self._outbox and not self.closed:
                del self._outbox[: self.connection.send(self._outbox)]
        except BlockingIOError:
            return
        except OSError:
            self._close_channel()

    def receive(self) -> list[Frame]:
        """All frames that have come so far; ends the worker if it spoils or closes the channel."""
        frames: list[Frame] = []
        try:
            while not self.closed:
                data = self.connection.recv(_PIECE)
                if not data:
                    self._close_channel()
                frames += self._decoder.feed(data)
        except BlockingIOError:
            pass
        except OSError:
            self._close_channel()
        except Garbled:
            self.closed = True
            self.end("it wrote something of its own into the channel to us", grace=0)
        return frames

    def _close_channel(self) -> None:
        """It is dying, or it has lost the channel and is of no use."""
        self.closed = True
        if not self.doom:
            self._kill_at = time.monotonic() + _CLOSED_SECONDS

    # -- the end -------------------------------------------------------------------------------------------------

    def end(self, doom: str, grace: float) -> None:
        """Begin to end it and what it started: politely, and after `grace` seconds by force."""
        if not self.doom:
            self.doom = doom
            self._kill_at = time.monotonic() + grace
            _platform.end_group(self.pid, politely=grace > 0)

    def kill(self) -> None:
        """End it by force, and what it started."""
        self._kill_at = None
        _platform.end_group(self.pid)

    def kill_if_due(self) -> None:
        """End it by force if its grace is over."""
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            if not self.doom:
                self.doom = "it closed the channel to us"
            self.kill()

    def leave(self) -> None:
        """Tell it that there is no more work; it leaves by itself."""
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is gone already

    def bury(self) -> int:
        """End what is left of its group, wait for its last words, and give its exit code (negative: a signal)."""
        _platform.end_group(self.pid)
        self._warden.forget(self.pid)
        code = self._process.wait()
        self.output.wait(_LAST_WORDS_SECONDS)
        self.connection.close()
        if self.exit_descriptor is not None:
            os.close(self.exit_descriptor)
            self.exit_descriptor = None
        return code


def _cannot_start(error: OSError) -> ExecutorError:
    return ExecutorError(
        f"A worker process cannot be started: {error}.", hint='Use fewer workers, or executor="thread" or "serial".'
    )


def _start(
    theirs: socket.socket, prints: int, parcel: Parcel, environment: Mapping[str, str], threads: int
) -> subprocess.Popen[bytes]:
    path = [entry for entry in sys.path if isinstance(entry, str)]
    windows = sys.platform == "win32"
    channel = "-" if windows else str(theirs.fileno())
    arguments = [channel, parcel.handle, str(threads), str(len(path)), *path, *sys.argv]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *_interpreter_options(), "-c", BOOT, *arguments],
        stdin=subprocess.PIPE if windows else subprocess.DEVNULL,
        stdout=prints,
        stderr=prints,
        env=dict(environment),
        pass_fds=() if windows else (theirs.fileno(), int(parcel.handle)),
        **_platform.apart(),
    )
    if sys.platform == "win32" and process.stdin is not None:
        process.stdin.write(theirs.share(process.pid))
        process.stdin.close()
    return process


def _interpreter_options() -> list[str]:
    """`-O`, `-W`, `-X` and the like, as this interpreter was started with."""
    options: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
    return options
