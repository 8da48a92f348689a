from __future__ import annotations

import math
import random

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import noise_of

SPACE = ts.SearchSpace(x=ts.Float(0, 1))


def test_nothing_is_known_of_single_values() -> None:
    study = ts.Study(SPACE, "loss")
    study.add({"x": 0.1}, 1.0)
    noise = noise_of(study.history)
    assert not noise.is_known
    assert noise.table().rows == (("loss", None, "unknown", 0),)


def test_what_was_told_is_believed() -> None:
    assert noise_of(study_of(30)).deviation == 0.005


def test_repeats_tell_the_deviation() -> None:
    draw = random.Random(1)
    study = ts.Study(SPACE, "loss")
    for x in [k / 100 for k in range(100)]:
        for _ in range(3):
            study.add({"x": x}, x + draw.gauss(0, 0.2))
    noise = noise_of(study.history)
    assert noise.source == "repeats"
    assert abs(noise.deviation - 0.2) < 0.03, "200 degrees of freedom: 5 % of the deviation, with room"


def test_folds_tell_the_deviation_of_their_mean() -> None:
    draw = random.Random(2)
    study = ts.Study(SPACE, "loss", sampler="random", seed=0)
    for _ in range(200):
        trial = study.ask()
        values = [draw.gauss(0, 1) for _ in range(5)]
        for fold, value in enumerate(values):
            trial.report(value, step=fold, fold=fold)
        study.tell(trial, sum(values) / 5)
    noise = noise_of(study.history)
    assert noise.source == "folds"
    assert abs(noise.deviation - math.sqrt(1 / 5 + 1 / 4)) < 0.08
