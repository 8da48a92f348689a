"""The one place where space, samplers, storages and executors meet."""

from __future__ import annotations

from tunesmith.study.budget import Budget
from tunesmith.study.minimize import maximize, minimize
from tunesmith.study.study import Study
from tunesmith.study.trial import Trial

__all__ = ["Budget", "Study", "Trial", "maximize", "minimize"]
