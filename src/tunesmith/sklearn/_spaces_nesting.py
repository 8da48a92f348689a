"""Which estimators hold others, and where: pipelines, lists of members, wrappers around one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from tunesmith.sklearn._spaces_preparation import KEEPS_COLUMNS

LISTS = {
    "ColumnTransformer": "transformers",
    "FeatureUnion": "transformer_list",
    "VotingClassifier": "estimators",
    "VotingRegressor": "estimators",
    "StackingClassifier": "estimators",
    "StackingRegressor": "estimators",
}
"""Class -> the attribute with its named members."""

WRAPPERS: dict[str, tuple[str, ...]] = {
    "AdaBoostClassifier": ("estimator",),
    "AdaBoostRegressor": ("estimator",),
    "BaggingClassifier": ("estimator",),
    "BaggingRegressor": ("estimator",),
    "CalibratedClassifierCV": ("estimator",),
    "ClassifierChain": ("estimator", "base_estimator"),
    "RegressorChain": ("estimator", "base_estimator"),
    "FixedThresholdClassifier": ("estimator",),
    "MultiOutputClassifier": ("estimator",),
    "MultiOutputRegressor": ("estimator",),
    "OneVsOneClassifier": ("estimator",),
    "OneVsRestClassifier": ("estimator",),
    "OutputCodeClassifier": ("estimator",),
    "RFE": ("estimator",),
    "RFECV": ("estimator",),
    "SelectFromModel": ("estimator",),
    "SelfTrainingClassifier": ("estimator", "base_estimator"),
    "StackingClassifier": ("final_estimator",),
    "StackingRegressor": ("final_estimator",),
    "TransformedTargetRegressor": ("regressor",),
    "TunedThresholdClassifierCV": ("estimator",),
}
"""Class -> the params that may hold an estimator; releases of scikit-learn differ in the name."""


@final
@dataclass(frozen=True, slots=True)
class Member:
    """An estimator inside another one.

    Parameters
    ----------
    name
        Its name in the params of the outer one: `"svc"` in `svc__C`.
    estimator
        The estimator itself.
    columns
        How many columns reach it; None if that is not known.
    needed
        Whether it is the model itself, so that an unknown one is an error rather than something to pass over.
    """

    name: str
    estimator: Any
    columns: int | None
    needed: bool


def members(name: str, estimator: Any, columns: int | None) -> Iterator[Member]:
    """The estimators inside an instance of a class that holds some; nothing for any other."""
    if isinstance(estimator, type):
        return
    if name == "Pipeline":
        yield from _steps(estimator, columns)
    if name in LISTS:
        for named in getattr(estimator, LISTS[name]):
            width = _width(named[2]) if name == "ColumnTransformer" and len(named) > 2 else columns
            if _is_estimator(named[1]):
                yield Member(named[0], named[1], width, needed=False)
    for param in WRAPPERS.get(name, ()):
        inner = getattr(estimator, param, None)
        if _is_estimator(inner):
            yield Member(param, inner, columns, needed=True)


def holds_others(name: str) -> bool:
    """Whether a class of scikit-learn is made of other estimators."""
    return name == "Pipeline" or name in LISTS or name in WRAPPERS


def _steps(pipeline: Any, columns: int | None) -> Iterator[Member]:
    last = len(pipeline.steps) - 1
    for place, (name, step) in enumerate(pipeline.steps):
        if _is_estimator(step):
            yield Member(name, step, columns, needed=place == last and hasattr(step, "predict"))
            columns = columns if type(step).__name__ in KEEPS_COLUMNS else None


def _is_estimator(value: object) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _width(selected: object) -> int | None:
    return len(selected) if isinstance(selected, list | tuple) and selected else None
