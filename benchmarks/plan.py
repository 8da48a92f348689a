"""How well `tunesmith tune --plan` foretells what a search takes: planned and real seconds on ten data sets.

python benchmarks/plan.py              all ten, about 15 minutes on two quiet cores
python benchmarks/plan.py --sets 3     the first three

Each set is planned, then tuned with the same options; the goal is a ratio within a factor 2 on 8 of 10.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import pandas as pd
from sklearn.datasets import make_classification, make_friedman1

from tunesmith.tabular import Request, Search, make_plan, prepare, search_for

BUNDLED = ("diabetes", "breast_cancer", "wine", "iris", "digits")
SYNTHETIC = {
    "wide": lambda: make_classification(600, 60, n_informative=12, random_state=0),
    "long": lambda: make_classification(8_000, 12, n_informative=8, random_state=0),
    "classes": lambda: make_classification(1_500, 20, n_informative=12, n_classes=5, random_state=0),
    "friedman": lambda: make_friedman1(1_000, 10, random_state=0),
    "friedman-long": lambda: make_friedman1(6_000, 15, random_state=0),
}


def tables(folder: Path) -> list[tuple[str, str]]:
    """Name and what `tune` is given, for each set."""
    found = [(name, f"sklearn:{name}") for name in BUNDLED]
    for name, make in SYNTHETIC.items():
        X, y = make()
        frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])]).assign(target=y)
        frame.to_csv(folder / f"{name}.csv", index=False)
        found.append((name, str(folder / f"{name}.csv")))
    return found


def main() -> None:
    """Print planned against real seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10, help="how many of the sets")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--executor", default="process:2")
    options = parser.parse_args()
    within = 0
    print("set            planned (spread)             real   real / planned")
    with tempfile.TemporaryDirectory() as place:
        chosen = tables(Path(place))[: options.sets]
        for name, data in chosen:
            prepared = prepare(Request(data=data, target="target", cv=3))
            storage = str(Path(place) / f"{name}.db")
            search = Search(trials=options.trials, executor=options.executor, storage=storage, progress=False)
            line = make_plan(prepared, search).chosen
            began = time.perf_counter()
            search_for(prepared, search)
            real = time.perf_counter() - began
            within += 0.5 <= real / line.seconds <= 2
            spread = f"({line.low:.0f} to {line.high:.0f})"
            print(f"{name:14} {line.seconds:7.1f} s {spread:16} {real:7.1f} s {real / line.seconds:8.2f}", flush=True)
    print(f"within a factor 2: {within} of {len(chosen)}")


if __name__ == "__main__":
    main()
