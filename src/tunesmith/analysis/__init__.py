"""What did we learn? Each module is one analysis: a function from a `History` to a frozen result with a `table()`."""

from __future__ import annotations

from tunesmith.analysis._columns import ParamColumn
from tunesmith.analysis._records import Records
from tunesmith.analysis.advice import Advice, Advices, advice
from tunesmith.analysis.comparison import Comparison, Spread, compare, seeds
from tunesmith.analysis.convergence import Convergence, convergence
from tunesmith.analysis.ecdf import Ecdf, ecdf
from tunesmith.analysis.effects import Effect, Effects, JointEffect, effects, joint_effect
from tunesmith.analysis.failures import Failures, failures
from tunesmith.analysis.fitting import Fitting, fitting
from tunesmith.analysis.front import Front, front
from tunesmith.analysis.importance import Importance, ParamImportance, importance
from tunesmith.analysis.interactions import Interaction, Interactions, interactions
from tunesmith.analysis.leaderboard import Leaderboard, leaderboard
from tunesmith.analysis.learning import LearningCurves, learning_curves
from tunesmith.analysis.noise import Noise, noise_of
from tunesmith.analysis.overfitting import ValidationCurves, validation_curves
from tunesmith.analysis.overtuning import OverTuning, over_tuning
from tunesmith.analysis.paired import Paired, Side, holm, paired
from tunesmith.analysis.plateau import Plateau, SafeRange, plateau
from tunesmith.analysis.ranking import Ranking, ranking
from tunesmith.analysis.reliability import Bin, Reliability, reliability
from tunesmith.analysis.sample_sizes import SampleSizes, sample_sizes, sizes_of_folds
from tunesmith.analysis.timeline import Timeline, timeline
from tunesmith.analysis.trust import Trust, trust

__all__ = [
    "Advice",
    "Advices",
    "Bin",
    "Comparison",
    "Convergence",
    "Ecdf",
    "Effect",
    "Effects",
    "Failures",
    "Fitting",
    "Front",
    "Importance",
    "Interaction",
    "Interactions",
    "JointEffect",
    "Leaderboard",
    "LearningCurves",
    "Noise",
    "OverTuning",
    "Paired",
    "ParamColumn",
    "ParamImportance",
    "Plateau",
    "Ranking",
    "Records",
    "Reliability",
    "SafeRange",
    "SampleSizes",
    "Side",
    "Spread",
    "Timeline",
    "Trust",
    "ValidationCurves",
    "advice",
    "compare",
    "convergence",
    "ecdf",
    "effects",
    "failures",
    "fitting",
    "front",
    "holm",
    "importance",
    "interactions",
    "joint_effect",
    "leaderboard",
    "learning_curves",
    "noise_of",
    "over_tuning",
    "paired",
    "plateau",
    "ranking",
    "reliability",
    "sample_sizes",
    "seeds",
    "sizes_of_folds",
    "timeline",
    "trust",
    "validation_curves",
]
