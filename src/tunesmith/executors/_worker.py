"""The worker process: it loads a task once, then runs it on each work that comes through its channel."""

from __future__ import annotations

import faulthandler
import os
import queue
import selectors
import signal
import socket
import sys
import threading
import traceback
from typing import Any, final

import cloudpickle

from tunesmith import _platform
from tunesmith.executors import _threads
from tunesmith.executors._base import Task, Work
from tunesmith.executors._frames import Decoder, Frame, Garbled, Kind
from tunesmith.executors._parcel import unpack

BOOT = (
    "import sys; sys.path[:] = sys.argv[5 : 5 + int(sys.argv[4])]; from tunesmith.executors._worker import main; main()"
)
"""What `python -c` is told: our parent's import path before anything is imported, then `main`."""

ORPHANED = 97
"""The exit code of a worker that lost its parent in the middle of a trial."""

_LOOK_SECONDS = 2.0
_GRACE_SECONDS = 1.0

loading = False
"""Whether this process is a worker that is loading its task, and so importing modules of the user."""


def main() -> None:
    """Be a worker; the arguments are the channel, the parcel, threads, and the parent's import path and arguments."""
    channel, parcel, threads, entries = sys.argv[1:5]
    sys.argv = sys.argv[5 + int(entries) :] or [""]
    _settle()
    link = _Link(_connect(channel))
    task = _load(parcel, link)
    _threads.limit_loaded(int(threads))
    link.send(Frame(Kind.READY))
    while (work := link.next_work()) is not None:
        _run(task, work, link)


def _settle() -> None:
    """Start like a program of its own, whatever our parent has made of signals and streams."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    quiet = {"c_stack": False} if sys.version_info >= (3, 14) else {}  # Python's own frames say where it was
    faulthandler.enable(all_threads=False, **quiet)
    _platform.yield_memory()


def _connect(channel: str) -> socket.socket:
    if sys.platform == "win32":
        return socket.fromshare(sys.stdin.buffer.read())
    return socket.socket(fileno=int(channel))


def _load(parcel: str, link: _Link) -> Task:
    global loading  # noqa: PLW0603 - a fact about this process, asked by ProcessExecutor.open
    loading = True
    try:
        task: Task = unpack(parcel)
    except BaseException:
        link.send(Frame(Kind.BROKEN, payload=traceback.format_exc().encode()[-4000:]))
        raise
    finally:
        loading = False
    return task


def _run(task: Task, work: Work, link: _Link) -> None:
    me = os.getpid()
    try:
        result = task(_Channel(link, work), work)
    except BaseException:  # noqa: BLE001 - a task catches what its objective raises; the rest is told to our parent
        end = Frame(Kind.FAULT, work.number, work.attempt, 0, traceback.format_exc().encode()[-4000:])
    else:
        end = _ended(work, result)
    if os.getpid() != me:
        os._exit(0)  # the objective forked, and this is the child
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    link.send(end)


def _ended(work: Work, result: Any) -> Frame:
    try:
        payload = cloudpickle.dumps(result)
    except Exception as error:  # noqa: BLE001 - a stranger's __reduce__ may raise anything
        text = f"its result, {type(result).__qualname__}, cannot be pickled ({type(error).__name__}: {error})"
        return Frame(Kind.FAULT, work.number, work.attempt, 0, text.encode()[:4000])
    return Frame(Kind.ENDED, work.number, work.attempt, 0, payload)


@final
class _Channel:
    """How the task speaks to our parent; any thread of it may."""

    def __init__(self, link: _Link, work: Work) -> None:
        self._link = link
        self._work = work

    def send(self, payload: Any) -> None:
        self._link.send(Frame(Kind.SAID, self._work.number, self._work.attempt, 0, cloudpickle.dumps(payload)))

    def call(self, payload: Any) -> Any:
        return self._link.call(Frame(Kind.ASKED, self._work.number, self._work.attempt, 0, cloudpickle.dumps(payload)))


@final
class _Link:
    """Both directions of the channel; a thread reads, so that the end of our parent is noticed during a trial."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        self._parent = os.getppid()
        self._sending = threading.Lock()
        self._works: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._answers: dict[int, queue.SimpleQueue[Any]] = {}
        self._tickets = 0
        self._left = threading.Event()
        threading.Thread(target=self._read, name="tunesmith-channel", daemon=True).start()

    def send(self, frame: Frame) -> None:
        with self._sending:
            self._connection.sendall(frame.encode())

    def call(self, frame: Frame) -> Any:
        with self._sending:
            self._tickets += 1
            ticket = self._tickets
        answer = self._answers[ticket] = queue.SimpleQueue()
        self.send(frame._replace(ticket=ticket))
        try:
            return answer.get()
        finally:
            del self._answers[ticket]

    def next_work(self) -> Work | None:
        """The next work; None when our parent has no more."""
        work = self._works.get()
        if work is None:
            self._left.set()
        return work

    def _read(self) -> None:
        decoder = Decoder()
        try:
            while data := self._receive():
                for frame in decoder.feed(data):
                    value = cloudpickle.loads(frame.payload)
                    if frame.kind is Kind.WORK:
                        self._works.put(value)
                    elif (waiting := self._answers.get(frame.ticket)) is not None:
                        waiting.put(value)
        except (OSError, ValueError, Garbled):
            pass  # the objective has closed or spoilt the channel, which is the end as well
        except Exception:  # noqa: BLE001 - params that cannot be loaded: our parent shows what is printed
            traceback.print_exc()
        self._works.put(None)
        if not self._left.wait(_GRACE_SECONDS):
            os._exit(ORPHANED)

    def _receive(self) -> bytes:
        """What comes next; empty at the end, also if only a forked relative of our parent keeps the channel open."""
        while not self._selector.select(_LOOK_SECONDS):
            if os.getppid() != self._parent:
                return b""
        return self._connection.recv(65536)
