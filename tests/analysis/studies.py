"""Studies that the tests of analyses and plots look at: small, with failures and conditions, with several goals."""

from __future__ import annotations

import random
from typing import Any

import tunesmith as ts
from tunesmith.trial import Draft, Fold, History, Point, TrialError
from tunesmith.trial import events as ev

SPACE = ts.SearchSpace(
    lr=ts.Float(1e-5, 1e-1, log=True),
    booster=ts.Categorical("gbtree", "dart", "linear"),
    depth=ts.Int(2, 12).when("booster", "gbtree", "dart"),
    dropout=ts.Float(0, 0.5),
)


def score(params: dict[str, Any]) -> float:
    """A smooth function with its best at lr = 0.01, depth 7 and booster gbtree."""
    import math

    off = 0.1 * (math.log10(params["lr"]) + 2) ** 2 + 0.002 * (params.get("depth", 12) - 7) ** 2
    return 0.93 - off - {"gbtree": 0.0, "dart": 0.01, "linear": 0.05}[params["booster"]]


def study_of(
    count: int, *, seed: int = 0, noise: float = 0.005, failures: bool = True, points: bool = True, workers: int = 2
) -> History:
    """A history of trials at random places: some stopped early, those with a large rate and much dropout failed."""
    draw = random.Random(seed)
    fold = Fold()
    log: list[tuple[ev.Event, float]] = [
        (ev.StudyCreated(name=f"study-{seed}", space=SPACE.dump(),
                         metrics=[{"name": "auc", "direction": "maximize"}], seed=seed), 0.0)
    ]  # fmt: skip
    clocks = [1.0] * workers
    for number in range(count):
        worker = min(range(workers), key=clocks.__getitem__)
        begun = clocks[worker]
        clocks[worker] = ended = begun + draw.uniform(1, 4)
        params = SPACE.sample(draw)
        log.append((ev.TrialStarted(number=number, params=params, worker=f"worker-{worker}"), begun))
        value = score(dict(params)) + draw.gauss(0, noise)
        log += [(event, ended) for event in _end(number, dict(params), value, draw, failures=failures, points=points)]
    log.sort(key=lambda item: item[1])
    fold.extend(ev.stamp(Draft(e), seq=i + 1, written=at, writer="") for i, (e, at) in enumerate(log))
    return fold.history


def _end(
    number: int, params: dict[str, Any], value: float, draw: random.Random, *, failures: bool, points: bool
) -> list[ev.Event]:
    if failures and params["lr"] > 0.02 and params["dropout"] > 0.1:
        error = TrialError(type="ValueError", message=f"loss is nan at step {draw.randrange(900)}")
        return [ev.TrialFinished(number=number, state="failed", error=error)]
    curve = [Point(value - 0.2 * 0.6**step, step) for step in range(1, 9)]
    curve += [Point(min(1.0, p.value + 0.01 * p.step), p.step, kind="train") for p in curve]
    if failures and value < 0.75 and draw.random() < 0.5:
        early = [point for point in curve if point.step <= 3]
        reported: list[ev.Event] = [ev.Reported(number=number, points=early)] if points else []
        return [*reported, ev.TrialFinished(number=number, state="pruned", values={"auc": early[2].value})]
    told = [Point(0.005, kind="standard_error")]
    reported = [ev.Reported(number=number, points=[*(curve if points else []), *told])]
    return [*reported, ev.TrialFinished(number=number, state="complete", values={"auc": value})]


def goals_of(count: int, *, seed: int = 0, metrics: int = 2) -> History:
    """A history of several goals: accuracy up, latency down, and size down."""
    draw = random.Random(seed)
    space = ts.SearchSpace(width=ts.Int(8, 512, log=True), layers=ts.Int(1, 8))
    names = [ts.Metric("accuracy", "maximize"), ts.Metric("latency"), ts.Metric("size")][:metrics]
    study = ts.Study(space, names, sampler="random", seed=seed, name="goals")
    for _ in range(count):
        params = space.sample(draw)
        work = params["width"] * params["layers"]
        values = (1 - 1 / (1 + work**0.5) - 0.05 * draw.random(), work * draw.uniform(0.5, 1), float(params["layers"]))
        study.add(params, values[:metrics])
    return study.history
