"""How many settings are how good: the empirical distribution of a study's values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._records import Records, optional, quantile
from tunesmith.analysis.comparison import names_of
from tunesmith.errors import UsageError
from tunesmith.trial import History, Metric


@final
@dataclass(frozen=True)
class Values:
    """The values of one study's complete trials.

    Parameters
    ----------
    name
        The study.
    trials, values
        The trials and their values, the best first.
    shares
        The share of the complete trials that are at least as good as each.
    margin
        By how much a share may differ from that of all settings the sampler could have drawn, all shares at once, in
        95 % of studies (Dvoretzky, Kiefer and Wolfowitz; Massart, 1990). It holds for trials drawn alike, as random
        search does.
    without
        How many ended trials have no value, or were stopped early.
    """

    name: str
    trials: tuple[int, ...]
    values: tuple[float, ...]
    shares: tuple[float, ...]
    margin: float
    without: int


@final
@dataclass(frozen=True)
class Ecdf:
    """The distributions of the values of one or several studies.

    Parameters
    ----------
    metric
        What was measured.
    studies
        One distribution a study.
    """

    metric: Metric
    studies: tuple[Values, ...]

    def table(self) -> Records:
        """One row a study: best, quartiles and worst."""
        rows = []
        for one in self.studies:
            known = list(one.values)
            marks = [optional(quantile(known, share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
            rows.append((one.name, len(known), *marks, optional(one.margin), one.without))
        heads = ("study", "trials", "best", "best quarter", "median", "worst quarter", "worst", "margin", "without")
        return Records(heads, tuple(rows))


def ecdf(histories: History | Sequence[History], metric: Metric | None = None) -> Ecdf:
    """The share of the complete trials that are at least as good as each value.

    Raises
    ------
    UsageError
        If no study was given.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", name="demo")
    >>> for value in (3.0, 1.0, 2.0, 2.0):
    ...     _ = study.add({"x": 0.5}, value)
    >>> one = ecdf(study.history).studies[0]
    >>> one.values, one.shares
    ((1.0, 2.0, 2.0, 3.0), (0.25, 0.75, 0.75, 1.0))
    """
    several = [histories] if isinstance(histories, History) else list(histories)
    if not several:
        raise UsageError("No study was given.", hint="Give a history, or a list of histories.")
    metric = metric or several[0].metric
    names = names_of(several)
    return Ecdf(
        metric, tuple(_distribution(history, metric, name) for history, name in zip(several, names, strict=True))
    )


def _distribution(history: History, metric: Metric, name: str) -> Values:
    wanted, sign = metric.name, metric.sign
    pairs = sorted((sign * t.values[wanted], t.number) for t in history.complete() if wanted in t.values)
    values = [sign * cost for cost, _ in pairs]
    count = len(values)
    shares = [0.0] * count
    for k in range(count - 1, -1, -1):
        same = k + 1 < count and values[k] == values[k + 1]
        shares[k] = shares[k + 1] if same else (k + 1) / count
    margin = math.sqrt(math.log(2 / 0.05) / (2 * count)) if count else math.nan
    numbers = tuple(number for _, number in pairs)
    return Values(name, numbers, tuple(values), tuple(shares), margin, history.finished_count - count)
