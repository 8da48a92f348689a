"""Finds the most promising points of a mixed, conditional space: many candidates, then a local search from a few."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, final

import numpy as np

from tunesmith.numerics.domain import Domain
from tunesmith.numerics.encoding import Indices, Mask, Rows

_LENGTHS = np.array([1.0, 0.25, 0.04])
"""Steps that a line search tries at once."""

_LITTLE = 5e-3
"""A step that gains less (in units of the landscape) is hardly worth it."""

MOST_LEVELS = 24
"""Most other values of one parameter that are looked at around one point."""

ANCHORS = 5
"""Around how many of the best trials candidates are made."""

REDRAWS = 3
"""How many random settings of its children a changed parent is tried with, besides those that are known."""


class Landscape(Protocol):
    """What is to be maximised, over full rows."""

    def value(self, rows: Rows, active: Mask | None) -> Rows:
        """The value at each row, `(m,)`."""

    def gradient(self, rows: Rows, active: Mask | None) -> tuple[Rows, Rows]:
        """The value at each row and its gradient by the numeric columns, `(m,)` and `(m, dims)`."""


@final
class Effort(NamedTuple):
    """How much is spent: random candidates, candidates near good points, starts, steps along gradients."""

    candidates: int
    nearby: int
    starts: int
    steps: tuple[int, int]


@final
class Found(NamedTuple):
    """Points by their value, best first: full snapped rows, values, and how each was come by."""

    rows: Rows
    values: Rows
    origins: tuple[str, ...]


@final
class Maximizer:
    """One search for the maximum of a landscape.

    Parameters
    ----------
    domain
        The geometry of the space.
    landscape
        What is maximised.
    generator
        The only source of randomness.
    fixed
        A row with the numbers that must stay, NaN for the others; None if all are free.
    rejects
        Which of some full snapped rows must not be proposed (they were tried, or break a rule).
    """

    def __init__(
        self,
        domain: Domain,
        landscape: Landscape,
        generator: np.random.Generator,
        *,
        fixed: Rows | None = None,
        rejects: Callable[[Rows], Mask] | None = None,
    ) -> None:
        self._domain, self._landscape, self._generator = domain, landscape, generator
        self._fixed = fixed
        self._free: Mask = np.ones(domain.dims, dtype=bool) if fixed is None else np.isnan(fixed)
        self._rejects = rejects

    def run(self, good: Rows, effort: Effort, extra: Rows | None = None) -> Found:
        """The best points that are found.

        Parameters
        ----------
        good
            Encoded rows of trials (NaN where inactive), the best first: candidates are made around the first few, and a
            changed parent borrows the children of the first that has it.
        effort
            How much to spend.
        extra
            Further candidates, full rows (draws from a prior, say).
        """
        domain = self._domain
        rows = [domain.draw(self._generator, effort.candidates)]
        anchors = domain.filled(good[:ANCHORS], self._generator)
        if len(anchors):
            rows += [self.perturbed(anchors, effort.nearby), anchors]
        if extra is not None:
            rows.append(extra)
        candidates = self._settled(np.concatenate(rows))
        values = self._judged(candidates)
        nearby = effort.candidates + (effort.nearby if len(anchors) else 0)
        starts = self._starts(values, effort.starts, nearby if len(anchors) else None)
        points, heights = self._climb(candidates[starts], values[starts], good, effort.steps)
        order = np.argsort(-values, kind="stable")[:64]
        pool = np.concatenate([points, candidates[order]])
        pool_values = np.concatenate([heights, values[order]])
        origins = ["local search"] * len(points)
        origins += ["global" if place < effort.candidates else "nearby" for place in order.tolist()]
        ranked = np.argsort(-pool_values, kind="stable")
        return Found(pool[ranked], pool_values[ranked], tuple(origins[k] for k in ranked.tolist()))

    def among(self, rows: Rows) -> Found:
        """All of the given full snapped rows by their value: the search of a small finite space."""
        values = self._judged(rows)
        order = np.argsort(-values, kind="stable")
        return Found(rows[order], values[order], ("exhaustive",) * len(rows))

    # -- candidates ------------------------------------------------------------------------------------------------

    def perturbed(self, anchors: Rows, n: int) -> Rows:
        """Full rows near good ones: one, a few or all coordinates changed, by little or by much."""
        domain, generator = self._domain, self._generator
        dims = domain.dims
        rows = anchors[generator.integers(len(anchors), size=n)].copy()
        spread = 10.0 ** generator.uniform(-2.5, -0.5, size=(n, 1))
        how_many = np.array([1, min(3, dims), dims])[generator.integers(3, size=n)]
        order = np.argsort(generator.random((n, dims)), axis=1)
        change = np.argsort(order, axis=1) < how_many[:, None]
        moved = rows + spread * generator.standard_normal((n, dims))
        moved = np.abs(moved)
        moved = np.where(moved > 1.0, np.maximum(2.0 - moved, 0.0), moved)
        fresh = domain.draw(generator, n)
        coin = generator.random((n, dims)) < 0.5
        for j in domain.choices:
            moved[:, j] = np.where(coin[:, j] | (how_many == 1), fresh[:, j], rows[:, j])
        return np.where(change, moved, rows)

    def _settled(self, rows: Rows) -> Rows:
        """Rows with the fixed numbers in place, snapped."""
        if self._fixed is not None:
            rows = np.where(self._free, rows, np.nan_to_num(self._fixed))
        return self._domain.snap(rows)

    def _judged(self, rows: Rows) -> Rows:
        values = self._landscape.value(rows, self._active(rows))
        if self._rejects is not None:
            values = np.where(self._rejects(rows), -np.inf, values)
        return values

    def _active(self, rows: Rows) -> Mask | None:
        return self._domain.active(rows) if self._domain.encoder.has_gates else None

    def _starts(self, values: Rows, n: int, anchor: int | None) -> Indices:
        """The best candidate, the best known point, and draws of the others by their value (Boltzmann)."""
        best = int(np.argmax(values))
        chosen = [best] if anchor is None or anchor == best else [best, anchor]
        finite = np.where(np.isfinite(values), values, -np.inf)
        top = finite[best]
        if np.isfinite(top):
            weights = np.exp(np.minimum(finite - top, 0.0))
            weights[chosen] = 0.0
            more = min(n - len(chosen), int(np.count_nonzero(weights)))
            if more > 0:
                share = weights / weights.sum()
                chosen += self._generator.choice(len(values), size=more, replace=False, p=share).tolist()
        return np.array(chosen, dtype=np.int64)

    # -- local search ----------------------------------------------------------------------------------------------

    def _climb(self, points: Rows, heights: Rows, good: Rows, steps: tuple[int, int]) -> tuple[Rows, Rows]:
        """All points after one round of both searches, the two best of them after two."""
        before = heights
        points, heights = self._ascend(points, heights, steps[0])
        points, heights, changed = self._step_discretely(points, heights, good)
        order = np.argsort(-heights, kind="stable")
        points, heights = points[order], heights[order]
        if changed or heights[0] > before.max() + 1e-2:
            leading, high = self._ascend(points[:2], heights[:2], steps[1])
            leading, high, _ = self._step_discretely(leading, high, good)
            points, heights = np.concatenate([leading, points[2:]]), np.concatenate([high, heights[2:]])
        return points, heights

    def _ascend(self, points: Rows, heights: Rows, steps: int) -> tuple[Rows, Rows]:
        """Follow gradients from all points at once; what cannot be moved smoothly stays."""
        active = self._active(points)
        moves = np.broadcast_to(self._domain.smooth & self._free, points.shape)
        if active is not None:
            moves = moves & active
        if not moves.any():
            return points, heights
        snapped = self._settled(ascend(self._landscape, points, active, moves, steps))
        values = self._judged(snapped)
        better = values > heights
        return np.where(better[:, None], snapped, points), np.where(better, values, heights)

    def _step_discretely(self, points: Rows, heights: Rows, good: Rows) -> tuple[Rows, Rows, bool]:
        """Change one coordinate of each point to the best of its other values, twice at most."""
        changed = False
        points, heights = points.copy(), heights.copy()
        for _ in range(2):
            owners, neighbours = self._neighbours(points, good)
            if not len(neighbours):
                break
            values = self._judged(neighbours)
            moved = False
            for k in range(len(points)):
                mine = np.flatnonzero(owners == k)
                if len(mine) and values[best := mine[np.argmax(values[mine])]] > heights[k] + 1e-9:
                    points[k], heights[k] = neighbours[best], values[best]
                    moved = changed = True
            if not moved:
                break
        return points, heights, changed

    def _neighbours(self, points: Rows, good: Rows) -> tuple[Indices, Rows]:
        """All points that differ in one discrete coordinate, and whose neighbour each is."""
        domain = self._domain
        active = self._active(points)
        owners: list[Indices] = [np.empty(0, dtype=np.int64)]
        found: list[Rows] = [np.empty((0, domain.dims))]
        for j in np.flatnonzero((domain.sizes > 0) & self._free).tolist():
            numbers, size = domain.values(j), int(domain.sizes[j])
            targets, valid = self._other_places(j, domain.place(j, points[:, j]), size)
            if active is not None:
                valid = valid & active[:, j : j + 1]
            who, which = np.nonzero(valid)
            rows = points[who]
            rows[:, j] = numbers[targets[who, which]]
            owners.append(who)
            found.append(rows)
            if domain.gating[j]:
                children = [*self._borrowed(rows, j, good), *self._redrawn(rows)]
                owners += [who] * len(children)
                found += children
        return np.concatenate(owners), self._settled(np.concatenate(found))

    def _other_places(self, j: int, places: Indices, size: int) -> tuple[Indices, Mask]:
        """The other values of column j that are looked at from each of its places: all, or the next ones if many."""
        if self._domain.smooth[j]:
            targets = places[:, None] + np.array([-2, -1, 1, 2])
            return np.clip(targets, 0, size - 1), (targets >= 0) & (targets < size)
        offsets = np.arange(1, size)
        if len(offsets) > MOST_LEVELS:
            offsets = offsets[self._generator.permutation(len(offsets))[:MOST_LEVELS]]
        targets = (places[:, None] + offsets) % size
        return targets, np.ones(targets.shape, dtype=bool)

    def _borrowed(self, rows: Rows, j: int, good: Rows) -> list[Rows]:
        """Rows with their conditional parameters as in the best known trial that has the same value of column j."""
        same = good[:, j][:, None] == rows[:, j]
        if not same.any():
            return []
        lent = good[np.argmax(same, axis=0)]
        use = self._domain.active(rows) & self._domain.conditional & ~np.isnan(lent) & same.any(axis=0)[:, None]
        return [np.where(use, lent, rows)]

    def _redrawn(self, rows: Rows) -> list[Rows]:
        """Rows with their conditional parameters drawn anew, a few times."""
        fresh = [self._domain.draw(self._generator, len(rows)) for _ in range(REDRAWS)]
        return [np.where(self._domain.conditional, drawn, rows) for drawn in fresh]


def ascend(landscape: Landscape, points: Rows, active: Mask | None, moves: Mask, steps: int) -> Rows:
    """Climb from all points at once inside the unit cube, by quasi-Newton steps (BFGS) with projection.

    Parameters
    ----------
    landscape
        What is climbed.
    points, active
        Full rows and what is active in them.
    moves
        Which numbers may change.
    steps
        How many steps; fewer are made when all gains become small.

    Returns
    -------
    The points, none lower than at the start. Each step tries three lengths along each direction, all in one batch.
    """
    count, dims = points.shape
    value, slope = landscape.gradient(points, active)
    slope = np.where(moves, slope, 0.0)
    inverse = np.tile(np.eye(dims), (count, 1, 1))
    fresh, reach = np.ones(count, dtype=bool), np.full(count, 0.25)
    repeated = None if active is None else np.repeat(active, len(_LENGTHS), axis=0)
    rank = np.arange(count)
    for _ in range(steps):
        stuck = ((points <= 0.0) & (slope < 0.0)) | ((points >= 1.0) & (slope > 0.0)) | ~moves
        push = np.where(stuck, 0.0, slope)
        course = np.where(stuck, 0.0, np.matmul(inverse, push[:, :, None])[:, :, 0])
        lost = np.sum(course * push, axis=1) <= 0.0
        course[lost] = push[lost]
        longest = np.maximum(np.abs(course).max(axis=1), 1e-300)
        length = np.where(fresh | lost, reach / longest, np.minimum(1.0, reach / longest))
        tries = points[:, None, :] + _LENGTHS[None, :, None] * (course * length[:, None])[:, None, :]
        tries = np.clip(tries, 0.0, 1.0).reshape(-1, dims)
        heights, slopes = landscape.gradient(tries, repeated)
        best = np.argmax(heights.reshape(count, -1), axis=1)
        pick = rank * len(_LENGTHS) + best
        gain = heights[pick] - value
        better = gain > 0.0
        shift = tries[pick] - points
        bend = slope - np.where(moves, slopes[pick], 0.0)
        curve = np.sum(shift * bend, axis=1)
        update = better & (curve > 1e-12)
        inverse = _updated(inverse, shift, bend, curve, update=update, first=fresh)
        inverse[~better] = np.eye(dims)
        fresh = np.where(better, fresh & ~update, True)
        reach = np.where(better, 0.5, 0.1 * reach)
        points = np.where(better[:, None], tries[pick], points)
        slope = np.where(better[:, None], np.where(moves, slopes[pick], 0.0), slope)
        value = np.where(better, heights[pick], value)
        if not (better & (gain > _LITTLE)).any():
            break
    return points


def _updated(inverse: Rows, shift: Rows, bend: Rows, curve: Rows, *, update: Mask, first: Mask) -> Rows:
    """The BFGS update of the inverse Hessians of the negative (Nocedal and Wright 2006, equations 6.17 and 6.20)."""
    scale = np.where(first & update, curve / np.maximum(np.sum(bend**2, axis=1), 1e-300), 1.0)
    inverse = inverse * scale[:, None, None]
    rho = 1.0 / np.where(update, curve, 1.0)
    left = np.matmul(inverse, bend[:, :, None])[:, :, 0]
    middle = (1.0 + np.sum(bend * left, axis=1) * rho) * rho
    outer = shift[:, :, None] * left[:, None, :]
    change = middle[:, None, None] * (shift[:, :, None] * shift[:, None, :])
    change -= rho[:, None, None] * (outer + outer.transpose(0, 2, 1))
    return np.where(update[:, None, None], inverse + change, inverse)
