"""Frames: messages on the byte stream between a process and its worker, which anything else that is written spoils."""

from __future__ import annotations

import enum
import struct
import zlib
from typing import NamedTuple, final

_MAGIC = b"\xfeTSm"
_HEAD = struct.Struct("!4sBqqqQ")
_CHECK = struct.Struct("!I")
_SIZE = _HEAD.size + _CHECK.size


@final
class Kind(enum.IntEnum):
    """What a frame means; the upper four go to a worker or tell of the worker itself."""

    WORK = 1
    ANSWER = 2
    READY = 3
    BROKEN = 4
    SAID = 5
    ASKED = 6
    ENDED = 7
    FAULT = 8


@final
class Frame(NamedTuple):
    """One message: its kind, the attempt at a trial that it is about, a question's ticket, and pickled bytes."""

    kind: Kind
    number: int = 0
    attempt: int = 0
    ticket: int = 0
    payload: bytes = b""

    def encode(self) -> bytes:
        """The frame as bytes.

        Examples
        --------
        >>> Decoder().feed(Frame(Kind.SAID, 7, 1, 0, b"hello").encode())[0].payload
        b'hello'
        """
        head = _HEAD.pack(_MAGIC, self.kind, self.number, self.attempt, self.ticket, len(self.payload))
        return head + _CHECK.pack(zlib.crc32(head)) + self.payload


class Garbled(Exception):
    """The stream holds something that is no frame; it never leaves this room, for the reader gives the worker up."""


@final
class Decoder:
    """Puts frames together from whatever pieces a stream gives."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete.

        Raises
        ------
        Garbled
            If the bytes are no frames; nothing that follows can be trusted.
        """
        self._rest += data
        frames: list[Frame] = []
        while len(self._rest) >= _SIZE or not self._rest.startswith(_MAGIC[: len(self._rest)]):
            head = bytes(self._rest[: _HEAD.size])
            if not head.startswith(_MAGIC) or len(self._rest) < _SIZE:
                raise Garbled(repr(bytes(self._rest[:40])))
            if _CHECK.unpack_from(self._rest, _HEAD.size)[0] != zlib.crc32(head):
                raise Garbled(repr(head))
            _, kind, number, attempt, ticket, length = _HEAD.unpack(head)
            end = _SIZE + length
            if len(self._rest) < end:
                break
            frames.append(Frame(Kind(kind), number, attempt, ticket, bytes(memoryview(self._rest)[_SIZE:end])))
            del self._rest[:end]
        return frames
