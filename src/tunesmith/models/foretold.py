"""What a sampler's model had foretold of a trial before it ran, as far as its word has been good in this study."""

from __future__ import annotations

import math

import numpy as np

from tunesmith.models.table import FAILED, table_of
from tunesmith.numerics.folds import Estimate, moderated
from tunesmith.trial import FrozenTrial, History

FEWEST_TOLD = 6
"""With fewer trials that were foretold and have ended, nobody knows how good the model's word is."""

_MOST_TOLD = 60
"""How many of the newest trials say how good it is."""

_FARTHEST = 5.0
"""A trial that ended further from what was foretold, in the model's own deviations, counts as this far."""


def foretold(history: History, trial: FrozenTrial) -> Estimate | None:
    """The value, to be minimised, that was expected of a trial when it was suggested, and the variance of that.

    A model may be too sure of itself, or hope too much of the very points that it suggests. So its word is corrected by
    how the trials ended that it suggested before: by their mean distance from what was foretold and by their spread
    around it, both in the model's own deviations; the spread is moderated by one deviation (Smyth 2004, equation 4).
    Stopped trials count with what is expected of them.

    Parameters
    ----------
    history
        The study as it is when the trial is judged.
    trial
        The trial.

    Returns
    -------
    None where no model suggested the trial, or too few of the trials before it.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=0)
    >>> number = study.ask().number
    >>> foretold(study.history, study.history.trial(number)) is None
    True
    """
    sign = history.metric.sign
    mine = _told(trial)
    if mine is None:
        return None
    table = table_of(history)
    rows = range(max(0, len(table) - _MOST_TOLD), len(table))
    start = int(table.places[rows[0]]) if rows else 0
    finished = history.finished(start)
    away = [
        (float(table.values[row]) - sign * told[0]) / told[1]
        for row in rows
        if (told := _told(finished[int(table.places[row]) - start])) is not None
        and table.states[row] != FAILED
        and math.isfinite(table.values[row])
    ]
    if len(away) < FEWEST_TOLD:
        return None
    found = np.clip(away, -_FARTHEST, _FARTHEST)
    expected, deviation = mine
    mean = sign * expected + deviation * float(found.mean())
    return Estimate(mean, deviation**2 * moderated(1.0, found) * (1.0 + 1.0 / len(found)))


def _told(trial: FrozenTrial) -> tuple[float, float] | None:
    """What was expected of it, with the deviation of that; None where nothing was, or with no doubt at all."""
    expected, deviation = trial.why.get("expected"), trial.why.get("deviation")
    if not isinstance(expected, float | int) or not isinstance(deviation, float | int):
        return None
    return (float(expected), float(deviation)) if deviation > 0 and math.isfinite(expected) else None
