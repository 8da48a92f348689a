"""Runs the demo's own searches on many train/test splits, to see how often `make demo` wins, ties or loses.

One demo is one split, and its test rows settle little. This runs the same data, algorithms, trials and executor with
another seed each time, which changes the split, the folds, the models and the search. Random search gets the seconds
that the tuned side took, as in the demo. Results are JSON lines, one a split; called again, the command goes on.

    python benchmarks/demo_splits.py --splits 20 --out demo_splits.jsonl
    python benchmarks/demo_splits.py --out demo_splits.jsonl --table
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tunesmith.tabular import Request, Search, judge, prepare, search_for

DEMO = Path(__file__).parents[1] / "examples" / "demo.py"


def _demo() -> Any:
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    sys.modules["demo"] = module
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def measure(split: int, folder: Path, *, rival: bool) -> dict[str, Any]:
    """One split: the tuned side, random search for the same seconds, and what the test rows say of both."""
    demo = _demo()
    prepared = prepare(
        Request(data=str(demo.write_table(folder / "table.csv")), target="price", models=demo.MODELS, seed=split)
    )
    tune = Search(
        trials=demo.TRIALS, executor="process:2", storage=str(folder / "demo.db"), name="demo", progress=False
    )
    began = time.perf_counter()
    study = search_for(prepared, tune)
    seconds = time.perf_counter() - began
    others = {}
    if rival:
        random = replace(tune, trials=None, timeout=seconds, sampler="random", name="random", defaults=False)
        others["random"] = search_for(prepared, random).best.params
    verdict = judge(prepared, study, others=others).verdict
    study.close()
    return {
        "split": split, "seconds": round(seconds, 1), "trials": len(study), "said": study.best.value,
        "words": verdict.words, "gain": verdict.gain, "low": verdict.low, "high": verdict.high,
        "scores": {score.name: score.score for score in verdict.scores}, "best": dict(study.best.params),
        "rows": len(prepared.train) + len(prepared.test),
    }  # fmt: skip


def table(lines: list[dict[str, Any]], test_share: float = 0.25) -> str:
    """The paired gains over all splits; `t, shared rows` allows for the rows that splits share (Nadeau and Bengio)."""
    seconds = np.mean([line["seconds"] for line in lines])
    rows = [f"{len(lines)} splits of {lines[0]['rows']:,} rows, {seconds:.0f} s each"]
    for name, other in (("default", "default"), ("random search", "random")):
        pairs = [(line["scores"][other], line["scores"]["tuned"]) for line in lines if other in line["scores"]]
        if len(pairs) < 2:
            continue
        before, after = np.array(pairs).T
        gains = before - after
        spread = gains.std(ddof=1)
        plain, wide = (spread * math.sqrt(1 / len(gains) + more) for more in (0, test_share / (1 - test_share)))
        rows.append(
            f"against {name}: {before.mean():.1f} -> {after.mean():.1f}, gain {gains.mean():+.2f} ± {plain:.2f} "
            f"({gains.mean() / before.mean():+.1%}), t {gains.mean() / plain:.1f}, t with shared rows "
            f"{gains.mean() / wide:.1f}, better in {(gains > 0).sum()} of {len(gains)}"
        )
    words = [line["words"] for line in lines]
    rows.append("what the demo says: " + ", ".join(f"{one!r} {words.count(one)}" for one in sorted(set(words))))
    return "\n".join(rows)


def read(path: Path) -> list[dict[str, Any]]:
    """The results so far; a last line that was cut off is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--no-random", dest="rival", action="store_false", help="leave random search out")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; what is in there already is kept")
    parser.add_argument("--table", action="store_true", help="only print the table of --out")
    options = parser.parse_args()
    done = {line["split"] for line in read(options.out)}
    for split in [] if options.table else sorted(set(range(options.splits)) - done):
        with tempfile.TemporaryDirectory() as folder:
            line = measure(split, Path(folder), rival=options.rival)
        with options.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        between = f"{line['low']:+.2f} to {line['high']:+.2f}"
        print(f"split {split}: {line['words']}, {line['gain']:+.2f} ({between})", flush=True)
    print(table(read(options.out)))


if __name__ == "__main__":
    main()
