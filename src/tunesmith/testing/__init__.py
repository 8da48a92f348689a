"""What a sampler, an executor or a storage promises, as tests that any package can run on its own members."""

from __future__ import annotations

from tunesmith._lazy import attach

_NAMES = {"ExecutorContract": "executors"}

__all__ = sorted(_NAMES)
__getattr__, __dir__ = attach(__name__, _NAMES)
