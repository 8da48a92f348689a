"""How good samplers are, on tasks of six families: one command runs what is missing, keeps it, and prints tables.

python benchmarks/search.py --quick                               a subset in under five minutes
python benchmarks/search.py --methods auto optuna-tpe --seeds 3   all development tasks, 100 trials each
python benchmarks/search.py --methods gp 'gp:acquisition=ei' --tasks lcbench mixint --split held-out
python benchmarks/search.py --methods tpe --batch 8               asked for 8 at once; compared as tpe@8
python benchmarks/search.py --table --against optuna-tpe          only tables, of what is kept
python benchmarks/search.py --reference                           random search, to which scores refer

A run is one task, one method and one seed: a line in --out. What is there is not run again. Scores: 0 = the median of
random search with the same budget, 1 = the best value known. docs/search-quality.md explains all of it.

Methods are samplers of tunesmith, with arguments after a colon, and peers: optuna-tpe, optuna-tpe-group, optuna-gp,
optuna-gp-run, optuna-cmaes, hyperopt, hebo, ax. Those that need torch live best in an environment of their own:
`python -m venv peers`, `peers/bin/pip install torch optuna hyperopt hebo ax-platform scikit-learn onnxruntime
coco-experiment msgspec`; then `--python peers/bin/python` runs the methods there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.searching import catalogue, methods, reference, runs, scores, tables  # noqa: E402 - the path comes first
from benchmarks.searching.problem import Task  # noqa: E402

HOME = ROOT / ".search"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--methods", nargs="+", default=[], metavar="METHOD", help="default: auto and optuna-tpe; for tables, all kept")
    add("--tasks", nargs="+", default=[], metavar="TASK", help="families, names or patterns such as 'mixint-*-d10-*'")
    add("--split", choices=("dev", "held-out", "all"), default="dev", help="default: dev")
    add("--quick", action="store_true", help="13 development tasks, 2 seeds")
    add("--seeds", type=int, help="how many (default 3, quick 2)")
    add("--first-seed", type=int, default=0)
    add("--trials", type=int, default=100)
    add("--batch", type=int, default=1, help="ask for so many at once, then tell them all")
    add("--label", default="", help="kept with our methods' names as gp#LABEL, to compare versions of the code")
    add("--jobs", type=int, default=1, help="processes")
    add("--python", help="an interpreter in which the methods are run instead, for peers with heavy needs")
    add("--again", action="store_true", help="run also what is kept; the newest run counts")
    add("--out", type=Path, default=HOME / "results.jsonl")
    add("--table", action="store_true", help="run nothing")
    add("--against", default="", metavar="METHOD", help="add paired differences to this method")
    add("--by-task", action="store_true", help="add the score of every task")
    add("--at", type=int, default=100, help="the budget of the tables by family and by task")
    add("--common", action="store_true", help="count only tasks that every shown method has")
    add("--reference", action="store_true", help="extend random search's runs, and write reference.json")
    add(
        "--points",
        type=int,
        default=20_000,
        help="random points a task of --reference; 0: only take over better values of kept runs",
    )
    add("--list", action="store_true", help="name the tasks")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says."""
    options = _parser().parse_args(arguments)
    try:
        wanted = [*options.tasks, *(catalogue.QUICK if options.quick and not options.tasks else ())]
        known = catalogue.tasks()
        chosen = catalogue.chosen([word for word in wanted if word in known or not options.quick], options.split)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    for sentence in catalogue.missing():
        print(sentence, file=sys.stderr)
    if options.list:
        print("\n".join(f"{task.name:22} {task.family:13} {task.split}" for task in chosen))
    elif options.reference:
        _refer(options, [task.name for task in chosen])
    elif options.table:
        _print_tables(options, chosen)
    else:
        return _run(options, chosen, arguments)
    return 0


def _named(options: argparse.Namespace) -> list[str]:
    given = options.methods or ([] if options.table else ["auto", "optuna-tpe"])
    label = f"#{options.label}" if options.label else ""
    return [method + label if label and methods.is_ours(method) and "#" not in method else method for method in given]


def _run(options: argparse.Namespace, chosen: list[Task], arguments: list[str] | None) -> int:
    if options.python:
        given = list(sys.argv[1:] if arguments is None else arguments)
        place = next(i for i, word in enumerate(given) if word.startswith("--python"))
        del given[place : place + (1 if "=" in given[place] else 2)]
        return subprocess.run([options.python, __file__, *given], check=False).returncode
    seeds = range(options.first_seed, options.first_seed + (options.seeds or (2 if options.quick else 3)))
    jobs = [
        runs.Job(task.name, method, seed, options.trials, options.batch)
        for seed in seeds
        for task in chosen
        for method in _named(options)
    ]
    left = jobs if options.again else runs.waiting(jobs, options.out)
    print(f"{len(left)} of {len(jobs)} runs to do, kept in {options.out}", file=sys.stderr)
    try:
        _watch(left, options)
    except (LookupError, ImportError) as error:
        print(error, file=sys.stderr)
        return 2
    _print_tables(options, chosen)
    return 0


def _watch(left: list[runs.Job], options: argparse.Namespace) -> None:
    references, began = reference.load(), time.monotonic()
    for number, record in enumerate(runs.run_all(left, options.out, options.jobs), start=1):
        known = references.get(record["task"])
        value = scores.curve(record)[-1]
        score = f"{known.score(value, record['trials']):6.3f}" if known else "      "
        remaining = (time.monotonic() - began) / number * (len(left) - number) / 60
        print(
            f"{number}/{len(left)} {record['task']:22} {runs.who(record['method'], record['batch']):24} seed"
            f" {record['seed']} best {value:<12.6g} score {score} {sum(record['cpu']) / 1000:7.2f} CPU s, "
            f"{remaining:.1f} min left {record.get('error', '')}",
            file=sys.stderr, flush=True,
        )  # fmt: skip


def _print_tables(options: argparse.Namespace, chosen: list[Task]) -> None:
    records = list(runs.read(options.out).values())
    shown = [runs.who(method, options.batch) for method in _named(options)]
    made = tables.Tables(records, reference.load(records), chosen, shown, common=options.common)
    text = made.everything(against=options.against, tasks=options.by_task, budget=options.at)
    print(text or "Nothing is kept for these tasks and methods, or they have no reference yet.")


def _refer(options: argparse.Namespace, names: list[str]) -> None:
    book = reference.Book(HOME / "reference.json")
    book.absorb(runs.read(options.out).values())
    for number, name in enumerate(names, start=1):
        began = time.process_time()
        if options.points:
            book.extend(name, options.points)
        print(f"{number}/{len(names)} {name}: {time.process_time() - began:.1f} CPU s", file=sys.stderr, flush=True)
        book.publish(reference.COMMITTED)


if __name__ == "__main__":
    sys.exit(main())
