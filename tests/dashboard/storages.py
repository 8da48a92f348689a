"""Storages to look at: studies of every size and kind, written as their events, in one commit each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import tunesmith as ts
from tunesmith import _platform
from tunesmith.storages import Decision, Lease, Storage
from tunesmith.trial import (
    Draft,
    Noted,
    Point,
    Reported,
    StudyChanged,
    TrialError,
    TrialFinished,
    TrialQueued,
    TrialStarted,
)

SPACE = ts.SearchSpace(
    lr=ts.Float(1e-5, 1e-1, log=True),
    depth=ts.Int(2, 12),
    booster=ts.Categorical("gbtree", "dart", "linear"),
    rate=ts.Float(0, 1).when("booster", "dart"),
)
HOSTILE = "<script>alert(1)</script>"
"""A name that must stay a text, wherever it is shown."""

WIDE = ts.SearchSpace({f"p{place}": ts.Float(0, 1) for place in range(15)})


def fill(study: ts.Study, trials: int, seed: int = 0) -> None:
    """Append that many trials as their events, all in one commit."""
    drafts = list(_events(study, trials, random.Random(seed)))
    study.storage.append(study.key, study.history.seq, lambda _tail: Decision(drafts))


def _events(study: ts.Study, trials: int, rng: random.Random) -> Iterator[Draft]:
    names = [metric.name for metric in study.history.problem.metrics]
    for number in range(trials):
        params = study.space.sample(rng)
        yield Draft(
            TrialStarted(number=number, params=params, why={"member": "random"}, worker=f"boot:{number % 3}:9"), 1
        )
        far = sum((hash_of(name, value) - 0.3) ** 2 for name, value in params.items())
        if number % 3 == 0:
            points = [Point(far + 1 / (step + 1), step) for step in range(8)]
            yield Draft(Reported(number=number, points=points), 1)
        if number % 10 == 7:
            error = TrialError("MemoryError", f"{HOSTILE} asked for {number} MB", "Traceback (most recent call last)")
            yield Draft(TrialFinished(number=number, state="failed", error=error, reason="no memory"), 1)
        elif number % 10 == 9:
            yield Draft(TrialFinished(number=number, state="pruned", reason="worse than half at step 8"), 1)
        else:
            values = {name: far + place * (1 - far) for place, name in enumerate(names)}
            yield Draft(TrialFinished(number=number, state="complete", values=values), 1)


def hash_of(name: str, value: object) -> float:
    """A number from 0 to 1 for a value, so that the metric depends on it."""
    return value if isinstance(value, float) and value <= 1 else len(f"{name}{value}") % 7 / 7


def everything(path: Path) -> dict[str, str]:
    """A storage with studies of 0, 1, 30 and 5,000 trials, of two goals, and of hostile names; name -> key."""
    storage = str(path)
    keys = {}
    for name, space, metrics, trials in (
        ("empty", SPACE, [ts.Metric("loss")], 0),
        ("one", SPACE, [ts.Metric("auc", "maximize")], 1),
        ("thirty", SPACE, [ts.Metric("loss")], 30),
        ("big", WIDE, [ts.Metric("loss")], 5000),
        ("goals", SPACE, [ts.Metric("error"), ts.Metric("seconds")], 40),
    ):
        study = ts.Study(space, metrics, sampler="random", seed=1, storage=storage, name=name)
        fill(study, trials)
        keys[name] = study.key
    thirty = ts.Study.load(storage, "thirty")
    thirty.note(f"A note with {HOSTILE}")
    thirty.note("Look here again", trial=4)
    running(thirty.storage, thirty.key, 30)
    thirty.storage.append(thirty.key, 0, lambda _tail: Decision([Draft(TrialQueued(number=31, params={"lr": 0.01}))]))
    thirty.storage.append(
        thirty.key, 0, lambda _tail: Decision([Draft(StudyChanged(changes={"budget": {"trials": 60}}))])
    )
    space = ts.SearchSpace({HOSTILE: ts.Float(0, 1), "../../etc": ts.Categorical(HOSTILE, "../x", "=1+1")})
    for name in (HOSTILE, "../../../etc/passwd"):
        study = ts.Study(space, ts.Metric(HOSTILE), sampler="random", seed=1, storage=storage, name=name)
        fill(study, 6)
        keys[name] = study.key
        study.storage.append(study.key, 0, lambda _tail: Decision([Draft(Noted(text=HOSTILE, number=0))]))
    thirty.storage.close()
    return keys


def running(storage: Storage, key: str, number: int) -> None:
    """Let this very process work on a trial."""
    who = _platform.owner()
    params = SPACE.sample(random.Random(number))
    start = Draft(TrialStarted(number=number, params=params, why={"member": "random"}, worker=who), 1)
    storage.append(key, 0, lambda tail: Decision([start], [Lease(number, 1, who, tail.now + 3600)]))
