"""Points never change, and a longer sequence shares what the shorter one holds."""

from __future__ import annotations

import copy
import pickle

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.trial import Point
from tunesmith.trial.points import Points


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4)), max_size=30))
def test_each_version_is_what_a_tuple_would_be(steps: list[tuple[int, int]]) -> None:
    """Extend any earlier version, in any order: no version ever sees another one's points."""
    versions: list[tuple[Points, tuple[Point, ...]]] = [(Points(), ())]
    for index, (which, count) in enumerate(steps):
        points, expected = versions[which % len(versions)]
        more = [Point(float(index), step) for step in range(count)]
        versions.append((points.extended(more), (*expected, *more)))
    for points, expected in versions:
        assert tuple(points) == expected
        assert len(points) == len(expected)
        assert points == expected
        assert points[-2:] == expected[-2:]
        assert [points[at] for at in range(-len(expected), len(expected))] == [*expected, *expected]


def test_they_travel_as_values() -> None:
    short = Points([Point(1.0)])
    short.extended([Point(2.0)])
    for twin in (pickle.loads(pickle.dumps(short)), copy.deepcopy(short)):
        assert twin == short == [Point(1.0)]
        assert hash(twin) == hash(short)
    assert short != Points()
    assert short != "no points"
