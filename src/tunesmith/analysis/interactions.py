"""Which parameters act together? The share of each pair in what the score does beyond its two parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from tunesmith.analysis._records import Records
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.trust import Trust, trust_in
from tunesmith.models.anova import decomposition_of
from tunesmith.numerics.anova import signed_pairs
from tunesmith.trial import History, Metric

COVERAGE = (0.025, 0.975)

MOST = 20
"""So many pairs are kept: those with the largest shares."""


@final
@dataclass(frozen=True)
class Interaction:
    """How much two parameters act together.

    Parameters
    ----------
    names
        The two.
    share
        The variance of what they do together beyond each alone, as a share of all variance over the space.
    low, high
        The 95 % interval of the share.
    strength
        The same as a share of what the two do in all: 0 if their effects add up, 1 if neither does anything alone (the
        square of Friedman and Popescu's H).
    """

    names: tuple[str, str]
    share: float
    low: float
    high: float
    strength: float


@final
@dataclass(frozen=True)
class Interactions:
    """The pairs of parameters, strongest first; none without a model or with a single parameter."""

    metric: Metric
    trust: Trust
    pairs: tuple[Interaction, ...]

    @property
    def reliable(self) -> bool:
        """Whether the trials support them."""
        return self.trust.reliable

    def table(self) -> Records:
        """One row a pair."""
        rows = [(*one.names, one.share, one.low, one.high, one.strength) for one in self.pairs]
        return Records(("first", "second", "share", "low", "high", "strength"), tuple(rows))


def interactions(source: History | HasHistory) -> Interactions:
    """How much each pair of parameters acts together, by the functional analysis of variance of the model.

    Parameters
    ----------
    source
        A history, or a study.

    Notes
    -----
    Hutter, Hoos and Leyton-Brown 2014, section 4; Friedman and Popescu 2008, "Predictive learning via rule ensembles",
    Annals of Applied Statistics 2, equation 44: with parts that are orthogonal it is a ratio of variances.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(-1, 1), y=ts.Float(-1, 1), z=ts.Float(-1, 1))
    >>> study = ts.minimize(lambda x, y, z: 2 * x * y + z, space, trials=100, sampler="sobol", storage=None)
    >>> found = interactions(study).pairs[0]
    >>> found.names, found.strength > 0.9
    (('x', 'y'), True)
    """
    history = history_of(source)
    model = decomposition_of(history)
    verdict = trust_in(model, history)
    if model is None:
        return Interactions(history.metric, verdict, ())
    variances = model.mean.variances(model.basis)
    total = max(float(np.triu(variances).sum()), 1e-300)
    drawn = np.stack([draw.variances(model.basis) for draw in model.draws])
    sizes = np.triu(drawn).sum(axis=(1, 2))[:, None, None]
    signed = signed_pairs(model.draws, model.mean, model.basis)
    low = np.quantile(np.sign(signed) * signed**2 / sizes, COVERAGE[0], axis=0)
    high = np.quantile(drawn / sizes, COVERAGE[1], axis=0)
    names = [column.name for column in model.encoder.columns]
    found = []
    for j, k in zip(*np.triu_indices(len(names), 1), strict=True):
        share = float(variances[j, k]) / total
        joint = float(variances[j, j] + variances[k, k] + variances[j, k])
        found.append(
            Interaction(
                (names[j], names[k]), share, float(np.clip(low[j, k], 0.0, share)), float(max(high[j, k], share)),
                float(variances[j, k]) / joint if joint > 1e-12 else 0.0,
            )
        )  # fmt: skip
    return Interactions(history.metric, verdict, tuple(sorted(found, key=lambda one: -one.share)[:MOST]))
