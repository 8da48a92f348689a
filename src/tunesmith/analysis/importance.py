"""What mattered? The share of each parameter in what the score did, and what leaving it at its default would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np

from tunesmith.analysis._ablation import ablation
from tunesmith.analysis._columns import text_of
from tunesmith.analysis._densities import top_against_all
from tunesmith.analysis._records import Records, counted, number, optional
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.trust import Trust, trust_in
from tunesmith.errors import UnknownName, did_you_mean
from tunesmith.models.anova import Decomposition, decomposition_of
from tunesmith.numerics.anova import signed_pairs, signed_part
from tunesmith.numerics.encoding import Rows
from tunesmith.space.distribution import UNSET
from tunesmith.trial import History, Metric, TrialState

Method = Literal["fanova", "permutation", "ped-anova", "ablation"]

METHODS: tuple[str, ...] = ("fanova", "permutation", "ped-anova", "ablation")

COVERAGE = (0.025, 0.975)
"""The quantiles between which an interval reaches."""

_WORTH_A_WORD = 0.01
"""A smaller share is not told in words."""

_PERMUTED = 64
"""At so many points of the space a parameter is exchanged for another point's."""

_WORLDS = 32
"""In so many possible functions that is done."""


@final
class Shares(NamedTuple):
    """What a method found, one number a column of the encoder."""

    shares: Rows
    low: Rows
    high: Rows


@final
@dataclass(frozen=True)
class ParamImportance:
    """How much one parameter matters.

    Parameters
    ----------
    name
        The parameter.
    share
        Its part of all that was found, 0 to 1: the shares of all parameters add up to 1, with the interactions' under
        `fanova`.
    low, high
        The 95 % interval of the share, by a bootstrap over the trials.
    effect
        How far the value moves with it where it is active, as a standard deviation in the metric's units; NaN where the
        method does not say.
    active
        In what share of the finished trials it was active.
    default
        The default that the space names, as text; empty where it names none.
    cost
        How much worse the params of the best trial would be with this one at its default (averaged over its range where
        there is none), in the metric's units; NaN without a model. It depends on how far from the default the best
        trial happens to lie, so two searches of one function differ in it. It can be below 0, if the default is
        expected to be better. NaN too where the best trial does not have the parameter.
    cost_low, cost_high
        The 95 % interval of the cost.
    """

    name: str
    share: float
    low: float
    high: float
    effect: float
    active: float
    default: str
    cost: float
    cost_low: float
    cost_high: float


@final
@dataclass(frozen=True)
class Importance:
    """The parameters that can vary, the most important first.

    Parameters
    ----------
    metric
        What they matter for.
    method
        How it was measured.
    trust
        Whether the model behind it can be believed. `ped-anova` needs no model, and yet the same data.
    params
        One entry a parameter.
    interactions
        The share of all pairs together (`fanova`); 0 under the other methods.
    """

    metric: Metric
    method: str
    trust: Trust
    params: tuple[ParamImportance, ...]
    interactions: float

    @property
    def reliable(self) -> bool:
        """Whether the trials support it."""
        return self.trust.reliable

    def __getitem__(self, name: str) -> ParamImportance:
        for one in self.params:
            if one.name == name:
                return one
        names = [one.name for one in self.params]
        raise UnknownName(f"There is no importance of {name!r}.", hint=did_you_mean(name, names))

    @property
    def leaders(self) -> tuple[str, ...]:
        """The parameters of which the trials do not say which matters most: the first, and all that it may not beat."""
        first = self.params[0].name if self.params else ""
        return tuple(one.name for one in self.params if one.name == first or not self.differs(first, one.name))

    def differs(self, more: str, less: str) -> bool:
        """Whether the trials show that one parameter matters more than another: their intervals do not meet."""
        return self.reliable and self[more].low > self[less].high

    def table(self) -> Records:
        """One row a parameter."""
        unit = self.metric.name
        heads = ("parameter", "share", "low", "high", f"effect on {unit}", "active", "default", f"cost in {unit}")
        rows = [
            (
                one.name, optional(one.share), optional(one.low), optional(one.high), optional(one.effect), one.active,
                one.default or None, optional(one.cost),
            )
            for one in self.params
        ]  # fmt: skip
        return Records(heads, tuple(rows))

    def __str__(self) -> str:
        if not self.reliable:
            return self.trust.reason
        said = [one for one in self.params if one.share >= _WORTH_A_WORD]
        words = ", ".join(f"{one.name} {100 * one.share:.0f} %" for one in said)
        rest = len(self.params) - len(said)
        return f"{words}; {counted(rest, 'other')} less than 1 % each" if rest and said else words


def importance(source: History | HasHistory, method: Method = "fanova") -> Importance:
    """How much each parameter matters over the whole space, and what it would cost to leave it at its default.

    A sampler gathers its trials near the best, so nothing is counted over the trials: a model is fitted to them and
    asked over the whole space, evenly on the scale of each parameter. A conditional parameter is judged where it is
    active; what switching it on and off does belongs to its parents.

    Parameters
    ----------
    source
        A history, or a study.
    method
        `"fanova"`: the variance of each parameter's own part of the model. `"permutation"`: half the mean square by
        which the model's value moves when the parameter is exchanged, interactions included. `"ped-anova"`: how the
        best tenth of the trials differ from all in the parameter; it says what leads to the best values, needs no
        model, and is about where the trials lie. `"ablation"`: what each change on the way from the defaults to the
        best params gains.

    Raises
    ------
    UnknownName
        If there is no such method.

    Notes
    -----
    Hutter, Hoos and Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance", ICML, on the
    model of `tunesmith.numerics.anova`; Watanabe, Bansal and Hutter 2023, "PED-ANOVA", IJCAI (arXiv 2304.10255);
    Biedenkapp et al. 2017, "Efficient parameter importance analysis via ablation with surrogates", AAAI.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5), y=ts.Float(0, 1, default=0.5), z=ts.Float(0, 1))
    >>> study = ts.minimize(lambda x, y, z: 4 * x + 2 * y, space, trials=40, sampler="sobol", storage=None, seed=0)
    >>> found = importance(study)
    >>> [one.name for one in found.params], found.differs("x", "y")
    (['x', 'y', 'z'], True)

    The trial with the best params has x at 0.074, and 4 (0.5 - 0.074) is 1.70:

    >>> 1.5 < found["x"].cost_low < found["x"].cost < found["x"].cost_high < 2.1
    True
    """
    if method not in METHODS:
        raise UnknownName(f"There is no importance {method!r}.", hint=did_you_mean(str(method), METHODS))
    history = history_of(source)
    model = decomposition_of(history)
    verdict = trust_in(model, history)
    if model is None:
        return Importance(history.metric, method, verdict, _nothing(history), 0.0)
    variances = model.mean.variances(model.basis)
    interactions = 0.0
    if method == "fanova":
        found, interactions = _fanova(model, variances)
    elif method == "permutation":
        found = _permutation(model)
    elif method == "ped-anova":
        found = Shares(*top_against_all(model.table, model.basis, COVERAGE))
    else:
        found = Shares(*ablation(model, history.space, COVERAGE))
    return Importance(history.metric, method, verdict, _entries(model, history, found, variances), interactions)


def _fanova(model: Decomposition, variances: Rows) -> tuple[Shares, float]:
    """Shares of the parameters' own parts, and that of all pairs together.

    The parts of a draw are never nothing, so all of them together are too much where the trials say little: an interval
    reaches down to what is surely a parameter's part of all that there may be, and up to what may be its part of all
    that surely is.
    """
    own = variances.diagonal().copy()
    pairs = float(np.triu(variances, 1).sum())
    total = float(own.sum()) + pairs
    if total < 1e-12:
        return Shares(own * 0.0, own * 0.0, np.ones(len(own))), 0.0
    drawn = np.stack([draw.variances(model.basis) for draw in model.draws])
    parts = np.stack([signed_part(model.draws, model.mean, model.basis, j) for j in range(len(own))], axis=1)
    signed = np.sign(parts) * parts**2
    together = signed_pairs(model.draws, model.mean, model.basis)
    surely = np.triu(np.sign(together) * together**2, 1).sum(axis=(1, 2))[:, None]
    rest = np.maximum(surely + signed.sum(axis=1, keepdims=True) - signed, 0.0)
    each = drawn.diagonal(axis1=1, axis2=2)
    shares = own / total
    low = np.quantile(signed / np.triu(drawn, 0).sum(axis=(1, 2))[:, None], COVERAGE[0], axis=0)
    high = np.quantile(each / np.maximum(each + rest, 1e-300), COVERAGE[1], axis=0)
    low, high = np.clip(low, 0.0, shares), np.maximum(high, shares)
    return Shares(shares, low, high), pairs / total


def _permutation(model: Decomposition) -> Shares:
    """Half the mean squares by which exchanging a parameter moves the value, interactions included."""
    generator = np.random.default_rng(len(model.table))
    dims = len(model.basis.axes)
    rows = _full_rows(model, generator, _PERMUTED)
    moved = []
    for j in range(dims):
        other = rows.copy()
        other[:, j] = generator.choice(model.basis.axes[j].nodes, len(rows), p=model.basis.axes[j].weights)
        moved.append(other)
    everything = np.concatenate([rows, *moved])
    active = model.encoder.active(everything)
    shapes = model.basis.of(np.where(active, everything, np.nan))
    worlds = np.stack([draw.at(shapes) for draw in (model.mean, *model.draws[:_WORLDS])])
    base, changed = worlds[:, : len(rows)], worlds[:, len(rows) :].reshape(len(worlds), dims, len(rows))
    squares = 0.5 * (changed - base[:, None, :]) ** 2
    own = active[: len(rows)].T
    effects = np.where(own, squares, 0.0).sum(axis=2) / np.maximum(own.sum(axis=1), 1)
    totals = np.maximum(effects.sum(axis=1, keepdims=True), 1e-300)
    shares = effects / totals
    low, high = np.quantile(shares[1:], COVERAGE, axis=0)
    return Shares(shares[0], np.minimum(low, shares[0]), np.maximum(high, shares[0]))


def _full_rows(model: Decomposition, generator: np.random.Generator, n: int) -> Rows:
    """Rows spread evenly over the space, with numbers for inactive parameters too."""
    axes = model.basis.axes
    return np.stack([generator.choice(axis.nodes, n, p=axis.weights) for axis in axes], axis=1)


def _entries(model: Decomposition, history: History, found: Shares, variances: Rows) -> tuple[ParamImportance, ...]:
    """One entry a parameter, the most important first."""
    costs = _costs(model, history)
    ended = ~np.isnan(model.table.rows)
    active = ended.mean(axis=0)
    middle = model.mean.constant
    entries = []
    for j, column in enumerate(model.encoder.columns):
        spread = math.sqrt(float(variances[j, j]))
        ends = model.in_units(np.array([middle - spread, middle + spread]))
        default = history.space[column.name].default
        entries.append(
            ParamImportance(
                column.name, float(found.shares[j]), float(found.low[j]), float(found.high[j]),
                abs(float(ends[1] - ends[0])) / 2, float(active[j]), "" if default is UNSET else _text(default),
                *costs[j].tolist(),
            )
        )  # fmt: skip
    place = {name: k for k, name in enumerate(history.space.names)}
    return tuple(sorted(entries, key=lambda one: (-round(one.share, 12), place[one.name])))


def _costs(model: Decomposition, history: History) -> Rows:
    """`(d, 3)`: how much worse the best params are with each parameter at its default, and the interval."""
    best = model.best_row()
    rows = [best]
    for j, column in enumerate(model.encoder.columns):
        row = best.copy()
        default = history.space[column.name].default
        if not np.isnan(row[j]):
            row[j] = np.nan if default is UNSET else model.encoder.encode({column.name: default})[j]
        rows.append(row if np.isnan(row[j]) else model.known(row))
    worlds = model.worlds(np.array(rows))
    means = model.warp.backward(model.mean.at(model.basis.of(np.array(rows))))
    drawn = model.warp.backward(worlds)
    low, high = np.quantile(drawn[:, 1:] - drawn[:, :1], COVERAGE, axis=0)
    costs = means[1:] - means[0]
    found = np.stack([costs, np.minimum(low, costs), np.maximum(high, costs)], axis=1)
    found[np.isnan(best)] = np.nan  # the best trial does not have it
    return found


def _nothing(history: History) -> tuple[ParamImportance, ...]:
    """Entries of a study that nothing is known of."""
    nan = math.nan
    trials = [trial for trial in history.finished() if trial.state is not TrialState.WAITING]
    entries = []
    for name, part in history.space.items():
        if part.size != 1:
            active = sum(name in trial.params for trial in trials) / len(trials) if trials else 0.0
            default = "" if part.default is UNSET else _text(part.default)
            entries.append(ParamImportance(name, nan, nan, nan, nan, active, default, nan, nan, nan))
    return tuple(entries)


def _text(value: Any) -> str:
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else text_of(value)
