"""How is one set of params scored? Every file without an underscore is a scheme that deals rows into folds."""

from __future__ import annotations

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._fingerprint import data_fingerprint, splits_fingerprint
from tunesmith.validation._from_cv import from_cv
from tunesmith.validation._given import PredefinedValidation, SplitterValidation
from tunesmith.validation.group import GroupValidation
from tunesmith.validation.holdout import HoldoutValidation
from tunesmith.validation.kfold import KFoldValidation
from tunesmith.validation.repeated import RepeatedValidation
from tunesmith.validation.stratified import StratifiedValidation
from tunesmith.validation.time import TimeValidation

__all__ = [
    "GroupValidation",
    "HoldoutValidation",
    "KFoldValidation",
    "PredefinedValidation",
    "RepeatedValidation",
    "Split",
    "SplitterValidation",
    "StratifiedValidation",
    "TimeValidation",
    "ValidationScheme",
    "data_fingerprint",
    "from_cv",
    "splits_fingerprint",
]
