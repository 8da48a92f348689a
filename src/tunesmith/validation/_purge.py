"""Purging and embargo (Lopez de Prado 2018, section 7.4): which rows may train when labels reach into the future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import InvalidData, UsageError
from tunesmith.validation._base import Rows
from tunesmith.validation._moments import Moments


@final
@dataclass(frozen=True, slots=True)
class Labels:
    """When the label of each row begins and ends, counted in distinct moments of beginnings.

    Parameters
    ----------
    moments
        The distinct beginnings.
    last
        For each row, the number of the last moment that its label reaches (inclusive).
    """

    moments: Moments
    last: npt.NDArray[np.intp]

    @classmethod
    def of(cls, starts: Any, ends: Any, horizon: int) -> Self:
        """From beginnings and ends, or a horizon in moments where there are no ends.

        Raises
        ------
        InvalidData
            If ends do not fit the beginnings: another length, missing, or earlier.
        """
        moments = Moments.of(starts)
        if ends is None:
            return cls(moments, np.minimum(moments.code + horizon, moments.count - 1))
        ended = np.asarray(ends)
        if ended.shape != moments.code.shape:
            raise InvalidData(
                f"ends has shape {ended.shape} for {len(moments.code)} rows.", hint="Give the end of each row's label."
            )
        try:
            missing = int(np.sum(ended != ended))
            early = int(np.sum(ended < moments.values[moments.code]))
            last = np.searchsorted(moments.values, ended, side="right") - 1
        except TypeError as error:
            raise InvalidData(
                f"The ends cannot be compared with the starts: {error}.", hint="Give both in the same kind of time."
            ) from error
        if missing or early:
            raise InvalidData(
                f"{missing} labels have no end and {early} end before they begin.",
                hint="An end is the moment at which the last price (or event) that the label depends on was known.",
            )
        return cls(moments, last.astype(np.intp))

    def blocks(self, folds: int) -> tuple[tuple[int, int], ...]:
        """Cut the moments into `folds` blocks of nearly equal numbers of moments: first and end of each.

        Raises
        ------
        InvalidData
            If there are fewer moments than blocks.
        """
        if self.moments.count < folds:
            raise InvalidData(
                f"{folds} folds need at least {folds} distinct moments, got {self.moments.count} "
                f"(n_samples={len(self.last)}).",
                hint="Use fewer folds, or a finer time.",
            )
        cuts = np.linspace(0, self.moments.count, folds + 1).round().astype(int).tolist()
        return tuple(pairwise(cuts))

    def pair(self, blocks: Sequence[tuple[int, int]], embargo: int) -> tuple[Rows, Rows]:
        """The rows that may train, and those that judge.

        A row trains unless its label shares a moment with the label of a judging row of some block, or it begins
        within `embargo` moments after the last of them. Neighbouring blocks are one.
        """
        trains = np.ones(len(self.last), dtype=bool)
        judges = np.zeros(len(self.last), dtype=bool)
        for first, end in _joined(blocks):
            inside = (self.moments.code >= first) & (self.moments.code < end)
            judges |= inside
            until = int(self.last[inside].max())
            trains &= (self.last < first) | (self.moments.code > until + embargo)
        if not trains.any():
            raise InvalidData(
                "Purging and embargo leave no row to fit on for one of the folds "
                f"(n_samples={len(self.last)}, {len(blocks)} block(s) judge, an embargo of {embargo} moments).",
                hint="Use more folds, a smaller embargo, or labels that end sooner.",
            )
        order = self.moments.order
        return order[trains[order]], order[judges[order]]


def _joined(blocks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, end in sorted(blocks):
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def require_share(embargo: object, scheme: str) -> None:
    """Refuse an embargo that is no share of the moments.

    Raises
    ------
    UsageError
        With what was given.
    """
    if isinstance(embargo, bool) or not isinstance(embargo, (int, float, np.number)) or not 0 <= float(embargo) < 1:
        raise UsageError(
            f"{scheme}: embargo must be a share of the moments, at least 0 and below 1, got {embargo!r}.",
            hint=f"Write {scheme}(embargo=0.01) to leave out a hundredth of them after each fold.",
        )


def embargo_moments(share: float, moments: int) -> int:
    """How many moments an embargo is; one that is not 0 is at least 1."""
    return int(np.ceil(share * moments - 1e-9))
