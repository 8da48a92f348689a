"""From what a user gives as `cv` to a validation scheme."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

from tunesmith import _plugins
from tunesmith.errors import UsageError
from tunesmith.validation._base import ValidationScheme
from tunesmith.validation._classes import is_classes
from tunesmith.validation._given import SplitterValidation
from tunesmith.validation.kfold import KFoldValidation
from tunesmith.validation.predefined import PredefinedValidation
from tunesmith.validation.stratified import StratifiedValidation

_ALLOWED = "a number of folds, a name such as 'kfold:5' or 'group', a scheme, a splitter of scikit-learn, or splits"


def from_cv(cv: Any = None, y: Any = None, *, classifier: bool = False, shared: bool = False) -> ValidationScheme:
    """The scheme for what scikit-learn calls `cv`, and for names.

    Parameters
    ----------
    cv
        None or a whole number: that many folds (5), dealt exactly as scikit-learn does, stratified for a classifier.
        A name: `"kfold:5"`, `"stratified"`, `"repeated:5x3"`, `"group:5"`, `"time:5,gap=2,sliding"`, `"purged:5"`,
        `"holdout:0.25"`. A scheme, a splitter, or an iterable of pairs (train, test).
    y
        The target; a number of folds is stratified where it is made of classes.
    classifier
        Whether classes are predicted.
    shared
        Let splits that were given have rows on both sides.

    Raises
    ------
    UsageError
        If it is none of these.
    UnknownName
        If no scheme has the name.

    Examples
    --------
    >>> from_cv(3)
    KFoldValidation(folds=3, shuffle=False, seed=0)
    >>> from_cv(3, [0, 1, 0, 1], classifier=True)
    StratifiedValidation(folds=3, shuffle=False, seed=0)
    >>> from_cv("holdout:0.2", classifier=True)
    HoldoutValidation(share=0.2, stratify=True, seed=0)
    """
    cv = 5 if cv is None else cv
    if isinstance(cv, numbers.Integral) and not isinstance(cv, bool):
        if cv < 2:
            raise UsageError(
                f"cv must be at least 2 folds, got {cv}.", hint='Write cv=5, or cv="holdout:0.25" for one split.'
            )
        stratified = classifier and is_classes(y)
        return (StratifiedValidation if stratified else KFoldValidation)(int(cv), shuffle=False)
    if isinstance(cv, str):
        named: ValidationScheme = _plugins.make("validation", cv)
        return named.suited(classifier=classifier)
    if isinstance(cv, ValidationScheme):
        return cv.suited(classifier=classifier)
    if callable(getattr(cv, "split", None)):
        return SplitterValidation(cv, shared=shared)
    if isinstance(cv, Iterable) and not isinstance(cv, (bytes, dict)):
        return PredefinedValidation(cv, shared=shared)
    raise UsageError(f"cv must be {_ALLOWED}, got {cv!r}.", hint="Write cv=5.")
