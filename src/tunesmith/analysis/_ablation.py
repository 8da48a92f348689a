"""Furniture of the importance: what each change gains on the way from the defaults to the best params."""

from __future__ import annotations

import numpy as np

from tunesmith.models.anova import Decomposition
from tunesmith.numerics.encoding import Rows
from tunesmith.space import Params, SearchSpace
from tunesmith.space.distribution import UNSET


def ablation(model: Decomposition, space: SearchSpace, coverage: tuple[float, float]) -> tuple[Rows, Rows, Rows]:
    """Shares of the gain from the defaults to the best params, with their interval: `(d,)` each.

    The change that gains most comes first, then the one that gains most given that, and so on (Biedenkapp et al. 2017,
    "Efficient parameter importance analysis via ablation with surrogates", AAAI, algorithm 1), by the model. A
    parameter without a default starts as the average over its range. Changes that lose have no share.
    """
    best = model.best_row()
    start = start_row(model, space)
    order, path = _path(model, start, best)
    dims = len(best)
    shapes = model.basis.of(np.array([model.known(row) for row in path]))
    worlds = np.stack([draw.at(shapes) for draw in (model.mean, *model.draws)])
    steps = np.maximum(worlds[:, :-1] - worlds[:, 1:], 0.0)
    gains = np.zeros((len(worlds), dims))
    gains[:, order] = steps
    shares = gains / np.maximum(gains.sum(axis=1, keepdims=True), 1e-300)
    low, high = np.quantile(shares[1:], coverage, axis=0)
    return shares[0], np.minimum(low, shares[0]), np.maximum(high, shares[0])


def start_row(model: Decomposition, space: SearchSpace) -> Rows:
    """The encoded defaults; NaN where the space names none. Inactive parameters keep theirs until they are needed."""
    given = {name: part.default for name, part in space.items() if part.default is not UNSET}
    return model.encoder.encode(Params(given))


def _path(model: Decomposition, start: Rows, best: Rows) -> tuple[list[int], list[Rows]]:
    """In which order the parameters change, and the row before the first and after each."""
    left = [j for j in range(len(best)) if not np.isnan(best[j]) or not np.isnan(start[j])]
    row, order, path = start.copy(), [], [start.copy()]
    while left:
        tried = []
        for j in left:
            other = row.copy()
            other[j] = best[j] if not np.isnan(best[j]) else other[j]
            tried.append(other)
        values = model.mean.at(model.basis.of(np.array([model.known(one) for one in tried])))
        at = int(np.argmin(values))
        row = tried[at]
        order.append(left.pop(at))
        path.append(row.copy())
    return order, path
