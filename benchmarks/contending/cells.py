"""The cells of the meeting: data set, split, method; each in a process of its own, its line of JSON kept."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks.contending.data import Facts, Split, score, standard_error
from benchmarks.contending.methods import METHODS, NEEDS, OURS
from benchmarks.validating.datasets import ALL

ROOT = Path(__file__).resolve().parents[2]
SETS = (
    "breast_cancer", "diabetes", "housing", "labour", "pima", "mortgage", "wages", "titanic", "personality", "digits",
    "incomes", "computers",
)  # fmt: skip
TEST_SHARE = 0.3
_PATIENCE, _GRACE = 4, 60
"""A method that takes so many times its seconds, and so many more, is stopped and counts as failed."""


@final
class Cell(NamedTuple):
    """One method on one split of one data set, with so many seconds on so many cores."""

    name: str
    split: int
    method: str
    seconds: float
    cores: int


def wanted(sets: Sequence[str], splits: int, methods: Sequence[str], seconds: float, cores: int) -> Iterator[Cell]:
    """All cells; every method meets a split before the next one comes."""
    for split in range(splits):
        for name in sets:
            for method in methods:
                yield Cell(name, split, method, seconds, cores)


def split_of(cell: Cell) -> Split:
    """Training and test part, the same for every method."""
    data = ALL[cell.name]
    X, y = data.read()
    classes = y if data.task == "classification" else None
    parts = train_test_split(X, y, test_size=TEST_SHARE, random_state=cell.split, stratify=classes)
    names = [f"x{at}" for at in range(X.shape[1])]
    count = 0 if classes is None else len(np.unique(y))
    facts = Facts(data.task, data.scoring, count, cell.seconds, cell.cores, cell.split)
    tables = [pd.DataFrame(part, columns=names) for part in parts[:2]]
    return Split(tables[0], parts[2], tables[1], parts[3], facts)


def missing(method: str, python: str) -> str:
    """Why a method cannot run with an interpreter, in words; empty if it can."""
    package = NEEDS.get(method)
    if package is None:
        return ""
    if python == sys.executable:
        try:
            found = importlib.util.find_spec(package) is not None
        except ModuleNotFoundError:
            found = False
        return "" if found else f"{package} is not installed"
    code = subprocess.run([python, "-c", f"import {package}"], capture_output=True, text=True, check=False)
    return "" if code.returncode == 0 else f"{package}: {(code.stderr.strip().splitlines() or ['no answer'])[-1]}"


def measure(cell: Cell, python: str) -> dict[str, Any]:
    """Let a method work in its own process, then score what it answered."""
    split = split_of(cell)
    line: dict[str, Any] = {"cell": list(cell), "scoring": split.facts.scoring, "rows": len(split.y)}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        split.write(folder)
        interpreter = sys.executable if cell.method in OURS else python
        places = os.pathsep.join([str(ROOT), *([str(ROOT / "src")] if cell.method in OURS else [])])
        began = time.perf_counter()
        try:
            ended = subprocess.run(
                [interpreter, "-m", "benchmarks.contending.methods", cell.method, place],
                cwd=place, env={**os.environ, "PYTHONPATH": places, "OMP_NUM_THREADS": "1"}, capture_output=True,
                text=True, timeout=_PATIENCE * cell.seconds + _GRACE, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {**line, "error": f"stopped after {time.perf_counter() - began:.0f} seconds"}
        if ended.returncode or not (folder / "claim.json").exists():
            return {**line, "error": (ended.stderr.strip().splitlines() or ["no answer"])[-1][:300]}
        claim = json.loads((folder / "claim.json").read_text(encoding="utf-8"))
        answers = np.load(folder / "answers.npy")
    if not np.isfinite(answers).all():
        return {**line, "error": "answers that are no numbers"}
    scoring = split.facts.scoring
    found = {"score": score(scoring, split.y_test, answers), "error_of_score": standard_error(
        scoring, split.y_test, answers
    )}  # fmt: skip
    return {**line, **{name: None if _unknown(value) else value for name, value in claim.items()}, **found}


def _unknown(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def fill(path: Path, cells: Sequence[Cell], python: str, until: float) -> Iterator[dict[str, Any]]:
    """Measure what is missing, as long as there is time."""
    done = {tuple(line["cell"]) for line in read(path)}
    path.parent.mkdir(parents=True, exist_ok=True)
    for cell in cells:
        if cell in done:
            continue
        if time.monotonic() > until:
            return
        line = measure(cell, python)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        yield line


def read(path: Path) -> list[dict[str, Any]]:
    """What was measured; a last line that was cut off is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def known(methods: Sequence[str]) -> list[str]:
    """Methods by name, or all; refuses others."""
    wrong = [method for method in methods if method not in METHODS]
    if wrong:
        raise SystemExit(f"No method is called {wrong[0]!r}; there are {', '.join(METHODS)}.")
    return list(methods) or list(METHODS)
