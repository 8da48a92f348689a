"""YAHPO Gym surrogates: neural networks (lcbench) and XGBoost (rbv2_xgboost) on OpenML data sets.

The data: `git clone https://github.com/slds-lmu/yahpo_data`, and its folder in the environment variable YAHPO_DATA.
They are models of real evaluations (Pfisterer et al. 2022, arXiv 2109.03670); here always at full fidelity.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import tunesmith as ts
from benchmarks.searching.problem import Point, Problem, Task

DEV = {
    "lcbench": "189905 167201 168335 126026 167152 167168 168331 167190 189862 146212 189906 189873",
    "rbv2_xgboost": "312 41146 1590 40536 4534 46 1510 38 60 470 40994 40983",
}
HELD_OUT = {
    "lcbench": "189909 168908 167161 168329 3945 168330",
    "rbv2_xgboost": "1515 23 1489 40978 1501 42",
}
"""The first six of the other instances, ordered by the SHA-256 of `scenario/instance`.

40927 is left out: every tenth random point has its best value, so that it tells nothing of a method.
"""


class Scenario(NamedTuple):
    """What is asked of a surrogate, and where its answer stands."""

    instance: str
    categorical: tuple[str, ...]
    numeric: tuple[str, ...]
    fixed: dict[str, float]
    output: int


SCENARIOS = {
    "lcbench": Scenario(
        "OpenML_task_id",
        ("OpenML_task_id",),
        ("epoch", "batch_size", "learning_rate", "momentum", "weight_decay", "num_layers", "max_units", "max_dropout"),
        {"epoch": 52},
        1,  # val_accuracy
    ),
    "rbv2_xgboost": Scenario(
        "task_id",
        ("task_id", "booster", "num.impute.selected.cpo"),
        (
            *("nrounds", "eta", "gamma", "lambda", "alpha", "subsample", "max_depth", "min_child_weight"),
            *("colsample_bytree", "colsample_bylevel", "rate_drop", "skip_drop", "trainsize", "repl"),
        ),
        {"trainsize": 1, "repl": 10},
        0,  # acc
    ),
}


def folder() -> Path | None:
    """Where the data are, if they are."""
    place = os.environ.get("YAHPO_DATA", "")
    return Path(place) if place and all((Path(place) / name / "model.onnx").is_file() for name in SCENARIOS) else None


def tasks() -> list[Task]:
    """All instances that are used; none where the data or onnxruntime are missing."""
    if folder() is None or importlib.util.find_spec("onnxruntime") is None:
        return []
    return [
        Task(f"{name}-{instance}", name, split, functools.partial(problem, name, instance))
        for name in SCENARIOS
        for split, chosen in (("dev", DEV[name]), ("held-out", HELD_OUT[name]))
        for instance in chosen.split()
    ]


def problem(name: str, instance: str) -> Problem:
    """Minimise minus the accuracy of one data set."""
    return Problem(space(name), _loss(name, instance))


@functools.cache
def space(name: str) -> ts.SearchSpace:
    """The parameters that are tuned, with the conditions of config_space.json."""
    stored = _json(name, "config_space.json")
    scenario = SCENARIOS[name]
    found: dict[str, Any] = {}
    for entry in stored["hyperparameters"]:
        if entry["name"] not in {scenario.instance, *scenario.fixed}:
            found[entry["name"]] = _distribution(entry)
    for rule in stored["conditions"]:
        allowed = rule["values"] if rule["type"] == "IN" else [rule["value"]]
        found[rule["child"]] = found[rule["child"]].when(rule["parent"], *allowed)
    return ts.SearchSpace(found)


def _distribution(entry: dict[str, Any]) -> Any:
    if entry["type"] == "categorical":
        return ts.Categorical(*entry["choices"])
    kind = ts.Int if entry["type"] == "uniform_int" else ts.Float
    return kind(entry["lower"], entry["upper"], log=entry["log"])


def _loss(name: str, instance: str) -> Callable[[Point], float]:
    scenario, codes, session = SCENARIOS[name], _json(name, "encoding.json"), _session(name)

    def loss(params: Point) -> float:
        texts = {scenario.instance: instance, **params}
        numbers = {**scenario.fixed, **params}
        row = {
            "x_cat": np.array([[codes[c][texts.get(c, "#na#")] for c in scenario.categorical]], np.int32),
            "x_cont": np.array([[numbers.get(c, 0.0) for c in scenario.numeric]], np.float32),
        }
        return -float(session.run(None, row)[0][0, scenario.output])

    return loss


@functools.cache
def _session(name: str) -> Any:
    import onnxruntime  # noqa: PLC0415 - only these tasks need it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str((folder() or Path()) / name / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )


@functools.cache
def _json(name: str, file: str) -> Any:
    return json.loads(((folder() or Path()) / name / file).read_text(encoding="utf-8"))
