"""What does each parameter do to the score? Averaged over the others, and around the best params."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith.analysis._columns import text_of
from tunesmith.analysis._records import Records
from tunesmith.analysis._slices import at_best, contexts, places_of, value_at
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.trust import Trust, trust_in
from tunesmith.errors import UnknownName, did_you_mean
from tunesmith.models.anova import Decomposition, decomposition_of
from tunesmith.numerics.encoding import Rows
from tunesmith.space import Categorical, Float, Int, Ordinal
from tunesmith.trial import History, Metric

PAIR_POINTS = 16
"""So many places of each of two parameters make the grid of their joint effect."""


@final
@dataclass(frozen=True)
class Effect:
    """What one parameter does, where it is active.

    Parameters
    ----------
    name
        The parameter.
    kind
        `"number"` or `"choice"`.
    log
        Whether its scale is logarithmic.
    conditional
        Whether it is only active for some values of others; then only those are averaged over.
    values
        The values that were looked at, evenly spread on the parameter's scale.
    places
        Where they lie on the scale, from 0 to 1; of choices their index.
    mean, deviation
        The metric at each value, averaged over all other parameters (partial dependence), and how unsure that is (a
        standard deviation), in the metric's units.
    at_best, at_best_deviation
        The same with the others at the best params (a slice).
    best
        The value that the best params have; None where it is inactive in them.
    lines
        The metric along the values from the params of single trials (individual conditional expectation), if asked for.
    """

    name: str
    kind: str
    log: bool
    conditional: bool
    values: tuple[Any, ...]
    places: tuple[float, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    at_best: tuple[float, ...]
    at_best_deviation: tuple[float, ...]
    best: Any
    lines: tuple[tuple[float, ...], ...] = ()


@final
@dataclass(frozen=True)
class Effects:
    """The effects of some parameters, and whether the trials support them. Without a model there are none."""

    metric: Metric
    trust: Trust
    effects: tuple[Effect, ...]

    @property
    def reliable(self) -> bool:
        """Whether the trials support them."""
        return self.trust.reliable

    def __getitem__(self, name: str) -> Effect:
        for one in self.effects:
            if one.name == name:
                return one
        raise UnknownName(
            f"There is no effect of {name!r}.", hint=did_you_mean(name, [one.name for one in self.effects])
        )

    def table(self) -> Records:
        """One row a parameter and value."""
        unit = self.metric.name
        heads = ("parameter", "value", f"mean {unit}", "deviation", f"{unit} at best", "deviation at best")
        rows = [
            (one.name, value if one.kind == "number" else text_of(value), *numbers)
            for one in self.effects
            for value, *numbers in zip(
                one.values, one.mean, one.deviation, one.at_best, one.at_best_deviation, strict=True
            )
        ]
        return Records(heads, tuple(rows))


@final
@dataclass(frozen=True)
class JointEffect:
    """What two parameters do together: the metric on a grid of their values, averaged over all others.

    Parameters
    ----------
    names
        The two.
    values, places, log
        Of each: the values, where they lie on its scale, and whether that is logarithmic.
    mean, deviation
        One row for each value of the first, one number for each of the second, in the metric's units.
    """

    metric: Metric
    trust: Trust
    names: tuple[str, str]
    values: tuple[tuple[Any, ...], tuple[Any, ...]]
    places: tuple[tuple[float, ...], tuple[float, ...]]
    log: tuple[bool, bool]
    mean: tuple[tuple[float, ...], ...]
    deviation: tuple[tuple[float, ...], ...]

    @property
    def reliable(self) -> bool:
        """Whether the trials support it."""
        return self.trust.reliable

    def table(self) -> Records:
        """One row a pair of values."""
        rows = [
            (_cell(a), _cell(b), mean, deviation)
            for a, means, deviations in zip(self.values[0], self.mean, self.deviation, strict=True)
            for b, mean, deviation in zip(self.values[1], means, deviations, strict=True)
        ]
        return Records((*self.names, f"mean {self.metric.name}", "deviation"), tuple(rows))


def effects(source: History | HasHistory, names: Sequence[str] | None = None, *, lines: int = 0) -> Effects:
    """What parameters do to the metric, by the model of the trials.

    Parameters
    ----------
    source
        A history, or a study.
    names
        Which parameters; all that can vary by default.
    lines
        From so many trials, spread evenly over the study, the curve of each alone is added.

    Raises
    ------
    UnknownName
        If the space has no such parameter that can vary.

    Notes
    -----
    Friedman 2001, "Greedy function approximation", Annals of Statistics 29, section 8.2 (partial dependence); Goldstein
    et al. 2015 (arXiv 1309.6392; the lines); Moosbauer et al. 2021 (arXiv 2111.04820; why uncertainty belongs to them).

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1))
    >>> study = ts.minimize(lambda x, y: 4 * x + y, space, trials=40, sampler="sobol", storage=None)
    >>> found = effects(study)["x"]
    >>> abs(found.mean[0] - 0.5) < 0.1, abs(found.mean[-1] - 4.5) < 0.1, found.values[0]
    (True, True, 0.0)
    """
    history = history_of(source)
    model = decomposition_of(history)
    _check(history, names or ())
    verdict = trust_in(model, history)
    if model is None:
        return Effects(history.metric, verdict, ())
    wanted = [name for name in history.space.names if name in model.encoder.index and (not names or name in names)]
    found = tuple(_effect(model, history, model.encoder.index[name], lines) for name in wanted)
    return Effects(history.metric, verdict, found)


def joint_effect(source: History | HasHistory, first: str, second: str) -> JointEffect:
    """What two parameters do together, by the model of the trials. Without a model the grid is empty.

    Raises
    ------
    UnknownName
        If the space has no such parameter that can vary, or both are the same.
    """
    history = history_of(source)
    _check(history, (first, second))
    if first == second:
        raise UnknownName(f"A pair needs two parameters, got {first!r} twice.", hint="Name another one.")
    model = decomposition_of(history)
    verdict = trust_in(model, history)
    logs = (_is_log(history, first), _is_log(history, second))
    if model is None:
        return JointEffect(history.metric, verdict, (first, second), ((), ()), ((), ()), logs, (), ())
    one, two = model.encoder.index[first], model.encoder.index[second]
    a, b = places_of(model, one, PAIR_POINTS), places_of(model, two, PAIR_POINTS)
    base = contexts(model, history.space, (one, two))
    rows = np.tile(base, (len(a) * len(b), 1))
    rows[:, one] = np.repeat(a, len(b) * len(base))
    rows[:, two] = np.tile(np.repeat(b, len(base)), len(a))
    mean, deviation = _averaged(model, rows, len(base))
    shape = (len(a), len(b))
    return JointEffect(
        history.metric, verdict, (first, second),
        (_values(model, history, one, a), _values(model, history, two, b)),
        (tuple(a.tolist()), tuple(b.tolist())), logs,
        tuple(map(tuple, mean.reshape(shape).tolist())), tuple(map(tuple, deviation.reshape(shape).tolist())),
    )  # fmt: skip


def _effect(model: Decomposition, history: History, j: int, lines: int) -> Effect:
    column, best = model.encoder.columns[j], model.best_row()
    part = history.space[column.name]
    places = places_of(model, j)
    base = contexts(model, history.space, (j,))
    rows = np.tile(base, (len(places), 1))
    rows[:, j] = np.repeat(places, len(base))
    mean, deviation = _averaged(model, rows, len(base))
    near, near_deviation = _averaged(model, at_best(model, best, j, places), 1)
    known = not np.isnan(best[j])
    return Effect(
        column.name, "choice" if isinstance(part, Categorical | Ordinal) else "number", _is_log(history, column.name),
        bool(part.conditions), _values(model, history, j, places),
        tuple(places.tolist()), tuple(mean.tolist()), tuple(deviation.tolist()), tuple(near.tolist()),
        tuple(near_deviation.tolist()), value_at(model, history.space, j, float(best[j])) if known else None,
        _lines(model, j, places, lines),
    )  # fmt: skip


def _averaged(model: Decomposition, rows: Rows, each: int) -> tuple[Rows, Rows]:
    """Mean and deviation in units at each point, a point being `each` rows that are averaged."""
    mean = model.mean.at(model.basis.of(rows)).reshape(-1, each).mean(axis=1)
    worlds = model.worlds(rows)
    drawn = model.in_units(worlds.reshape(len(worlds), -1, each).mean(axis=2))
    return model.in_units(mean), drawn.std(axis=0)


def _lines(model: Decomposition, j: int, places: Rows, lines: int) -> tuple[tuple[float, ...], ...]:
    rows = model.rows[~np.isnan(model.rows[:, j])]
    if not lines or not len(rows):
        return ()
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(lines, len(rows))).round().astype(np.int64))
    curves = [model.mean.at(model.basis.of(at_best(model, rows[k], j, places))) for k in chosen.tolist()]
    return tuple(tuple(model.in_units(curve).tolist()) for curve in curves)


def _values(model: Decomposition, history: History, j: int, places: Rows) -> tuple[Any, ...]:
    return tuple(value_at(model, history.space, j, place) for place in places.tolist())


def _check(history: History, names: Sequence[str]) -> None:
    known = [name for name, part in history.space.items() if part.size != 1]
    for name in names:
        if name not in known:
            raise UnknownName(f"There is no parameter {name!r} that can vary.", hint=did_you_mean(str(name), known))


def _is_log(history: History, name: str) -> bool:
    part = history.space[name]
    return isinstance(part, Float | Int) and part.log


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text_of(value)
