"""What a worker prints: drained at once, so that it never waits for us; the end is kept for the error message."""

from __future__ import annotations

import os
import re
import select
import sys
import threading
from collections import deque
from typing import final

_KEPT = 65_536
_LINES = 20
_BYTES = 4_096
_WIDEST = 500
_CAN_LOOK = hasattr(select, "poll")
"""Whether a pipe can be looked into without reading: not on Windows."""
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@final
class Output:
    """Reads a pipe to its end in a thread of its own and keeps the last 64 KB.

    Parameters
    ----------
    pipe
        A file descriptor, closed at its end.
    echo
        Print everything to our own stderr, too.
    """

    def __init__(self, pipe: int, *, echo: bool) -> None:
        self._pipe = pipe
        self._echo = echo
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, name="tunesmith-output", daemon=True)
        self._thread.start()

    def clear(self) -> None:
        """Forget what was printed so far, what is still in the pipe included: another trial begins."""
        with self._lock:
            while _CAN_LOOK and not self._ended and _holds(self._pipe, 0):
                self._keep(os.read(self._pipe, _KEPT))
            self._chunks.clear()
            self._size = 0

    def wait(self, seconds: float) -> None:
        """Wait for the end of the pipe, which comes when all who could print into it are gone."""
        self._thread.join(seconds)

    def tail(self) -> str:
        """The last 20 lines, at most 4 KB, without colours and other control characters."""
        with self._lock:
            data = b"".join(self._chunks)
        return tail(data.decode("utf-8", "replace"))

    def _drain(self) -> None:
        while not self._ended:
            if _CAN_LOOK:
                _holds(self._pipe, None)
                with self._lock:  # reading and keeping are one step, so that `clear` finds all or nothing
                    if _holds(self._pipe, 0):
                        self._keep(os.read(self._pipe, _KEPT))
            else:  # what is read late is taken for the next trial's
                chunk = os.read(self._pipe, _KEPT)
                with self._lock:
                    self._keep(chunk)
        os.close(self._pipe)

    def _keep(self, chunk: bytes) -> None:
        if not chunk:
            self._ended = True
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= _KEPT:
            self._size -= len(self._chunks.popleft())
        if self._echo:
            sys.stderr.write(chunk.decode("utf-8", "replace"))
            sys.stderr.flush()


def _holds(pipe: int, milliseconds: int | None) -> bool:
    """Whether there is something to read in a pipe, or its end; None waits for it."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(milliseconds))


def tail(text: str) -> str:
    r"""The last 20 lines of a text, at most 4 KB; of a line that a progress bar rewrote, what it showed last.

    Examples
    --------
    >>> tail("10 %\r20 %\n\x1b[31mred\x1b[0m\n")
    '20 %\nred'
    """
    rewritten = (line.rstrip("\r").rpartition("\r")[2] for line in text[-_KEPT:].split("\n"))
    lines = [_CONTROL.sub("", line).rstrip() for line in rewritten]
    while lines and not lines[-1]:
        lines.pop()
    shown = [line if len(line) <= _WIDEST else line[: _WIDEST - 4] + " ..." for line in lines[-_LINES:]]
    while len(shown) > 1 and len("\n".join(shown).encode()) > _BYTES:
        shown.pop(0)
    return "\n".join(shown)
