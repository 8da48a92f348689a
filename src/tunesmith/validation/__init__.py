"""How is one set of params scored? Every file without an underscore is a scheme that deals rows into folds."""

from __future__ import annotations

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._find import find_leaks
from tunesmith.validation._fingerprint import data_fingerprint, fold_ratio, splits_fingerprint
from tunesmith.validation._from_cv import from_cv
from tunesmith.validation._given import SplitterValidation
from tunesmith.validation._leaking_rows import time_order
from tunesmith.validation._leaks import LEAKS, Leak, LeakReport, leaks_report, require_known
from tunesmith.validation._score_report import (
    BBC,
    SCORE_REPORT,
    ScoreReport,
    fold_scores,
    limits,
    report_from_folds,
    report_of,
    reported,
)
from tunesmith.validation._test_score import TEST_SET, TestScore, test_score_of
from tunesmith.validation.combinatorial import CombinatorialValidation
from tunesmith.validation.group import GroupValidation
from tunesmith.validation.holdout import HoldoutValidation
from tunesmith.validation.kfold import KFoldValidation
from tunesmith.validation.leave_one_group_out import LeaveOneGroupOutValidation
from tunesmith.validation.leave_one_out import LeaveOneOutValidation
from tunesmith.validation.predefined import PredefinedValidation
from tunesmith.validation.purged import PurgedValidation
from tunesmith.validation.repeated import RepeatedValidation
from tunesmith.validation.reshuffled import ReshuffledValidation
from tunesmith.validation.stratified import StratifiedValidation
from tunesmith.validation.stratified_group import StratifiedGroupValidation
from tunesmith.validation.subsample import SubsampleValidation
from tunesmith.validation.time import TimeValidation

__all__ = [
    "BBC",
    "LEAKS",
    "SCORE_REPORT",
    "TEST_SET",
    "CombinatorialValidation",
    "GroupValidation",
    "HoldoutValidation",
    "KFoldValidation",
    "Leak",
    "LeakReport",
    "LeaveOneGroupOutValidation",
    "LeaveOneOutValidation",
    "PredefinedValidation",
    "PurgedValidation",
    "RepeatedValidation",
    "ReshuffledValidation",
    "ScoreReport",
    "Split",
    "SplitterValidation",
    "StratifiedGroupValidation",
    "StratifiedValidation",
    "SubsampleValidation",
    "TestScore",
    "TimeValidation",
    "ValidationScheme",
    "data_fingerprint",
    "find_leaks",
    "fold_ratio",
    "fold_scores",
    "from_cv",
    "leaks_report",
    "limits",
    "report_from_folds",
    "report_of",
    "reported",
    "require_known",
    "splits_fingerprint",
    "test_score_of",
    "time_order",
]
