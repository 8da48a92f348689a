"""Bytes that belong to a study or to a trial: stored first, named by an event then, and found by that name."""

from __future__ import annotations

from collections.abc import Mapping

from tunesmith.artifacts import artifacts_beside, check_bytes, sweep
from tunesmith.errors import ArtifactNotFound, did_you_mean
from tunesmith.study.ledger import Ledger
from tunesmith.trial import ArtifactSaved


def save(ledger: Ledger, name: str, data: bytes, *, number: int | None = None, attempt: int = 0) -> None:
    """Keep bytes under a name of a trial, or of the study; they are on the disk before the log names them."""
    kept = check_bytes(data)
    digest = artifacts_beside(ledger.storage, ledger.key).put(kept)
    ledger.record(ArtifactSaved(name=name, digest=digest, size=len(kept), number=number), attempt=attempt)


def saved(ledger: Ledger, name: str, number: int | None = None) -> bytes:
    """What was kept under a name.

    Raises
    ------
    ArtifactNotFound
        If nothing was, or it is not beside the storage any more.
    Corrupt
        If it was changed since.
    """
    history = ledger.refresh()
    named: Mapping[str, str] = history.artifacts if number is None else history.trial(number).artifacts
    if name not in named:
        where = f"Study {history.name!r}" if number is None else f"Trial {number} of study {history.name!r}"
        raise ArtifactNotFound(f"{where} has no artefact {name!r}.", hint=did_you_mean(name, list(named)))
    return artifacts_beside(ledger.storage, ledger.key).get(named[name])


def remove(ledger: Ledger) -> None:
    """Take a study out of its storage, and then what it kept that no other study names."""
    storage = ledger.storage
    storage.delete(ledger.key)
    sweep(storage, lambda: [entry.key for entry in storage.studies()])
