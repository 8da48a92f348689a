"""Of very many marks those that are drawn: the best, and a fair sample of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

One = TypeVar("One")

MOST_MARKS = 3000
"""So many marks a figure has, about; each is an element that a browser lays out, and more of them hide one another."""

FEWEST_MARKS = 400
"""So many each panel may have in any case."""

BEST_SHARE = 0.2
"""The share of the marks that are the best ones, whichever they are."""


def room(panels: int) -> int:
    """How many marks each of some panels may have.

    Examples
    --------
    >>> room(1), room(6), room(15)
    (3000, 500, 400)
    """
    return max(FEWEST_MARKS, MOST_MARKS // max(panels, 1))


def thinned(ranked: Sequence[One], most: int, best: float = BEST_SHARE) -> list[One]:
    """Of things in order of rank, the best first: the best, and of the others every so many-th, so each rank alike.

    Parameters
    ----------
    ranked
        The things.
    most
        How many to keep.
    best
        The share of these that are the first ones; 0 for things that have no rank.

    Examples
    --------
    >>> thinned(range(100), 10)
    [0, 1, 8, 20, 32, 44, 57, 69, 81, 93]
    >>> thinned(range(3), 10)
    [0, 1, 2]
    """
    if len(ranked) <= most:
        return list(ranked)
    first = int(best * most)
    rest, left = ranked[first:], most - first
    return [*ranked[:first], *(rest[(2 * k + 1) * len(rest) // (2 * left)] for k in range(left))]


def thinned_words(count: int, most: int) -> str:
    """What a figure says of it, behind how many trials it is of; nothing where all are drawn.

    Examples
    --------
    >>> thinned_words(4000, 500), thinned_words(400, 500)
    ('; drawn are the best 100 and a fair sample of the others, 500 in all', '')
    """
    if count <= most:
        return ""
    return f"; drawn are the best {int(BEST_SHARE * most):,} and a fair sample of the others, {most:,} in all"
