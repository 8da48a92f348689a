"""Params as rows of numbers and back: one column a parameter, places on the unit scale, NaN where inactive."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from tunesmith.space import Categorical, Distribution, Float, Int, Params, SearchSpace

MAX_CELLS = 64
"""A numeric parameter with more values than this is modelled as continuous, and snapped to its values."""

MOST_SNAPPED = 4096
"""The places of a lattice of at most so many values are looked up in a table."""

Rows: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False)
class Column:
    """One column of encoded rows: what its numbers mean, and where the prior belief lies.

    Parameters
    ----------
    name
        The parameter's name.
    kind
        `"continuous"`: places in [0, 1]. `"cells"`: centres of the cells that the values of an Int, a stepped Float or
        an Ordinal own. `"choice"`: places among the choices of a Categorical, 0, 1, 2...
    edges, centres
        For cells: the borders (one more than cells, from 0 to 1), and the number that stands for each cell.
    weights
        For choices: the prior probabilities.
    mean, spread
        For the other kinds: mean and standard deviation of the prior on the unit scale; without a prior 0.5 and 1,
        which is flat on the scale but for a gentle dome.
    """

    name: str
    kind: Literal["continuous", "cells", "choice"]
    edges: Rows = field(default_factory=lambda: np.empty(0))
    centres: Rows = field(default_factory=lambda: np.empty(0))
    weights: Rows = field(default_factory=lambda: np.empty(0))
    mean: float = 0.5
    spread: float = 1.0

    @property
    def size(self) -> int:
        """Number of cells or choices; 0 if continuous."""
        return len(self.weights) if self.kind == "choice" else len(self.centres)

    def cells(self, values: Rows) -> Indices:
        """The cell or choice of each number of a finite column; NaN gives `size`, one past the last."""
        unknown = np.isnan(values)
        if self.kind == "choice":
            found = np.where(unknown, self.size, values).astype(np.int64)
        else:
            found = np.searchsorted(self.edges[1:-1], values, "right")
            found[unknown] = self.size
        return found


@final
class Encoder:
    """Turns the params of one space into rows of a float64 matrix, and rows into params.

    Columns stand in the order in which points are built (parents before children); parameters with a single value have
    none. Numeric and ordinal values become their places on the unit scale, priors left aside; categorical values become
    the index of the choice; inactive parameters NaN.

    Parameters
    ----------
    space
        The space; an encoder belongs to it alone.

    Examples
    --------
    >>> space = SearchSpace(kind=Categorical("a", "b"), n=Int(1, 4).when("kind", "b"), x=Float(0, 2))
    >>> encoder = Encoder(space)
    >>> [column.name for column in encoder.columns], encoder.encode({"kind": "b", "n": 1, "x": 1.0}).tolist()
    (['kind', 'n', 'x'], [1.0, 0.125, 0.5])
    >>> encoder.decode(encoder.encode({"kind": "a", "x": 0.5}))
    {'kind': 'a', 'x': 0.5}
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._parts = [(name, space[name]) for name in space.order if space[name].size != 1]
        self.columns = tuple(_column(name, distribution) for name, distribution in self._parts)
        self.index = {column.name: j for j, column in enumerate(self.columns)}
        self._readers = [
            _reader(name, part, column) for (name, part), column in zip(self._parts, self.columns, strict=True)
        ]
        known = {name: values for name, values, _ in self._readers}
        self._holders = [(name, known.get(name), part.contains) for name, part in space.items()]
        self._gates = [gates for name, part in self._parts if (gates := self._gates_of(name, part))]
        self.has_gates = bool(self._gates)
        """Whether a parameter can be inactive."""

    @functools.cached_property
    def lattices(self) -> dict[int, tuple[Rows, Rows] | None]:
        """Of continuous columns with a lattice of values: the inner edges of their cells, and the values' places.

        None in their place where there are more than a few thousand values.
        """
        found: dict[int, tuple[Rows, Rows] | None] = {}
        for j, (_, part) in enumerate(self._parts):
            if part.size and not self.columns[j].size:
                found[j] = None
                if part.size <= MOST_SNAPPED:
                    centres = np.array([part.to_unit(value) for value in part.values()])
                    found[j] = cell_edges(part, centres)[1:-1], centres
        return found

    def encode(self, params: Mapping[str, Any]) -> Rows:
        """The row of params. What the space does not hold (any more) counts as inactive; numbers are cut to the range.

        Examples
        --------
        >>> Encoder(SearchSpace(x=Float(0, 1), y=Float(0, 1))).encode({"x": 0.25, "z": 3})
        array([0.25,  nan])
        """
        found = []
        for name, known, read in self._readers:
            if name not in params:
                found.append(math.nan)
            elif known and type(value := params[name]) is known[0] and value in known[1]:
                found.append(known[1][value])
            else:
                found.append(read(params[name]))
        return np.array(found)

    def holds(self, params: Mapping[str, Any]) -> bool:
        """Whether each parameter of the space that is named can take its value: nothing is lost by encoding.

        Examples
        --------
        >>> encoder = Encoder(SearchSpace(x=Float(0, 1), n=Int(1, 4)))
        >>> encoder.holds({"x": 0.25, "z": 3}), encoder.holds({"x": 0.25, "n": 5})
        (True, False)
        """
        for name, known, contains in self._holders:
            if name not in params or (known and type(value := params[name]) is known[0] and value in known[1]):
                continue
            if not contains(params[name]):
                return False
        return True

    def encode_many(self, many: Iterable[Mapping[str, Any]]) -> Rows:
        """The rows of several params, as a matrix with one column a parameter."""
        rows = [self.encode(params) for params in many]
        return np.array(rows).reshape(len(rows), len(self.columns))

    def decode(self, row: Rows, given: Mapping[str, Any] | None = None) -> Params:
        """The params at a row: given values first, then each active parameter's value nearest to its number.

        An active parameter with NaN, which no encoded row has, gets the middle of its scale. Constraints are not
        looked at.

        Examples
        --------
        >>> Encoder(SearchSpace(n=Int(1, 10))).decode(np.array([0.501]), {})
        {'n': 6}
        """
        values: dict[str, Any] = {}
        for (name, part), column, number in zip(self._parts, self.columns, row.tolist(), strict=True):
            if number == number:
                place = (number + 0.5) / column.size if column.kind == "choice" else number
                values[name] = part.from_unit(place, prior=False)
        if given:
            values.update(given)
        return self.space.decode(_middle, values)

    def active(self, rows: Rows) -> Mask:
        """Which numbers of full rows are active, given those of their parents: True or False for each.

        Examples
        --------
        >>> encoder = Encoder(SearchSpace(kind=Categorical("a", "b"), n=Int(1, 4).when("kind", "b")))
        >>> encoder.active(np.array([[0, 0.125], [1, 0.125]])).tolist()
        [[True, False], [True, True]]
        """
        found = np.ones(rows.shape, dtype=bool)
        for j, gates in self._gates:
            for parent, gate in gates:
                if isinstance(parent, int):
                    found[:, j] &= found[:, parent] & gate(rows[:, parent])
                else:  # a constant: active or not, as its own parents say
                    found[:, j] &= gate(rows[:, j])
        return found

    def tidy(self, rows: Rows) -> Rows:
        """Full rows as trials would have them: numbers snapped to what the parameter can be, inactive ones NaN."""
        rows = rows.copy()
        for j, column in enumerate(self.columns):
            if column.kind == "cells":
                rows[:, j] = column.centres[column.cells(rows[:, j])]
        for j, lattice in self.lattices.items():
            if lattice is not None:
                edges, centres = lattice
                rows[:, j] = centres[np.searchsorted(edges, rows[:, j], "right")]
            else:
                part = self._parts[j][1]
                rows[:, j] = [part.to_unit(part.from_unit(place, prior=False)) for place in rows[:, j].tolist()]
        if self._gates:
            rows[~self.active(rows)] = np.nan
        return rows

    def _gates_of(self, name: str, part: Distribution) -> tuple[int, list[tuple[int | None, Gate]]] | None:
        gates: list[tuple[int | None, Gate]] = []
        for condition in part.conditions:
            parent = self.space[condition.parent]
            test = condition.test.bind(parent, condition.parent)
            if (j := self.index.get(condition.parent)) is not None:
                gates.append((j, _gate(self.columns[j], parent, test)))
            elif not all(map(test, parent.values())):
                gates.append((None, _never))
            elif above := self._gates_of(condition.parent, parent):
                gates.extend(above[1])
        return (self.index.get(name, -1), gates) if gates else None


Reader: TypeAlias = tuple[str, tuple[type, dict[Any, float]] | None, Callable[[Any], float]]
"""A parameter's name, the numbers of its values where these are few and of one type, and the long way to a number."""


def _reader(name: str, part: Distribution, column: Column) -> Reader:
    choice = isinstance(part, Categorical)
    place: Callable[[Any], float] = part.index_of if isinstance(part, Categorical) else part.to_unit

    def read(value: Any) -> float:
        try:
            number = float(place(value))
        except (ValueError, TypeError, ArithmeticError):  # InvalidParams is one: made under an older space
            return math.nan
        return number if choice else min(max(number, 0.0), 1.0)

    if column.size:
        values = list(part.values())
        if type(values[0]) in {str, int, float, bool} and len({type(value) for value in values}) == 1:
            return name, (type(values[0]), {value: read(value) for value in values}), read
    return name, None, read


Gate: TypeAlias = Callable[[Rows], Mask]
"""From the numbers of a parent's column: whether each lets the child be active."""


def _gate(column: Column, parent: Distribution, test: Callable[[Any], bool]) -> Gate:
    if column.size:
        passes = np.array([*map(test, parent.values()), False])
        return lambda numbers: passes[column.cells(numbers)]
    return lambda numbers: np.array([u == u and test(parent.from_unit(u, prior=False)) for u in numbers.tolist()], bool)


def _never(numbers: Rows) -> Mask:
    return np.zeros(len(numbers), dtype=bool)


def _middle(name: str) -> float:  # noqa: ARG001 - the same for all
    return 0.5


def _column(name: str, part: Distribution) -> Column:
    if isinstance(part, Categorical):
        weights = np.ones(part.size) if part.prior is None else np.array(part.prior, float)
        return Column(name, "choice", weights=weights / weights.sum())
    mean, spread = _moments(part)
    size = part.size
    if size is None or size > MAX_CELLS:
        return Column(name, "continuous", mean=mean, spread=spread)
    centres = np.array([part.to_unit(value) for value in part.values()])
    return Column(name, "cells", edges=cell_edges(part, centres), centres=centres, mean=mean, spread=spread)


def cell_edges(part: Distribution, centres: Rows) -> Rows:
    """Where one cell of the unit scale ends and the next begins: one number more than there are cells."""
    size = len(centres)
    if not (isinstance(part, Int | Float) and part.log):
        return np.arange(size + 1) / size
    values = np.array(list(part.values()), float)
    width = (np.log(values[-1]) - np.log(values[0])) / (centres[-1] - centres[0])  # of the whole scale, in logarithms
    inner = centres[0] + (np.log((values[1:] + values[:-1]) / 2) - np.log(values[0])) / width
    return np.concatenate([[0.0], inner, [1.0]])


def _moments(part: Distribution) -> tuple[float, float]:
    """Mean and standard deviation of the prior on the unit scale."""
    if part.prior is None:
        return 0.5, 1.0
    places = [part.to_unit(part.from_unit((k + 0.5) / 128)) for k in range(128)]
    half_cell = 0.0 if part.size is None else 0.5 / part.size
    return float(np.mean(places)), max(float(np.std(places)), half_cell, 1e-3)
