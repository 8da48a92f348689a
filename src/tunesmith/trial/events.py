"""The events of a study and the envelope that each travels in; fields may only ever be added."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any, ClassVar, final

import msgspec

from tunesmith.errors import Corrupt, InvalidValue, TooNew
from tunesmith.trial.frozen_trial import Point, TrialError
from tunesmith.trial.plain import HINT, check_finite, check_plain

LARGEST_BODY = 1 << 24
"""Most bytes that an event may take as JSON; larger things are artefacts."""

_DAMAGED = "Restore the file from a copy, or keep what can be read: tunesmith repair STORAGE."


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of all events. `durable` ones are on the disk, through power loss, before the write returns.

    `loose` names the fields that hold whatever the user gave; they are looked through before they are stored.
    """

    durable: ClassVar[bool] = True
    v: ClassVar[int] = 1
    loose: ClassVar[tuple[str, ...]] = ()


@final
class StudyCreated(Event, frozen=True):
    """A study begins: its name, space, metrics and seed, and the card of who made it with what."""

    name: str
    space: dict[str, Any]
    metrics: list[dict[str, Any]]
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

    loose: ClassVar[tuple[str, ...]] = ("params", "attrs")
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

    loose: ClassVar[tuple[str, ...]] = ("attrs",)
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

    loose: ClassVar[tuple[str, ...]] = ("changes",)
    changes: dict[str, Any]


@final
class Noted(Event, frozen=True):
    """A person wrote a note on a trial, or on the study."""

    text: str
    number: int | None = None


@final
class AttrSet(Event, frozen=True):
    """The user's own key and JSON value on a trial, or on the study."""

    loose: ClassVar[tuple[str, ...]] = ("value",)
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
        try:
            matches = self.crc == checksum(self)
        except (TypeError, ValueError, struct.error):  # what was read is not even of the right type
            matches = False
        if not matches:
            raise Corrupt(
                f"Event {self.seq!r} ({self.kind!r}) does not match its checksum: what was stored has changed.",
                hint=_DAMAGED,
            )

    def open(self) -> Event | None:
        """Give the event inside, or None for a kind that this version does not know and may skip.

        Raises
        ------
        Corrupt
            If the body is not what its kind says.
        TooNew
            If the kind is unknown and marked as one that must be understood, or known in an older version only.
        """
        kind = KINDS.get(self.kind)
        try:
            if kind is not None and self.v <= kind.v:
                return _DECODERS[self.kind].decode(self.body)  # type: ignore[no-any-return]
            body = msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise Corrupt(f"Event {self.seq} ({self.kind}) cannot be read: {error}.", hint=_DAMAGED) from error
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
        If the event holds something that would not come back from JSON as it is.

    Examples
    --------
    >>> stamped = stamp(Draft(Noted(text="hi")), seq=1, written=0.0, writer="me")
    >>> stamped.check()
    >>> stamped.open()
    Noted(text='hi', number=None)
    """
    event = draft.event
    kind = type(event)
    for field in kind.loose:
        check_plain(getattr(event, field), field)
    try:
        body = _ENCODER.encode(event)
        head = f"{kind.__name__}|{writer}|{draft.tell_id}".encode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidValue(f"{kind.__name__} cannot be stored as JSON: {error}.", hint=HINT) from error
    if len(body) > LARGEST_BODY:
        raise InvalidValue(
            f"{kind.__name__} would take {len(body):,} bytes; {LARGEST_BODY:,} is the most.",
            hint="Keep large things in a file of your own, or as an artefact.",
        )
    if b"null" in body:  # JSON has no NaN; what became of one must not be stored
        check_finite(event, kind.__name__)
    fixed = _FIXED(seq, written, kind.v, draft.attempt)
    crc = zlib.crc32(body, zlib.crc32(head, zlib.crc32(fixed)))
    return Stamped(seq, kind.__name__, kind.v, body, crc, written, writer, draft.attempt, draft.tell_id)


def checksum(stamped: Stamped) -> int:
    """CRC-32 of everything in the envelope but the checksum itself.

    First `seq`, `written`, `v` and `attempt` as little-endian 64-bit numbers, then kind, writer and tell_id as UTF-8,
    joined by `|`, then the body.
    """
    fixed = _FIXED(stamped.seq, stamped.written, stamped.v, stamped.attempt)
    head = f"{stamped.kind}|{stamped.writer}|{stamped.tell_id}".encode()
    return zlib.crc32(stamped.body, zlib.crc32(head, zlib.crc32(fixed)))


_FIXED = struct.Struct("<qdqq").pack
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}
