"""Tables in Markdown of what is kept."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.searching import scores
from benchmarks.searching.problem import FAMILIES, Task
from benchmarks.searching.reference import Reference
from benchmarks.searching.runs import who

CHECKPOINTS = (25, 50, 100, 200)
LEADER, BUDGET = "optuna-tpe", 100
Record = scores.Record


class Tables:
    """All tables of some tasks and methods.

    Parameters
    ----------
    records
        The runs; those of other tasks or methods are left aside.
    references
        By task; a task without one is left out.
    tasks
        What is counted.
    methods
        The names to show in this order, or none for all.
    common
        Whether only tasks count that every shown method has.
    """

    def __init__(
        self,
        records: Iterable[Record],
        references: dict[str, Reference],
        tasks: Sequence[Task],
        methods: Sequence[str] = (),
        *,
        common: bool = False,
    ) -> None:
        self._references = references
        self._tasks = {task.name: task for task in tasks if task.name in references}
        everything = [record for record in records if record["task"] in self._tasks]
        self._methods = list(methods) or sorted({_who(record) for record in everything})
        if common:
            covered = [{r["task"] for r in everything if _who(r) == method} for method in self._methods]
            both = set.intersection(*covered) if covered else set()
            everything = [record for record in everything if record["task"] in both]
            self._tasks = {name: task for name, task in self._tasks.items() if name in both}
        self._all = everything
        self._records = [record for record in everything if _who(record) in self._methods]

    def _scores(self, budget: int) -> scores.Table:
        return scores.table(self._records, lambda r: scores.score_at(r, self._references[r["task"]], budget))

    def _means(self, first: int, last: int) -> scores.Table:
        return scores.table(self._records, lambda r: scores.mean_score(r, self._references[r["task"]], first, last))

    def _rows(self, columns: Sequence[scores.Table]) -> list[list[str]]:
        return [
            [f"`{method}`", *(_interval(column.get(method, {})) for column in columns)]
            for method in self._methods
            if any(method in column for column in columns)
        ]

    def overall(self) -> str:
        """Scores at the checkpoints, and over the first and all trials, with intervals."""
        columns = [*(self._scores(budget) for budget in CHECKPOINTS), self._means(11, 100), self._means(5, 20)]
        counted = scores.table(self._records, lambda _: 1.0)
        rows = [[row[0], _count(counted, row[0].strip("`")), *row[1:]] for row in self._rows(columns)]
        head = ["method", "tasks, seeds", *(f"at {n}" for n in CHECKPOINTS), "mean of 11 to 100", "mean of 5 to 20"]
        return _markdown(head, rows)

    def by_family(self, budget: int) -> str:
        """Scores at one checkpoint, by family."""
        at = self._scores(budget)
        families = [f for f in FAMILIES if any(task.family == f for task in self._tasks.values())]
        columns = [
            {m: {t: s for t, s in tasks.items() if self._tasks[t].family == family} for m, tasks in at.items()}
            for family in families
        ]
        counts = [sum(task.family == family for task in self._tasks.values()) for family in families]
        head = ["method", *(f"{family} ({count})" for family, count in zip(families, counts, strict=True))]
        return _markdown(head, self._rows(columns))

    def costs(self) -> str:
        """Rank, trials to reach what Optuna's TPE reaches in 100, CPU, and what went wrong."""
        rank, cpu = scores.ranks(self._scores(BUDGET)), scores.cpu(self._records)
        reach = scores.catching_up([*self._records, *self._leaders()], LEADER, BUDGET)
        rows = []
        for method in self._methods:
            mine = [record for record in self._records if _who(record) == method]
            if not mine:
                continue
            trials, share = reach.get(method, (math.nan, math.nan))
            median, tail = cpu.get(method, (math.nan, math.nan))
            rows.append([
                f"`{method}`", f"{rank[method]:.2f}" if method in rank else "", _number(trials),
                "" if math.isnan(share) else f"{share:.0%}", f"{median:.2f}", f"{tail:.2f}",
                str(sum("error" in record for record in mine)),
                str(sum("warnings:" in record.get("note", "") for record in mine)),
                str(sum(record.get("fallbacks", 0) for record in mine)),
            ])  # fmt: skip
        head = [
            "method", f"mean rank at {BUDGET}", f"trials to reach {LEADER} at {BUDGET}", "runs that do",
            "CPU ms a trial, median", "95 %", "crashed", "warned", "trials after falling back",
        ]  # fmt: skip
        return _markdown(head, rows)

    def members(self) -> str:
        """Which part of a method chose how many trials, and how many of the new bests."""
        rows = [
            [f"`{method}`", f"`{part}`", f"{share:.0%}", f"{improved:.0%}"]
            for method, parts in scores.members(self._records).items()
            for part, (share, improved) in sorted(parts.items())
        ]
        return _markdown(["method", "part", "trials", "new bests"], rows)

    def _leaders(self) -> list[Record]:
        return [] if LEADER in self._methods else [record for record in self._all if _who(record) == LEADER]

    def against(self, other: str) -> str:
        """The difference of each method to another one on the same tasks and seeds, and how often it is better."""
        columns = [*(self._against(n) for n in CHECKPOINTS), self._means_of_all(11, 100)]
        rows = []
        for method in self._others(other):
            pairs = [_pairs(column, method, other) for column in columns]
            if any(pairs):
                rows.append([f"`{method}`", *map(_difference, pairs), _won(next(p for p in reversed(pairs) if p))])
        head = [*(f"at {n}" for n in CHECKPOINTS), "mean of 11 to 100", "tasks won, tied, lost (mean)"]
        return _markdown([f"less `{other}`", *head], rows)

    def against_by_family(self, other: str, budget: int) -> str:
        """The differences at one checkpoint, by family."""
        at = self._against(budget)
        families = [f for f in FAMILIES if any(task.family == f for task in self._tasks.values())]
        rows = []
        for method in self._others(other):
            pairs = _pairs(at, method, other)
            parts = [{t: d for t, d in pairs.items() if self._tasks[t].family == family} for family in families]
            if pairs:
                rows.append([f"`{method}`", *map(_difference, parts)])
        return _markdown([f"less `{other}`", *families], rows)

    def _others(self, other: str) -> list[str]:
        return [method for method in self._methods if method != other]

    def _against(self, budget: int) -> scores.Table:
        return scores.table(self._all, lambda r: scores.score_at(r, self._references[r["task"]], budget))

    def _means_of_all(self, first: int, last: int) -> scores.Table:
        return scores.table(self._all, lambda r: scores.mean_score(r, self._references[r["task"]], first, last))

    def by_task(self, budget: int) -> str:
        """The mean score of every method on every task."""
        at = self._scores(budget)
        shown = [method for method in self._methods if method in at]
        rows = [
            [name, *(_mean(at[method].get(name, {})) for method in shown)]
            for name in self._tasks
            if any(name in at[method] for method in shown)
        ]
        return _markdown([f"at {budget}", *(f"`{method}`" for method in shown)], rows)

    def everything(self, *, against: str = "", tasks: bool = False, budget: int = BUDGET) -> str:
        """All of them, with headings."""
        parts = [("Score", self.overall()), (f"Score at {budget} by family", self.by_family(budget))]
        parts += [("Rank and cost", self.costs()), ("Who chose", self.members())]
        if against:
            parts.append(("Paired differences", self.against(against)))
            parts.append((f"Paired differences at {budget} by family", self.against_by_family(against, budget)))
        if tasks:
            parts.append(("By task", self.by_task(budget)))
        return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts if text)


def _who(record: Record) -> str:
    return who(record["method"], record["batch"])


def _markdown(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    filled = [i for i in range(len(head)) if i == 0 or any(row[i] for row in rows)]
    lines = [[head[i] for i in filled], ["---"] * len(filled), *([row[i] for i in filled] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _interval(tasks: dict[str, dict[int, float]], *, signed: bool = False) -> str:
    if not tasks:
        return ""
    found = scores.interval(tasks)
    form = "+.2f" if signed else ".2f"
    return f"{found.mean:{form}} [{found.low:{form}}, {found.high:{form}}]"


def _pairs(column: scores.Table, method: str, other: str) -> dict[str, dict[int, float]]:
    return scores.paired(column.get(method, {}), column.get(other, {}))[""]


def _difference(pairs: dict[str, dict[int, float]]) -> str:
    """The mean with its interval, and the p-value of the signed ranks where a task differs."""
    chance = scores.chance(pairs)
    return _interval(pairs, signed=True) + ("" if math.isnan(chance) else f", p {chance:.2g}")


def _count(counted: scores.Table, method: str) -> str:
    tasks = counted[method]
    return f"{len(tasks)}, {statistics.fmean(len(seeds) for seeds in tasks.values()):.3g}"


def _mean(seeds: dict[int, float]) -> str:
    return f"{statistics.fmean(seeds.values()):.2f}" if seeds else ""


def _number(value: float) -> str:
    return "" if math.isnan(value) else "never" if math.isinf(value) else f"{value:.0f}"


def _won(pairs: dict[str, dict[int, float]]) -> str:
    means = [statistics.fmean(seeds.values()) for seeds in pairs.values()]
    return f"{sum(m > 0 for m in means)}, {sum(m == 0 for m in means)}, {sum(m < 0 for m in means)}" if means else ""
