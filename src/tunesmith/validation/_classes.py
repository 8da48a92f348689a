"""The labels that folds are stratified by, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunesmith._optional import require
from tunesmith.errors import InvalidData


def class_labels(y: Any, folds: int) -> Any:
    """Give y as it is, or say why folds cannot be stratified by it.

    Raises
    ------
    InvalidData
        If y is missing, is not made of classes, or every class has fewer members than there are folds.
    """
    if y is None:
        raise InvalidData("A stratified scheme needs the target y, got None.", hint='Pass y, or use cv="kfold:5".')
    kind = require("sklearn.utils.multiclass", extra="sklearn").type_of_target(y)
    if kind not in {"binary", "multiclass"}:
        raise InvalidData(
            f"Folds cannot be stratified by this target: it is {kind}, not one class label a row.",
            hint='Use cv="kfold:5", or give one label a row.',
        )
    members = np.unique(np.asarray(y).ravel().astype(str), return_counts=True)[1]
    if members.max() < folds:
        raise InvalidData(
            f"{folds} stratified folds need a class with at least {folds} members; the largest of {len(members)} "
            f"classes has {int(members.max())} (n_samples={int(members.sum())}).",
            hint="Use fewer folds, more rows, or check that y is not an id or a number.",
        )
    return y


def is_classes(y: Any) -> bool:
    """Whether scikit-learn would call y one class label a row."""
    return y is not None and require("sklearn.utils.multiclass", extra="sklearn").type_of_target(y) in {
        "binary",
        "multiclass",
    }
