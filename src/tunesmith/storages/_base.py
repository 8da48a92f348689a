"""The contract of a storage: an append-only log per study behind one writer gate, and leases beside it."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeAlias, final

import msgspec

from tunesmith.trial import Draft, Stamped


@final
class Lease(msgspec.Struct, frozen=True):
    """Who works on a trial, as which attempt, until when. Not history: losing one in a crash is harmless.

    Parameters
    ----------
    number, attempt
        The trial and the attempt that this lease fences.
    owner
        Who holds it: `_platform.owner()`.
    until
        UTC seconds by the storage's clock after which anybody may take the trial over.
    phase
        `"reserved"` (a number is taken, its params are being sampled) or `"running"`.
    seen
        The `seq` that the sampler reads up to.
    """

    number: int
    attempt: int
    owner: str
    until: float
    phase: str = "running"
    seen: int = 0


@final
class Tail(msgspec.Struct, frozen=True):
    """What a writer sees inside the gate: events that it had not read, all leases of the study, and the time."""

    events: tuple[Stamped, ...]
    leases: tuple[Lease, ...]
    now: float


@final
class Decision(msgspec.Struct, frozen=True):
    """What a writer wants committed, all at once: events to append, leases to hold, leases (by number) to drop."""

    events: Sequence[Draft] = ()
    hold: Sequence[Lease] = ()
    drop: Sequence[int] = ()


@final
class StudyEntry(msgspec.Struct, frozen=True):
    """A study in a storage: its key (a random id, for ever), its name (an alias), when it was made, its last `seq`."""

    key: str
    name: str
    created: float
    seq: int


Decide: TypeAlias = Callable[[Tail], Decision]


class Storage(abc.ABC):
    """Where the logs live. One instance may be shared between threads.

    Duties: `append` is atomic and serial among all processes; an event whose class is `durable` survives power loss
    once `append` has returned; `seq` counts 1, 2, 3, ... within a study and a reader that pages by it misses nothing; a
    deleted study's key never comes back. An instance that was inherited by `fork` opens anew in the child.
    """

    @classmethod
    @abc.abstractmethod
    def from_spec(cls, spec: str, *, create: bool = True) -> Self:
        """Open what stands behind the scheme of a URL; a missing one is an error unless `create` is set."""

    @property
    @abc.abstractmethod
    def location(self) -> str:
        """How a person would name it: what `--storage` takes. Holds no password."""

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """What opens the same storage from any folder and process, for programs to pass on; empty if nothing does."""

    @property
    @abc.abstractmethod
    def is_persistent(self) -> bool:
        """Whether it outlives the process."""

    @property
    def artifacts_folder(self) -> Path | None:
        """The folder in which the artefacts of its studies lie; None keeps them in the memory of one process."""
        return None

    @abc.abstractmethod
    def studies(self) -> list[StudyEntry]:
        """All studies, oldest first."""

    @abc.abstractmethod
    def create(self, name: str, draft: Draft) -> tuple[str, bool]:
        """Make a study with its first event, or find the one of that name: its key, and whether it is new.

        Of many that create the same name at once, one makes it and the others find it.
        """

    @abc.abstractmethod
    def read(self, study: str, after: int = 0, limit: int | None = None) -> list[Stamped]:
        """The events behind `after`, at most `limit` of them, in order, checksums verified. Waits for no writer.

        Raises
        ------
        StudyNotFound
            If there is no study of that key.
        Corrupt
            If a checksum does not match or an event is missing.
        """

    @abc.abstractmethod
    def append(self, study: str, after: int, decide: Decide) -> list[Stamped]:
        """Inside the gate: read what is behind `after`, let `decide` say what to do, commit that.

        `decide` is pure and fast, and may be called again if the commit has to be retried. When it raises, nothing is
        written and the exception passes through.

        Returns
        -------
        The events behind `after`: others' first, then those written now.
        """

    @abc.abstractmethod
    def leases(self, study: str) -> list[Lease]:
        """All leases of a study."""

    @abc.abstractmethod
    def lease(self, study: str, number: int, attempt: int, until_in: float) -> bool:
        """Renew one lease by `until_in` seconds from now; False if that attempt does not hold it any more."""

    @abc.abstractmethod
    def now(self) -> float:
        """The storage's clock, UTC seconds; never earlier than anything written."""

    @abc.abstractmethod
    def rename(self, study: str, name: str) -> None:
        """Give a study another name. Raises `StudyExists` if it is taken."""

    @abc.abstractmethod
    def delete(self, study: str) -> None:
        """Remove a study and everything of it; its key is gone for ever."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of files and connections; closing twice is fine."""
