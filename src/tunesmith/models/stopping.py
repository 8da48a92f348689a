"""When nothing is left to gain: what a search may still find, by its model, against the noise of its best score."""

from __future__ import annotations

import math
import threading
import warnings
import weakref
from dataclasses import replace
from typing import NamedTuple, final

import numpy as np

from tunesmith.errors import TunesmithWarning
from tunesmith.models.surrogate import Surrogate, last_fit
from tunesmith.models.table import COMPLETE, PRUNED, Table, table_of
from tunesmith.numerics.domain import Domain
from tunesmith.numerics.encoding import Mask, Rows
from tunesmith.numerics.folds import corrected_error
from tunesmith.numerics.gp import GaussianProcess
from tunesmith.numerics.maximize import Effort, Maximizer
from tunesmith.trial import History

FEWEST = 20
"""Of fewer trials nothing is said: their model does not know yet what it does not know."""

LOOKS = 2
"""So many looks in a row must agree before a search ends."""

_EVERY, _SHARE = 5, 0.1
"""A look comes after so many further trials, or after this share of those that have ended, whichever is more."""

_FAR = 10.0
"""A gain of more than so many times all that the trials differ by is a guess far beyond them, and no number."""

_DOUBT, _BRAVE = 0.1, 0.2
_EFFORT = Effort(512, 128, 4, (8, 4))


@final
class Remaining(NamedTuple):
    """What a search may still gain, and how uncertain its best score is, in the units of the metric.

    Parameters
    ----------
    gain
        The most that the best score may still improve, at the upper end of what the model holds possible; infinite
        while that is not known yet, as it would be far beyond all that the trials differ by.
    noise
        The standard deviation of the best trial's score as an estimate.
    trials
        How many trials had ended, as points of the space.
    """

    gain: float
    noise: float
    trials: int

    @property
    def is_noise(self) -> bool:
        """Whether what may still be gained is below the noise."""
        return self.gain < self.noise

    @property
    def words(self) -> str:
        """Both numbers, for a reader."""
        return (
            f"what can still be gained is below the noise: at most {self.gain:.3g}, "
            f"where the best score is uncertain by {self.noise:.3g}"
        )


def remaining(history: History, trials: int | None = None) -> Remaining | None:
    """What a search may still gain, against the noise of its best score.

    Parameters
    ----------
    history
        The trials. The best one needs scores by fold, or a standard error that was told.
    trials
        Look at the first so many that ended, as points of the space; at all by default.

    Returns
    -------
    The two numbers; None with fewer than `FEWEST` complete or stopped trials, or where the noise is not known.

    Notes
    -----
    Makarova et al. 2022, "Automatic termination for hyperparameter optimization", AutoML conference, equations 4 to 6:
    the gain is the least upper confidence bound of the trials minus the least lower confidence bound over the space
    (both of the score without noise, to be minimised), with the width of section 5; the noise is the standard deviation
    over the best trial's folds times `sqrt(1/k + 1/(k-1))` (Nadeau and Bengio 2003).

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="sobol", seed=0)
    >>> for _ in range(60):
    ...     trial = study.ask()
    ...     _ = study.tell(trial, (trial.params["x"] - 0.5) ** 2, standard_error=0.1)
    >>> found = remaining(study.history)
    >>> found.is_noise, found.noise
    (True, 0.1)
    """
    table = _first(table_of(history), trials)
    if not len(table) or not table.encoder.columns or (noise := _noise(table)) is None:
        return None
    if int(((table.states == COMPLETE) | (table.states == PRUNED)).sum()) < FEWEST:
        return None
    surrogate = Surrogate(table, last_fit(history))
    domain, process = surrogate.domain, surrogate.process
    count = len(surrogate.rows)
    width = math.sqrt(_BRAVE * 2.0 * math.log(domain.dims * count**2 * math.pi**2 / (6.0 * _DOUBT)))
    mine = surrogate.complete & surrogate.allowed
    means, deviations = process.predict(domain.known_features(surrogate.rows[mine]))
    good = surrogate.rows[mine][np.argsort(means, kind="stable")]
    search = Maximizer(domain, _Hope(domain, process, width), np.random.default_rng((history.seed, count)))
    lowest = -float(search.run(good, _EFFORT).values[0])
    ends = surrogate.warp.backward(np.array([lowest, float((means + width * deviations).min())]))
    gain = max(0.0, float(ends[1] - ends[0]))
    known = gain <= _FAR * max(noise, float(np.ptp(table.values[(table.states == COMPLETE) & table.allowed])))
    return Remaining(gain if known else math.inf, noise, len(table))


def why_over(history: History) -> str:
    """Why a search is over, with both numbers; empty while it is not, and where nothing can be said.

    It looks after every 5 trials that ended (a tenth of them once that is more), and says so when two looks in a row
    agree. What it says depends on the log alone.
    """
    look = looks(len(table_of(history)))
    if not look:
        return ""
    key = (history.revisions, look[-1])
    with _LOCK:
        told = _TOLD.get(history.columns)
    if told is None or told[0] != key:
        told = (key, _asked(history, look))
        with _LOCK:
            _TOLD[history.columns] = told
    return told[1]


def _asked(history: History, look: list[int]) -> str:
    newest = remaining(history, look[-1])
    if newest is None and look[-1] == FEWEST and _noise(_first(table_of(history), FEWEST)) is None:
        warnings.warn(
            'stop_when="noise" needs scores by fold (trial.report(score, step=fold, fold=fold)) or a told '
            "standard_error; this study has neither for its best trial, and goes on until another limit.",
            TunesmithWarning, stacklevel=2,
        )  # fmt: skip
    if newest is None or not newest.is_noise or len(look) < LOOKS:
        return ""
    earlier = (remaining(history, trials) for trials in look[-LOOKS:-1])
    return newest.words if all(found is not None and found.is_noise for found in earlier) else ""


def looks(count: int) -> list[int]:
    """After how many trials there was a look, up to a count.

    Examples
    --------
    >>> looks(33), looks(19)
    ([20, 25, 30], [])
    """
    found, at = [], FEWEST
    while at <= count:
        found.append(at)
        at += max(_EVERY, int(_SHARE * at))
    return found


def _first(table: Table, trials: int | None) -> Table:
    """A table of the first trials alone, with nothing that only later ones tell of them."""
    names = ("rows", "values", "states", "steps", "variances", "excess", "folds")
    if trials is None:
        return table
    return replace(table, expected=table.expected[:0], **{name: getattr(table, name)[:trials] for name in names})


def _noise(table: Table) -> float | None:
    """The standard error of the best trial's score: as told, or by its folds; None where neither is known."""
    competing = np.where((table.states == COMPLETE) & table.allowed, table.values, np.inf)
    best = int(np.argmin(competing)) if len(competing) else -1
    if best < 0 or not np.isfinite(competing[best]):
        return None
    if table.variances[best] > 0.0:
        return math.sqrt(float(table.variances[best]))
    scores = table.folds[best]
    scores = scores[np.isfinite(scores)]
    return corrected_error(scores) if len(scores) > 1 else None


@final
class _Hope:
    """The negated lower confidence bound of a process over full rows: how good it may be there."""

    def __init__(self, domain: Domain, process: GaussianProcess, width: float) -> None:
        self._domain, self._process, self._width = domain, process, width

    def value(self, rows: Rows, active: Mask | None) -> Rows:
        """The value at each full row."""
        means, deviations = self._process.predict(self._domain.features_of(rows, active))
        hope: Rows = self._width * deviations - means
        return hope

    def gradient(self, rows: Rows, active: Mask | None) -> tuple[Rows, Rows]:
        """The value and its gradient by the numeric columns."""
        slopes = self._process.with_slopes(self._domain.features_of(rows, active))
        by_feature = slopes.gradient(-np.ones_like(slopes.means), np.full(len(rows), self._width))
        gradient = np.zeros(rows.shape)
        gradient[:, self._domain.numeric] = by_feature[:, self._domain.numeric_features]
        return self._width * slopes.deviation - slopes.means[:, 0], gradient


_LOCK = threading.Lock()
_TOLD: weakref.WeakKeyDictionary[object, tuple[tuple[int, int], str]] = weakref.WeakKeyDictionary()
