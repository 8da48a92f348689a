"""The events of a study and the envelope that each travels in; fields may only ever be added."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, ClassVar, final

import msgspec

from tunesmith.errors import Corrupt, InvalidValue, TooNew
from tunesmith.trial.frozen_trial import Point, TrialError


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of all events. `durable` ones are on the disk, through power loss, before the write returns."""

    durable: ClassVar[bool] = True
    v: ClassVar[int] = 1


@final
class StudyCreated(Event, frozen=True):
    """A study begins: its name, space, metrics and seed, and the card of who made it with what."""

    name: str
    space: dict[str, Any]
    metrics: list[dict[str, str]]
    seed: int
    declared: bool = True
    card: dict[str, Any] = msgspec.field(default_factory=dict)


@final
class SpaceExtended(Event, frozen=True):
    """The space from now on, whole; trials made before stay valid under the space they were made in."""

    space: dict[str, Any]
    reason: str = ""


@final
class TrialQueued(Event, frozen=True):
    """A trial is to be run with these params (all or some of them)."""

    number: int
    params: Mapping[str, Any]
    origin: str = "enqueued"
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)
    outside: bool = False


@final
class TrialStarted(Event, frozen=True):
    """A worker begins a trial: with which params, chosen by whom, having seen the log up to which `seq`."""

    durable: ClassVar[bool] = False
    number: int
    params: Mapping[str, Any]
    seen: int = 0
    why: dict[str, Any] = msgspec.field(default_factory=dict)
    state: dict[str, Any] | None = None
    origin: str = ""
    worker: str = ""


@final
class Reported(Event, frozen=True):
    """A batch of measurements during a trial."""

    number: int
    points: list[Point]


@final
class Judged(Event, frozen=True):
    """A pruner's verdict on a running trial."""

    durable: ClassVar[bool] = False
    number: int
    action: str
    step: int = 0
    why: dict[str, Any] = msgspec.field(default_factory=dict)


@final
class TrialPaused(Event, frozen=True):
    """A trial rests; it may be resumed from its checkpoint."""

    number: int
    reason: str = ""


@final
class TrialResumed(Event, frozen=True):
    """A paused trial goes on."""

    number: int
    worker: str = ""


@final
class TrialRequeued(Event, frozen=True):
    """A trial goes back to WAITING with the same params: its worker was lost, or somebody asked for another try."""

    number: int
    reason: str = ""


@final
class TrialFinished(Event, frozen=True):
    """A trial ended: complete with values, pruned, or failed with an error."""

    number: int
    state: str
    values: dict[str, float] = msgspec.field(default_factory=dict)
    params: Mapping[str, Any] | None = None
    error: TrialError | None = None
    reason: str = ""
    seconds: float | None = None
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)


@final
class ArtifactSaved(Event, frozen=True):
    """Bytes were stored under a digest and belong to a trial, or to the study."""

    name: str
    digest: str
    size: int
    number: int | None = None


@final
class StudyChanged(Event, frozen=True):
    """Something about the study as a whole changed, such as its budget or that it was stopped."""

    changes: dict[str, Any]


@final
class Noted(Event, frozen=True):
    """A person wrote a note on a trial, or on the study."""

    text: str
    number: int | None = None


@final
class AttrSet(Event, frozen=True):
    """The user's own key and JSON value on a trial, or on the study."""

    key: str
    value: Any
    number: int | None = None


KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        StudyCreated, SpaceExtended, TrialQueued, TrialStarted, Reported, Judged, TrialPaused, TrialResumed,
        TrialRequeued, TrialFinished, ArtifactSaved, StudyChanged, Noted, AttrSet,
    )
}  # fmt: skip
"""Kind -> class of every event that this version knows."""


@final
class Draft(msgspec.Struct, frozen=True):
    """An event on its way to a storage, with what its envelope will say of the attempt and the tell."""

    event: Event
    attempt: int = 0
    tell_id: str | None = None


@final
class Stamped(msgspec.Struct, frozen=True, gc=False):
    """An event in its envelope, as stored: `seq` counts from 1 within a study, `written` is UTC seconds.

    The checksum covers every other field, so a changed bit anywhere is noticed.
    """

    seq: int
    kind: str
    v: int
    body: bytes
    crc: int
    written: float
    writer: str
    attempt: int
    tell_id: str | None

    def check(self) -> None:
        """Raise `Corrupt` unless the checksum matches."""
        if self.crc != checksum(self):
            raise Corrupt(
                f"Event {self.seq} ({self.kind}) does not match its checksum: the stored bytes were changed.",
                hint="Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE.",
            )

    def open(self) -> Event | None:
        """Give the event inside, or None for a kind that this version does not know and may skip.

        Raises
        ------
        Corrupt
            If the body is not what its kind says.
        TooNew
            If the kind is unknown and marked as one that must be understood.
        """
        kind = KINDS.get(self.kind)
        if kind is not None and self.v <= kind.v:
            try:
                event: Event = _DECODERS[self.kind].decode(self.body)
            except msgspec.MsgspecError as error:
                raise Corrupt(
                    f"Event {self.seq} ({self.kind}) cannot be read: {error}.",
                    hint="Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE.",
                ) from error
            return event
        body = msgspec.json.decode(self.body)
        if kind is not None or (isinstance(body, dict) and body.get("must_understand")):
            raise TooNew(
                f"Event {self.seq} is a {self.kind!r} of version {self.v}, which this version cannot read.",
                hint="Upgrade: pip install -U tunesmith",
            )
        return None


def stamp(draft: Draft, *, seq: int, written: float, writer: str) -> Stamped:
    """Put a draft into its envelope.

    Raises
    ------
    InvalidValue
        If the event holds something that JSON cannot.

    Examples
    --------
    >>> stamped = stamp(Draft(Noted(text="hi")), seq=1, written=0.0, writer="me")
    >>> stamped.check()
    >>> stamped.open()
    Noted(text='hi', number=None)
    """
    event = draft.event
    try:
        body = _ENCODER.encode(event)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidValue(
            f"{type(event).__name__} holds something that cannot be stored as JSON: {error}.",
            hint="Attributes may be None, bool, int, float, str, lists and dicts of these.",
        ) from error
    blank = Stamped(seq, type(event).__name__, event.v, body, 0, written, writer, draft.attempt, draft.tell_id)
    return Stamped(seq, blank.kind, blank.v, body, checksum(blank), written, writer, draft.attempt, draft.tell_id)


def checksum(stamped: Stamped) -> int:
    """CRC-32 of everything in the envelope but the checksum itself."""
    head = (
        f"{stamped.seq}|{stamped.kind}|{stamped.v}|{stamped.written!r}|{stamped.writer}"
        f"|{stamped.attempt}|{stamped.tell_id}|"
    )
    return zlib.crc32(stamped.body, zlib.crc32(head.encode("utf-8", "surrogatepass")))


_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}
