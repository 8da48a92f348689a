"""Would more data help? The score against the number of rows learned from, and what twice as many may bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from scipy.special import stdtrit

from tunesmith.analysis._records import Records, number
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.errors import InvalidData
from tunesmith.trial import History, Metric

_Rows: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

FEWEST_SIZES = 3
"""Of fewer sizes no curve can be told from a line."""

_POWERS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""How fast a score may approach its end: as the rows to the power of minus one of these."""

_PLAUSIBLE = 1.5
"""A power is plausible as long as it leaves at most so many times what the best one leaves unexplained."""


@final
@dataclass(frozen=True)
class SampleSizes:
    """Scores by the number of rows that were learned from.

    Parameters
    ----------
    metric
        What was measured.
    sizes
        Numbers of rows, ascending.
    means, deviations
        The mean score at each size, and its standard deviation over folds or trials.
    train
        The mean training score at each size; empty where none was told.
    gain
        How much better twice the largest number of rows is expected to be, above 0 if better; NaN with fewer than three
        sizes.
    gain_low, gain_high
        The 95 % interval of the gain, if the curve goes on as some power of the number of rows.
    """

    metric: Metric
    sizes: tuple[int, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    train: tuple[float, ...]
    gain: float
    gain_low: float
    gain_high: float

    @property
    def helps(self) -> bool:
        """Whether it is shown that more rows help."""
        return self.gain_low > 0

    @property
    def words(self) -> str:
        """What is seen, in a sentence."""
        if not self.sizes:
            return "No score is known with the number of rows that it was learned from."
        name = self.metric.name
        seen = f"{name} {number(self.means[-1])} with {self.sizes[-1]:,} rows"
        if math.isnan(self.gain):
            return f"{seen}; it takes {FEWEST_SIZES} sizes to tell whether more would help."
        seen = (
            f"{name} went from {number(self.means[0])} with {self.sizes[0]:,} rows to {seen.removeprefix(name + ' ')}"
        )
        digits = number(self.gain, (self.gain_high - self.gain_low) / 4)
        between = f"believe {number(self.gain_low, abs(self.gain))} to {number(self.gain_high, abs(self.gain))}"
        if self.helps:
            return f"{seen}; twice as many are expected to make it {digits} better ({between})."
        return f"{seen}; that twice as many would make it better is not shown ({between})."

    def table(self) -> Records:
        """One row a size."""
        train = self.train or (None,) * len(self.sizes)
        rows = zip(self.sizes, self.means, self.deviations, train, strict=True)
        return Records(("rows", self.metric.name, "deviation", "in training"), tuple(rows))

    def __str__(self) -> str:
        return self.words


def sample_sizes(source: History | HasHistory, by: str = "rows") -> SampleSizes:
    """The scores of trials that learned from different numbers of rows, and whether more would help.

    Parameters
    ----------
    source
        A history, or a study.
    by
        The attribute of a trial, or the parameter, that says how many rows it learned from. Trials should differ in
        nothing else: `study.enqueue(params, attrs={"rows": 500})`.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(rows=ts.Int(50, 800, log=True)), ts.Metric("error"))
    >>> for rows in (50, 100, 200, 400, 800):
    ...     _ = study.add({"rows": rows}, 0.1 + rows**-0.5)
    >>> found = sample_sizes(study)
    >>> found.helps, round(found.gain, 3)
    (True, 0.01)
    """
    history = history_of(source)
    known: dict[int, list[float]] = {}
    for trial in history.complete():
        rows = trial.attrs.get(by, trial.params.get(by))
        if isinstance(rows, int) and not isinstance(rows, bool) and rows > 0:
            known.setdefault(rows, []).append(trial.value)
    sizes = sorted(known)
    return _found(history.metric, sizes, [known[size] for size in sizes], (), folds=0)


def sizes_of_folds(
    metric: Metric, sizes: Sequence[int], scores: Sequence[Sequence[float]], train: Sequence[Sequence[float]] = ()
) -> SampleSizes:
    """The same from scores of folds that are known already.

    Parameters
    ----------
    metric
        What was measured.
    sizes
        Numbers of rows, ascending.
    scores, train
        Of each size the scores of all folds, on rows that were left out and on those that were learned from.

    Raises
    ------
    InvalidData
        If sizes and scores do not belong together.

    Examples
    --------
    >>> scores = [[0.70, 0.72], [0.75, 0.77], [0.78, 0.80]]
    >>> sizes_of_folds(Metric("accuracy", "maximize"), [100, 200, 400], scores).sizes
    (100, 200, 400)
    """
    if len(sizes) != len(scores) or list(sizes) != sorted(set(sizes)) or len({len(row) for row in scores}) > 1:
        raise InvalidData(
            f"{len(sizes)} sizes and {len(scores)} rows of scores do not belong together.",
            hint="Give ascending sizes, and for each of them one score a fold.",
        )
    means = tuple(float(np.mean(row)) for row in train)
    return _found(metric, list(sizes), [list(row) for row in scores], means, folds=len(scores[0]) if scores else 0)


def _found(
    metric: Metric, sizes: list[int], scores: list[list[float]], train: tuple[float, ...], *, folds: int
) -> SampleSizes:
    means = tuple(float(np.mean(row)) for row in scores)
    spreads = tuple(float(np.std(row, ddof=1)) if len(row) > 1 else math.nan for row in scores)
    gain = _forecast(metric, sizes, scores, folds) if len(sizes) >= FEWEST_SIZES else (math.nan,) * 3
    return SampleSizes(metric, tuple(sizes), means, spreads, train, *gain)


def _forecast(metric: Metric, sizes: list[int], scores: list[list[float]], folds: int) -> tuple[float, float, float]:
    """The gain from twice the largest size, and its interval over the plausible powers.

    For a given power the score is a line in the rows to that power. Folds share most of their rows, so their spread is
    taken for more than it is (Nadeau and Bengio 2003, "Inference for the generalization error").
    """
    rows = np.array([size for size, row in zip(sizes, scores, strict=True) for _ in row], dtype=float)
    values = np.array([-metric.sign * value for row in scores for value in row])
    series = np.array([k for row in scores for k in range(len(row))]) if folds else np.zeros(len(rows), dtype=int)
    free = len(values) - (folds or 1) - 1
    if free < 1:
        return (math.nan,) * 3
    dependence = math.sqrt(1 + folds / (folds - 1)) if folds > 1 else 1.0
    reach = float(stdtrit(free, 0.975)) * dependence
    fits: list[tuple[float, float, float]] = []
    for power in _POWERS:
        places = _centred(-((rows / sizes[-1]) ** -power), series)
        centred = _centred(values, series)
        across = float(places @ places)
        slope = float(places @ centred) / across
        left = float(np.sum((centred - slope * places) ** 2))
        ahead = 1 - 2.0**-power
        fits.append((left, slope * ahead, reach * math.sqrt(left / free / across) * ahead))
    least = min(left for left, _, _ in fits)
    plausible = [(gain, error) for left, gain, error in fits if left <= _PLAUSIBLE * least + 1e-30]
    best = min(fits)[1]
    return best, min(gain - error for gain, error in plausible), max(gain + error for gain, error in plausible)


def _centred(values: _Rows, series: np.ndarray[Any, Any]) -> _Rows:
    """Values less the mean of their own series."""
    means = np.bincount(series, values) / np.maximum(np.bincount(series), 1)
    found: _Rows = values - means[series]
    return found
