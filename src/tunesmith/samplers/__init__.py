"""Which params next? Every file without an underscore is a sampler."""

from __future__ import annotations

from tunesmith.samplers._base import Sampler, Seed, Suggestion

__all__ = ["Sampler", "Seed", "Suggestion"]
