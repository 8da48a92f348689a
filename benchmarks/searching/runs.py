"""Runs: one task, one method, one seed; each kept as one line of JSON, so that what is done is never done again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.searching import catalogue, methods
from benchmarks.searching.problem import EvaluationFailed, Point, Problem, short

ASKED_FOR_ADVICE = (10, 15, 20, 25, 50, 75, 100, 150, 200)
"""After so many trials of a noisy task a method says which point it recommends."""


class Job(NamedTuple):
    """What is to be run. `method` may end in `#label`, which tells variants apart and means nothing else."""

    task: str
    method: str
    seed: int
    trials: int
    batch: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What a run is known by, its length aside."""
        return self.task, who(self.method, self.batch), self.seed


def who(method: str, batch: int) -> str:
    """The name under which a method is compared: with its batch, if it is asked for several at once."""
    return method if batch == 1 else f"{method}@{batch}"


def run(job: Job) -> dict[str, Any]:
    """One run. A method that raises ends its run, and the record says so.

    Raises
    ------
    ImportError
        If a peer is not installed here.
    LookupError
        If nothing has the method's name.
    """
    problem = catalogue.problem(job.task)
    began = time.process_time()
    method = methods.make(job.method, problem.space, 1000 + job.seed)
    record = _Record(job, problem, method, time.process_time() - began)
    try:
        while len(record.values) < job.trials and record.step(min(job.batch, job.trials - len(record.values))):
            pass
    except Exception as error:  # noqa: BLE001 - whatever a method raises is a result of the benchmark
        record.error = f"{type(error).__name__}: {error}"[:300]
    return record.line()


class _Record:
    """What is noted while a method runs."""

    def __init__(self, job: Job, problem: Problem, method: methods.Method, opening: float) -> None:
        self._job, self._problem, self._method, self._opening = job, problem, method, opening
        self.values: list[float | None] = []
        self._cpu: list[float] = []
        self._members: list[str] = []
        self._tried: list[tuple[Point, float]] = []
        self._advice: dict[int, float] = {}
        self.error = ""

    def step(self, n: int) -> bool:
        """Ask for n, evaluate, tell; False once nothing more is suggested."""
        began = time.process_time()
        batch = self._method.ask(n)
        asking = time.process_time() - began
        for asked in batch:
            value = self._value(asked.params, len(self.values))
            began = time.process_time()
            self._method.tell(asked, value)
            self._cpu.append(asking / len(batch) + time.process_time() - began)
            self.values.append(value)
            self._members.append(asked.member)
            if value is not None:
                self._tried.append((asked.params, value))
        if self._problem.spread is not None and self._tried:
            self._ask_advice(len(self.values) - len(batch), len(self.values))
        return bool(batch)

    def _value(self, params: Point, number: int) -> float | None:
        rng = random.Random(f"{self._job.task}/{self._job.seed}/{number}")  # noqa: S311 - noise, not a secret
        params = self._problem.space.check(params) if self._problem.space.feasible(params) else params
        try:
            return short(self._problem.seen(params, rng)) if self._problem.space.feasible(params) else None
        except EvaluationFailed:
            return None

    def _ask_advice(self, before: int, now: int) -> None:
        for number in ASKED_FOR_ADVICE:
            if before < number <= now:
                self._advice[number] = short(self._problem.loss(self._method.recommend(self._tried)))

    def line(self) -> dict[str, Any]:
        """The record as it is kept; CPU in milliseconds."""
        job = self._job
        return {
            "task": job.task,
            "method": job.method,
            "batch": job.batch,
            "seed": job.seed,
            "trials": job.trials,
            "values": self.values,
            "cpu": [round(1000 * seconds, 2) for seconds in self._cpu],
            "opening": round(1000 * self._opening, 1),
            "members": dict(Counter(self._members)),
            "by": self._members if len(set(self._members)) > 1 else [],
            **({"advice": self._advice} if self._advice else {}),
            **({"note": note} if (note := self._method.note()) else {}),
            **({"fallbacks": count} if (count := self._method.fallbacks()) else {}),
            **({"error": self.error} if self.error else {}),
        }


# -- what is kept -------------------------------------------------------------------------------------------------


def read(out: Path) -> dict[tuple[str, str, int], dict[str, Any]]:
    """The last record of each run; a line that was cut short by a kill is left aside."""
    found = {}
    if out.is_file():
        for line in out.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                record = json.loads(line)
                found[record["task"], who(record["method"], record["batch"]), record["seed"]] = record
    return found


def keep(out: Path, record: dict[str, Any]) -> None:
    """Append one record, in one write."""
    out.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(record, separators=(",", ":")) + "\n"
    if out.is_file() and out.stat().st_size and not _ends_well(out):
        line = "\n" + line
    handle = os.open(out, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def _ends_well(out: Path) -> bool:
    with out.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def waiting(jobs: list[Job], out: Path) -> list[Job]:
    """The jobs that have no record, or a shorter one."""
    kept = read(out)
    return [job for job in jobs if job.key not in kept or kept[job.key]["trials"] < job.trials]


def run_all(jobs: list[Job], out: Path, workers: int) -> Iterator[dict[str, Any]]:
    """Run them and keep each as it ends."""
    if workers == 1:
        for job in jobs:
            record = run(job)
            keep(out, record)
            yield record
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(run, job) for job in jobs]):
            keep(out, done.result())
            yield done.result()
