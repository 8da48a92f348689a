from __future__ import annotations

import random
import statistics

import pytest

import tunesmith as ts
from tests.analysis.studies import goals_of, study_of
from tunesmith.analysis import compare, seeds
from tunesmith.errors import UsageError


def test_ranks_are_by_the_best_at_the_common_count() -> None:
    histories = [study_of(40, seed=s) for s in range(3)] + [study_of(25, seed=9)]
    found = compare(histories)
    assert found.common == 25
    bests = [one.curve[24] for one in found.contenders]
    assert bests == sorted(bests, reverse=True)
    assert sum(one.mean_rank for one in found.contenders) == pytest.approx(10)
    assert sum(one.rank for one in found.contenders) == 10


def test_studies_of_the_same_name_are_told_apart() -> None:
    assert len({one.name for one in compare([study_of(5), study_of(5)]).contenders}) == 2


def test_different_metrics_are_not_compared() -> None:
    with pytest.raises(UsageError, match="measure different things"):
        compare([study_of(5), goals_of(5)])
    with pytest.raises(UsageError, match="No study was given"):
        seeds([])


def test_the_interval_of_the_mean_covers() -> None:
    """Of 200 intervals at 95 % at least 180 hold the mean, but for a chance of 1 in 500."""
    draw = random.Random(0)
    space, held = ts.SearchSpace(x=ts.Float(0, 1)), 0
    for _ in range(200):
        histories = []
        for _ in range(5):
            study = ts.Study(space, "loss")
            study.add({"x": 0.5}, draw.gauss(3, 1))
            histories.append(study.history)
        low, high = seeds(histories).interval
        held += low <= 3 <= high
    assert held >= 180


def test_the_band_is_that_of_the_curves() -> None:
    histories = [study_of(30, seed=s) for s in range(5)]
    found = seeds(histories)
    assert found.median[-1] == statistics.median(found.bests)
    assert all(low <= middle <= high for low, middle, high in zip(found.low, found.median, found.high, strict=True)
               if middle == middle)  # fmt: skip
