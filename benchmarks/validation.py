"""Shows what scores are worth and what racing saves: one section a module of `validating/`, results kept in JSON lines.

    python benchmarks/validation.py corrected [--quick] [--seconds 600]
    python benchmarks/validation.py racing [--quick] [--seconds 600]
    python benchmarks/validation.py live [--quick] [--seconds 600]
    python benchmarks/validation.py leaks [--quick] [--seconds 600]
    python benchmarks/validation.py comparison [--quick] [--seconds 600]
    python benchmarks/validation.py fitting [--quick] [--seconds 600]
    python benchmarks/validation.py replicates [--quick] [--seconds 600]
    python benchmarks/validation.py default [--quick] [--seconds 600]
    python benchmarks/validation.py noise-stop [--quick] [--seconds 600]
    python benchmarks/validation.py thresholds [--quick] [--seconds 600]

A run that is cut off goes on where it stopped; the tables say how many cells are filled.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    """Run one section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", help="a module of benchmarks/validating, such as corrected or noise-stop")
    parser.add_argument("--results", type=Path, help="JSON lines to keep and resume [default: SECTION.jsonl]")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this long")
    parser.add_argument("--quick", action="store_true", help="a few data sets, to see that it works")
    given = parser.parse_args()
    section = importlib.import_module(f"benchmarks.validating.{given.section.replace('-', '_')}")
    section.run(given.results or Path(f"{given.section}.jsonl"), quick=given.quick, seconds=given.seconds)


if __name__ == "__main__":
    main()
