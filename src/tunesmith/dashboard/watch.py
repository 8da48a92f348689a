"""Tells open pages what is new: looks at the log a few times a second, only while somebody listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, final

import msgspec

from tunesmith.dashboard.views import Views
from tunesmith.errors import TunesmithError

LOOK_SECONDS = 0.2
"""How often the log is looked at while somebody listens; a look reads one row a study."""

_LEASES_EVERY = 10
"""Every so many looks the leases of running trials are read too: a worker that is gone writes nothing."""

_ALIVE_SECONDS = 5.0
"""A page that hears nothing for much longer than this knows that the server, or the network, is gone."""

_DELETED = {"message": "This study was deleted.", "hint": "Go back to the list of studies."}

_WAITING = 64
"""A page that does not take so many messages is told to load anew."""


@final
class Listener:
    """One open page: which study it shows (None for the list of all), how far it knows it, and what waits for it."""

    def __init__(self, key: str | None, seq: int) -> None:
        self.key = key
        self.seq = seq
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)

    def tell(self, message: bytes) -> None:
        """Put a message behind those that wait; a page that sleeps gets the newest state when it wakes."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            message = frame("reload", {})
        self.waiting.put_nowait(message)


@final
class Watch:
    """Looks at the storage for all listeners at once, and tells each what it does not know yet.

    Parameters
    ----------
    views
        What answers with the news of a study.
    ending
        Whether the server is about to end: streams end then, so that a Ctrl-C waits for no page.
    """

    def __init__(self, views: Views, ending: Callable[[], bool]) -> None:
        self._views = views
        self._ending = ending
        self._listeners: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None
        self._looks = 0
        self._lost: dict[str, frozenset[int]] = {}
        self._seqs: dict[str, int] = {}
        self._trouble = ""

    async def stream(self, key: str | None, seq: int) -> AsyncIterator[bytes]:
        """The server-sent events of one page, from what it knows on, until it goes away or the server ends."""
        listener = Listener(key, seq)
        self._listeners.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        spoken = time.monotonic()
        try:
            yield b"retry: 500\n\n"
            while not self._ending():
                try:
                    yield await asyncio.wait_for(listener.waiting.get(), LOOK_SECONDS)
                    spoken = time.monotonic()
                except TimeoutError:
                    if time.monotonic() - spoken > _ALIVE_SECONDS:
                        spoken = time.monotonic()
                        yield frame("alive", {})
        finally:
            self._listeners.discard(listener)

    async def _look_on(self) -> None:
        while self._listeners and not self._ending():
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once, and tell each listener its news."""
        wanted = [(listener.key, listener.seq) for listener in self._listeners]
        self._looks += 1
        try:
            found = await asyncio.to_thread(self._news, wanted)
        except TunesmithError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._tell_all(frame("trouble", {"message": error.message, "hint": error.hint}))
            return
        if self._trouble:
            self._trouble = ""
            self._tell_all(frame("reload", {}))
        for listener in list(self._listeners):
            news = found.get((listener.key, listener.seq))
            if news is not None:
                listener.seq = max(listener.seq, news[0])
                listener.tell(news[1])

    def _tell_all(self, message: bytes) -> None:
        for listener in self._listeners:
            listener.tell(message)

    def _news(self, wanted: list[tuple[str | None, int]]) -> dict[tuple[str | None, int], tuple[int, bytes]]:
        """What is new for each (study, seq), each made once however many pages show it."""
        seqs = {entry.key: entry.seq for entry in self._views.feeds.entries()}
        found: dict[tuple[str | None, int], tuple[int, bytes]] = {}
        for key, seq in set(wanted):
            if key is None:
                total = sum(seqs.values())
                if seqs != self._seqs or seq != total:
                    found[key, seq] = (total, frame("studies", self._views.studies(), total))
            elif key not in seqs:
                if key in self._seqs or not self._seqs:
                    found[key, seq] = (seq, frame("trouble", _DELETED))
            elif seqs[key] > seq or self._is_lost_anew(key):
                now, news = self._views.news(key, seq)
                found[key, seq] = (now, frame("news", news, now))
        self._seqs = seqs
        return found

    def _is_lost_anew(self, key: str) -> bool:
        """Whether other running trials than before have lost their worker."""
        if self._looks % _LEASES_EVERY:
            return False
        lost = self._views.lost(key)
        before = self._lost.get(key, frozenset())
        self._lost[key] = lost
        return lost != before


def frame(kind: str, content: Any, seq: int | None = None) -> bytes:
    r"""One server-sent event; JSON holds no line break, so that one line of data is enough.

    Examples
    --------
    >>> frame("news", {"a": "x\ny"}, 7)
    b'event: news\nid: 7\ndata: {"a":"x\\ny"}\n\n'
    """
    mark = b"" if seq is None else b"id: %d\n" % seq
    return b"event: %s\n%sdata: %s\n\n" % (kind.encode(), mark, msgspec.json.encode(content))
