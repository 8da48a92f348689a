"""How good, getting better? The best value so far, trial by trial, with what chance alone would do to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._records import Records, optional
from tunesmith.analysis.noise import Noise, noise_of, standard_error_of
from tunesmith.trial import History, Metric, TrialState


@final
@dataclass(frozen=True)
class Convergence:
    """The values of the trials and the best so far, in the order of the trials' numbers.

    Parameters
    ----------
    metric
        What was measured.
    trials
        The numbers of the trials that have ended.
    states
        How each ended.
    values
        The value of each, in the metric's units; NaN for a trial without one.
    errors
        The standard error that was told with each value; NaN where none was.
    best
        The best value of a complete trial up to and with this one; NaN before the first.
    improved
        The numbers of the trials that were the best so far when they ended.
    noise
        How uncertain one trial's value is.
    """

    metric: Metric
    trials: tuple[int, ...]
    states: tuple[TrialState, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    best: tuple[float, ...]
    improved: tuple[int, ...]
    noise: Noise

    @property
    def found(self) -> float:
        """The best value of all; NaN if no trial is complete."""
        return self.best[-1] if self.best else math.nan

    @property
    def found_by(self) -> int | None:
        """The number of the trial with the best value, the earliest of equals."""
        return self.improved[-1] if self.improved else None

    @property
    def since(self) -> int:
        """How many trials ended after the best one."""
        return 0 if self.found_by is None else sum(number > self.found_by for number in self.trials)

    @property
    def settled_by(self) -> int | None:
        """The first trial after which nothing better than the noise was gained; None without a complete trial.

        From there on the best value rose by less than one standard deviation of a single value. Where the noise is not
        known, it is the trial with the best value.
        """
        if self.found_by is None or not self.noise.is_known:
            return self.found_by
        close = (
            number
            for number, best in zip(self.trials, self.best, strict=True)
            if self.metric.sign * (best - self.found) <= self.noise.deviation
        )
        return next(close)

    def table(self) -> Records:
        """One row a trial that was the best so far."""
        place = {number: k for k, number in enumerate(self.trials)}
        rows = []
        before = math.nan
        for number in self.improved:
            value, error = self.values[place[number]], self.errors[place[number]]
            rows.append((number, value, optional(error), optional(self.metric.sign * (before - value))))
            before = value
        return Records(("trial", self.metric.name, "standard error", "gain"), tuple(rows))


def convergence(history: History, metric: Metric | None = None) -> Convergence:
    """The best value so far, trial by trial.

    Parameters
    ----------
    history
        The trials.
    metric
        Of which metric; the study's first by default.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"))
    >>> for x in (0.4, 0.2, 0.3):
    ...     _ = study.add({"x": x}, x)
    >>> found = convergence(study.history)
    >>> found.best, found.improved, found.since
    ((0.4, 0.2, 0.2), (0, 1), 1)
    >>> print(found.table())
    trial  loss  standard error  gain
        0   0.4               -     -
        1   0.2               -   0.2
    """
    metric = metric or history.metric
    ended = [trial for trial in history.trials if trial.state.is_finished]
    values = tuple(trial.values.get(metric.name, math.nan) for trial in ended)
    errors = tuple(math.nan if (e := standard_error_of(trial, metric)) is None else e for trial in ended)
    best, improved, so_far = [], [], math.nan
    for trial, value in zip(ended, values, strict=True):
        is_value = trial.state is TrialState.COMPLETE and not math.isnan(value)
        if is_value and (math.isnan(so_far) or metric.better(value, than=so_far)):
            so_far = value
            improved.append(trial.number)
        best.append(so_far)
    return Convergence(
        metric, tuple(trial.number for trial in ended), tuple(trial.state for trial in ended), values, errors,
        tuple(best), tuple(improved), noise_of(history, metric),
    )  # fmt: skip
