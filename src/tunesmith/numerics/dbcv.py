"""DBCV: how well clusters of any shape are kept apart by regions where there are few rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.intp]


def dbcv(rows: Array, labels: Labels) -> float:
    """Density-based clustering validation (Moulavi et al. 2014), from -1 to 1; above 0 the parts are denser inside.

    For each cluster the thinnest place on the shortest tree through it is held against the thinnest place on the way to
    the next cluster, in distances that are longer where there are few rows. Clusters count by their size; noise counts
    as 0, so that leaving out rows costs. Distances are squared, as in the authors' program, whose published values for
    their four sets of data this function gives; the tree starts at the densest row, so that the order of the rows
    changes nothing.

    Parameters
    ----------
    rows
        Shape `(rows, columns)`. The cost grows with the square of the largest cluster: give a few thousand at most.
    labels
        A cluster's number for each row; below 0 is noise.

    Returns
    -------
    -1 where there are fewer than two clusters.

    Examples
    --------
    >>> line = np.linspace(0, 1, 20)
    >>> rows = np.column_stack([np.concatenate([line, line]), np.repeat([0.0, 3.0], 20)])
    >>> round(dbcv(rows, np.repeat([0, 1], 20)), 2), round(dbcv(rows, np.tile([0, 1], 20)), 2)
    (1.0, -1.0)
    """
    labels = np.asarray(labels)
    found = [label for label in np.unique(labels).tolist() if label >= 0]
    if len(found) < 2:
        return -1.0
    members = {label: np.flatnonzero(labels == label) for label in found}
    cores: dict[int, Array] = {}
    inner: dict[int, Labels] = {}
    sparse: dict[int, float] = {}
    for label, at in members.items():
        own = _distances(rows[at], rows[at])
        core = core_distances(own, rows.shape[1])
        inside, thinnest = _tree(np.maximum(own, np.maximum(core[:, None], core[None, :])), int(np.argmin(core)))
        cores[label], inner[label], sparse[label] = core[inside], at[inside], thinnest
    nearest = _separations(rows, inner, cores)
    total = 0.0
    for label, at in members.items():
        apart, thin = nearest[label], sparse[label]
        larger = max(apart, thin)
        total += len(at) * ((apart - thin) / larger if larger > 0 else 0.0)
    return total / len(labels)


def core_distances(distances: Array, columns: int) -> Array:
    """How far a row is from the others of its cluster, the near ones counting most (definition 1 of the paper).

    The mean of `1 / distance ** columns`, turned back into a distance; computed by logarithms, as powers of many
    columns leave the range of numbers. Rows that lie on another one have 0.

    Parameters
    ----------
    distances
        Between all rows of one cluster, squared or not.
    columns
        How many the rows have.

    Examples
    --------
    >>> core_distances(np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]), 2).tolist()
    [1.0, 1.0, 1.0]
    """
    count = len(distances)
    if count < 2:
        return np.zeros(count)
    with np.errstate(divide="ignore"):
        powers = -columns * np.log(distances)
    np.fill_diagonal(powers, -np.inf)
    largest = powers.max(axis=1)
    twins = np.isposinf(largest)
    safe = np.where(twins, 0.0, largest)
    with np.errstate(invalid="ignore", over="ignore"):
        total = np.exp(powers - safe[:, None]).sum(axis=1)
        found = np.exp(-(safe + np.log(total) - math.log(count - 1)) / columns)
    return np.where(twins, 0.0, found)


def _distances(left: Array, right: Array) -> Array:
    from scipy.spatial.distance import cdist  # noqa: PLC0415 - scipy opens with the first measure

    found: Array = cdist(left, right, "sqeuclidean")
    return found


def _tree(weights: Array, root: int) -> tuple[Labels, float]:
    """The inner rows of the shortest tree through all rows, and its longest edge between two of them (Prim).

    A row at the edge is as far from many others, by its own sparseness; of equal edges the one to the row that joined
    first is taken, as in the authors' program. A tree without an edge between inner rows gives its longest edge, one
    without inner rows all its rows.
    """
    count = len(weights)
    if count == 1:
        return np.zeros(1, dtype=np.intp), 0.0
    near, parent = weights[root].copy(), np.full(count, root, dtype=np.intp)
    joined = np.zeros(count, dtype=bool)
    joined[root] = True
    near[root] = np.inf
    ends = np.empty((count - 1, 2), dtype=np.intp)
    lengths = np.empty(count - 1)
    for edge in range(count - 1):
        row = int(np.argmin(near))
        ends[edge], lengths[edge] = (parent[row], row), near[row]
        joined[row] = True
        closer = (weights[row] < near) & ~joined
        near[closer], parent[closer] = weights[row][closer], row
        near[row] = np.inf
    inside = np.bincount(ends.ravel(), minlength=count) > 1
    between = inside[ends].all(axis=1)
    thinnest = float(lengths[between].max() if between.any() else lengths.max())
    return np.flatnonzero(inside if inside.any() else np.ones(count, dtype=bool)), thinnest


def _separations(rows: Array, inner: Mapping[int, Labels], cores: Mapping[int, Array]) -> dict[int, float]:
    """For each cluster the distance of its inner rows to those of the nearest other, longer where rows are few."""
    nearest = dict.fromkeys(inner, math.inf)
    names = list(inner)
    for place, one in enumerate(names):
        for two in names[place + 1 :]:
            between = _distances(rows[inner[one]], rows[inner[two]])
            reach = np.maximum(between, np.maximum(cores[one][:, None], cores[two][None, :]))
            shortest = float(reach.min())
            nearest[one], nearest[two] = min(nearest[one], shortest), min(nearest[two], shortest)
    return nearest
