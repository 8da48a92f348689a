"""Thresholds and calibrations on rare classes: what they are said to be worth, against 50,000 fresh rows."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.validating.corrected import COLUMNS, FOLDS, FRESH, fitted
from tunesmith.numerics.optimism import best
from tunesmith.numerics.platt import corrected_brier, platt, probabilities
from tunesmith.numerics.row_scores import Ranked
from tunesmith.numerics.thresholds import Cuts, Rule, corrected_cut

ROWS, SHARE, SETS, ROUNDS = 300, 0.05, 100, 300
RULES = ("f1", "balanced_accuracy", "recall>=0.9", "recall>=0.7", "precision>=0.5", "alarm=1,miss=20")
BRIER = "Brier score, calibrated"
CELLS = tuple(itertools.product(("near", "far"), (1, 30)))
"""How far apart the classes are, and how many settings compete."""
_SHIFT = {"near": 1.0, "far": 1.6}
_BETA = np.array([1, 0.7, 0.5, 0.3, 0, 0, 0, 0, 0, 0])

Array = Any


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    began = time.monotonic()
    done = {(*row["cell"], row["seed"]) for row in _read(results)}
    for seed, cell in itertools.product(range(3 if quick else SETS), CELLS):
        if (*cell, seed) in done:
            continue
        if time.monotonic() - began > seconds:
            break
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"cell": cell, "seed": seed, "found": one(seed, *cell)}) + "\n")
    table(_read(results))


def one(seed: int, kind: str, settings: int) -> dict[str, dict[str, float]]:
    """One data set, one search by AUC, and each rule on its winner: truth, as it looked, corrected, interval."""
    rng = np.random.default_rng(seed)
    X, positive = data(rng, ROWS, kind)
    new, fresh = data(np.random.default_rng(10**6 + seed), FRESH, kind)
    fold = np.empty(ROWS, dtype=np.intp)
    fold[np.r_[rng.permutation(np.flatnonzero(positive)), rng.permutation(np.flatnonzero(~positive))]] = (
        np.arange(ROWS) % FOLDS
    )
    tried = [(rng.random(COLUMNS) < rng.uniform(0.2, 1), float(10 ** rng.uniform(-2, 3))) for _ in range(settings)]
    scores = np.empty((ROWS, settings))
    y = np.where(positive, 1.0, -1.0)
    for part, (at, setting) in itertools.product(range(FOLDS), enumerate(tried)):
        out = fold == part
        scores[out, at] = fitted(X[~out], y[~out], setting)(X[out])
    evidence, everyone, units = Ranked(scores, positive, fold), np.ones((1, ROWS)), np.arange(ROWS)
    winner = int(best(evidence.scores(everyone))[0])
    answers = fitted(X, y, tried[winner])(new)
    cuts = [Cuts(column, positive) for column in scores.T]
    chosen: dict[bytes, Array] = {}  # all rules meet the same resamples

    def choose(inside: Array) -> Array:
        key = inside.astype(np.int8).tobytes()
        if key not in chosen:
            chosen[key] = best(evidence.scores(inside))
        return chosen[key]

    found = {}
    for name in RULES:
        rule = Rule.of(name)
        place = int(rule.best(cuts[winner].counts(everyone))[0])
        threshold = cuts[winner].thresholds[place]
        told = corrected_cut(cuts, rule, units, np.random.default_rng(seed), choose=choose, rounds=ROUNDS)[rule.measure]
        values = [
            float(rule.value(rule.measure, counted(which >= threshold, truth)))
            for which, truth in ((answers, fresh), (scores[:, winner], positive))
        ]
        found[name] = dict(zip(("truth", "raw"), values, strict=True)) | _told(told)
    mine = scores[:, winner]
    slope, intercept = platt(mine, positive, everyone)
    truth, raw = (
        float(np.mean((probabilities(slope * which + intercept) - is_positive) ** 2))
        for which, is_positive in ((answers, fresh), (mine, positive))
    )
    brier = corrected_brier(mine, positive, units, rng, calibrate=True)
    return {**found, BRIER: {"truth": truth, "raw": raw, **_told(brier)}}


def data(rng: np.random.Generator, rows: int, kind: str) -> tuple[Array, Array]:
    """Columns and which rows are positive: exactly 5 % of them, moved in four of the ten columns."""
    positive = np.arange(rows) < round(SHARE * rows)
    return rng.normal(size=(rows, COLUMNS)) + _SHIFT[kind] * np.outer(positive, _BETA), positive


def counted(above: Array, positive: Array) -> tuple[Array, Array, Array, Array]:
    """Positives above, negatives above, all positives, all negatives."""
    counts = (above & positive).sum(), (above & ~positive).sum(), positive.sum(), (~positive).sum()
    return tuple(np.float64(count) for count in counts)  # type: ignore[return-value]


def table(rows: list[dict[str, Any]]) -> None:
    """Print, for each cell, how far the corrected measures are from the truth, with 95 % intervals of the mean."""
    cells: dict[tuple[Any, ...], list[dict[str, float]]] = defaultdict(list)
    for row in rows:
        for name, found in row["found"].items():
            cells[(name, *row["cell"])].append(found)
    filled = sum(map(len, cells.values())) // (len(RULES) + 1)
    print(f"{filled} of {len(CELLS) * SETS} cells are filled ({ROWS} rows, {SHARE:.0%} positive)\n")
    heads = (
        "measure, classes, settings | data sets | truth | as it looked | corrected | corrected - truth | apart | held"
    )
    print(heads, "-" * len(heads), sep="\n")
    for (name, kind, settings), found in sorted(cells.items()):
        truth, raw, value, low, high = (
            np.array([one[key] for one in found]) for key in ("truth", "raw", "value", "low", "high")
        )
        error = value - truth
        reach = 1.96 * error.std(ddof=1) / np.sqrt(len(error)) if len(error) > 1 else float("nan")
        held = np.mean((low <= truth) & (truth <= high))
        print(
            f"{name}, {kind}, {settings:2}".ljust(36) + f" | {len(found):3} | {truth.mean():.3f} | {raw.mean():.3f} | "
            f"{value.mean():.3f} | {error.mean():+.3f} +- {reach:.3f} | {np.abs(error).mean():.3f} | {held:.0%}"
        )


def _told(found: Any) -> dict[str, float]:
    return {"value": float(found.value), "low": float(found.low), "high": float(found.high)}


def _read(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
