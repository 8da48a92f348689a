"""Sobol' points: any one of them at once, plain or scrambled by an int, from a table that comes with the package."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunesmith.errors import UsageError

BITS = 32
"""Bits of a coordinate; the sequence has 2**32 points."""

TABLE_DIMS = 337
"""Dimensions with direction numbers (Joe and Kuo 2008); further ones are filled with hashed random numbers."""

_SCALE = 2.0**-BITS

Points: TypeAlias = NDArray[np.float64]
Words: TypeAlias = NDArray[np.uint64]


def sobol_point(index: int, dims: int, seed: int | None = None) -> Points:
    """The point of a Sobol' sequence at one place, without the ones before it.

    What it costs does not depend on the index: some 5 microseconds for 10 dimensions once the scrambled matrices of
    (seed, dims) are made, which the process remembers.

    Parameters
    ----------
    index
        Place in the sequence (in Gray-code order), 0 <= index < 2**32.
    dims
        Number of coordinates. The first k coordinates are the same for any number of dimensions of at least k.
    seed
        Any int scrambles the points: a random linear matrix scramble and a digital shift keep the net property, make
        each point uniform in the open cube, and remove the point at the origin. None gives the plain sequence.

    Returns
    -------
    float64 array of shape (dims,), values in [0, 1), and in (0, 1) if scrambled

    Raises
    ------
    UsageError
        If the index or the number of dimensions is out of range.

    Notes
    -----
    Direction numbers: Joe and Kuo 2008, "Constructing Sobol sequences with better two-dimensional projections", SIAM J.
    Sci. Comput. 30, 2635-2654. Scrambling: Matousek 1998, "On the L2-discrepancy for anchored boxes", J. Complexity 14,
    527-556. Beyond `TABLE_DIMS` coordinates the point is padded with random numbers hashed from (seed, index,
    dimension), "mixed sequences" of Spanier 1995: these coordinates are no better than random search, and no worse.

    Examples
    --------
    >>> sobol_point(3, 4).tolist()
    [0.25, 0.75, 0.75, 0.75]
    """
    _check(index, dims)
    known = min(dims, TABLE_DIMS)
    matrix, shift, offset = _matrices(known, seed)
    gray = index ^ (index >> 1)
    rows = [bit for bit in range(gray.bit_length()) if gray >> bit & 1]
    point: Points = (np.bitwise_xor.reduce(matrix[rows], axis=0, initial=0) ^ shift).astype(
        np.float64
    ) * _SCALE + offset
    if dims > known:
        return np.concatenate([point, _hashed(np.array([index], np.uint64), known, dims, seed)[0]])
    return point


def sobol(start: int, n: int, dims: int, seed: int | None = None) -> Points:
    """The `n` points from place `start` on: row i is `sobol_point(start + i, dims, seed)`, bit for bit.

    Parameters
    ----------
    start, n
        First place, and how many points.
    dims, seed
        As in `sobol_point`.

    Returns
    -------
    float64 array of shape (n, dims)

    Raises
    ------
    UsageError
        If a place or the number of dimensions is out of range.

    Examples
    --------
    >>> sobol(0, 4, 2).tolist()
    [[0.0, 0.0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]
    """
    if n <= 0:
        return np.empty((0, dims))
    _check(start, dims)
    _check(start + n - 1, dims)
    known = min(dims, TABLE_DIMS)
    matrix, shift, offset = _matrices(known, seed)
    steps = np.empty((n, known), np.uint64)
    gray = start ^ (start >> 1)
    steps[0] = np.bitwise_xor.reduce(
        matrix[[bit for bit in range(gray.bit_length()) if gray >> bit & 1]], axis=0, initial=0
    )
    places = np.arange(start + 1, start + n, dtype=np.int64)
    lowest = np.round(np.log2(places & -places)).astype(np.int64)  # the one bit in which neighbours' Gray codes differ
    steps[1:] = matrix[lowest]
    points: Points = (np.bitwise_xor.accumulate(steps, axis=0) ^ shift).astype(np.float64) * _SCALE + offset
    if dims > known:
        index = np.arange(start, start + n, dtype=np.uint64)
        return np.concatenate([points, _hashed(index, known, dims, seed)], axis=1)
    return points


def _check(index: int, dims: int) -> None:
    if not 0 <= index < 2**BITS:
        raise UsageError(
            f"index={index} is outside 0 to 2**{BITS} - 1, the length of the sequence.",
            hint="Start again at 0 with another seed.",
        )
    if dims < 0:
        raise UsageError(f"dims={dims} is negative.", hint="Give the number of coordinates.")


@functools.lru_cache(maxsize=64)
def _matrices(dims: int, seed: int | None) -> tuple[Words, Words, float]:
    """Generator words (bits, dims), digital shift (dims,), and what is added so that scrambled points lie inside."""
    plain = _directions()[:dims]
    if seed is None:
        return np.ascontiguousarray(plain.T), np.zeros(dims, np.uint64), 0.0
    raw = np.random.PCG64(np.random.SeedSequence(seed % 2**64)).random_raw(dims * (BITS + 1)).reshape(dims, BITS + 1)
    raw = (raw >> np.uint64(64 - BITS)).astype(np.uint64)
    places = np.arange(BITS - 1, -1, -1, dtype=np.uint64)  # digit 0 is the one of weight 1/2
    digits = (plain[:, None, :] >> places[:, None] & np.uint64(1)).astype(
        np.float32
    )  # dimension, digit, bit of the index
    mixing = np.tril((raw[:, :BITS, None] >> places & np.uint64(1)).astype(np.float32), -1)
    mixing += np.eye(BITS, dtype=np.float32)
    mixed = np.rint(mixing @ digits).astype(np.uint64) & np.uint64(1)
    words = np.bitwise_or.reduce(mixed << places[:, None], axis=1) if dims else np.empty((0, BITS), np.uint64)
    return np.ascontiguousarray(words.T), raw[:, BITS].copy(), _SCALE / 2


@functools.cache
def _directions() -> Words:
    """The direction numbers of every dimension as words of `BITS` digits: (TABLE_DIMS, BITS)."""
    lines = Path(__file__).with_name("joe_kuo.txt").read_text("utf-8").splitlines()
    out = np.empty((TABLE_DIMS, BITS), np.uint64)
    out[0] = [1 << (BITS - 1 - bit) for bit in range(BITS)]
    for dim, line in enumerate((line for line in lines if not line.startswith("#")), start=1):
        inner, *first = map(int, line.split())
        degree = len(first)
        words = [m << (BITS - 1 - bit) for bit, m in enumerate(first)]
        for bit in range(degree, BITS):
            word = words[bit - degree] ^ (words[bit - degree] >> degree)
            for k in range(1, degree):
                if inner >> (degree - 1 - k) & 1:
                    word ^= words[bit - k]
            words.append(word)
        out[dim] = words
    return out


def _hashed(index: Words, low: int, high: int, seed: int | None) -> Points:
    """Uniform numbers that depend on (seed, index, dimension) alone: the splitmix64 finaliser of Steele et al. 2014."""
    key = np.uint64(((seed or 0) * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64)
    state = _mix(index[:, None] + key) + np.arange(low, high, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    points: Points = ((_mix(_mix(state)) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return points


def _mix(word: Words) -> Words:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
