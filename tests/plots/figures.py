"""Every plot on studies of several sizes: what the tests of figures look at."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tests.analysis.studies import goals_of, study_of
from tunesmith import plots
from tunesmith.plots import Figure

ONE = {
    name: getattr(plots, name)
    for name in (
        "history", "ecdf", "timeline", "cost", "learning_curves", "validation_curves", "slices", "parallel", "ranks",
        "leaderboard", "failures", "importance", "effects", "pairs", "plateau", "trust", "reliability",
    )
}  # fmt: skip
SEVERAL_GOALS = {"front": plots.front, "hypervolume": plots.hypervolume}
SEVERAL_STUDIES = {"comparison": plots.comparison, "seeds": plots.seeds}
NAMES = [*ONE, *SEVERAL_GOALS, *SEVERAL_STUDIES]


@functools.cache
def drawn(name: str, count: int = 30) -> Figure:
    """One plot of a study of so many trials."""
    if name in ONE:
        return ONE[name](study_of(count, seed=1))
    if name in SEVERAL_GOALS:
        return SEVERAL_GOALS[name](goals_of(count))
    several: Callable[..., Figure] = SEVERAL_STUDIES[name]
    return several([study_of(count, seed=seed) for seed in range(3)])
