"""Several costs at once: which points no other beats, and the volume that they dominate."""

from __future__ import annotations

import bisect

import numpy as np

from tunesmith.numerics.encoding import Mask, Rows


def nondominated(costs: Rows) -> Mask:
    """Which rows no other row beats: none is at least as small everywhere and smaller somewhere.

    Of equal rows the first counts as not beaten, the others as beaten.

    Parameters
    ----------
    costs
        One row a point, one column a cost to be minimised; finite.

    Examples
    --------
    >>> nondominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 4.0], [1.0, 3.0]])).tolist()
    [True, True, False, False]
    """
    count, goals = costs.shape
    keep = np.zeros(count, dtype=bool)
    order = np.lexsort((np.arange(count), *costs.T[::-1]))  # a point can only be beaten by one before it
    if goals == 2:
        lowest = np.inf
        for place in order.tolist():
            if costs[place, 1] < lowest:
                keep[place], lowest = True, costs[place, 1]
        return keep
    front = np.empty((count, goals))
    size = 0
    for place in order.tolist():
        if not (front[:size] <= costs[place]).all(axis=1).any():
            front[size] = costs[place]
            size += 1
            keep[place] = True
    return keep


def hypervolume(costs: Rows, reference: Rows) -> float:
    """The volume between the points and a reference that is worse: exact, in any dimension.

    Two costs are swept along the first; three along the third while the staircase of the other two grows (Fonseca,
    Paquete and Lopez-Ibanez, 2006); more are sliced along the last.

    Parameters
    ----------
    costs
        One row a point, one column a cost to be minimised. Points that are not better than the reference in every cost
        add nothing.
    reference
        One number a cost.

    Examples
    --------
    >>> hypervolume(np.array([[0.0, 2.0], [1.0, 1.0]]), np.array([3.0, 3.0]))
    5.0
    """
    inside = costs[(costs < reference).all(axis=1)]
    inside = inside[nondominated(inside)]
    if not len(inside):
        return 0.0
    if inside.shape[1] == 1:
        return float(reference[0] - inside.min())
    if inside.shape[1] == 2:
        return _area(inside, reference)
    inside = inside[np.argsort(inside[:, -1], kind="stable")]
    if inside.shape[1] == 3:
        return _volume(inside, reference)
    depths = np.diff(np.append(inside[:, -1], reference[-1]))
    slices = (hypervolume(inside[: k + 1, :-1], reference[:-1]) * depth for k, depth in enumerate(depths.tolist()))
    return float(sum(slices))


def _area(points: Rows, reference: Rows) -> float:
    ordered = points[np.argsort(points[:, 0])]
    widths = np.diff(np.append(ordered[:, 0], reference[0]))
    return float(widths @ (reference[1] - ordered[:, 1]))


def _volume(points: Rows, reference: Rows) -> float:
    """Sweep along the third cost; `xs` ascend and `ys` descend: the staircase of what was passed."""
    right, top = float(reference[0]), float(reference[1])
    xs: list[float] = []
    ys: list[float] = []
    area = volume = 0.0
    before = float(points[0, 2])
    for x, y, z in points.tolist():
        volume += area * (z - before)
        before = z
        first = bisect.bisect_left(xs, x)
        if (first and ys[first - 1] <= y) or (first < len(xs) and xs[first] == x and ys[first] <= y):
            continue
        last = first
        ceiling = ys[first - 1] if first else top
        left = x
        while last < len(xs) and ys[last] >= y:  # steps that the new point hides
            area += (xs[last] - left) * (ceiling - y)
            left, ceiling = xs[last], ys[last]
            last += 1
        end = xs[last] if last < len(xs) else right
        area += (end - left) * (ceiling - y)
        xs[first:last], ys[first:last] = [x], [y]
    return volume + area * (float(reference[2]) - before)
