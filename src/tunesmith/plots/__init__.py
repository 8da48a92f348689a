"""Results as figures: `plots.history(study)` and its neighbours, each a sentence, a picture and what it rests on."""

from __future__ import annotations

from tunesmith.plots.calibration import reliability
from tunesmith.plots.curves import learning_curves, sample_sizes, validation_curves
from tunesmith.plots.figure import Figure
from tunesmith.plots.goals import front, hypervolume
from tunesmith.plots.meaning import effects, importance, pairs, plateau, trust
from tunesmith.plots.progress import comparison, ecdf, history, seeds
from tunesmith.plots.settings import leaderboard, parallel, ranks, slices
from tunesmith.plots.trouble import failures
from tunesmith.plots.workers import cost, timeline

__all__ = [
    "Figure",
    "comparison",
    "cost",
    "ecdf",
    "effects",
    "failures",
    "front",
    "history",
    "hypervolume",
    "importance",
    "leaderboard",
    "learning_curves",
    "pairs",
    "parallel",
    "plateau",
    "ranks",
    "reliability",
    "sample_sizes",
    "seeds",
    "slices",
    "timeline",
    "trust",
    "validation_curves",
]
