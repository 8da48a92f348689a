"""Do probabilities mean what they say? What a study's winner foretold of rows it had not seen, against what came."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, final

from tunesmith.analysis._records import Records, number, optional
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.trial import History

RELIABILITY = "reliability"
"""Attribute of a study: the reliability curve of its winner, as `Reliability.dump` gives it."""

_Z = 1.959964


@final
@dataclass(frozen=True, slots=True)
class Bin:
    """Rows that got about the same probability.

    Parameters
    ----------
    predicted, observed
        The mean probability, and the share of rows that were positive.
    low, high
        The 95 % interval of that share (Wilson 1927).
    rows
        How many rows.
    """

    predicted: float
    observed: float
    low: float
    high: float
    rows: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """The reliability curve of a study's winner on rows that its models had not seen.

    Parameters
    ----------
    trial
        The winner.
    bins
        The least probable rows first, in equal counts.
    brier
        The mean squared error of the probabilities.
    rows, positives
        How many rows, and how many of them are positive.
    calibrated
        Whether the probabilities are those after calibration.
    """

    trial: int
    bins: tuple[Bin, ...]
    brier: float
    rows: int
    positives: int
    calibrated: bool

    @property
    def base(self) -> float:
        """The Brier score of saying the share of positives to every row: one that is not below it knows nothing."""
        share = self.positives / self.rows
        return share * (1 - share)

    @property
    def error(self) -> float:
        """By how much the probabilities are off, on average over the rows (expected calibration error)."""
        total = sum(one.rows for one in self.bins)
        return sum(one.rows * abs(one.predicted - one.observed) for one in self.bins) / total if total else math.nan

    @property
    def off(self) -> tuple[Bin, ...]:
        """The bins whose probability is wrong beyond chance: all of them are looked at (Bonferroni, 5 % in all)."""
        times = sum(one.rows for one in self.bins) / self.rows
        z = NormalDist().inv_cdf(1 - 0.025 / max(1, len(self.bins)))
        ends = [(one, wilson(one.observed, one.rows / max(1.0, times), z)) for one in self.bins]
        return tuple(one for one, (low, high) in ends if not low <= one.predicted <= high)

    @property
    def words(self) -> str:
        """One or two sentences."""
        off = self.off
        told = f"Brier score {number(float(f'{self.brier:.3g}'))}"
        told += f", where saying {self.positives / self.rows:.1%} to every row has {number(float(f'{self.base:.3g}'))}."
        if not self.bins:
            return told
        what = "calibrated probabilities" if self.calibrated else "probabilities"
        if not off:
            return f"The {what} agree with what came in all {len(self.bins)} groups of rows. {told}"
        worst = max(off, key=lambda one: abs(one.predicted - one.observed))
        return (
            f"The {what} are off in {len(off)} of {len(self.bins)} groups of rows: where they said "
            f"{worst.predicted:.0%}, {worst.observed:.0%} came. {told}"
        )

    def table(self) -> Records:
        """One row a bin."""
        heads = ("predicted", "observed", "low", "high", "rows")
        return Records(heads, tuple((o.predicted, o.observed, o.low, o.high, o.rows) for o in self.bins))

    def dump(self) -> dict[str, Any]:
        """As JSON values, without the intervals, which follow from the rest."""
        return {
            "trial": self.trial, "curve": [[one.predicted, one.observed, one.rows] for one in self.bins],
            "brier": optional(self.brier), "rows": self.rows, "positives": self.positives,
            "calibrated": self.calibrated,
        }  # fmt: skip

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Reliability:
        """From `dump`."""
        seen = sum(rows for *_, rows in stored["curve"])
        times = max(1.0, seen / stored["rows"])  # in repeated schemes a row is seen again, which is no new row
        bins = tuple(
            Bin(predicted, observed, *wilson(observed, rows / times), rows)
            for predicted, observed, rows in stored["curve"]
        )
        return cls(
            trial=stored["trial"], bins=bins, brier=math.nan if stored["brier"] is None else stored["brier"],
            rows=stored["rows"], positives=stored["positives"], calibrated=stored["calibrated"],
        )  # fmt: skip


def reliability(source: History | HasHistory) -> Reliability | None:
    """The reliability curve of a study's winner; None where no probabilities of two classes were kept.

    Parameters
    ----------
    source
        A `Study` or its `History`.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=3, storage=None, seed=0)
    >>> reliability(study) is None
    True
    """
    stored = history_of(source).attrs.get(RELIABILITY)
    return None if stored is None else Reliability.load(stored)


def wilson(share: float, rows: float, z: float = _Z) -> tuple[float, float]:
    """The interval of a share that was seen in so many rows (Wilson 1927), of 95 % unless `z` says otherwise.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(0.0, 30)]
    [0.0, 0.114]
    """
    square = z * z
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = z * math.sqrt(share * (1 - share) / rows + square / (4 * rows * rows)) / (1 + square / rows)
    return max(0.0, middle - half), min(1.0, middle + half)
