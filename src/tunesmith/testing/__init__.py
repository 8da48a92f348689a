"""What members of a family promise, as tests that any package can run on its own members."""

from __future__ import annotations

from tunesmith.testing.artifacts import ArtifactsContract
from tunesmith.testing.executors import ExecutorContract
from tunesmith.testing.pruners import PrunerContract
from tunesmith.testing.samplers import SamplerContract
from tunesmith.testing.storages import StorageContract

__all__ = ["ArtifactsContract", "ExecutorContract", "PrunerContract", "SamplerContract", "StorageContract"]
