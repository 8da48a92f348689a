"""The measurements of a trial: a sequence whose later versions share what the earlier ones hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import final, overload

from tunesmith.trial.frozen_trial import Point


@final
class Points(Sequence[Point]):
    """Measurements in the order in which they were reported. It never changes; `extended` gives a longer one.

    A trial that reports a thousand times has a thousand versions; they all look into one list.

    Examples
    --------
    >>> short = Points().extended([Point(0.5, 1)])
    >>> long = short.extended([Point(0.25, 2)])
    >>> len(short), [point.value for point in long]
    (1, [0.5, 0.25])
    """

    __slots__ = ("_count", "_shared")

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self._shared = list(points)
        self._count = len(self._shared)

    @classmethod
    def _over(cls, shared: list[Point]) -> Points:
        self = cls.__new__(cls)
        self._shared, self._count = shared, len(shared)
        return self

    def extended(self, more: Iterable[Point]) -> Points:
        """These and more."""
        grown = len(self._shared) > self._count  # another one was made longer already: leave its points to it
        shared = self._shared[: self._count] if grown else self._shared
        shared.extend(more)
        return self._over(shared)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Point]:
        return islice(self._shared, self._count)

    @overload
    def __getitem__(self, index: int) -> Point: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Point]: ...

    def __getitem__(self, index: int | slice) -> Point | Sequence[Point]:
        if isinstance(index, slice):
            return tuple(self._shared[at] for at in range(*index.indices(self._count)))
        return self._shared[range(self._count)[index]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Points, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[object, ...]:
        return Points, (tuple(self),)
