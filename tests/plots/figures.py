"""Every plot on studies of several sizes: what the tests of figures look at."""

from __future__ import annotations

import functools
from collections.abc import Callable

import tunesmith as ts
from tests.analysis.studies import goals_of, study_of
from tunesmith import plots
from tunesmith.analysis.reliability import RELIABILITY
from tunesmith.plots import Figure

ONE = {
    name: getattr(plots, name)
    for name in (
        "history", "ecdf", "timeline", "cost", "learning_curves", "validation_curves", "slices", "parallel", "ranks",
        "leaderboard", "failures", "importance", "effects", "pairs", "plateau", "trust",
    )
}  # fmt: skip
SEVERAL_GOALS = {"front": plots.front, "hypervolume": plots.hypervolume}
SEVERAL_STUDIES = {"comparison": plots.comparison, "seeds": plots.seeds}
PROBABILITIES = {"reliability": plots.reliability}
NAMES = [*ONE, *SEVERAL_GOALS, *SEVERAL_STUDIES, *PROBABILITIES]


@functools.cache
def drawn(name: str, count: int = 30) -> Figure:
    """One plot of a study of so many trials."""
    if name in ONE:
        return ONE[name](study_of(count, seed=1))
    if name in SEVERAL_GOALS:
        return SEVERAL_GOALS[name](goals_of(count))
    if name in PROBABILITIES:
        return PROBABILITIES[name](probabilities_of(count))
    several: Callable[..., Figure] = SEVERAL_STUDIES[name]
    return several([study_of(count, seed=seed) for seed in range(3)])


def probabilities_of(rows: int, **changed: object) -> ts.Study:
    """A study whose winner's probabilities were kept: five groups of so many rows, one of them off."""
    study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=2, storage=None, seed=0)
    curve = [[said, came, rows] for said, came in ((0.01, 0.0), (0.03, 0.02), (0.08, 0.05), (0.2, 0.2), (0.7, 0.4))]
    about = {"trial": 1, "curve": curve, "brier": 0.05, "rows": 5 * rows, "positives": round(0.67 * rows)}
    study.set_attr(RELIABILITY, {**about, "calibrated": False, **changed})
    return study
