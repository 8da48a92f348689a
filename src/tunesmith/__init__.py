"""tunesmith: hyperparameter tuning with the fewest trials, scores you can believe, and nothing lost.

Public names are imported when they are first used, so that `import tunesmith` stays instant.
"""

from __future__ import annotations

from tunesmith._lazy import attach

_NAMES = {
    "Beta": "space",
    "Budget": "study",
    "Categorical": "space",
    "Fixed": "space",
    "Float": "space",
    "EarlyStopping": "sklearn",
    "FrozenTrial": "trial",
    "History": "trial",
    "Int": "space",
    "LogNormal": "space",
    "Metric": "trial",
    "Normal": "space",
    "Ordinal": "space",
    "Params": "space",
    "SearchSpace": "space",
    "Study": "study",
    "Trial": "study",
    "TrialPruned": "errors",
    "TrialState": "trial",
    "TuneSearchCV": "sklearn",
    "TunesmithError": "errors",
    "TunesmithWarning": "errors",
    "at_least": "space",
    "at_most": "space",
    "compare": "study",
    "compare_choices": "study",
    "find_leaks": "validation",
    "maximize": "study",
    "minimize": "study",
    "nested_cv": "sklearn",
    "space_for": "sklearn",
}

__version__ = "0.1.0"
__all__ = sorted(_NAMES, key=str.casefold)  # noqa: PLE0605 - the names are those of the table above

__getattr__, __dir__ = attach(__name__, _NAMES)
