"""Bytes by content: what a trial leaves behind, kept under its digest. Every file without an underscore is a place."""

from __future__ import annotations

from tunesmith.artifacts._base import LARGEST, Artifacts, check_bytes
from tunesmith.artifacts._beside import artifacts_beside, sweep
from tunesmith.artifacts.folder import FolderArtifacts
from tunesmith.artifacts.memory import MemoryArtifacts

__all__ = ["LARGEST", "Artifacts", "FolderArtifacts", "MemoryArtifacts", "artifacts_beside", "check_bytes", "sweep"]
