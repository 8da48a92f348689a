"""What a user keeps becomes plain JSON, or is refused with the place that is wrong."""

from __future__ import annotations

import enum
import math
from typing import Any

import pytest

from tunesmith.errors import InvalidValue
from tunesmith.trial import Point, Points, plain


class Color(enum.IntEnum):
    RED = 1


class Scalar:
    """What NumPy's numbers look like from outside."""

    shape = ()

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((1, (2,)), [1, [2]]), (Scalar(0.5), 0.5), ({"a": Scalar(True)}, {"a": True}), (Color.RED, 1), (None, None),
        (type("F", (float,), {})(0.5), 0.5), (type("S", (str,), {})("s"), "s"),
    ],
)  # fmt: skip
def test_plain(given: Any, kept: Any) -> None:
    found = plain(given)
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (math.nan, "acc is nan"), ({"a": [0, {1}]}, r"acc\['a'\]\[1\] is of type set"), ({1: 2}, "acc has the key 1"),
        (Scalar(math.inf), "acc is inf"), (10**30, "acc is an int of more than 64 bits"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(given: Any, place: str) -> None:
    with pytest.raises(InvalidValue, match=place):
        plain(given, "acc")


def test_points_share_and_branch() -> None:
    one = Points([Point(1.0)])
    two, other = one.extended([Point(2.0)]), one.extended([Point(3.0), Point(4.0)])
    assert [p.value for p in one] == [1.0]
    assert [p.value for p in two] == [1.0, 2.0]
    assert [p.value for p in other] == [1.0, 3.0, 4.0]
    assert other[-1].value == 4.0
    assert [p.value for p in other[1:]] == [3.0, 4.0]
    assert two == (Point(1.0), Point(2.0))
    assert two != other
    assert hash(two) == hash(Points(two))
    with pytest.raises(IndexError):
        one[1]
    assert not Points()
