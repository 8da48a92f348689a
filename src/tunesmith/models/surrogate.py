"""A Gaussian process over the finished trials of a history, on the scale of their values."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np

from tunesmith.errors import InvalidTrial
from tunesmith.models.table import COMPLETE, PRUNED, Table, table_of
from tunesmith.numerics.domain import Domain, domain_of
from tunesmith.numerics.encoding import Encoder, Indices, Mask, Rows
from tunesmith.numerics.gp import Evidence, GaussianProcess, Prior, fit, profile_log_likelihoods
from tunesmith.numerics.warp import POWERS, Warp, fit_warp, scaled
from tunesmith.trial import History

MOST_ROWS = 400
"""More trials than this are represented by an active set of as many: the best, the newest, and a sample of the rest."""

MOST_NEW = 50
"""After at most so many further trials the hyperparameters are fitted again."""

MOST_FACTORS = 8
"""Of a study with bounds on so many metrics (less one) each model's factor is kept between two suggestions."""

STOPPED_VARIANCE = 0.25
"""How uncertain the value is that stands for a trial that was stopped early, in units of the standardised values."""

_STEPS_OF_VARIANCE = 2.0
"""Variances of stopped trials are rounded to so many values an octave, lest each new trial changes them all."""

_WORST = 20.0
"""No trial that was stopped early counts as worse than this, in units of the standardised values."""

_ROUNDING = 1e-3
"""Values of the same params that differ by less, in units of the standardised values, count as the same."""

_FEWEST_BENT = 4
"""Of fewer complete trials nothing is said about the scale of their values."""

_SECOND_START = (15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960, 1280, 1920, 2560, 3840, 5120, 7680, 10240)
"""At these numbers of trials the fit also starts from the mode of the prior, lest it stays in a bad basin."""


@final
class Prediction(NamedTuple):
    """What a model expects at some params: mean and standard deviation, in the units of the metric."""

    mean: float
    deviation: float


@final
@dataclass(frozen=True)
class Fitted:
    """Hyperparameters, and how many trials they were fitted on: the log keeps them, and the next fit starts there."""

    count: int
    lengths: Mapping[str, float]
    scale: float
    noise: float
    power: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """As the log keeps it."""
        numbers = {"scale": self.scale, "noise": self.noise, "power": self.power}
        return {"count": self.count, "lengths": dict(self.lengths), **numbers}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Fitted | None:
        """What `to_json` made; None for anything else."""
        try:
            lengths = {str(name): float(value) for name, value in state["lengths"].items()}
            numbers = (float(state[name]) for name in ("scale", "noise", "power"))
            return cls(int(state["count"]), lengths, *numbers)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def theta(self, domain: Domain) -> Rows | None:
        """The hyperparameters in the order of a domain's columns; None if it has others."""
        names = [column.name for column in domain.encoder.columns]
        if set(names) != set(self.lengths):
            return None
        return np.array([*(self.lengths[name] for name in names), self.scale, self.noise])

    @classmethod
    def of(cls, theta: Rows, domain: Domain, count: int, power: float) -> Fitted:
        """Name the hyperparameters of a domain."""
        names = [column.name for column in domain.encoder.columns]
        return cls(count, dict(zip(names, theta.tolist(), strict=False)), float(theta[-2]), float(theta[-1]), power)


@final
class Surrogate:
    """A Gaussian process fitted to the trials of one history.

    A value that was told with its standard error has that noise beside what is learnt. Trials that were stopped after
    some of their folds, or at some step, count with the value that the complete ones let expect, and its variance;
    where these are too few, with their last value or the median of the complete ones, whichever is worse, and a noise
    of their own. Failed ones do not count.

    Parameters
    ----------
    table
        The finished trials.
    before
        An earlier fit, from which this one starts, or which it keeps if few trials have ended since.
    noise_mean
        Mean of the prior of the logarithm of the noise variance.
    sign
        The metric's: -1 where the values of the table are its values negated.
    whole
        Whether it is asked about all of the space, not just where to look next: see `numerics.warp.scaled`.

    Raises
    ------
    InvalidTrial
        If no trial is complete.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: (x - 3) ** 2, ts.SearchSpace(x=ts.Float(0, 10)), trials=12, storage=None, seed=0)
    >>> surrogate = Surrogate(table_of(study.history))
    >>> mean, deviation = surrogate.predict({"x": 3.0})
    >>> abs(mean) < 2, deviation > 0
    (True, True)
    """

    def __init__(
        self,
        table: Table,
        before: Fitted | None = None,
        *,
        noise_mean: float = -4.0,
        sign: float = 1.0,
        whole: bool = False,
    ) -> None:
        kept = np.flatnonzero((table.states == COMPLETE) | (table.states == PRUNED))
        complete = table.states[kept] == COMPLETE
        if not complete.any():
            raise InvalidTrial(
                "No trial at a point of the space is complete, so there is nothing to model.",
                hint="Run some trials first.",
            )
        self.table, self.domain = table, domain_of(table.encoder)
        self.rows: Rows = table.rows[kept]
        """Encoded params of the trials that are modelled, in the order in which they ended."""
        self._raw, self._variances = (column[kept] for column in table.believed())
        self.complete, self.allowed = complete, table.allowed[kept]
        """Which of them are complete, and which are not known to break a bound."""
        self._noise_mean, self._sign, self._whole = noise_mean, sign, whole
        self.refitted = self._is_due(before)
        if self.refitted or before is None:
            self.fitted: Fitted = self._fit(before)
        else:
            self.fitted = before
            self._take(before.power)
        self.process = self._conditioned()

    def _take(self, power: float) -> None:
        """Standardise the values by a transform of this exponent."""
        self.warp: Warp
        self.values: Rows
        """Their standardised values."""
        self._extra: Rows
        self.warp, self.values, self._extra = standardised(
            self._raw, self.complete, self._variances, power, whole=self._whole
        )

    def predict(self, params: Mapping[str, Any]) -> Prediction:
        """Mean and standard deviation of the metric at some params, without the noise of a single trial.

        Parameters
        ----------
        params
            A point of the space.
        """
        features = self.domain.known_features(self.table.encoder.encode(params)[None, :])
        mean, deviation = self.process.predict(features)
        return self.unwarped(float(mean[0]), float(deviation[0]))

    def unwarped(self, mean: float, deviation: float) -> Prediction:
        """A standardised prediction in the units and direction of the metric."""
        low, middle, high = self.warp.backward(np.array([mean - deviation, mean, mean + deviation])).tolist()
        return Prediction(self._sign * middle, (high - low) / 2.0)

    def fitted_means(self) -> Rows:
        """The posterior means at the trials that the process holds, without their noise."""
        process = self.process
        residue = process.alpha[:, 0] * (process.noise + self._extra[self.modelled])
        means: Rows = self.values[self.modelled] - residue
        return means

    @property
    def has_noise(self) -> bool:
        """Whether a value was told to be uncertain, or the same params gave different values (but for rounding)."""
        if self._extra[self.complete].max() > _ROUNDING**2:
            return True
        looked = np.union1d(np.arange(min(len(self.rows), MOST_ROWS)), self.modelled)
        looked = looked[self.complete[looked]]
        rows = np.nan_to_num(self.rows[looked], nan=-1.0)
        seen: dict[bytes, float] = {}
        return any(
            abs(seen.setdefault(row.tobytes(), value) - value) > _ROUNDING
            for row, value in zip(rows, self.values[looked].tolist(), strict=True)
        )

    def incumbent_value(self) -> float:
        """The best standardised value so far, of trials that keep all bounds if any does."""
        mine = self.complete & self.allowed
        return float(self.values[mine if mine.any() else self.complete].min())

    def _is_due(self, before: Fitted | None) -> bool:
        n = len(self.rows)
        if before is None or before.theta(self.domain) is None or not 0 < before.count <= n:
            return True
        return n < 30 or n - before.count >= min(max(1, n // 20), MOST_NEW)

    def _fit(self, before: Fitted | None) -> Fitted:
        n = len(self.rows)
        prior = Prior.of(self.domain.dims, noise_mean=self._noise_mean)
        mode = prior.mode(self.domain.dims)
        start = None if before is None else before.theta(self.domain)
        chosen = active_set(self._raw, self.complete, n)
        power = self._power(chosen, mode if start is None else start)
        self._take(power)
        features = self.domain.known_features(self.rows[chosen])
        evidence = Evidence(features, self.domain.groups, self.values[chosen], self._extra[chosen], prior)
        if start is None or before is None:
            starts = [mode]
        else:
            starts = [start, mode] if any(before.count < k <= n for k in _SECOND_START) else [start]
        steps = 30 if n < 150 else 15
        return Fitted.of(fit(evidence, starts, steps=steps)[0], self.domain, n, power)

    def _power(self, chosen: Indices, theta: Rows) -> float:
        """The exponent under which the kernel, as it was fitted last, explains the values best.

        A search gathers its trials where values are low, so how they are distributed says little of their scale: one
        that makes them look normal may stretch mere noise around the best. The likelihood of a function does not ask
        how often it was looked at where.
        """
        chosen = chosen[self.complete[chosen]]
        raw = scaled(self._raw[self.complete], whole=self._whole)
        if len(chosen) < _FEWEST_BENT or raw.is_flat:
            return 1.0
        place = np.cumsum(self.complete) - 1
        values, logs = raw.bent(POWERS)
        part = values[place[chosen]]
        features = self.domain.known_features(self.rows[chosen])
        fits = profile_log_likelihoods(features, self.domain.groups, theta, np.zeros(len(chosen)), part)
        fits += logs * len(chosen) / len(values) - 0.5 * (POWERS - 1.0) ** 2
        return float(POWERS[np.argmax(np.where(np.isfinite(fits), fits, -np.inf))])

    def _conditioned(self) -> GaussianProcess:
        """The process on the active set as of the fit, and on all trials since: warm and cold the same, bit for bit."""
        theta = self.fitted.theta(self.domain)
        if theta is None:
            raise InvalidTrial("The fit belongs to another space.", hint="Fit the model again.")
        count = self.fitted.count
        chosen = active_set(self._raw, self.complete, count)
        key = (count, theta.tobytes(), chosen.tobytes(), self._extra[chosen].tobytes())
        factors = _FACTORS.get(self.domain.encoder, {})
        if (base := factors.get(key)) is None:
            features = self.domain.known_features(self.rows[chosen])
            base = GaussianProcess(features, self.domain.groups, theta, self._extra[chosen])
        others = [(known, factor) for known, factor in factors.items() if known != key]
        models = min(1 + self.table.excess.shape[1], MOST_FACTORS)  # the first metric's, and one for each with bounds
        _FACTORS[self.domain.encoder] = dict([*others, (key, base)][-models:])
        new = np.arange(count, len(self.rows))
        more = self.domain.known_features(self.rows[new])
        process = base.extended(more, self._extra[new]) if len(new) else base.copy()
        self.modelled: Indices = np.concatenate([chosen, new])
        """Which of `rows` the process holds."""
        process.condition(self.values[self.modelled])
        return process


def standardised(
    raw: Rows, complete: Mask, variances: Rows, power: float, *, whole: bool = False
) -> tuple[Warp, Rows, Rows]:
    """The scale that complete values are modelled on, the values of all trials on it, and their known variances.

    Parameters
    ----------
    raw
        `(n,)` values to minimise; for a trial that was stopped early what its table says, or NaN.
    complete
        `(n,)` whether each trial is complete.
    variances
        `(n,)` squares of the standard errors that were told, or that a stopped trial's folds leave.
    power
        The exponent of the transform.
    whole
        See `numerics.warp.scaled`.
    """
    warp = fit_warp(raw[complete], power, whole=whole)
    values = warp.forward(np.where(complete, raw, 0.0))
    stopped = np.where(np.isfinite(raw), warp.forward(np.nan_to_num(raw, posinf=0.0, neginf=0.0)), np.inf)
    middle, told = float(np.median(values[complete])), ~complete & (variances > 0.0)
    guessed = np.where(np.isfinite(stopped), np.clip(stopped, middle, _WORST), middle)
    extra = np.where(complete, 0.0, STOPPED_VARIANCE)
    if variances.any():
        known, deviations = complete | told, np.sqrt(variances)
        ends = [warp.forward(np.where(known, raw, 0.0) + k * deviations) for k in (-0.5, 0.5)]
        warped = np.minimum((ends[1] - ends[0]) ** 2, _WORST)
        extra = np.where(complete, warped, np.where(told, _rounded(warped), STOPPED_VARIANCE))
    return warp, np.where(complete, values, np.where(told, np.minimum(stopped, _WORST), guessed)), extra


def _rounded(variances: Rows) -> Rows:
    """Positive numbers, each to the nearest of a few."""
    logs = np.log2(np.maximum(variances, _ROUNDING**2))
    found: Rows = np.exp2(np.round(logs * _STEPS_OF_VARIANCE) / _STEPS_OF_VARIANCE)
    return found


_FACTORS: weakref.WeakKeyDictionary[Encoder, dict[tuple[Any, ...], GaussianProcess]] = weakref.WeakKeyDictionary()
"""The factors that were used last, oldest first: no answer depends on them."""


def active_set(values: Rows, complete: Rows, count: int) -> Indices:
    """Which of the first `count` trials represent them all: the best half, the newest quarter, and a random quarter.

    Examples
    --------
    >>> chosen = active_set(np.arange(1000.0), np.ones(1000, dtype=bool), 1000)
    >>> len(chosen), bool((chosen[:200] == np.arange(200)).all())
    (400, True)
    """
    if count <= MOST_ROWS:
        return np.arange(count)
    ranked = np.argsort(np.where(complete[:count], values[:count], np.inf), kind="stable")
    keep = np.zeros(count, dtype=bool)
    keep[ranked[: MOST_ROWS // 2]] = True
    keep[-(MOST_ROWS // 4) :] = True
    others = np.flatnonzero(~keep)
    generator = np.random.default_rng(count)
    keep[generator.permutation(others)[: MOST_ROWS - int(keep.sum())]] = True
    return np.flatnonzero(keep)


def last_fit(history: History) -> Fitted | None:
    """The newest fit of the first metric that the log keeps with a trial."""
    kept = _last_kept(history, "gp")
    return None if kept is None else Fitted.from_json(kept)


def fits_of(history: History, key: str, count: int) -> list[Fitted | None]:
    """The newest fits of `count` models that the log keeps as a list under one key; None for each if there are none."""
    kept = _last_kept(history, key)
    return [None] * count if kept is None else [Fitted.from_json(one) for one in kept]


def _last_kept(history: History, key: str) -> Any:
    """What the newest trial that kept something under a key did keep.

    Trials between two fits keep none, so only as many are looked at as there can be between them.
    """
    farthest = max(history.next_number - 2 * MOST_NEW - len(history.running()) - 16, 0)
    for number in range(history.next_number - 1, farthest - 1, -1):
        if number in history and (state := history.trial(number).sampler_state) and key in state:
            return state[key]
    return None


def surrogate_of(history: History) -> Surrogate:
    """The model of a history for people who ask about all of its space.

    It is fitted anew: what the log keeps is the fit of a model that looks where values are good.

    Raises
    ------
    InvalidTrial
        If no trial is complete.
    """
    return Surrogate(table_of(history), sign=history.metric.sign, whole=True)
