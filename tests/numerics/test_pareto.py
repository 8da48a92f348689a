from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.numerics.pareto import hypervolume, nondominated


def _boxes(points: list[list[int]], top: int) -> int:
    """The volume of integer points, cell by cell."""
    cells = itertools.product(range(top), repeat=len(points[0]))
    return sum(any(all(p <= c for p, c in zip(point, cell, strict=True)) for point in points) for cell in cells)


@pytest.mark.parametrize("goals", [1, 2, 3, 4])
@given(data=st.data())
def test_the_volume_is_that_of_the_cells(goals: int, data: st.DataObject) -> None:
    point = st.lists(st.integers(0, 6), min_size=goals, max_size=goals)
    points = data.draw(st.lists(point, min_size=1, max_size=9))
    found = hypervolume(np.array(points, dtype=float), np.full(goals, 5.0))
    assert found == pytest.approx(_boxes(points, 5))


@pytest.mark.parametrize("goals", [2, 3])
@given(data=st.data())
def test_the_front_is_what_nobody_beats(goals: int, data: st.DataObject) -> None:
    point = st.tuples(*[st.integers(0, 4)] * goals)
    points = data.draw(st.lists(point, min_size=1, max_size=12))
    found = nondominated(np.array(points, dtype=float))
    for k, one in enumerate(points):
        beaten = any(all(a <= b for a, b in zip(other, one, strict=True)) and other != one for other in points)
        assert found[k] == (not beaten and one not in points[:k])


def test_thousands_of_points_are_quick_enough_to_be_exact() -> None:
    draw = np.random.default_rng(0)
    points = draw.random((3000, 3))
    grown = np.vstack([points, [[0.0, 0.0, 0.0]]])
    assert hypervolume(points, np.ones(3)) < 1.0
    assert hypervolume(grown, np.ones(3)) == pytest.approx(1.0)
