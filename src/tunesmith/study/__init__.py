"""The one place where space, samplers, storages and executors meet."""

from __future__ import annotations

from tunesmith.study._renewer import LEASE_SECONDS
from tunesmith.study.budget import Budget
from tunesmith.study.comparing import compare, compare_choices
from tunesmith.study.export import write_csv
from tunesmith.study.lost import lost_trials
from tunesmith.study.minimize import maximize, minimize
from tunesmith.study.model import Model, model_of
from tunesmith.study.study import Study
from tunesmith.study.trial import Trial

__all__ = [
    "LEASE_SECONDS", "Budget", "Model", "Study", "Trial", "compare", "compare_choices", "lost_trials", "maximize",
    "minimize", "model_of", "write_csv",
]  # fmt: skip
