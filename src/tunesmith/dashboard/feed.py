"""One fold for each study, shared by all who look: reads the log onward and says what changed."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, final

from tunesmith.dashboard.told import told
from tunesmith.errors import StudyNotFound
from tunesmith.storages import Lease, Storage, StudyEntry
from tunesmith.trial import Fold, FrozenTrial, History, Stamped

_PAGE = 5_000
_NEWS = 60
_LEASES_LAST = 1.0


@final
class Feed:
    """What the page knows of one study. Reading waits for no writer, and one reading serves every client.

    Parameters
    ----------
    storage, key
        Where the study is kept, and as which.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    >>> feed = Feed(study.storage, study.key)
    >>> study.optimize(lambda trial: trial.params["x"], trials=3, progress=False)
    >>> len(feed.refresh()), feed.changed_since(0)
    (3, [0, 1, 2])
    """

    def __init__(self, storage: Storage, key: str) -> None:
        self.storage = storage
        self.key = key
        self.news: deque[dict[str, Any]] = deque(maxlen=_NEWS)
        """The last events in words, the newest last."""
        self._lock = threading.RLock()
        self._fold = Fold()
        self._touched: dict[int, int] = {}
        self._leases: tuple[float, list[Lease], float] = (0.0, [], 0.0)

    @property
    def card(self) -> dict[str, Any]:
        """Who made the study with what."""
        return dict(self._fold.card)

    @property
    def created_at(self) -> float:
        """When it was made, UTC seconds."""
        return self._fold.created_at

    def refresh(self) -> History:
        """Read what was written since, and give the view of it.

        Raises
        ------
        StorageError
            If it cannot be read: deleted, corrupt, or written by a newer version.
        """
        with self._lock:
            if self._fold.torn:
                self._fold, self._touched = Fold(), {}
                self.news.clear()
            while page := self.storage.read(self.key, self._fold.seq, _PAGE):
                for place, stamped in enumerate(page):
                    self._take(stamped, is_news=place >= len(page) - _NEWS)
                if len(page) < _PAGE:
                    break
            history = self._fold.history
            _ = history.trials  # made once, while nothing moves
            return history

    def _take(self, stamped: Stamped, *, is_news: bool) -> None:
        ends = is_news and stamped.kind == "TrialFinished"
        best: FrozenTrial | None = self._fold.history.best if ends else None
        self._fold.extend([stamped])
        event = stamped.open()
        number = getattr(event, "number", None)
        if isinstance(number, int):
            self._touched[number] = stamped.seq
        if is_news and (news := told(stamped, event, self._fold.history.metric, best)) is not None:
            self.news.append(news)

    def changed_since(self, seq: int) -> list[int]:
        """The numbers of the trials that an event behind `seq` touched, in order."""
        with self._lock:
            return sorted(number for number, last in self._touched.items() if last > seq)

    def leases(self, at: float) -> tuple[list[Lease], float]:
        """The study's leases and the storage's clock, read at most once a second.

        Parameters
        ----------
        at
            A monotonic time, in seconds.
        """
        with self._lock:
            read_at, known, clock = self._leases
            if not read_at or at - read_at >= _LEASES_LAST:
                known, clock = self.storage.leases(self.key), self.storage.now()
                self._leases = (at, known, clock)
            return known, clock


@final
class Feeds:
    """The feeds of a storage, each opened when somebody first looks at its study."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._lock = threading.Lock()
        self._open: dict[str, Feed] = {}

    def entries(self) -> list[StudyEntry]:
        """The studies there are, oldest first; a cheap look that reads no log."""
        return self.storage.studies()

    def of(self, key: str) -> Feed:
        """The feed of a study.

        Raises
        ------
        StudyNotFound
            If there is none of that key.
        """
        if not any(entry.key == key for entry in self.entries()):
            with self._lock:
                self._open.pop(key, None)
            raise StudyNotFound(f"There is no study of the key {key!r}.", hint="Go back to the list of studies.")
        with self._lock:
            return self._open.setdefault(key, Feed(self.storage, key))
