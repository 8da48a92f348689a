"""What a sampler, an executor or a storage promises, as tests that any package can run on its own members."""

from __future__ import annotations

from tunesmith.testing.executors import ExecutorContract
from tunesmith.testing.samplers import SamplerContract
from tunesmith.testing.storages import StorageContract

__all__ = ["ExecutorContract", "SamplerContract", "StorageContract"]
