"""Whether a search races over folds, and if not, why."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from tunesmith.errors import TunesmithWarning
from tunesmith.pruners.racing import FEWEST_FOLDS
from tunesmith.sklearn.objective import Data
from tunesmith.study import Study
from tunesmith.validation import ReshuffledValidation, Split

_GROWN = 1.5
"""Training sets that differ by more than this factor make folds that do not foretell each other."""

NOT_ASKED = "racing=False"


def why_not(search: Any, sampler: Any, data: Data, *, several_metrics: bool) -> str:
    """Why a search does not race, in words; empty if it does.

    Parameters
    ----------
    search
        The `TuneSearchCV`.
    sampler
        The sampler that it will use.
    data
        What it is fitted on, with its folds.
    several_metrics
        Whether more than one score is wanted.
    """
    if not search.racing or search.pruner is not None:
        return NOT_ASKED if search.pruner is None else "a pruner was given"
    if isinstance(search.study, Study):
        return "the study that was given decides"
    if sampler == "grid":
        return "an exhaustive grid wants all scores"
    if callable(search.refit):
        return "a refit function wants all scores"
    if several_metrics:
        return "several metrics are measured"
    if isinstance(data.scheme, ReshuffledValidation):
        return "each trial is dealt folds of its own"
    return folds_alike(data.splits)


def folds_alike(splits: Sequence[Split]) -> str:
    """Why the first folds say nothing of the others, in words; empty if they do.

    Examples
    --------
    >>> folds_alike([Split([0], [1]), Split([1], [0])])
    '2 folds are fewer than 4'
    """
    if len(splits) < FEWEST_FOLDS:
        return f"{len(splits)} folds are fewer than {FEWEST_FOLDS}"
    sizes = [len(split.train) for split in splits]
    if max(sizes) > _GROWN * min(sizes):
        return f"training sets have {min(sizes)} to {max(sizes)} rows, so that folds are not alike"
    return ""


def say_why_not(why: str, *, verbose: bool) -> None:
    """Say once, at the start, that a search which would have saved fits does not; a grid is no surprise."""
    if not why or why in {NOT_ASKED, "a pruner was given", "the study that was given decides"}:
        return
    if "grid" in why:
        if verbose:
            print(f"Racing is off: {why}.")  # noqa: T201 - what verbose asks for
        return
    warnings.warn(
        f"Racing is off, so every trial is scored on all folds: {why}. racing=False says that this is wanted.",
        TunesmithWarning,
        stacklevel=3,
    )
