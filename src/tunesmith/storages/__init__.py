"""Where the log lives: an append-only log per study behind one writer gate."""

from __future__ import annotations

from tunesmith.storages._base import Decide, Decision, Lease, Storage, StudyEntry, Tail
from tunesmith.storages._open import open_storage

__all__ = ["Decide", "Decision", "Lease", "Storage", "StudyEntry", "Tail", "open_storage"]
