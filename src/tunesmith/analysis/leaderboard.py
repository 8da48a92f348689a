"""Which algorithm wins? The trials by one choice: best, middle, spread and cost of each."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._columns import columns_of
from tunesmith.analysis._records import Records, optional, quantile
from tunesmith.analysis.noise import Noise, noise_of
from tunesmith.errors import InvalidParams, UsageError, did_you_mean
from tunesmith.trial import FrozenTrial, History, Metric, TrialState


@final
@dataclass(frozen=True)
class Standing:
    """The trials with one choice.

    Parameters
    ----------
    choice
        The choice, as text.
    trials
        How many have ended with it.
    complete, stopped, failed
        How many of them are complete, were stopped early, failed.
    best, median
        The best and the middle value of the complete ones; NaN without any.
    quartiles
        The values that the better quarter, and three quarters, of them reach; NaN without any.
    best_trial
        The number of the trial with the best value; None without one.
    numbers, values
        The complete trials and their values, in the order of their numbers.
    seconds
        How long all of them ran together.
    near
        Whether its best value is within the noise of the leader's: less than two deviations of a difference away.
        Without a known noise only the leader is.
    """

    choice: str
    trials: int
    complete: int
    stopped: int
    failed: int
    best: float
    median: float
    quartiles: tuple[float, float]
    best_trial: int | None
    numbers: tuple[int, ...]
    values: tuple[float, ...]
    seconds: float
    near: bool


@final
@dataclass(frozen=True)
class Leaderboard:
    """The choices of one parameter, the best first; those without a complete trial last.

    Parameters
    ----------
    metric
        What was measured.
    by
        The parameter.
    noise
        How uncertain one trial's value is.
    standings
        One a choice, those never tried included.
    """

    metric: Metric
    by: str
    noise: Noise
    standings: tuple[Standing, ...]

    def table(self) -> Records:
        """One row a choice."""
        rows = [
            (
                one.choice, optional(one.best), optional(one.median), optional(one.quartiles[0]),
                optional(one.quartiles[1]), one.trials, one.failed, one.seconds, one.near,
            )
            for one in self.standings
        ]  # fmt: skip
        heads = (self.by, f"best {self.metric.name}", "median", "best quarter", "worst quarter", "trials", "failed",
                 "seconds", "within noise")  # fmt: skip
        return Records(heads, tuple(rows))


def leaderboard(history: History, by: str | None = None, metric: Metric | None = None) -> Leaderboard:
    """The trials by the choices of one parameter.

    Parameters
    ----------
    history
        The trials.
    by
        A Categorical or Ordinal parameter; by default the one on which most other parameters depend, the first
        declared of equals: in a space of several algorithms that is the algorithm.
    metric
        Of which metric; the study's first by default.

    Raises
    ------
    UsageError
        If the space has no parameter of choices.
    InvalidParams
        If `by` is no such parameter.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(kind=ts.Categorical("a", "b")), "loss")
    >>> for kind, value in (("a", 1.0), ("b", 0.5), ("b", 0.75)):
    ...     _ = study.add({"kind": kind}, value)
    >>> [(one.choice, one.best, one.complete) for one in leaderboard(study.history).standings]
    [('b', 0.5, 2), ('a', 1.0, 1)]
    """
    metric = metric or history.metric
    ended = [trial for trial in history.trials if trial.state.is_finished]
    columns = {column.name: column for column in columns_of(history, ended) if column.kind == "choice"}
    by = by or _most_decisive(history, list(columns))
    if by not in columns:
        raise InvalidParams(f"There is no parameter of choices called {by!r}.", hint=did_you_mean(by, list(columns)))
    groups: dict[float, list[FrozenTrial]] = defaultdict(list)
    for trial, place in zip(ended, columns[by].places, strict=True):
        groups[place].append(trial)
    noise = noise_of(history, metric)
    leader = min(
        (metric.sign * t.values[metric.name] for t in history.complete() if metric.name in t.values), default=math.nan
    )
    margin = 2 * math.sqrt(2) * noise.deviation if noise.is_known else 0.0
    standings = [
        _standing(label, groups[float(place)], metric, metric.sign * leader, margin)
        for place, label in enumerate(columns[by].labels)
    ]
    standings.sort(key=lambda one: (math.isnan(one.best), metric.sign * one.best, one.choice))
    return Leaderboard(metric, by, noise, tuple(standings))


def _most_decisive(history: History, names: list[str]) -> str:
    if not names:
        raise UsageError(
            f"Study {history.name!r} has no parameter of choices to rank.",
            hint="A leaderboard needs a Categorical, such as the algorithm.",
        )
    parents = [condition.parent for _, part in history.space.items() for condition in part.conditions]
    return max(names, key=parents.count)


def _standing(label: str, trials: list[FrozenTrial], metric: Metric, leader: float, margin: float) -> Standing:
    complete = [t for t in trials if t.state is TrialState.COMPLETE and metric.name in t.values]
    costs = sorted(metric.sign * trial.values[metric.name] for trial in complete)
    best, better, median, worse = (metric.sign * quantile(costs, share) for share in (0.0, 0.25, 0.5, 0.75))
    first = min(complete, key=lambda trial: metric.sign * trial.values[metric.name], default=None)
    return Standing(
        label, len(trials), len(complete), sum(t.state is TrialState.PRUNED for t in trials),
        sum(t.state is TrialState.FAILED for t in trials), best, median, (better, worse),
        None if first is None else first.number, tuple(trial.number for trial in complete),
        tuple(trial.values[metric.name] for trial in complete), math.fsum(trial.duration or 0.0 for trial in trials),
        bool(complete) and metric.sign * (best - leader) <= margin,
    )  # fmt: skip
