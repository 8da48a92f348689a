"""A storage in this process's memory: nothing is written anywhere, nothing outlives the process."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable
from typing import Self, final

from tunesmith.errors import StudyExists, StudyNotFound
from tunesmith.storages._base import Decide, Lease, Storage, StudyEntry, Tail
from tunesmith.trial import Draft, Stamped, stamp


@final
class MemoryStorage(Storage):
    """Keeps the logs in lists, under one lock. For experiments and tests; a path makes a study last.

    Examples
    --------
    >>> from tunesmith.trial import Draft, Noted
    >>> storage = MemoryStorage()
    >>> key, new = storage.create("demo", Draft(Noted(text="the first event")))
    >>> new, len(storage.read(key))
    (True, 1)
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._logs: dict[str, list[Stamped]] = {}
        self._names: dict[str, str] = {}
        self._leases: dict[str, dict[int, Lease]] = {}
        self._last = 0.0

    @classmethod
    def from_spec(cls, spec: str, *, create: bool = True) -> Self:
        """Give a new, empty one."""
        return cls()

    @property
    def location(self) -> str:
        """Always `"memory"`."""
        return "memory"

    @property
    def address(self) -> str:
        """Empty: it can be reached from nowhere else."""
        return ""

    @property
    def is_persistent(self) -> bool:
        """Always False."""
        return False

    def studies(self) -> list[StudyEntry]:
        """All studies, oldest first."""
        with self._lock:
            names = {key: name for name, key in self._names.items()}
            return [StudyEntry(key, names[key], log[0].written, log[-1].seq) for key, log in self._logs.items() if log]

    def create(self, name: str, draft: Draft) -> tuple[str, bool]:
        """Make a study with its first event, or find the one of that name."""
        with self._lock:
            if name in self._names:
                return self._names[name], False
            key = uuid.uuid4().hex
            self._logs[key] = _stamped([draft], 0, self.now())
            self._leases[key] = {}
            self._names[name] = key
            return key, True

    def read(self, study: str, after: int = 0, limit: int | None = None) -> list[Stamped]:
        """The events behind `after`, at most `limit` of them, in order."""
        with self._lock:
            return self._log(study)[after : None if limit is None else after + limit]

    def append(self, study: str, after: int, decide: Decide) -> list[Stamped]:
        """Under the lock: read the tail, decide, append."""
        with self._lock:
            log = self._log(study)
            held = self._leases[study]
            tail = log[after:]
            now = self.now()
            decision = decide(Tail(tuple(tail), tuple(held.values()), now))
            written = _stamped(decision.events, len(log), now)
            log.extend(written)
            for number in decision.drop:
                held.pop(number, None)
            for lease in decision.hold:
                held[lease.number] = lease
            return tail + written

    def leases(self, study: str) -> list[Lease]:
        """All leases of a study."""
        with self._lock:
            self._log(study)
            return list(self._leases[study].values())

    def lease(self, study: str, number: int, attempt: int, until_in: float) -> bool:
        """Renew one lease."""
        with self._lock:
            self._log(study)
            held = self._leases[study].get(number)
            if held is None or held.attempt != attempt:
                return False
            self._leases[study][number] = Lease(
                number, attempt, held.owner, self.now() + until_in, held.phase, held.seen
            )
            return True

    def now(self) -> float:
        """Wall-clock time, never earlier than anything written."""
        self._last = max(self._last, time.time())
        return self._last

    def rename(self, study: str, name: str) -> None:
        """Give a study another name."""
        with self._lock:
            self._log(study)
            if self._names.get(name, study) != study:
                raise StudyExists(f"There is a study {name!r} already.", hint="Choose another name.")
            self._names = {known: key for known, key in self._names.items() if key != study}
            self._names[name] = study

    def delete(self, study: str) -> None:
        """Remove a study."""
        with self._lock:
            self._log(study)
            del self._logs[study], self._leases[study]
            self._names = {name: key for name, key in self._names.items() if key != study}

    def close(self) -> None:
        """Nothing to let go of."""

    def _log(self, study: str) -> list[Stamped]:
        try:
            return self._logs[study]
        except KeyError:
            raise StudyNotFound(
                f"There is no study {study!r} in memory.", hint="It was deleted, or lived in another process."
            ) from None


def _stamped(drafts: Iterable[Draft], after: int, now: float) -> list[Stamped]:
    return [stamp(draft, seq=after + 1 + i, written=now, writer="memory") for i, draft in enumerate(drafts)]
