"""Every cell of a grid, once: exhaustive search over finite, mixed and conditional spaces."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from typing import ClassVar, Self, final

import msgspec

from tunesmith.errors import InvalidSpace, SearchExhausted, UsageError
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.space import Params, SearchSpace
from tunesmith.trial import FrozenTrial, History


@final
class GridSampler(Sampler):
    """Walks through all cells in a fixed order, never one twice, and says so when it is through.

    Trials that were queued or added by hand count for their cells. Workers need not agree on anything: trial n takes
    the first cell that no trial below n has. A failed cell is run again by `study.retry(number)`.

    Parameters
    ----------
    points
        How many values to take of each continuous (or very long) parameter, evenly spaced on its scale: one number for
        all, or a dict from name to number. Not needed where all parameters are finite.

    Raises
    ------
    UsageError
        If points is not a number of at least 1.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(k=ts.Int(1, 3), kernel=ts.Categorical("a", "b"))
    >>> study = ts.Study(space, ts.Metric("loss"), sampler="grid")
    >>> study.optimize(lambda trial: trial.params["k"], progress=False)
    >>> len(study.trials)
    6
    """

    is_finite: ClassVar[bool] = True

    def __init__(self, points: int | Mapping[str, int] | None = None) -> None:
        for number in points.values() if isinstance(points, Mapping) else [points]:
            if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
                raise UsageError(f"points must be whole numbers of at least 1, got {points!r}.", hint="Write points=5.")
        self._points = points
        self._lock = threading.Lock()
        self._walk: _Walk | None = None

    def __reduce__(self) -> tuple[type[Self], tuple[int | Mapping[str, int] | None]]:
        return type(self), (self._points,)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """From what follows the colon of `"grid:5"` or `"grid:points=5"`: how many values of each number."""
        number = spec.removeprefix("points=")
        if not number.isdecimal():
            raise UsageError(f"grid takes a number after the colon, got {spec!r}.", hint="Write grid:5.")
        return cls(int(number))

    @property
    def points(self) -> int | Mapping[str, int] | None:
        """How many values of each number are taken, as given."""
        return self._points

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Give the first cell that no trial below this one has; see `Sampler.sample`."""
        if not history.problem.declared:
            raise InvalidSpace(
                "A grid needs a declared space, and this study declares its parameters on the go.",
                hint="Pass a ts.SearchSpace to the study, or choose another sampler.",
            )
        with self._lock:
            walk = self._walk
            if walk is None or not walk.fits(history, seed.number):
                walk = self._walk = _walk_of(history, self._points)
            cell = walk.completing(given) if given else walk.cell_of(history, seed.number)
        return Suggestion(cell.params, {"member": "grid", "cell": cell.index})


def _walk_of(history: History, points: int | Mapping[str, int] | None) -> _Walk:
    """A walk, or where to write the number of points that it lacks."""
    try:
        return _Walk(history, points)
    except InvalidSpace as error:
        if points is not None and not isinstance(points, Mapping):
            raise
        raise InvalidSpace(
            error.message,
            hint='Write sampler="grid:5" for 5 values of every number; for single ones import '
            'tunesmith.samplers.grid.GridSampler and write sampler=GridSampler({"name": 5}).',
        ) from error


@final
class _Cell(msgspec.Struct, frozen=True):
    index: int
    params: Params


@final
class _Walk:
    """A walk over the cells, replayed from the history; only a cache, as it can always be replayed anew."""

    def __init__(self, history: History, points: int | Mapping[str, int] | None) -> None:
        self._space: SearchSpace = history.space
        self._points = points
        self._columns = history.columns
        self._cells = self._space.grid(points)
        self._seen: list[_Cell] = []
        self._taken: set[Hashable] = set()
        self._next_cell = 0
        self._next_number = 0

    def fits(self, history: History, number: int) -> bool:
        return history.columns is self._columns and history.space == self._space and number >= self._next_number

    def cell_of(self, history: History, number: int) -> _Cell:
        """Replay the trials below `number`, then take the next free cell, without keeping it taken."""
        while self._next_number < number:
            trial = self._trial(history, self._next_number)
            if trial is not None:
                self._taken.add(self._key(trial.params))
            else:  # reserved by another worker, who takes the same cell as this replay
                self._taken.add(self._key(self._free().params))
            self._next_number += 1
        return self._free()

    def completing(self, given: Params) -> _Cell:
        """The first cell that agrees with values fixed beforehand."""
        for index, params in enumerate(self._space.grid(self._points)):
            if all(name in params and params[name] == value for name, value in given.items()):
                return _Cell(index, params)
        raise SearchExhausted(
            f"No cell of the grid has {dict(given)!r}.", hint="Queue values that lie on the grid, or all parameters."
        )

    def _free(self) -> _Cell:
        while True:
            cell = self._at(self._next_cell)
            if self._key(cell.params) not in self._taken:
                return cell
            self._next_cell += 1

    def _at(self, index: int) -> _Cell:
        while index >= len(self._seen):
            params = next(self._cells, None)
            if params is None:
                raise SearchExhausted(
                    f"The grid is exhausted: all {len(self._seen)} cells were tried.",
                    hint="Look at study.best; retry failed cells with study.retry(number).",
                )
            self._seen.append(_Cell(len(self._seen), params))
        return self._seen[index]

    @staticmethod
    def _trial(history: History, number: int) -> FrozenTrial | None:
        chain = history.columns.chains[number] if number < history.next_number else []
        return history.columns.versions[chain[0]] if chain else None

    def _key(self, params: Params) -> Hashable:
        return msgspec.json.encode(sorted(self._space.encode_params(params).items()))
