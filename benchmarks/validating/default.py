"""Whether tuning did any good: the tuned model and the one that is recommended, against the default on fresh rows."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone
from sklearn.model_selection import train_test_split

import tunesmith as ts
from benchmarks.contending.data import Facts, Split, score
from benchmarks.contending.methods import answers_of
from benchmarks.contending.tables import bootstrap
from benchmarks.validating.datasets import ALL, LARGE
from benchmarks.validating.fold_tables import FAMILIES
from tunesmith.analysis import over_tuning

SETS = tuple(name for name in ALL if name not in LARGE)
FAMILY = ("neighbours", "linear", "forest")
SPLITS, TRIALS, MOST, TEST_SHARE = 5, 25, 600, 0.4
PROMISE, RESAMPLES = 0.02, 100
_SAME = 1e-9


@final
class Cell(NamedTuple):
    """One outer split of a data set, and the family that is tuned on it: they take turns."""

    name: str
    split: int
    family: str


CELLS = [
    Cell(name, split, FAMILY[(at + split) % len(FAMILY)]) for split in range(SPLITS) for at, name in enumerate(SETS)
]


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the table."""
    until = time.monotonic() + seconds
    done = {tuple(line["cell"]) for line in read(results)}
    for cell in CELLS[:3] if quick else CELLS:
        if cell in done:
            continue
        if time.monotonic() > until:
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = measure(cell)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    print(table(read(results)))


def split_of(cell: Cell) -> Split:
    """Training part, at most so many rows, and all others to judge on."""
    data = ALL[cell.name]
    X, y = data.read()
    classes = y if data.task == "classification" else None
    train = min(MOST, int((1 - TEST_SHARE) * len(y)))
    parts = train_test_split(X, y, train_size=train, random_state=cell.split, stratify=classes)
    facts = Facts(data.task, data.scoring, 0 if classes is None else len(np.unique(y)), 0.0, 1, cell.split)
    return Split(pd.DataFrame(parts[0]), parts[2], pd.DataFrame(parts[1]), parts[3], facts)


def measure(cell: Cell, trials: int = TRIALS) -> dict[str, Any]:
    """Tune, ask whether it helped, and score the tuned model and the default on fresh rows."""
    split = split_of(cell)
    family = FAMILIES[cell.family]
    model = family.make(split.facts.task)
    search = ts.TuneSearchCV(
        model, family.space[split.facts.task], trials=trials, scoring=split.facts.scoring, random_state=cell.split
    )
    X = split.X.to_numpy()
    search.fit(X, split.y)
    said = over_tuning(search.study_)
    answers = {
        "tuned": answers_of(search.best_estimator_, split),
        "default": answers_of(clone(model).fit(X, split.y), split),
    }
    scores = {name: score(split.facts.scoring, split.y_test, answer) for name, answer in answers.items()}
    return {
        "cell": list(cell), **scores, "error": difference_error(split, answers["tuned"], answers["default"]),
        "helped": said.helped, "p": None if said.gain is None else said.gain.p, "raw": said.raw,
        "kept": search.history_.trial(int(search.cv_results_["trial_number"][search.best_index_])).origin == "default",
    }  # fmt: skip


def difference_error(split: Split, one: Any, other: Any) -> float:
    """The standard error of a difference of two scores on the same fresh rows."""
    rng, found = np.random.default_rng(0), []
    while len(found) < RESAMPLES:
        rows = rng.integers(0, len(split.y_test), len(split.y_test))
        y = split.y_test[rows]
        if split.facts.task == "classification" and len(np.unique(y)) < split.facts.classes:
            continue
        found.append(score(split.facts.scoring, y, one[rows]) - score(split.facts.scoring, y, other[rows]))
    return float(np.std(found, ddof=1))


def read(results: Path) -> list[dict[str, Any]]:
    """What was measured; a last line that was cut off is left out."""
    lines = results.read_text(encoding="utf-8").splitlines(keepends=True) if results.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def table(lines: Sequence[Mapping[str, Any]]) -> str:
    """How often each model is worse than the default, with what an exact binomial test at 1 % says of the promise."""
    names = {line["cell"][0] for line in lines}
    told = [f"{len(lines)} of {len(CELLS)} cells are filled: {len(names)} data sets, {TRIALS} trials each"]
    if not lines:
        return told[0]
    told += [
        "",
        f"{'':36}{'worse than the default':>24}{'95 % interval':>16}{'beyond 2 standard errors':>26}{'gain':>8}",
    ]
    rows = {
        "the best trial": lines,
        "recommended: it, where told apart": [
            line if line["helped"] else {**line, "tuned": line["default"]} for line in lines
        ],
        "of these, only where told apart": [line for line in lines if line["helped"]],
        "the best trial, where not told apart": [line for line in lines if not line["helped"]],
    }
    told += [_row(name, kept) for name, kept in rows.items() if kept]
    recommended = sum(_worse(line) for line in lines if line["helped"])
    stands = stats.binomtest(recommended, len(lines), PROMISE, alternative="greater").pvalue > 0.01
    told.append(f"\nrecommended worse than the default in at most {PROMISE:.0%}: {'stands' if stands else 'BROKEN'}")
    told.append(
        "gain: over the default, in standard errors of the difference on the fresh rows, cut at 10; mean of data sets"
    )
    return "\n".join(told)


def _row(name: str, lines: Sequence[Mapping[str, Any]]) -> str:
    worse = sum(_worse(line) for line in lines)
    clearly = sum(_gain(line) < -2 for line in lines)
    ends = stats.binomtest(worse, len(lines)).proportion_ci()
    by_set: dict[str, list[float]] = {}
    for line in lines:
        by_set.setdefault(line["cell"][0], []).append(min(10.0, max(-10.0, _gain(line))))
    means = [float(np.mean(gains)) for gains in by_set.values()]
    low, high = bootstrap(means)
    return (
        f"{name:36}{f'{worse} of {len(lines)}, {worse / len(lines):.1%}':>24}{f'{ends.low:.1%} to {ends.high:.1%}':>16}"
        f"{f'{clearly}, {clearly / len(lines):.1%}':>26}{np.mean(means):>+8.2f} ({low:+.2f} to {high:+.2f})"
    )


def _worse(line: Mapping[str, Any]) -> bool:
    return bool(line["tuned"] < line["default"] - _SAME)


def _gain(line: Mapping[str, Any]) -> float:
    return float((line["tuned"] - line["default"]) / max(line["error"], _SAME))
