"""What was tried: metrics, trials, the events that tell of them, and the history that they fold to."""

from __future__ import annotations

from tunesmith.trial.events import (
    KINDS,
    ArtifactSaved,
    AttrSet,
    Draft,
    Event,
    Judged,
    Noted,
    Reported,
    SpaceExtended,
    Stamped,
    StudyChanged,
    StudyCreated,
    TrialFinished,
    TrialPaused,
    TrialQueued,
    TrialRequeued,
    TrialResumed,
    TrialStarted,
    stamp,
)
from tunesmith.trial.fold import Fold
from tunesmith.trial.frozen_trial import STANDARD_ERROR, FrozenTrial, Point, TrialError
from tunesmith.trial.history import History
from tunesmith.trial.metric import Direction, Metric
from tunesmith.trial.plain import plain
from tunesmith.trial.points import Points
from tunesmith.trial.problem import Problem
from tunesmith.trial.state import TrialState

__all__ = [
    "KINDS",
    "STANDARD_ERROR",
    "ArtifactSaved",
    "AttrSet",
    "Direction",
    "Draft",
    "Event",
    "Fold",
    "FrozenTrial",
    "History",
    "Judged",
    "Metric",
    "Noted",
    "Point",
    "Points",
    "Problem",
    "Reported",
    "SpaceExtended",
    "Stamped",
    "StudyChanged",
    "StudyCreated",
    "TrialError",
    "TrialFinished",
    "TrialPaused",
    "TrialQueued",
    "TrialRequeued",
    "TrialResumed",
    "TrialStarted",
    "TrialState",
    "plain",
    "stamp",
]
