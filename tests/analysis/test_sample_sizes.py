"""Would more data help? Known curves come back, intervals cover, and what is flat or noise claims nothing."""

from __future__ import annotations

import math
import random

import pytest

import tunesmith as ts
from tunesmith.analysis import sample_sizes, sizes_of_folds
from tunesmith.errors import InvalidData

SIZES = [100, 200, 400, 800, 1600]


def folds(curve, noise=0.0, seed=0, folds=5, sizes=SIZES):
    """Scores of folds that differ in their level, and in noise."""
    draw = random.Random(seed)
    levels = [draw.gauss(0, 0.02) for _ in range(folds)]
    return [[curve(size) + level + draw.gauss(0, noise) for level in levels] for size in sizes]


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0])
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_a_known_curve_is_continued(power, direction):
    way = 1 if direction == "minimize" else -1
    found = sizes_of_folds(ts.Metric("m", direction), SIZES, folds(lambda n: 0.5 + way * n**-power))
    assert found.gain == pytest.approx(1600**-power - 3200**-power, rel=1e-6)
    assert found.gain_low <= found.gain + 1e-12
    assert found.helps


def test_intervals_cover_what_twice_as_many_bring():
    """At 95 % fewer than 33 of 40 would be found once in 600 tries; the dependence of folds makes it more."""
    covered = 0
    for seed in range(40):
        found = sizes_of_folds(ts.Metric("m"), SIZES, folds(lambda n: n**-0.5, 0.004, seed))
        covered += found.gain_low <= 1600**-0.5 - 3200**-0.5 <= found.gain_high
    assert covered >= 33


def test_a_flat_curve_claims_nothing():
    """At 2.5 % to this side more than 4 of 40 would be found once in 300 tries."""
    claims = sum(sizes_of_folds(ts.Metric("m"), SIZES, folds(lambda _: 0.3, 0.01, seed)).helps for seed in range(40))
    assert claims <= 4
    found = sizes_of_folds(ts.Metric("m"), SIZES, folds(lambda _: 0.3, 0.01))
    assert "is not shown" in found.words


def test_trials_that_say_their_rows():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("accuracy", "maximize"), sampler="random", seed=0)
    for size in SIZES:
        for _ in range(2):
            study.enqueue({"x": 0.5}, attrs={"rows": size})
            study.tell(study.ask(), 0.9 - size**-0.5)
    study.add({"x": 0.1}, 0.2)  # says nothing of rows
    found = sample_sizes(study)
    assert found.sizes == tuple(SIZES)
    assert found.helps
    assert "with 100 rows to 0.875 with 1,600 rows; twice as many are expected to make it" in found.words
    assert [row["rows"] for row in found.table().dicts()] == SIZES


@pytest.mark.parametrize("sizes", [[], [100], [100, 200]])
def test_few_sizes_say_so(sizes):
    found = sizes_of_folds(ts.Metric("m"), sizes, [[0.5, 0.6]] * len(sizes))
    assert math.isnan(found.gain)
    assert not found.helps
    assert "takes 3 sizes" in found.words or "No score is known" in found.words


def test_three_scores_alone_have_no_interval():
    found = sizes_of_folds(ts.Metric("m"), SIZES[:2], [[0.5], [0.4]])
    assert math.isnan(found.gain_low)
    assert math.isnan(found.deviations[0])


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(InvalidData, match="belong together"):
        sizes_of_folds(ts.Metric("m"), [200, 100], [[0.5], [0.4]])
