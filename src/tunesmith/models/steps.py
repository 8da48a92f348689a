"""Values by step of the trials that ended, and what they tell of those that were stopped early."""

from __future__ import annotations

import bisect
import math
from typing import NamedTuple, final

import numpy as np

from tunesmith.numerics.encoding import Rows
from tunesmith.numerics.rungs import FEWEST, Rung, expected
from tunesmith.trial import FrozenTrial, Metric

MOST_REFERENCES = 100
"""So many of the newest complete trials say how a value at a step goes on."""

_GROWTH = 8
"""They are asked again once there are an eighth more of them."""


@final
class Curve(NamedTuple):
    """A trial's values by step, in the order of the steps, to be minimised."""

    steps: Rows
    values: Rows


@final
class StepMemory:
    """Curves with room to grow: the complete ones, and the last points of those that were stopped."""

    def __init__(self) -> None:
        self._whole: list[tuple[Curve, float]] = []
        self._whole_places: list[int] = []
        self._stopped: list[tuple[float, float]] = []
        self._stopped_places: list[int] = []
        self._rungs: dict[float, Rung | None] = {}
        self._asked = 0

    def complete(self, place: int, curve: Curve, value: float) -> None:
        """Keep the curve of a complete trial, and its value."""
        if len(curve.steps):
            self._whole.append((curve, value))
            self._whole_places.append(place)

    def stopped(self, place: int, curve: Curve) -> None:
        """Keep where a trial stood when it was stopped."""
        if len(curve.steps):
            self._stopped.append((float(curve.steps[-1]), float(curve.values[-1])))
            self._stopped_places.append(place)

    def view(self, count: int) -> Rows:
        """Mean and variance of the value that each of the first trials would have ended with, `(count, 2)`.

        NaN for all but stopped trials of which enough complete ones tell; no rows if there are none of these.
        """
        whole = _asked_at(bisect.bisect_left(self._whole_places, count))
        many = bisect.bisect_left(self._stopped_places, count)
        if not whole or not many:
            return np.empty((0, 2))
        last = np.array(self._stopped[:many])
        steps, place = np.unique(last[:, 0], return_inverse=True)
        rungs = self._rungs_at(steps, whole)[place]
        found = np.full((count, 2), math.nan)
        found[self._stopped_places[:many]] = expected(rungs, last[:, 1])
        return found

    def _rungs_at(self, steps: Rows, whole: int) -> Rows:
        """A rung for each step, NaN where too few curves pass it: they depend on how many were complete alone."""
        if self._asked != whole:
            self._asked, self._rungs = whole, {}
        new = [step for step in steps.tolist() if step not in self._rungs]
        if new:
            curves = self._whole[max(0, whole - MOST_REFERENCES) : whole]
            final = np.array([value for _, value in curves])
            seen = np.stack([_at(curve, np.array(new)) for curve, _ in curves])
            for step, column in zip(new, seen.T, strict=True):
                known = np.isfinite(column)
                enough = np.count_nonzero(known) >= FEWEST
                self._rungs[step] = Rung.of(column[known], final[known]) if enough else None
        nothing = (math.nan,) * len(Rung._fields)
        return np.array([self._rungs[step] or nothing for step in steps.tolist()])


def curve_of(trial: FrozenTrial, metric: Metric) -> Curve:
    """The finite values of the first metric that a trial reported by step, not by fold.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random")
    >>> trial = study.ask()
    >>> trial.report(0.5, step=1), trial.report(0.25, step=2)
    (None, None)
    >>> curve_of(study.tell(trial, 0.25), study.metric).values.tolist()
    [0.5, 0.25]
    """
    known = {
        point.step: metric.sign * point.value
        for point in trial.points
        if point.fold is None
        and point.kind == "validation"
        and point.metric in {"", metric.name}
        and math.isfinite(point.value)
    }
    steps = sorted(known)
    return Curve(np.array(steps, dtype=float), np.array([known[step] for step in steps]))


def _at(curve: Curve, steps: Rows) -> Rows:
    """A curve's last values up to some steps; NaN before its first."""
    place = np.searchsorted(curve.steps, steps, side="right") - 1
    return np.where(place >= 0, curve.values[place], math.nan)


def _asked_at(whole: int) -> int:
    """How many complete trials are asked when there are `whole` of them; 0 for too few.

    Examples
    --------
    >>> [_asked_at(count) for count in (3, 4, 15, 16, 17, 18, 19)]
    [0, 4, 15, 16, 16, 18, 18]
    """
    if whole < FEWEST:
        return 0
    at = FEWEST
    while (further := at + max(1, at // _GROWTH)) <= whole:
        at = further
    return at
