"""Write the table of docs/spaces.md from the code: run this file after a change of the ready-made spaces."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from tunesmith.sklearn.spaces import ESTIMATORS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "spaces.md"
BEGIN, END = "<!-- table: written by tools/spaces_page.py -->", "<!-- end of the table -->"


def table() -> str:
    """The estimators, their hyperparameters and sources; neighbours with the same ones share a row."""
    rows = [(s.name, ", ".join(f"`{e.param}`" for e in s.entries), s.source) for s in ESTIMATORS]
    lines = ["| estimator | hyperparameters, the most tunable first | source |", "|---|---|---|"]
    for (params, source), group in groupby(rows, key=lambda row: row[1:]):
        lines.append(f"| {', '.join(name for name, _, _ in group)} | {params} | {source} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """A page's text with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote {len(ESTIMATORS)} estimators to {PAGE.name}.", file=sys.stderr)
