"""What the cells say: scores, ranks, how often a method is worse than the default, and how far its claims are off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.contending.data import Floats
from benchmarks.contending.methods import METHODS

_RESAMPLES = 2000
_SAME = 1e-9
_HEADS = (
    "", "cells", "rank", "gain over the default, standard errors", "worse than the default", "claim - test, median",
    "claim - test, standard errors", "distance, standard errors", "interval holds", "seconds",
)  # fmt: skip
Line = Mapping[str, Any]


def table(lines: Sequence[Line], cells: int, seconds: float, cores: int) -> str:
    """One row a method, as Markdown; intervals are bootstraps over data sets (95 %)."""
    mine = [line for line in lines if line["cell"][3] == seconds and line["cell"][4] == cores]
    good = [line for line in mine if "error" not in line]
    failed = [line for line in mine if "error" in line]
    of_what = f"{seconds:g} seconds, {cores} {'core' if cores == 1 else 'cores'}"
    rows = [_row(method, good) for method in METHODS if any(line["cell"][2] == method for line in good)]
    return "\n".join(
        [
            f"{len(mine)} of {cells} cells are filled, {len(failed)} of them with an error ({of_what})\n",
            f"| {' | '.join(_HEADS)} |",
            f"|{'---|' * len(_HEADS)}",
            *rows,
            *(f"failed: {' '.join(map(str, line['cell'][:3]))}: {line['error']}" for line in failed),
        ]
    )


def _row(method: str, lines: Sequence[Line]) -> str:
    own = [line for line in lines if line["cell"][2] == method]
    defaults = {_place(line): line["score"] for line in lines if line["cell"][2] == "default"}
    against = [line for line in own if _place(line) in defaults]
    ranks = _ranks(lines)
    claims = [line for line in own if line["claim"] is not None]
    sure = [line for line in claims if line["low"] is not None]
    held = sum(line["low"] <= line["score"] <= line["high"] for line in sure)

    def gain(line: Line) -> float:
        return (line["score"] - defaults[_place(line)]) / _error(line)

    def worse(line: Line) -> float:
        return float(line["score"] < defaults[_place(line)] - _SAME)

    parts = [str(len(own)), _interval(own, lambda line: ranks[_place(line)][method], ".1f")]
    if method == "default":
        parts += ["", ""]
    else:
        parts += [_interval(against, gain, "+.2f"), _interval(against, worse, ".0%")]
    parts += [
        f"{np.median([line['claim'] - line['score'] for line in claims]):+.3f}" if claims else "",
        _interval(claims, lambda line: (line["claim"] - line["score"]) / _error(line), "+.2f"),
        _interval(claims, lambda line: abs(line["claim"] - line["score"]) / _error(line), ".2f"),
        f"{held} of {len(sure)}" if sure else "gives none",
        f"{np.mean([line['seconds'] for line in own]):.0f}",
    ]
    return f"| {method} | {' | '.join(parts)} |"


def _place(line: Line) -> tuple[str, int]:
    return line["cell"][0], line["cell"][1]


def _error(line: Line) -> float:
    return max(float(line["error_of_score"]), _SAME)


def _ranks(lines: Sequence[Line]) -> dict[tuple[str, int], dict[str, float]]:
    """Of each split: method -> its rank among those that answered, 1 the best; equal ones share."""
    scores: dict[tuple[str, int], dict[str, float]] = {}
    for line in lines:
        scores.setdefault(_place(line), {})[line["cell"][2]] = line["score"]
    return {
        place: {
            method: 1 + sum(other > mine + _SAME for other in all_.values())
            + (sum(abs(other - mine) <= _SAME for other in all_.values()) - 1) / 2
            for method, mine in all_.items()
        }
        for place, all_ in scores.items()
    }  # fmt: skip


def _interval(lines: Sequence[Line], of: Callable[[Line], float], form: str) -> str:
    """The mean, with a 95 % interval: data sets are drawn anew, with all their splits."""
    if not lines:
        return ""
    by_set: dict[str, list[float]] = {}
    for line in lines:
        by_set.setdefault(line["cell"][0], []).append(of(line))
    means = [np.mean(values) for values in by_set.values()]
    low, high = bootstrap(means)
    return f"{np.mean(means):{form}} ({low:{form}} to {high:{form}})"


def bootstrap(values: Sequence[Any], resamples: int = _RESAMPLES) -> Floats:
    """A 95 % interval of a mean by the percentile bootstrap."""
    drawn = np.random.default_rng(0).integers(0, len(values), (resamples, len(values)))
    bounds: Floats = np.quantile(np.asarray(values, float)[drawn].mean(axis=1), [0.025, 0.975])
    return bounds
