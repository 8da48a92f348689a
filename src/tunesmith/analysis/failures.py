"""What went wrong, grouped by cause, and which values the failures have in common."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from scipy.special import gammaln

from tunesmith.analysis._columns import ParamColumn, columns_of
from tunesmith.analysis._records import Records, number
from tunesmith.numerics.encoding import Indices, Mask, Rows
from tunesmith.trial import FrozenTrial, History, TrialState

LEVEL = 0.05
"""A region is named if chance alone would show any such region, anywhere in the study, in at most this share."""

MOST_CUTS = 19
"""Into at most so many places a numeric range is cut: between neighbouring values, at evenly spaced ranks."""

FEWEST = 3
"""Of fewer failures no region is asked for."""

_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LONGEST = 160
_BY_HAND = "told"
"""The type of an error that was told as a sentence."""


@final
@dataclass(frozen=True)
class Region:
    """Values of one parameter that hold more failures of a cause than the rest.

    Parameters
    ----------
    name
        The parameter.
    low, high
        The range, for a number; None at a side where it goes as far as the space.
    choices
        The choice, for a parameter of choices; empty for a number.
    failed, tried
        How many of the trials in the region failed in this way, and how many there are.
    elsewhere, tried_elsewhere
        The same for the trials outside of it in which the parameter is active.
    p_value
        How likely chance alone shows a region as striking anywhere: Fisher's exact test, times the number of regions
        that were looked at (Bonferroni).
    """

    name: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    failed: int
    tried: int
    elsewhere: int
    tried_elsewhere: int
    p_value: float

    @property
    def text(self) -> str:
        """The region in words: `lr above 0.02`, `booster = dart`."""
        if self.choices:
            return f"{self.name} = {' or '.join(self.choices)}"
        if self.low is not None:
            return f"{self.name} above {number(self.low)}"
        return f"{self.name} below {number(self.high or 0.0)}"

    def cells(self) -> tuple[object, ...]:
        """The region as cells of a table."""
        return (
            self.text, f"{self.failed} of {self.tried}", f"{self.elsewhere} of {self.tried_elsewhere}", self.p_value,
        )  # fmt: skip


@final
@dataclass(frozen=True)
class Cause:
    """Failures that are alike.

    Parameters
    ----------
    type
        The exception's type; empty where none was told.
    message
        The first line of the first message, as it was.
    trials
        The numbers of the trials that failed so.
    seconds
        How long they ran together.
    regions
        Where they happen more often than elsewhere, the most striking first, one a parameter at most.
    """

    type: str
    message: str
    trials: tuple[int, ...]
    seconds: float
    regions: tuple[Region, ...]

    @property
    def text(self) -> str:
        """Type and message."""
        parts = ("" if self.type == _BY_HAND else self.type, self.message)
        return ": ".join(part for part in parts if part) or "no reason was told"


@final
@dataclass(frozen=True)
class Failures:
    """The failed trials of a study by cause, the most frequent first.

    Parameters
    ----------
    ended
        How many trials have ended.
    causes
        The groups.
    looks
        How many regions were looked at in all; the p-values are corrected for them.
    """

    ended: int
    causes: tuple[Cause, ...]
    looks: int

    @property
    def failed(self) -> int:
        """How many trials failed."""
        return sum(len(cause.trials) for cause in self.causes)

    def table(self) -> Records:
        """One row a cause and region; a cause without a region has one row."""
        rows: list[tuple[object, ...]] = []
        for cause in self.causes:
            about = (cause.text, len(cause.trials), cause.trials[0], cause.seconds)
            rows += [(*about, *region.cells()) for region in cause.regions] or [(*about, None, None, None, None)]
        heads = ("cause", "trials", "first", "seconds", "more often where", "there", "elsewhere", "p")
        return Records(heads, tuple(rows))


def failures(history: History) -> Failures:
    """The failed trials by cause, with the values that hold more of them than the rest.

    Causes are alike if their types and the first lines of their messages agree, numbers aside. For each cause, each
    choice, and each side of up to 19 cuts through each number's range, Fisher's exact test compares the trials inside
    with those outside; p-values are multiplied by the number of all regions looked at. A sampler that avoids failures
    makes them rarer than they were, so a region that is not named here may still be one.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 12)), "loss", seed=0)
    >>> for x in range(12):
    ...     trial = study.enqueue({"x": x})
    ...     if x > 6:
    ...         _ = study.tell(study.ask(), state="failed", error=f"out of memory: {x} GB")
    ...     else:
    ...         _ = study.tell(study.ask(), 1.0)
    >>> found = failures(study.history)
    >>> [(cause.text, len(cause.trials), [region.text for region in cause.regions]) for cause in found.causes]
    [('out of memory: 7 GB', 5, ['x above 6.5'])]
    """
    ended = [trial for trial in history.trials if trial.state.is_finished]
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, trial in enumerate(ended):
        if trial.state is TrialState.FAILED:
            groups[_alike(trial)].append(place)
    columns = columns_of(history, ended) if groups else ()
    cuts = [tuple(_cuts(column)) for column in columns]
    looked = [members for members in groups.values() if len(members) >= FEWEST]
    looks = len(looked) * sum(len(inside) for inside in cuts)
    causes = [_cause(ended, members, columns, cuts, looks) for members in groups.values()]
    return Failures(len(ended), tuple(sorted(causes, key=lambda cause: (-len(cause.trials), cause.trials))), looks)


def _alike(trial: FrozenTrial) -> tuple[str, str]:
    """What failures of one cause have in common."""
    if trial.error is None:
        return "", _NUMBERS.sub("#", trial.reason)
    return trial.error.type, _NUMBERS.sub("#", _first_line(trial.error.message))


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


Cut: TypeAlias = tuple[float | None, float | None, str, Mask]
"""The low and high end of a region, or its choice, and which trials lie in it."""


def _cuts(column: ParamColumn) -> Iterator[Cut]:
    """The regions of a parameter that are looked at."""
    places = np.array(column.places)
    known = ~np.isnan(places)
    if column.kind == "choice":
        for index, label in enumerate(column.labels):
            inside = places == index
            if inside.any() and (known & ~inside).any():
                yield None, None, label, inside
        return
    distinct = np.unique(places[known])
    gaps = len(distinct) - 1
    if gaps < 1:
        return
    chosen = np.unique(np.linspace(0, gaps - 1, min(gaps, MOST_CUTS)).round().astype(int))
    for gap in chosen.tolist():
        below, above = float(distinct[gap]), float(distinct[gap + 1])
        cut = math.sqrt(below * above) if column.log else (below + above) / 2
        yield cut, None, "", places > cut
        yield None, cut, "", places <= cut


def _cause(
    ended: Sequence[FrozenTrial],
    members: list[int],
    columns: Sequence[ParamColumn],
    cuts: Sequence[Sequence[Cut]],
    looks: int,
) -> Cause:
    first = ended[members[0]]
    failed = np.zeros(len(ended), dtype=bool)
    failed[members] = True
    regions = []
    for column, regions_of in zip(columns, cuts, strict=True):
        if len(members) < FEWEST or not regions_of:
            continue
        best = min((_tested(column, cut, failed, looks) for cut in regions_of), key=lambda region: region.p_value)
        if best.p_value <= LEVEL:
            regions.append(best)
    return Cause(
        type=first.error.type if first.error else "",
        message=_first_line(first.error.message if first.error else first.reason),
        trials=tuple(ended[place].number for place in members),
        seconds=math.fsum(ended[place].duration or 0.0 for place in members),
        regions=tuple(sorted(regions, key=lambda region: region.p_value)),
    )


def _fisher(hits: int, tried: int, all_hits: int, count: int) -> float:
    """The chance of at least so many hits among those tried, were they drawn from all without looking."""
    k = np.arange(hits, min(tried, all_hits) + 1)
    ways = _choose(all_hits, k) + _choose(count - all_hits, tried - k) - _choose(count, np.array(tried))
    return min(1.0, float(np.exp(ways[tried - k <= count - all_hits]).sum()))


def _choose(n: int, k: Indices) -> Rows:
    """The logarithm of the number of ways to choose."""
    found: Rows = gammaln(n + 1) - gammaln(k + 1) - gammaln(np.maximum(n - k, -0.5) + 1)
    return found


def _tested(column: ParamColumn, cut: Cut, failed: Mask, looks: int) -> Region:
    low, high, label, inside = cut
    known = ~np.isnan(np.array(column.places))
    tried, all_known = int(inside.sum()), int(known.sum())
    hits, all_hits = int((inside & failed).sum()), int((known & failed).sum())
    p = _fisher(hits, tried, all_hits, all_known)
    return Region(
        column.name, low, high, (label,) if label else (), hits, tried, all_hits - hits, all_known - tried,
        min(1.0, p * looks),
    )  # fmt: skip
