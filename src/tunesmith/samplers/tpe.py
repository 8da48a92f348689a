"""The tree-structured Parzen estimator: draw where good trials were, and keep the draw where bad ones were not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.models.table import Table, encoded_running, table_of
from tunesmith.numerics.encoding import Indices, Rows
from tunesmith.numerics.kde import ParzenMixture, bandwidths
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.samplers._design import sobol_params
from tunesmith.samplers._standing import Branch, failures_of, standing_of
from tunesmith.space import Params
from tunesmith.trial import History

MOST_GOOD = 25
"""Most trials that count as good."""

MOST_KERNELS = 800
"""Most kernels of the density of bad trials; beyond, some kernels speak for several trials."""

PART = 200
"""How many of the newest bad trials have a kernel of their own then, and how many of the best."""

RECENT = 25
"""How many of the newest bad trials have full weight."""

ROUNDS = 4
"""How often further draws are made when all broke a constraint or were tried before."""


@final
class TPESampler(Sampler):
    """Models good and bad trials by two densities over all parameters jointly, and tries what speaks most for good.

    After a start with Sobol' points, the best tenth of the trials make the density l(x), all others g(x); of some draws
    from l the one with the largest l/g is tried. Mixed and conditional spaces are modelled as a whole: children of a
    condition are drawn together with their parents, and where a branch was good too rarely to appear in l, from the
    best trials of that branch.

    Failed trials belong to g, and from the first failure on the chance not to fail is estimated beside, and multiplied
    to the expected improvement. Trials that still run count as bad, so that many workers spread out. Trials that were
    stopped early rank after all complete ones, the longest first.

    Parameters
    ----------
    n_startup
        How many trials have to end before the first draw from the model.
    gamma
        Share of the trials that count as good, above 0 and below 1 (at most 25 trials do).
    n_ei
        How many draws from l each suggestion is chosen from. More exploit more.
    prior_weight
        Weight of the prior (flat unless the space says otherwise) beside trials of weight 1. More explores more.

    Raises
    ------
    UsageError
        If an argument is out of its range.

    Notes
    -----
    Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", NIPS 24; choices of its parts after Watanabe
    2023 (arXiv 2304.11127). Good trials are weighted by the logarithm of their rank, as evolution strategies do.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(-5, 5), kind=ts.Categorical("a", "b"), y=ts.Float(-5, 5).when("kind", "b"))
    >>> loss = lambda x, kind, y=3: (x - 1) ** 2 + (y + 2) ** 2
    >>> study = ts.minimize(loss, space, trials=60, sampler="tpe", storage=None, seed=0)
    >>> study.best.params["kind"], study.best.value < 0.5
    ('b', True)
    >>> study.trials[-1].why["member"], study.trials[-1].why["phase"]
    ('tpe', 'model')
    """

    def __init__(self, *, n_startup: int = 10, gamma: float = 0.1, n_ei: int = 24, prior_weight: float = 1.0) -> None:
        if n_startup < 1 or n_ei < 1:
            raise UsageError(f"n_startup={n_startup!r} and n_ei={n_ei!r} must be at least 1.", hint="Leave them out.")
        if not 0 < gamma < 1:
            raise UsageError(f"gamma={gamma!r} must lie between 0 and 1.", hint="0.1 takes the best tenth as good.")
        if not 0 < prior_weight < math.inf:
            raise UsageError(f"prior_weight={prior_weight!r} must be a number above 0.", hint="Leave it at 1.")
        self._n_startup = n_startup
        self._gamma = gamma
        self._n_ei = n_ei
        self._prior_weight = prior_weight

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Choose params; see `Sampler.sample`."""
        table = table_of(history)
        if len(table) < self._n_startup:
            why = {"member": "tpe", "phase": "startup", "ended": len(table), "of": self._n_startup}
            return Suggestion(sobol_params(history.space, seed, given), why)
        running = encoded_running(history, table.encoder, seed.number)
        model = _Model(table, running, gamma=self._gamma, prior_weight=self._prior_weight)
        best: tuple[Params, dict[str, Any]] | None = None
        for params, why, is_new in self._ranked(model, history, seed, given):
            if is_new:
                return Suggestion(params, why)
            best = best or (params, why)
        if best is None:
            return Suggestion(history.space.sample(seed.rng(), given), {"member": "tpe", "phase": "prior"})
        return Suggestion(*best)

    def _ranked(
        self, model: _Model, history: History, seed: Seed, given: Params
    ) -> Iterator[tuple[Params, dict[str, Any], bool]]:
        """Allowed draws, the most promising first, and whether they were never tried; then draws from the prior."""
        space, encoder = history.space, model.encoder
        generator, rng = np.random.default_rng(seed.entropy), seed.rng()
        fixed = encoder.encode(given) if given else None
        for turn in range(ROUNDS):
            if turn == 0:
                rows, phase = encoder.tidy(model.good.sample(generator, self._n_ei, fixed)), "model"
            else:
                rows, phase = encoder.encode_many(space.sample(rng, given) for _ in range(self._n_ei)), "prior"
            scores = model.score(rows)
            for place in np.argsort(-scores.expected, kind="stable").tolist():
                params = encoder.decode(rows[place], given)
                if space.feasible(params):
                    why = {"member": "tpe", "phase": phase, **model.grounds(scores, place)}
                    yield params, why, not model.knows(encoder.encode(params))


@final
class _Scores(NamedTuple):
    """What the model thinks of some rows."""

    expected: Rows
    """Logarithm of the expected improvement, up to a constant, times the chance of success."""
    ratio: Rows
    """Logarithm of l/g."""
    success: Rows | None
    """Logarithm of the chance of success, once a trial has failed."""


@final
class _Model:
    """The densities of good and bad trials and the chance of failure, as of one history."""

    def __init__(self, table: Table, running: Rows, *, gamma: float, prior_weight: float) -> None:
        self.encoder = table.encoder
        columns = self.encoder.columns
        self._gamma = gamma
        self._running = running
        self._standing = standing = standing_of(table)
        count = len(table) + len(running)
        widths = bandwidths(columns, count)
        good, rest = np.split(standing.best, [min(math.ceil(gamma * standing.ranked), MOST_GOOD)])
        self.counts = {"good": len(good), "bad": count - len(good)}
        self.good = ParzenMixture(
            columns,
            table.rows[good],
            widths,
            _rank_weights(table.values[good], table.states[good]),
            prior_weight=prior_weight,
            lenders=_lenders(table.rows, standing.branches, good, gamma),
        )
        kept, weights = _thinned(count, good, rest, standing.spokesmen)
        ended = kept < len(table)
        rows = np.concatenate([table.rows[kept[ended]], running[kept[~ended] - len(table)]])
        self._bad = ParzenMixture(columns, rows, widths, weights, prior_weight=prior_weight)
        self._failures = failures_of(table)
        if standing.failures:
            self.counts["failed"] = standing.failures

    def score(self, rows: Rows) -> _Scores:
        """How promising rows are.

        The expected improvement is proportional to 1 / (gamma + (1 - gamma) g/l) (Bergstra et al. 2011, equation 3). It
        levels off where l/g is large, which matters as soon as it is weighed against the chance to fail.
        """
        ratio = self.good.log_density(rows) - self._bad.log_density(rows)
        expected = -np.logaddexp(math.log(self._gamma), math.log1p(-self._gamma) - ratio)
        if self._failures is None:
            return _Scores(expected, ratio, None)
        success = self._failures.log_success(rows)
        return _Scores(expected + success, ratio, success)

    def grounds(self, scores: _Scores, place: int) -> dict[str, Any]:
        """What is said of a suggestion: l/g, the sizes of both groups, and the chance of success."""
        said = {"ratio": float(f"{math.exp(min(scores.ratio[place], 500.0)):.3g}"), **self.counts}
        if scores.success is not None:
            said["success"] = float(f"{math.exp(scores.success[place]):.3g}")
        return said

    def knows(self, row: Rows) -> bool:
        """Whether a trial had exactly this row. An active continuous parameter never repeats."""
        if any(column.kind == "continuous" and x == x for column, x in zip(self.encoder.columns, row, strict=True)):
            return False
        same = (self._running == row) | (np.isnan(self._running) & np.isnan(row))
        return self._standing.knows(row) or bool(same.all(axis=1).any())


def _rank_weights(values: Rows, states: Indices) -> Rows:
    """Weights of trials in the order of their rank: ln(n + 1) - ln(rank), equal for equal values, with mean 1."""
    n = len(values)
    if not n:
        return np.ones(0)
    starts = np.concatenate([[True], (values[1:] != values[:-1]) | (states[1:] != states[:-1])])
    ranks = np.maximum.accumulate(np.where(starts, np.arange(1, n + 1), 0))
    weights = math.log(n + 1) - np.log(ranks)
    scaled: Rows = weights / weights.mean()
    return scaled


def _recency(n: int) -> Rows:
    """Weights of trials in the order of their end: 1 for the 25 newest, falling to 1/n for the oldest."""
    if n <= RECENT:
        return np.ones(n)
    return np.concatenate([np.linspace(1 / n, 1.0, n - RECENT), np.ones(RECENT)])


def _thinned(count: int, good: Indices, rest: Indices, spokesmen: Indices) -> tuple[Indices, Rows]:
    """At most so many of the bad trials and their weights: the newest, the best, and spokesmen for the others.

    Parameters
    ----------
    count
        How many trials there are, running ones (the last) included.
    good, rest
        Those that are not bad, and the best of the others, best first.
    spokesmen
        Some of all trials; they have the weight of the others together.
    """
    bad = count - len(good)
    if bad <= MOST_KERNELS:
        return np.delete(np.arange(count), good), _recency(bad)
    alone = np.concatenate([np.arange(count - PART, count), rest[:PART]])
    kept, first = np.unique(np.concatenate([good, alone, spokesmen]), return_index=True)
    kept, first = kept[first >= len(good)], first[first >= len(good)]
    weights = np.minimum(1 / bad + (1 - 1 / bad) * kept / (count - RECENT), 1.0)
    others = first >= len(good) + len(alone)
    all_weight = (bad - RECENT) * (1 / bad + 1) / 2 + RECENT
    weights[others] *= (all_weight - weights[~others].sum()) / weights[others].sum()
    return kept, weights


def _lenders(rows: Rows, branches: Sequence[Branch], good: Indices, gamma: float) -> Rows:
    """Of each group of columns that are active together, the best trials in which it was, unless they are good anyway.

    Where a branch of the space is not among the good trials, its children are drawn near these: a change of branch is
    then judged by the best that is known of it, not by arbitrary values of its children.
    """
    found = [np.empty((0, rows.shape[1]))]
    for branch in branches:
        if branch.always:
            continue
        best = branch.best[: min(math.ceil(gamma * branch.active), MOST_GOOD)]
        best = best[~np.isin(best, good)]
        lent = np.full((len(best), rows.shape[1]), np.nan)
        lent[:, branch.members] = rows[best][:, branch.members]
        found.append(lent)
    return np.concatenate(found)
