"""Furniture of the samplers: the best, the newest and some of the other trials, at a cost that no history raises."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from typing import final

import numpy as np

from tunesmith.models.table import FAILED, Table
from tunesmith.numerics.encoding import Encoder, Indices, Rows
from tunesmith.numerics.failures import FailureModel

MOST_BEST = 225
"""How many trials are known by their rank."""

MOST_OF_BRANCH = 25
"""How many are known by their rank among those of one branch of the space."""

MOST_SPOKESMEN = 390
"""How many trials stand for all of a long history."""

MOST_TOLD = 400
"""How many trials of each kind, failed or not, are known by their age."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_NOBODY: Indices = np.empty(0, np.int64)


@final
@dataclass(frozen=True)
class Branch:
    """Columns that are active in the same trials, and the best of these.

    Parameters
    ----------
    members
        The columns.
    active
        In how many trials with a rank they are active.
    best
        The best of those trials, best first.
    always
        Whether they are active in all trials.
    """

    members: list[int]
    active: int
    best: Indices
    always: bool = True


@final
@dataclass(frozen=True, eq=False)
class Standing:
    """Which trials of a table matter, as row numbers. A pure function of the table.

    Parameters
    ----------
    count
        How many trials there are.
    ranked
        How many of them ended with a value, and so have a rank.
    best
        The first of these, best first: complete ones (and stopped ones whose mean over all folds can be told) by value,
        then the other stopped ones by step and value, then those that broke a bound.
    branches
        Every column is in one, in the order of their first columns.
    failures
        How many trials failed.
    failed, passed
        The newest that failed, and the newest that did not, oldest first.
    spokesmen
        Trials that stand for all, spread evenly over the history.
    """

    count: int = 0
    ranked: int = 0
    best: Indices = field(default_factory=_NOBODY.copy)
    branches: tuple[Branch, ...] = ()
    failures: int = 0
    failed: Indices = field(default_factory=_NOBODY.copy)
    passed: Indices = field(default_factory=_NOBODY.copy)
    spokesmen: Indices = field(default_factory=_NOBODY.copy)
    seen: dict[bytes, int] = field(default_factory=dict, repr=False)
    """Of rows without an active continuous column: the first trial that had the row; may know of later trials too."""

    def knows(self, row: Rows) -> bool:
        """Whether a trial had exactly this row, which has no active continuous column."""
        return self.seen.get(_bytes(row), self.count) < self.count


def standing_of(table: Table) -> Standing:
    """Which trials of a table matter.

    What was found for an earlier view of the same study is kept in the process, so that a call costs time only for the
    trials that ended since; nothing depends on that memory.

    Examples
    --------
    >>> import tunesmith as ts
    >>> from tunesmith.models.table import table_of
    >>> study = ts.minimize(lambda x: -x, ts.SearchSpace(x=ts.Int(0, 3)), trials=3, sampler="grid:4", storage=None)
    >>> standing_of(table_of(study.history)).best.tolist()
    [2, 1, 0]
    """
    with _LOCK:
        known = _KNOWN.get(table.encoder)
        if known is None or known.count > len(table):
            found = _continued(Standing(), table)
        else:
            found = known if known.count == len(table) else _continued(known, table)
        if known is None or known.count < len(table):
            _KNOWN[table.encoder] = found
        return found


def failures_of(table: Table, most: int = MOST_TOLD) -> FailureModel | None:
    """The model of failures, learnt from so many of the newest trials that failed and as many others.

    None while no trial has failed.

    Examples
    --------
    >>> import tunesmith as ts
    >>> from tunesmith.models.table import table_of
    >>> study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, storage=None)
    >>> failures_of(table_of(study.history)) is None
    True
    """
    standing = standing_of(table)
    if not standing.failures:
        return None
    told = np.concatenate([standing.failed[-most:], standing.passed[-most:]])
    return FailureModel(table.encoder.columns, table.rows[told], table.states[told] == FAILED)


_LOCK = threading.Lock()
_KNOWN: weakref.WeakKeyDictionary[Encoder, Standing] = weakref.WeakKeyDictionary()


def _continued(old: Standing, table: Table) -> Standing:
    """What is known of a longer table, from what is known of its beginning."""
    new = np.arange(old.count, len(table))
    states = table.states[new]
    failed, passed = new[states == FAILED], new[states != FAILED]
    known = ~np.isnan(table.rows[new])
    _remember(old.seen, table, new)
    branches = old.branches or (Branch(list(range(known.shape[1])), 0, _NOBODY),)
    return Standing(
        count=len(table),
        ranked=old.ranked + len(passed),
        best=_merged(table, old.best, passed, MOST_BEST),
        branches=tuple(sorted(_split(table, branches, new, known), key=_first)),
        failures=old.failures + len(failed),
        failed=np.concatenate([old.failed, failed])[-MOST_TOLD:],
        passed=np.concatenate([old.passed, passed])[-MOST_TOLD:],
        spokesmen=_spokesmen(np.concatenate([old.spokesmen, new]), len(table)),
        seen=old.seen,
    )


def _first(branch: Branch) -> int:
    return branch.members[0] if branch.members else -1


def _split(table: Table, branches: tuple[Branch, ...], new: Indices, known: Rows) -> list[Branch]:
    """The branches after further rows, in which columns that were always active together may part."""
    has_rank = table.states[new] != FAILED
    found = []
    for branch in branches:
        parts: dict[bytes, list[int]] = {}
        for j in branch.members:
            parts.setdefault(known[:, j].tobytes(), []).append(j)
        for members in parts.values():
            active = known[:, members[0]]
            ranked = new[active & has_rank]
            best = _merged(table, branch.best, ranked, MOST_OF_BRANCH)
            found.append(Branch(members, branch.active + len(ranked), best, branch.always and bool(active.all())))
    return found


def _merged(table: Table, best: Indices, new: Indices, most: int) -> Indices:
    """The best of those that were best and new ones."""
    if not len(new) or (
        len(new) == 1 and len(best) == most and in_order(table, np.append(best[-1], new))[0] == best[-1]
    ):
        return best
    return in_order(table, np.concatenate([best, new]))[:most]


def in_order(table: Table, trials: Indices) -> Indices:
    """Trials that have a rank, best first; of equals the one that ended first.

    Complete ones come first, then stopped ones, then those that broke a bound, the worst of them last.
    """
    keys: list[Rows | Indices] = [trials, table.values[trials], -table.steps[trials], table.ranks(trials)]
    if table.excess.shape[1]:
        keys.append(np.nan_to_num(np.maximum(table.excess[trials], 0.0)).sum(axis=1))
    return trials[np.lexsort(keys)]


def _spokesmen(trials: Indices, count: int) -> Indices:
    """Those that stay when a history is this long: each second one of before whenever they become too many.

    A trial's place times the golden ratio spreads evenly over the circle whatever stretch of trials is looked at, and
    keeps in step with no regularity of theirs (such as a batch, or each fourth one from another sampler).
    """
    halvings = max(0, (-(-count // MOST_SPOKESMEN) - 1).bit_length())
    places = trials.astype(np.uint64) * _GOLDEN
    return trials[places >> np.uint64(64 - halvings) == 0] if halvings else trials


def _remember(seen: dict[bytes, int], table: Table, new: Indices) -> None:
    """Keep the rows that could be met again."""
    continuous = [j for j, column in enumerate(table.encoder.columns) if column.kind == "continuous"]
    rows = table.rows[new]
    for place in np.flatnonzero(np.isnan(rows[:, continuous]).all(axis=1)).tolist():
        seen.setdefault(_bytes(rows[place]), int(new[place]))


def _bytes(row: Rows) -> bytes:
    return (row + 0.0).tobytes()
