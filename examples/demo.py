"""The demo: tune seven algorithms on real data, give random search the same seconds, open the test set once.

`make demo` runs it. A second run resumes: nothing is fitted twice.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from tunesmith._platform import program
from tunesmith.errors import TunesmithError
from tunesmith.reporting import TunedModel, model_report, page, study_report, write
from tunesmith.tabular import (
    Prepared,
    Request,
    Search,
    data_lines,
    judge,
    last_lines,
    load_table,
    make_plan,
    plan_lines,
    prepare,
    report_parts,
    require_folder,
    search_for,
    study_of,
    write_outputs,
)

FOLDER = Path("demo-out")
TABLE = FOLDER / "computers.csv"
STORAGE = str(FOLDER / "demo.db")
TRIALS = 60
ALLOWANCE, JUDGING, LEAST = 160.0, 20.0, 30.0
"""Seconds for all of it, for what follows the two searches, and for each search at least."""

MODELS = ("linear", "svm", "knn", "forest", "extra_trees", "boosting", "mlp")


def main() -> int:
    """Run the demo from the data to the last screen."""
    began = time.perf_counter()
    folder = require_folder(FOLDER)
    prepared = prepare(Request(data=str(write_table(TABLE)), target="price", models=MODELS))
    print("\n".join(data_lines(prepared)))
    tune = Search(trials=TRIALS, executor="process:2", storage=STORAGE, name="demo", progress=True)
    if not Path(STORAGE).exists():
        print("\n".join(plan_lines(make_plan(prepared, tune))))
    left = ALLOWANCE - JUDGING - (time.perf_counter() - began)
    tune = replace(tune, timeout=max(LEAST, left / 2))
    seconds = _timed(prepared, tune, "tunesmith")
    rival = Search(
        trials=None, timeout=seconds, sampler="random", executor="process:2", storage=STORAGE, name="demo-random",
        progress=True, defaults=False,
    )  # fmt: skip
    _timed(prepared, rival, "random search, for the same seconds")
    study, random = study_of(prepared, tune), study_of(prepared, rival)
    tuned = judge(prepared, study, others={"random search": random.best.params}, say=print)
    files = write_outputs(tuned, folder)
    report = folder / "report.html"
    write(report, page(model_report(study_report(study), TunedModel(**report_parts(tuned)))))
    print()
    for line in last_lines(
        tuned,
        {**files, "report": str(report)},
        again=f"make demo (it resumes), or your own data: {program('tunesmith')} tune DATA.csv --target COLUMN",
        extra={"random search": f"random search for as long ({len(random)} trials)"},
    ):
        print(line)
    return 0


def write_table(path: Path) -> Path:
    """Write the demo's table: computers advertised in 1994 and their prices.

    6,259 advertisements of 1993 to 1995 (Stengos and Zacharias 2006, Journal of Applied Econometrics 21), as the R
    package Ecdat and, after it, the Python package pydataset carry them. The year in the middle keeps the demo short.
    """
    if not path.exists():
        frame = load_table("pydataset:Ecdat/Computers").frame
        frame[frame["trend"].between(13, 24)].to_csv(path, index=False)
    return path


def _timed(prepared: Prepared, search: Search, title: str) -> float:
    """Run a search unless it was run before, and give the seconds that it took then or now."""
    study = study_of(prepared, search)
    spent = study.history.attrs.get("seconds")
    if spent is not None:
        print(f"{title}: {study.history.finished_count} trials are done, from an earlier run")
    else:
        print(f"\n{title}:", flush=True)
        began = time.perf_counter()
        if search_for(prepared, search).was_interrupted:
            raise KeyboardInterrupt
        spent = time.perf_counter() - began
        study.set_attr("seconds", spent)
    return float(spent)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TunesmithError as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit("Paused; all is kept. Continue: make demo")
