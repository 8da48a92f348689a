"""The contract of a validation scheme: how rows are dealt into what a model is fitted on and what judges it."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.intp]


@final
class Split(NamedTuple):
    """The row numbers of one fold: `train` to fit on, `test` to score on. The arrays are read-only."""

    train: Rows
    test: Rows


class ValidationScheme(abc.ABC):
    """Deals rows into folds. The same rows and seed give the same folds, so every trial meets the same ones.

    Folds are dealt once for a study, before its first trial; a fold is a step that a pruner can see. A scheme that
    `reshuffles` is the exception: it deals for each trial, from the trial's number.
    """

    @abc.abstractmethod
    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows of X.

        Parameters
        ----------
        X
            Anything with rows: an array, a data frame, a sparse matrix, a list.
        y
            The target, needed where folds are stratified.
        groups
            One label a row; rows of one group stay together where the scheme says so.

        Returns
        -------
        One `Split` a fold, in the order in which they are evaluated.

        Raises
        ------
        InvalidData
            If there are fewer rows, groups or members of classes than folds, or a row would judge a model that saw it.
        """

    @property
    def needs_groups(self) -> bool:
        """Whether `splits` must be given groups."""
        return False

    @property
    def reshuffles(self) -> bool:
        """Whether every trial meets folds of its own. Then no two trials can be compared fold by fold."""
        return False

    @property
    def holds_out(self) -> bool:
        """Whether what judges a fold was kept from its model; if not, it is for models that predict nothing."""
        return True

    def suited(self, *, classifier: bool) -> ValidationScheme:
        """The scheme to use for a task: itself, or one that is stratified if the target is made of classes."""
        return self
