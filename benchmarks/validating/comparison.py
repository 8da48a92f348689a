"""What `ts.compare` promises: equal models called different at most once in twenty, a planted 1 % found."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, stats

from tunesmith.numerics.paired import chosen_elsewhere, corrected_difference

BASE, OWN, NOISE = 0.5, 0.35, 0.35
"""Shares of the latent score's variance: columns that both models see, the one that is a model's own, the rest."""
PLANTED, POWER, LEVEL, SETTINGS = 0.01, 0.8, 0.05, 30
DATA_SETS = 400
NULLS = ((500, 5, 1), (500, 10, 1), (500, 10, 3), (4000, 10, 1))
"""Rows, folds, repeats."""


def accuracy(seen: float, total: float) -> float:
    """Of the best linear rule that sees a share of the latent score's variance."""
    return 0.5 + math.asin(math.sqrt(seen / total)) / math.pi


def weaker() -> float:
    """How much the second model's own column must carry to be 1 % behind."""

    def off(own: float) -> float:
        total_now = BASE + OWN + own + NOISE
        return accuracy(BASE + OWN, total_now) - accuracy(BASE + own, total_now) - PLANTED

    found: float = optimize.brentq(off, 0.0, OWN)
    return found


def draw(rng: Any, rows: int, other: float) -> tuple[Any, Any, Any]:
    """Labels, and the columns of the first and the second model."""
    common, own = rng.normal(size=(rows, 4)), rng.normal(size=(rows, 2))
    latent = common @ np.full(4, math.sqrt(BASE / 4)) + own @ np.sqrt([OWN, other])
    y = np.sign(latent + rng.normal(0, math.sqrt(NOISE), rows))
    return y, np.column_stack([common, own[:, 0]]), np.column_stack([common, own[:, 1]])


def fold_scores(X: Any, y: Any, fold: Any) -> Any:
    """The accuracy of least squares on each fold."""
    found = []
    for part in range(fold.max() + 1):
        out = fold == part
        beta = np.linalg.lstsq(X[~out], y[~out], rcond=None)[0]
        found.append(np.mean(np.sign(X[out] @ beta) == y[out]))
    return np.array(found)


def rows_for_power(folds: int = 10) -> int:
    """The sample size at which theory gives the corrected test 80 % power for the planted difference."""
    y, first, second = draw(np.random.default_rng(0), 200_000, weaker())
    right = [np.sign(X @ np.linalg.lstsq(X, y, rcond=None)[0]) == y for X in (first, second)]
    variance = float(np.var(right[0].astype(float) - right[1].astype(float)))
    bar = stats.t.ppf(1 - LEVEL / 2, folds - 1)

    def power(rows: float) -> float:
        error = math.sqrt(variance * folds / rows * (1 / folds + 1 / (folds - 1)))
        return float(stats.nct.sf(bar, folds - 1, PLANTED / error)) - POWER

    return math.ceil(optimize.brentq(power, 100, 10**7))


def one(seed: int, kind: str, rows: int, folds: int, repeats: int) -> dict[str, Any]:
    """One data set: whether the test calls the first model better or worse."""
    rng = np.random.default_rng([seed, rows, folds, repeats])
    deals = [rng.permutation(rows) % folds for _ in range(repeats)]
    ratio = 1 / (folds - 1)
    if kind == "30 against 1 on noise":
        X, y = rng.normal(size=(rows, 12)), np.sign(rng.normal(size=rows))
        tried = [rng.random(12) < 0.4 for _ in range(SETTINGS + 1)]
        table = np.array([fold_scores(X[:, kept], y, deals[0]) for kept in tried])
        difference = chosen_elsewhere(table[1:])[0] - table[0]
        raw = float(table[1:].mean(axis=1).max() - table[0].mean())
    else:
        y, first, second = draw(rng, rows, weaker() if kind == "planted" else OWN)
        difference = np.concatenate([fold_scores(first, y, d) - fold_scores(second, y, d) for d in deals])
        raw = float(difference.mean())
    found = corrected_difference(difference, ratio, rope=PLANTED)
    naive = stats.ttest_1samp(difference, 0).pvalue if np.ptp(difference) > 0 else 1.0
    return {"p": found.p, "naive": float(naive), "mean": found.mean, "raw": raw, "ahead": found.ahead}


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    began = time.monotonic()
    cells = [("equal", *size) for size in NULLS] + [("30 against 1 on noise", 300, 10, 1)]
    cells.append(("planted", rows_for_power(), 10, 1))
    done = {(*row["cell"], row["seed"]) for row in _read(results)}
    sets = 10 if quick else DATA_SETS
    for seed in range(sets):
        for cell in cells:
            if (*cell, seed) in done:
                continue
            if time.monotonic() - began > seconds:
                break
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"cell": cell, "seed": seed, **one(seed, *cell)}) + "\n")
    table(_read(results), cells, sets)


def table(rows: list[dict[str, Any]], cells: list[tuple[Any, ...]], sets: int) -> None:
    """Print each rate beside its promise; a promise stands unless an exact binomial test at 1 % rejects it."""
    print(f"{len(rows)} of {sets * len(cells)} cells are filled; 'different' at p < {LEVEL}\n")
    print(
        f"{'models':24}{'rows':>8}{'folds':>7}{'different':>12}{'usual t-test':>14}{'raw gap':>9}{'fair gap':>10}"
        "  promise"
    )
    for cell in cells:
        mine = [row for row in rows if tuple(row["cell"]) == cell]
        if not mine:
            continue
        hits, planted = sum(row["p"] < LEVEL for row in mine), cell[0] == "planted"
        side, bound = ("less", POWER) if planted else ("greater", LEVEL)
        stands = stats.binomtest(hits, len(mine), bound, alternative=side).pvalue > 0.01
        naive = sum(row["naive"] < LEVEL for row in mine)
        folds = f"{cell[2]}x{cell[3]}" if cell[3] > 1 else str(cell[2])
        gaps = [float(np.mean([row[what] for row in mine])) for what in ("raw", "mean")]
        promise = f"{'at least' if planted else 'at most'} {bound:.0%}: {'stands' if stands else 'BROKEN'}"
        print(
            f"{cell[0]:24}{cell[1]:>8}{folds:>7}{hits / len(mine):>12.1%}{naive / len(mine):>14.1%}"
            f"{gaps[0]:>9.4f}{gaps[1]:>10.4f}  {promise}"
        )


def _read(results: Path) -> list[dict[str, Any]]:
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
