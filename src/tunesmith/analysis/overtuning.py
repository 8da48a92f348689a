"""Was tuning worth it, and is more of it? The gain over the default on the same folds, and what is left to gain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._records import Records, number, optional
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.paired import Side
from tunesmith.errors import InvalidData
from tunesmith.models.stopping import Remaining, remaining
from tunesmith.numerics.paired import Difference, chosen_elsewhere, corrected_difference
from tunesmith.trial import History, Metric

ALPHA = 0.05
"""Of the test whether the tuned setting can be told apart from the default."""


@final
@dataclass(frozen=True)
class OverTuning:
    """What tuning has gained over the default, how much of that is luck, and what is left to gain.

    Parameters
    ----------
    metric
        Of the scores.
    trials
        How many complete trials have scores by fold.
    raw
        By how much the best mean is better than the best default's, as the search saw it; NaN without a default.
    gain
        The same where each fold is scored by the trial that is best on all other folds, with its corrected test; None
        without a default.
    left
        What may still be gained, and the noise; None where nothing can be said of it.
    """

    metric: Metric
    trials: int
    raw: float
    gain: Difference | None
    left: Remaining | None

    @property
    def taken_back(self) -> float:
        """The share of the raw gain that was luck of the choice, from 0 to 1; NaN where nothing was gained."""
        if self.gain is None or not self.raw > 0.0:
            return math.nan
        return min(1.0, max(0.0, 1.0 - self.gain.mean / self.raw))

    @property
    def helped(self) -> bool | None:
        """Whether the tuned setting is better than the default beyond the noise; None without a default."""
        return None if self.gain is None else self.gain.p <= ALPHA and self.gain.mean > 0.0

    @property
    def recommended(self) -> str:
        """Which to take: `"tuned"` where it can be told apart from the default, else `"default"`; empty without one."""
        return "" if self.helped is None else "tuned" if self.helped else "default"

    @property
    def words(self) -> str:
        """What to say of it, in one or two sentences; empty where nothing can be said."""
        said = []
        if self.left is not None and self.left.is_noise:
            said.append("Further improvement is within noise.")
        if self.gain is None:
            return " ".join(said)
        if not self.raw > 0.0:
            said.append("No setting did better than the default.")
        else:
            told = f"{number(self.raw, self.gain.error)} {self.metric.name} over the default"
            luck = f"; choosing the best takes back {self.taken_back:.0%} of it" if self.taken_back >= 0.005 else ""
            verdict = "better than the default" if self.helped else "not distinguishable from the default"
            said.append(f"Tuned is {verdict}: the search saw a gain of {told}{luck} (p = {self.gain.p:.2g}).")
        if self.recommended == "default":
            said.append("Take the default.")
        return " ".join(said)

    @property
    def short(self) -> str:
        """The same in few words, for a panel that has one line; empty where nothing can be said."""
        said = []
        if self.gain is not None and self.helped:
            said.append(f"{number(self.gain.mean, self.gain.error)} better than the default (p = {self.gain.p:.2g})")
        elif self.gain is not None:
            said.append("not distinguishable from the default")
        if self.left is not None and self.left.is_noise:
            said.append("what is left to gain is within noise")
        return ", ".join(said)

    def table(self) -> Records:
        """One row; nothing stands where something is not known yet."""
        nan, gain, left = math.nan, self.gain, self.left
        found = (nan,) * 4 if gain is None else (gain.mean, gain.low, gain.high, gain.p)
        ahead = (nan, nan) if left is None else (left.gain if math.isfinite(left.gain) else nan, left.noise)
        heads = ("trials", "raw gain", "gain", "low", "high", "p", "taken back", "left to gain", "noise")
        cells = (self.raw, *found, self.taken_back, *ahead)
        return Records(heads, ((self.trials, *(optional(cell) for cell in cells)),))


def over_tuning(source: History | HasHistory, *, ahead: bool = True) -> OverTuning:
    """What tuning has gained over the default, how much of that is luck, and what is left to gain.

    The default is the best of the trials with `origin="default"`. The gain is tested on the folds that all share, by
    the corrected resampled t-test (Nadeau and Bengio 2003); of both sides each fold is scored by the trial that is best
    on all *other* folds, so that the luck of the best of many does not count.

    Parameters
    ----------
    source
        A history, or a study.
    ahead
        Whether to ask a model of the trials what is left to gain, which takes a while.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="random", seed=0)
    >>> study.enqueue({"x": 0.9}, origin="default")
    0
    >>> for _ in range(8):
    ...     trial = study.ask()
    ...     scores = [
    ...         trial.params["x"] ** 2 + hard + 0.01 * (fold % 2) for fold, hard in enumerate((0.1, 0.4, 0.2, 0.3))
    ...     ]
    ...     for fold, score in enumerate(scores):
    ...         trial.report(score, step=fold, fold=fold)
    ...     _ = study.tell(trial, sum(scores) / 4)
    >>> found = over_tuning(study)
    >>> found.helped, found.taken_back
    (True, 0.0)
    """
    history = history_of(source)
    left, sign = remaining(history) if ahead else None, -history.metric.sign
    try:
        side = Side.of(history, getattr(source, "card", {}))
        start = Side.of(history, getattr(source, "card", {}), where=lambda trial: trial.origin == "default")
    except InvalidData:  # no default, no folds, or folds of its own for each trial: nothing to pair
        return OverTuning(history.metric, len(history.complete()), math.nan, None, left)
    if side.scores.shape[1] != start.scores.shape[1]:
        return OverTuning(history.metric, len(side.numbers), math.nan, None, left)
    tuned, default = sign * side.scores, sign * start.scores
    raw = float(tuned.mean(axis=1).max() - default.mean(axis=1).max())
    ratio = side.ratio if math.isfinite(side.ratio) else 1.0 / (tuned.shape[1] - 1)
    gain = corrected_difference(chosen_elsewhere(tuned)[0] - chosen_elsewhere(default)[0], ratio)
    return OverTuning(history.metric, len(side.numbers), raw, gain, left)
