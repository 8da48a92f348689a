"""Racing over folds: the fits that it saves, and what that costs on rows never seen.

Races are replayed on tables of fold scores (`fold_tables.py`), so that none needs a fit. Settings come in random order;
what a sampler makes of stopped trials, and a race of what it foretold, is measured by `live.py`, which pays for fits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from benchmarks.validating import fold_tables, replay
from benchmarks.validating.fold_tables import FoldTable
from tunesmith.pruners.racing import RacingPruner

_RESAMPLES = 2000
_CUT = 3.0
"""Losses beyond so many standard errors, either way, are cut in the second pair of columns: log loss has no bounds."""

_RANDOM = 10
"""How many random deals of the control are averaged over."""

Racer: TypeAlias = Callable[[FoldTable, Sequence[int]], replay.Race]


@final
class Outcome(NamedTuple):
    """One race: share of fold fits, what the winner lost in cross-validation and on the test part, in standard errors.

    Losses are against the winner of all folds; the unit is the standard error of that winner's mean over folds. `bias`
    is by how much what models are told of stopped trials is too bad, on average.
    """

    name: str
    share: float
    validation: float
    test: float
    bias: float = math.nan
    stopped: int = 0
    beaten: int = 0


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill tables until all are there or the time is up, then print what they say."""
    until = time.monotonic() + seconds
    kept = results.with_name(f"{results.stem}-tables.jsonl")
    wanted = fold_tables.cells(1)[:6] if quick else fold_tables.cells()
    for done, count in fold_tables.fill(kept, wanted):
        print(f"\r{done} of {count} tables", end="", flush=True)
        if time.monotonic() > until:
            break
    print()
    chosen = set(wanted)
    tables = [table for table in fold_tables.read(kept) if table.cell in chosen]
    names, families = {table.cell.name for table in tables}, {table.cell.family for table in tables}
    print(f"{len(tables)} of {len(wanted)} tables are filled: {len(names)} data sets, {len(families)} families")
    if tables:
        _print_races(tables)


def _print_races(tables: Sequence[FoldTable]) -> None:
    races: dict[str, Racer] = {
        "racing": lambda table, order: replay.race(table, RacingPruner(), order),
        "forgiving (Bergman et al. 2024)": lambda table, order: replay.race(table, replay.Forgiving(), order),
        "Optuna's WilcoxonPruner": replay.wilcoxon,
    }
    print(f"\n{'':34} {'fits':>6} {'validation':>11} {'test':>7} {'upper 95 %':>11} {'cut at 3':>9} {'upper 95 %':>11}")
    for name, racer in races.items():
        _print_row(name, tables, [outcome(table, racer) for table in tables])
        if name == "racing":
            _print_row("as many folds dropped at random", tables, [control(table) for table in tables])
    found = [outcome(table, races["racing"]) for table in tables]
    bias = np.array([one.bias for one in found])
    bias = bias[np.isfinite(bias)]
    stopped, beaten = sum(one.stopped for one in found), sum(one.beaten for one in found)
    print("losses are in standard errors of the full winner's mean over folds")
    print(f"\nstopped {stopped:,}; {beaten} of them would have beaten the incumbent")
    print(
        f"means that models are told of them are too bad by {np.median(bias):+.2f} standard errors in the median race, "
        f"by {np.clip(bias, -_CUT, _CUT).mean():+.2f} on average (cut at 3), {bias.mean():+.2f} (not cut)"
    )


def _print_row(name: str, tables: Sequence[FoldTable], found: Sequence[Outcome]) -> None:
    share, validation = (np.mean([getattr(one, key) for one in found]) for key in ("share", "validation"))
    lost = np.array([one.test for one in found])
    mean, upper = upper_bound(tables, lost)
    cut, cut_upper = upper_bound(tables, np.clip(lost, -_CUT, _CUT))
    print(f"{name:34} {share:6.1%} {validation:11.3f} {mean:+7.3f} {upper:+11.3f} {cut:+9.3f} {cut_upper:+11.3f}")


def upper_bound(tables: Sequence[FoldTable], losses: Any) -> tuple[float, float]:
    """Mean over data sets, and its upper 95 % bound by a bootstrap that draws data sets, then tables of each."""
    rng = np.random.default_rng(0)
    names = sorted({table.cell.name for table in tables})
    parts = [losses[[table.cell.name == name for table in tables]] for name in names]
    parts = [part[np.isfinite(part)] for part in parts if np.isfinite(part).any()]
    drawn = [
        np.mean([rng.choice(parts[at], len(parts[at])).mean() for at in rng.integers(0, len(parts), len(parts))])
        for _ in range(_RESAMPLES)
    ]
    return float(np.mean([part.mean() for part in parts])), float(np.quantile(drawn, 0.95))


def order_of(table: FoldTable, seed: int = 0) -> list[int]:
    """The defaults, then the other settings at random."""
    rng = np.random.default_rng([table.cell.seed, seed])
    return [0, *(1 + rng.permutation(len(table.folds) - 1)).tolist()]


def outcome(table: FoldTable, racer: Racer) -> Outcome:
    """One race against all folds."""
    found = racer(table, order_of(table))
    bias = float(np.mean(found.errors)) if found.errors else math.nan
    lost = _lost(table, found.winner)
    return Outcome("", sum(found.seen) / table.folds.size, *lost, bias, len(found.errors), found.beaten)


def control(table: FoldTable) -> Outcome:
    """As many trials stopped after as many folds as in the race, but any of them; the mean of several deals."""
    raced = replay.race(table, RacingPruner(), order_of(table))
    order = order_of(table)
    found = []
    for deal in range(_RANDOM):
        rng = np.random.default_rng([table.cell.seed, deal])
        dealt = rng.permutation([raced.seen[setting] for setting in order[1:]])
        full = table.folds.shape[1]
        complete = [order[0], *(order[1:][at] for at in np.flatnonzero(dealt == full))]
        means = table.folds.mean(axis=1)
        found.append(_lost(table, max(complete, key=lambda setting: float(means[setting]))))
    return Outcome("", sum(raced.seen) / table.folds.size, *np.mean(found, axis=0))


def _lost(table: FoldTable, winner: int) -> tuple[float, float]:
    means = table.folds.mean(axis=1)
    best, scale = int(means.argmax()), replay.standard_error(table)
    return float(means[best] - means[winner]) / scale, float(table.test[best] - table.test[winner]) / scale
