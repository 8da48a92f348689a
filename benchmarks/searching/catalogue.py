"""All tasks by name, and why some are missing here."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable
from fnmatch import fnmatchcase

from benchmarks.searching import mixint, noisy, planted, sklearn_models, yahpo
from benchmarks.searching.problem import Problem, Task

QUICK = (
    *("lcbench-167190", "lcbench-189906", "rbv2_xgboost-1590", "rbv2_xgboost-40536", "svc-cancer", "tree-digits"),
    *("elastic-diabetes", "mixint-f4-d5-i1", "mixint-f10-d5-i1", "deep-1", "failing-1", "steps-1", "noisy-mixed-1"),
)


@functools.cache
def tasks() -> dict[str, Task]:
    """Every task that can be made here."""
    made = [*yahpo.tasks(), *sklearn_models.tasks(), *mixint.tasks(), *planted.tasks(), *noisy.tasks()]
    return {task.name: task for task in made}


@functools.cache
def problem(name: str) -> Problem:
    """A task's problem, made once in a process."""
    return tasks()[name].make()


def chosen(wanted: Iterable[str], split: str) -> list[Task]:
    """The tasks of these families, names or patterns (all, if none is given) and this split.

    Raises
    ------
    LookupError
        If a word means no task.
    """
    words = list(wanted)
    for word in words:
        if not any(_means(word, task) for task in tasks().values()):
            raise LookupError(f"No task, family or pattern {word!r} here. {' '.join(missing())}".strip())
    return [
        task
        for task in tasks().values()
        if split in {"all", task.split} and (not words or any(_means(word, task) for word in words))
    ]


def _means(word: str, task: Task) -> bool:
    return word == task.family or fnmatchcase(task.name, word)


def missing() -> list[str]:
    """One sentence for each family that cannot be measured here."""
    found = []
    if importlib.util.find_spec("onnxruntime") is None:
        found.append("lcbench and rbv2_xgboost are left out: pip install onnxruntime.")
    elif yahpo.folder() is None:
        found.append(
            "lcbench and rbv2_xgboost are left out: clone https://github.com/slds-lmu/yahpo_data and set YAHPO_DATA to"
            " its folder."
        )
    if importlib.util.find_spec("cocoex") is None:
        found.append("mixint is left out: pip install coco-experiment.")
    return found
