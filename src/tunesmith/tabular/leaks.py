"""The leak guard of `tune`: what the training rows, their columns and folds show before the first fit."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from tunesmith.tabular.roles import Column, Role
from tunesmith.validation import LeakReport, Split, find_leaks

_LOOKED_INTO = (Role.NUMBER, Role.CATEGORY, Role.MANY)
"""Dates and texts have a value of their own in nearly every row; ids reach no model."""
_INTO_THE_PAST = ("purged", "combinatorial")
"""Schemes that fit on the future as well, and see to it that no label reaches into a fold."""


def look(  # noqa: PLR0913 - what is known before the first fit
    X: Any,
    y: Any,
    columns: Sequence[Column],
    splits: Sequence[Split],
    *,
    cv: str,
    groups: Any,
    times: Any,
    classes: bool,
    allow: Sequence[str],
) -> LeakReport:
    """Look for leaks, in the columns that reach a model alone.

    Parameters
    ----------
    X, y
        The training rows: a data frame, and the target.
    columns, splits
        What was decided about them.
    cv
        The scheme's name, for which the order of rows or their groups mean something else.
    groups, times
        One a row, or None.
    classes
        Whether the target is made of classes.
    allow
        Names of leaks that are right as they are.

    Raises
    ------
    InvalidData
        If one is certain and not allowed.
    """
    name = cv.partition(":")[0]
    report = find_leaks(
        X[[column.name for column in columns if column.role in _LOOKED_INTO]], y, splits,
        groups=None if name == "predefined" else groups, times=None if name in _INTO_THE_PAST else times,
        classes=classes, scales=True, allow=allow,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # likely leaks are notes on the screen and in the report: see `remarks`
        report.tell(waive="--allow {name}")
    return report


def remarks(report: LeakReport) -> list[str]:
    """What is likely, with its evidence, and what was waived, for the notes beside the data."""
    told = [f"{leak.evidence} {leak.remedy} (--allow {leak.name} if it is right)" for leak in report.likely]
    waived = [f"allowed: {leak.evidence}" for leak in report.found if leak.name in report.allowed]
    return told + waived
