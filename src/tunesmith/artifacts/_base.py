"""The contract of a place for artefacts: bytes go in, their digest comes out, and the digest finds them again."""

from __future__ import annotations

import abc
import hashlib
from typing import Self

from tunesmith.errors import ArtifactNotFound, Corrupt, InvalidValue

LARGEST = 64 << 20
"""Most bytes of one artefact: it travels from a worker in one piece."""


class Artifacts(abc.ABC):
    """Keeps bytes by their SHA-256 digest, for one study.

    Duties: `put` is durable when it returns and all or nothing when the process is killed; the same bytes put twice are
    kept once; `get` gives what was put, or an error, never other bytes. Threads and processes may use one place at
    once. Nothing that is kept is ever interpreted.
    """

    @classmethod
    @abc.abstractmethod
    def from_spec(cls, spec: str) -> Self:
        """Open what a name's argument stands for, such as a path."""

    @property
    @abc.abstractmethod
    def location(self) -> str:
        """How a person would name the place."""

    def put(self, data: bytes) -> str:
        """Keep bytes; their digest, in hexadecimal digits.

        Raises
        ------
        InvalidValue
            If they are no bytes, or more than `LARGEST`.
        StorageError
            If they cannot be written.
        """
        checked = check_bytes(data)
        digest = digest_of(checked)
        self._write(digest, checked)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises
        ------
        ArtifactNotFound
            If they are not here.
        Corrupt
            If what is here does not have this digest any more.
        """
        data = self._read(digest) if is_digest(digest) else None
        if data is None:
            raise ArtifactNotFound(
                f"There is no artefact {digest!r} in {self.location}.",
                hint="A study's artefacts lie in the folder beside its storage: move or copy both together.",
            )
        if digest_of(data) != digest:
            raise Corrupt(
                f"Artefact {digest} in {self.location} was changed since it was stored.",
                hint="Restore the folder from a copy; the study itself is whole without it.",
            )
        return data

    @abc.abstractmethod
    def has(self, digest: str) -> bool:
        """Whether there are bytes under a digest; they are not looked at."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Remove everything; clearing what is empty is fine."""

    @abc.abstractmethod
    def _write(self, digest: str, data: bytes) -> None:
        """Keep checked bytes under their digest."""

    @abc.abstractmethod
    def _read(self, digest: str) -> bytes | None:
        """The bytes, unchecked; None if they are not here."""


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal digits.

    Examples
    --------
    >>> digest_of(b"tunesmith")[:8]
    'c0e11add'
    """
    return hashlib.sha256(data).hexdigest()


def is_digest(text: object) -> bool:
    """Whether a text can be a digest: 64 hexadecimal digits, so that it is never taken for a path."""
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


def check_bytes(data: object) -> bytes:
    """Bytes that an artefact may be.

    Raises
    ------
    InvalidValue
        If they are none, or too many.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise InvalidValue(
            f"An artefact is bytes, got {type(data).__name__}.",
            hint="Make bytes of it first: text.encode(), or numpy.save into an io.BytesIO.",
        )
    size = data.nbytes if isinstance(data, memoryview) else len(data)
    if size > LARGEST:
        raise InvalidValue(
            f"An artefact of {size:,} bytes was given; {LARGEST:,} is the most.",
            hint="Write it to a file of your own and keep its path with trial.set_attr.",
        )
    return bytes(data)
