"""How much freedom is there? All trials within noise of the best, and the widest safe range of each parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith.analysis._columns import text_of
from tunesmith.analysis._records import Records, optional, shown
from tunesmith.analysis._slices import at_best, places_of, value_at
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.noise import noise_of
from tunesmith.analysis.trust import Trust, trust_in
from tunesmith.models.anova import Decomposition, decomposition_of
from tunesmith.models.table import COMPLETE
from tunesmith.numerics.encoding import Rows
from tunesmith.space import Categorical, Ordinal
from tunesmith.trial import History, Metric

POINTS = 65
"""At so many places of a continuous parameter it is asked whether they are safe."""


@final
@dataclass(frozen=True)
class SafeRange:
    """How far one parameter may move with the others at the best params.

    Parameters
    ----------
    name
        The parameter.
    best
        The value that the best params have.
    low, high
        The ends of the safe range of a number; None for choices.
    choices
        The safe choices, as values; empty for numbers.
    share
        How much of the parameter's scale, or of its choices, is safe.
    """

    name: str
    best: Any
    low: Any
    high: Any
    choices: tuple[Any, ...]
    share: float


@final
@dataclass(frozen=True)
class Plateau:
    """What is as good as the best, as far as one can tell.

    Parameters
    ----------
    metric, trust
        Of what, and whether the trials support it.
    noise, source
        The standard deviation of one trial's value in the metric's units, and what it was learnt from; NaN if unknown.
    expected
        What the model expects of the best params, in the metric's units: the luckiest value is not the truth.
    best
        The number of the trial with the best expected value; None without a model.
    trials
        The numbers of the complete trials whose expected value is within the noise of that, best first.
    ranges
        The safe range of each parameter that is active in the best params.
    """

    metric: Metric
    trust: Trust
    noise: float
    source: str
    expected: float
    best: int | None
    trials: tuple[int, ...]
    ranges: tuple[SafeRange, ...]

    @property
    def reliable(self) -> bool:
        """Whether the trials support it."""
        return self.trust.reliable

    def table(self) -> Records:
        """One row a parameter."""
        rows = [
            (
                one.name, one.best if _is_number(one.best) else text_of(one.best), one.low, one.high,
                shown(tuple(map(text_of, one.choices))) if one.choices else None, one.share,
            )
            for one in self.ranges
        ]  # fmt: skip
        return Records(("parameter", "best", "low", "high", "choices", "share"), tuple(rows))

    def __str__(self) -> str:
        if not self.reliable:
            return self.trust.reason
        return f"{len(self.trials)} trials are within the noise of {shown(optional(self.noise))} of the best"


def plateau(source: History | HasHistory) -> Plateau:
    """What is within noise of the best, and how far each parameter may move before that ends.

    The noise is what standard errors, repeats or folds tell (see `noise_of`), else what the model takes for noise. A
    place is safe where the loss against the best params that the model expects, and its standard deviation on top, stay
    below that; a safe range is the stretch of safe places around the best value.

    Parameters
    ----------
    source
        A history, or a study.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1)), "loss", sampler="sobol", seed=0)
    >>> for trial in study.ask(n=64):
    ...     _ = study.tell(trial, (trial.params["x"] - 0.5) ** 2, standard_error=0.01)
    >>> found = plateau(study)
    >>> x, y = found.ranges
    >>> y.share, 0.3 < x.low < 0.5 < x.high < 0.7
    (1.0, True)
    """
    history = history_of(source)
    model = decomposition_of(history)
    verdict, noise = trust_in(model, history), noise_of(history)
    if model is None:
        return Plateau(history.metric, verdict, noise.deviation, noise.source, math.nan, None, (), ())
    best = model.best_row()
    limit, source_word = (noise.deviation, str(noise.source)) if noise.is_known else (noise_in_units(model), "model")
    whole = np.flatnonzero(model.table.states == COMPLETE)
    values = model.warp.backward(model.mean.at(model.basis.of(model.table.rows[whole])))
    least = float(model.warp.backward(model.mean.at(model.basis.of(best[None, :])))[0])
    within = whole[np.flatnonzero(values <= least + limit)]
    order = within[np.argsort(values[np.flatnonzero(values <= least + limit)], kind="stable")]
    ended = history.finished()
    numbers = [ended[place].number for place in model.table.places.tolist()]
    same = whole[np.flatnonzero(np.all((model.table.rows[whole] == best) | np.isnan(best), axis=1))]
    ranges = [
        safe_range(model, history, j, limit)
        for name in history.space.names
        if (j := model.encoder.index.get(name)) is not None and not np.isnan(best[j])
    ]
    return Plateau(
        history.metric, verdict, limit, source_word, model.sign * least, numbers[int(same[0])] if len(same) else None,
        tuple(numbers[k] for k in order.tolist()), tuple(ranges),
    )  # fmt: skip


def noise_in_units(model: Decomposition) -> float:
    """The standard deviation of what the model takes for noise, at the best params, in the metric's units."""
    middle = float(model.mean.at(model.basis.of(model.best_row()[None, :]))[0])
    ends = model.warp.backward(np.array([middle - model.noise, middle + model.noise]))
    return float(ends[1] - ends[0]) / 2


def losses(model: Decomposition, j: int, places: Rows) -> tuple[Rows, Rows]:
    """How much worse the best params get as one parameter moves, as expected and in each drawn function, in units."""
    best = model.best_row()
    rows = np.concatenate([best[None, :], at_best(model, best, j, places)])
    mean = model.warp.backward(model.mean.at(model.basis.of(rows)))
    drawn = model.warp.backward(model.worlds(rows))
    return mean[1:] - mean[0], drawn[:, 1:] - drawn[:, :1]


def safe_range(model: Decomposition, history: History, j: int, limit: float) -> SafeRange:
    """How far one parameter may move before the loss passes a limit."""
    column, own = model.encoder.columns[j], float(model.best_row()[j])
    places = places_of(model, j, POINTS)
    expected, drawn = losses(model, j, places)
    safe = expected + drawn.std(axis=0) <= limit
    value = value_at(model, history.space, j, own)
    if isinstance(history.space[column.name], Categorical | Ordinal):
        kept = [place for place, good in zip(places.tolist(), safe, strict=True) if good or place == own]
        choices = tuple(value_at(model, history.space, j, place) for place in kept)
        return SafeRange(column.name, value, None, None, choices, len(kept) / len(places))
    at = int(np.argmin(np.abs(places - own)))
    first = last = at
    while first > 0 and safe[first - 1]:
        first -= 1
    while last + 1 < len(places) and safe[last + 1]:
        last += 1
    low, high = (value_at(model, history.space, j, float(places[k])) for k in (first, last))
    share = (last - first + 1) / len(places) if column.size else float(places[last] - places[first])
    return SafeRange(column.name, value, min(low, value), max(high, value), (), share)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
