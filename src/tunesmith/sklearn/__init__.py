"""Searches as scikit-learn knows them: `TuneSearchCV`, and ready-made spaces for known estimators."""

from __future__ import annotations

from tunesmith._lazy import attach

_NAMES = {
    "EarlyStopping": "early_stopping",
    "TuneSearchCV": "search",
    "more_rows": "sample_sizes",
    "nested_cv": "nested",
    "space_for": "spaces",
}

__getattr__, __dir__ = attach(__name__, _NAMES)
