from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.numerics.encoding import Encoder
from tunesmith.numerics.failures import FailureModel

SPACE = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1), z=ts.Float(0, 1), c=ts.Categorical("a", "b", "c"))


def learnt(rule, seed=0, n=120):
    rng = np.random.default_rng(seed)
    encoder = Encoder(SPACE)
    rows = np.column_stack([rng.random((n, 3)), rng.integers(0, 3, n)])
    rows = rows[:, [["x", "y", "z", "c"].index(column.name) for column in encoder.columns]]
    index = encoder.index
    failed = rule(rows[:, index["x"]], rows[:, index["y"]], rows[:, index["c"]])
    fresh = np.column_stack([rng.random((400, 3)), rng.integers(0, 3, 400)])
    fresh = fresh[:, [["x", "y", "z", "c"].index(column.name) for column in encoder.columns]]
    truth = rule(fresh[:, index["x"]], fresh[:, index["y"]], fresh[:, index["c"]])
    model = FailureModel(encoder.columns, rows, failed)
    return np.exp(model.log_success(fresh)), truth


@pytest.mark.parametrize(
    "rule",
    [
        lambda x, _y, _c: x > 0.5,
        lambda _x, _y, c: c == 1,
        lambda x, y, _c: x + y > 1.2,
        lambda x, _y, c: (x > 0.5) & (c == 2),
    ],
)
def test_simple_causes_are_found(rule):
    chance, failed = learnt(rule)
    assert chance[failed].mean() < 0.4
    assert chance[~failed].mean() > 0.75


def test_failures_by_chance_bar_no_region():
    coin = np.random.default_rng(1)
    chance, _ = learnt(lambda x, _y, _c: coin.random(len(x)) < 0.3)
    assert chance.min() > 0.5
    assert chance.max() - chance.min() < 0.4


@pytest.mark.parametrize("failed", [True, False])
def test_all_alike(failed):
    chance, _ = learnt(lambda x, _y, _c: np.full(len(x), failed), n=12)
    assert np.isfinite(chance).all()
    assert (chance < 0.3).all() if failed else (chance > 0.7).all()
