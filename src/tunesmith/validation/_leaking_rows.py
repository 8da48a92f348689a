"""Leaks between rows: twins on both sides of a fold, groups torn apart, time turned round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunesmith.validation._base import Split
from tunesmith.validation._columns import Columns, Floats
from tunesmith.validation._leaks import Leak

MOST_SPLITS = 30
"""So many splits are looked at; more (leave-one-out) would tell nothing new."""
_SHARE, _FEWEST = 0.01, 3
"""Twins are told of from this share of the judging rows, and this number, on."""
_HALVES, _RARE = 8, 1e-3
_NEAR, _FEWEST_NEAR = 0.01, 8
_PROJECTIONS, _NEIGHBOURS = 6, 4
_MOST_ROWS = 20_000

Codes = npt.NDArray[np.uint64]


def torn_groups(splits: Sequence[Split], groups: Any) -> Iterator[Leak]:
    """Groups that were given, and are on both sides of a fold all the same."""
    labels = np.asarray(groups)
    codes = np.unique(labels.astype(str) if labels.dtype == object else labels, return_inverse=True)[1]
    torn: set[int] = set()
    for split in splits[:MOST_SPLITS]:
        torn.update(np.intersect1d(codes[split.train], codes[split.test]).tolist())
    if torn:
        yield Leak(
            "torn_groups", True,
            f"groups were given, but {len(torn)} of {int(codes.max()) + 1} are torn apart within a fold.",
            'Use cv="group:5", which keeps each on one side.',
        )  # fmt: skip


def time_order(splits: Sequence[Split], times: Any, *, certain: bool) -> Iterator[Leak]:
    """Models that are fitted on later rows than those that judge them."""
    array = np.asarray(times)
    late = [k for k, (train, test) in enumerate(splits) if array[train].max() > array[test].min()]
    if late:
        yield Leak(
            "time_order", certain,
            f"In {len(late)} of {len(splits)} folds the model is fitted on rows that come after rows that judge it.",
            'Use cv="time:5" if it is to predict the future.',
        )  # fmt: skip


def duplicate_rows(columns: Columns, splits: Sequence[Split]) -> Iterator[Leak]:
    """Rows with a twin on the other side, where columns are too fine for that to be chance.

    Rows of few coarse columns agree by chance. So the columns are halved at random, several times: of copies, those
    that agree in one half agree in the other as well, though that is rare among rows in general.
    """
    parts = _hashes(columns.values)
    whole = _sum(parts)
    codes = np.unique(whole, return_inverse=True)[1]
    if codes.max() + 1 > len(codes) - _FEWEST or not _are_copies(parts, whole):
        return
    judged, twins, example = _across(codes, splits)
    if twins >= max(_FEWEST, _SHARE * judged):
        yield Leak(
            "duplicate_rows", False,
            f"{twins:,} of {judged:,} judging rows have an exact twin among those fitted on (row {example}).",
            "Drop the duplicates, or give rows of one origin one label in groups and use cv='group:5'.",
        )  # fmt: skip


def near_duplicates(columns: Columns, splits: Sequence[Split]) -> Iterator[Leak]:
    """Rows with a nearly equal one on the other side: augmented, jittered or rounded copies.

    Neighbours on random lines are compared. In smooth data the number of near pairs grows with the distance that is
    called near; that of copies does not.
    """
    rows = np.arange(len(columns))
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_ROWS, replace=False))
    values = columns.values[rows]
    fine = columns.numeric & (_distinct_share(values) > 0.2)
    if fine.sum() < 3:
        return
    scaled = _standardised(values[:, fine])
    first, second, distance = _neighbours(scaled)
    near = (distance > 0) & (distance < _NEAR)
    closer, farther = int(near.sum()), int(((distance > 0) & (distance < 2 * _NEAR)).sum())
    if closer < max(_FEWEST_NEAR, _SHARE * len(rows) / 2) or farther > 1.3 * closer:
        return
    codes = np.arange(len(columns))
    codes[rows[second[near]]] = codes[rows[first[near]]]
    judged, twins, example = _across(codes, splits)
    if twins >= max(_FEWEST, _SHARE * judged):
        yield Leak(
            "near_duplicates", False,
            f"{twins:,} of {judged:,} judging rows are nearly equal to a row that is fitted on (row {example}).",
            "Give copies of one origin one label in groups and use cv='group:5', or make copies inside the pipeline.",
        )  # fmt: skip


def _across(codes: Any, splits: Sequence[Split]) -> tuple[int, int, int]:
    """How many rows judge, how many of them have their code among the fitted rows, and one of these."""
    judged, twins, example = 0, 0, -1
    seen = np.zeros(int(codes.max()) + 1, dtype=bool)
    for train, test in splits[:MOST_SPLITS]:
        seen[:] = False
        seen[codes[train]] = True
        leaking = test[seen[codes[test]]]
        judged, twins = judged + len(test), twins + len(leaking)
        example = int(leaking[0]) if len(leaking) and example < 0 else example
    return judged, twins, example


def _hashes(values: Floats) -> Codes:
    """For each cell a random number that depends on its value and its column alone."""
    bits = np.where(np.isnan(values), np.float64(np.nan), values + 0.0).view(np.uint64)
    odd = np.random.default_rng(1).integers(0, 2**63, (2, values.shape[1]), dtype=np.uint64) * 2 + 1
    mixed = (bits ^ (bits >> np.uint64(29))) * odd[0]
    mixed = (mixed ^ (mixed >> np.uint64(32))) * odd[1]
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _sum(parts: Codes) -> Codes:
    return np.asarray(np.add.reduce(parts, axis=1, dtype=np.uint64))


def _pairs(codes: Codes) -> float:
    counts = np.unique(codes, return_counts=True)[1].astype(float)
    return float(np.sum(counts * (counts - 1) / 2))


def _are_copies(parts: Codes, whole: Codes) -> bool:
    every, both = len(whole) * (len(whole) - 1) / 2, _pairs(whole)
    rng = np.random.default_rng(2)
    votes = 0
    for _ in range(_HALVES if parts.shape[1] > 1 else 0):
        order = rng.permutation(parts.shape[1])
        halves = [_pairs(_sum(parts[:, half])) for half in np.array_split(order, 2)]
        votes += all(half < _RARE * every + both and both >= 0.5 * half for half in halves)
    return votes >= _HALVES // 2


def _distinct_share(values: Floats) -> Floats:
    ordered = np.sort(values, axis=0)
    return np.asarray((np.diff(ordered, axis=0) > 0).mean(axis=0))


def _standardised(values: Floats) -> Floats:
    """Columns of unit spread, divided so that two random rows are a distance of about 1 apart."""
    filled = np.where(np.isfinite(values), values, np.nan)
    middle = np.nanmedian(filled, axis=0)
    filled = np.where(np.isnan(filled), middle, filled)
    low, high = np.quantile(filled, [0.25, 0.75], axis=0)
    spread = np.where(high > low, high - low, filled.std(axis=0))
    kept = (filled - middle)[:, spread > 0] / spread[spread > 0]
    return np.asarray(kept / np.sqrt(max(1, kept.shape[1])))


def _neighbours(scaled: Floats) -> tuple[Any, Any, Any]:
    """Pairs of rows that are neighbours on random lines, each pair once, and how far apart they are."""
    rows = len(scaled)
    places = scaled @ np.random.default_rng(3).normal(size=(scaled.shape[1], _PROJECTIONS))
    reach = 4 * _NEAR * 2  # of a pair at twice the distance that is near: four deviations of its length on a line
    pairs = []
    for place in places.T:
        order = np.argsort(place, kind="stable")
        pairs += [np.sort(np.stack([order[:-step], order[step:]]), axis=0) for step in range(1, _NEIGHBOURS)]
    first, second = np.concatenate(pairs, axis=1)
    close = (np.abs(places[first] - places[second]) < reach).all(axis=1)
    found = np.unique(first[close].astype(np.int64) * rows + second[close])
    first, second = found // rows, found % rows
    distance = np.sqrt(np.einsum("ij,ij->i", scaled[first] - scaled[second], scaled[first] - scaled[second]))
    return first, second, distance
