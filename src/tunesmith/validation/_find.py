"""The leak guard: everything that can be seen in rows, target and folds before the first fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tunesmith.validation import _leaking_columns as in_columns
from tunesmith.validation import _leaking_rows as between_rows
from tunesmith.validation._base import Split
from tunesmith.validation._columns import Columns
from tunesmith.validation._leaks import Leak, LeakReport, leaks_report, require_known


def find_leaks(  # noqa: PLR0913 - what a search knows before its first fit
    X: Any,
    y: Any,
    splits: Sequence[Split],
    *,
    groups: Any = None,
    times: Any = None,
    classes: bool = False,
    scales: bool = False,
    allow: Any = (),
) -> LeakReport:
    """Look for what lets a model see the rows that judge it, before any model is fitted.

    Parameters
    ----------
    X
        Rows: an array, a data frame or a list. Columns of sparse matrices, images and texts are not looked into.
    y
        The target, one number or label a row; None, or several a row, leaves out what needs it.
    splits
        The folds.
    groups
        One label a row; rows of one group should be on one side.
    times
        When each row was, where the past is to predict the future.
    classes
        Whether `y` is made of classes.
    scales
        Whether the model has a transformer of its own, so that ready-scaled columns tell nothing.
    allow
        Names of `LEAKS` that are right as they are: still reported, never told.

    Returns
    -------
    The leaks, none of which was raised or warned of yet; see `LeakReport.tell`.

    Raises
    ------
    UnknownName
        If `allow` names no leak.

    Examples
    --------
    >>> import numpy as np
    >>> from tunesmith.validation import KFoldValidation
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> y = X[:, 1] ** 3
    >>> [(leak.name, leak.columns) for leak in find_leaks(X, y, KFoldValidation(5).splits(X)).found]
    [('target_copy', ('1',))]
    """
    allowed = require_known(allow)
    columns = Columns.of(X)
    leaks = list(_between_rows(columns, splits, groups, times))
    if columns is not None and len(columns) >= in_columns.FEWEST_ROWS and len(columns.names) > 1:
        leaks += _in_columns(columns, _target(y, classes=classes, rows=len(columns)), splits, classes, scales)
    return leaks_report(leaks, allowed)


def _between_rows(columns: Columns | None, splits: Sequence[Split], groups: Any, times: Any) -> Iterator[Leak]:
    if groups is not None:
        yield from between_rows.torn_groups(splits, groups)
    if times is not None:
        yield from between_rows.time_order(splits, times, certain=True)
    if columns is not None and len(columns) >= in_columns.FEWEST_ROWS:
        yield from between_rows.duplicate_rows(columns, splits)
        yield from between_rows.near_duplicates(columns, splits)


def _in_columns(columns: Columns, y: Any, splits: Sequence[Split], classes: bool, scales: bool) -> Iterator[Leak]:
    if y is not None and np.ptp(y) > 0:
        told: list[str] = []
        for leak in in_columns.target_copy(columns, y, classes=classes):
            told += leak.columns
            yield leak
        if not classes or np.ptp(y) == 1:
            yield from in_columns.target_encoded(columns, y)
        if not classes:
            for leak in in_columns.future_target(columns, y):
                told += leak.columns
                yield leak
        yield from in_columns.single_column(columns, y, told, classes=classes)
    if not all(train.max() < test.min() for train, test in splits):  # forward in time, a running number is a clock
        yield from in_columns.id_column(columns)
    if not scales:
        yield from in_columns.fitted_outside(columns)


def _target(y: Any, *, classes: bool, rows: int) -> Any:
    """The target as numbers, classes as codes from 0; None where it is not one finite value a row."""
    if y is None:
        return None
    array = np.asarray(y)
    if array.shape not in {(rows,), (rows, 1)}:
        return None
    array = array.ravel()
    if classes:
        labels = array.astype(str) if array.dtype == object else array
        found, codes = np.unique(labels, return_inverse=True)
        return codes.astype(np.float64) if len(found) <= rows / 3 else None  # more are no classes; models will say so
    if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
        return None
    return array.astype(np.float64)
