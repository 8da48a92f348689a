"""End to end: tunesmith, other searches and the default on real data, each with the same seconds: scores and claims.

    python benchmarks/endtoend.py --seconds 60 --cores 2 --python peers/bin/python
    python benchmarks/endtoend.py --table --seconds 60 --cores 2       only the table, of what is kept

A cell is one method on one split of one data set: a line in --out. A command that is cut off goes on where it stopped;
the table says how many cells are filled. All methods get the same numbers and the same rows. `tune`, FLAML and
AutoGluon choose among algorithms of their own; the three searches tune gradient boosting over the same space; the
default is gradient boosting as scikit-learn has it. A method's claim is what it says of its model before the test part
is seen: the best cross-validation or hold-out score, or tunesmith's corrected score with its interval.

Peers live best in an environment of their own: `python -m venv peers`, `peers/bin/pip install scikit-learn pandas
optuna-integration "flaml[automl]" "autogluon.tabular[lightgbm]"`. What is not installed is said, and left out.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.contending import cells, tables  # noqa: E402 - the path comes first


def main(argv: list[str] | None = None) -> int:
    """Fill cells, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--sets", nargs="+", choices=cells.SETS, default=list(cells.SETS), metavar="SET", help=", ".join(cells.SETS))
    add("--splits", type=int, default=2, help="outer splits of each data set (default: 2)")
    add("--methods", nargs="+", default=[], metavar="METHOD", help="default: all")
    add("--seconds", type=float, default=60.0, help="what each method is given (default: 60)")
    add("--cores", type=int, default=2, help="how many a method may use (default: 2)")
    add("--python", default=sys.executable, help="the interpreter of the peers")
    add("--out", type=Path, default=Path("endtoend.jsonl"), help="JSON lines to keep and resume")
    add("--stop-after", type=float, default=float("inf"), metavar="SECONDS", help="begin no cell after so long")
    add("--table", action="store_true", help="only print the table of --out")
    given = parser.parse_args(argv)
    until = time.monotonic() + given.stop_after
    methods = cells.known(given.methods)
    able = methods
    if not given.table:
        why = {method: cells.missing(method, given.python) for method in methods}
        for method, reason in why.items():
            if reason:
                print(f"{method} is left out: {reason}", file=sys.stderr)
        able = [method for method in methods if not why[method]]
        todo = list(cells.wanted(given.sets, given.splits, able, given.seconds, given.cores))
        for line in cells.fill(given.out, todo, given.python, until):
            told = line.get("error") or f"{line['score']:.4f} in {line['seconds']:.0f} s"
            print(*line["cell"][:3], told, file=sys.stderr, flush=True)
    count = len(list(cells.wanted(given.sets, given.splits, methods, given.seconds, given.cores)))
    asked = set(cells.wanted(given.sets, given.splits, methods, given.seconds, given.cores))
    kept = [line for line in cells.read(given.out) if tuple(line["cell"]) in asked]
    print(tables.table(kept, count, given.seconds, given.cores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
