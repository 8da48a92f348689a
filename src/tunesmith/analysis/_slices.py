"""Furniture of the effects: rows along one parameter, with the others at the best params or averaged over."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunesmith.models.anova import Decomposition
from tunesmith.numerics.encoding import Rows
from tunesmith.space import Float, Int, SearchSpace

POINTS = 33
"""At so many places of a continuous parameter its effect is worked out, both ends included."""

_CONTEXTS = 32
"""A conditional parameter is looked at under so many settings of its parents that make it active."""


def places_of(model: Decomposition, j: int, points: int = POINTS) -> Rows:
    """Where a parameter is looked at: all choices, all values if they are few, else places spread evenly."""
    column = model.encoder.columns[j]
    if column.kind == "choice":
        return np.arange(column.size, dtype=float)
    if column.kind == "cells" and column.size <= points:
        return column.centres
    return np.linspace(0.0, 1.0, points)


def value_at(model: Decomposition, space: SearchSpace, j: int, place: float) -> Any:
    """The value of a parameter at a place of its column."""
    column = model.encoder.columns[j]
    part = space[column.name]
    if isinstance(part, Float | Int) and place in {0.0, 1.0}:
        return part.low if place == 0.0 else part.high
    unit = (place + 0.5) / column.size if column.kind == "choice" else place
    return part.from_unit(unit, prior=False)


def at_best(model: Decomposition, best: Rows, j: int, places: Rows) -> Rows:
    """The best params with one parameter moved along its places; what that switches on is averaged over."""
    rows = np.repeat(best[None, :], len(places), axis=0)
    rows[:, j] = places
    return np.array([model.known(row) for row in rows])


def contexts(model: Decomposition, space: SearchSpace, js: tuple[int, ...]) -> Rows:
    """Settings of the parents under which some parameters are active, all others averaged over: `(c, d)`."""
    above = _ancestors(model, space, js)
    if not above:
        return np.full((1, len(model.encoder.columns)), np.nan)
    generator = np.random.default_rng(0)
    axes = model.basis.axes
    rows = np.stack([generator.choice(axis.nodes, 1024, p=axis.weights) for axis in axes], axis=1)
    active = model.encoder.active(rows)
    rows = np.where(active, rows, np.nan)[active[:, list(js)].all(axis=1)][:_CONTEXTS]
    kept = np.full(rows.shape, np.nan)
    kept[:, above] = rows[:, above]
    return kept if len(kept) else np.full((1, len(axes)), np.nan)


def _ancestors(model: Decomposition, space: SearchSpace, js: tuple[int, ...]) -> list[int]:
    found: set[str] = set()
    left = [model.encoder.columns[j].name for j in js]
    while left:
        parents = {condition.parent for condition in space[left.pop()].conditions} - found
        found |= parents
        left += parents
    index = model.encoder.index
    return sorted({index[name] for name in found if name in index} - set(js))
