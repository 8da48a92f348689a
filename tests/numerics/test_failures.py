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


def test_an_inactive_parameter_can_be_the_cause():
    encoder = Encoder(ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1).when("kind", "b")))
    rng = np.random.default_rng(0)
    rows = np.column_stack([np.repeat([0.0, 1.0], 30), np.where(np.arange(60) < 30, np.nan, rng.random(60))])
    for failed in (np.isnan(rows[:, 1]), rows[:, 1] > 0.5):
        chance = np.exp(FailureModel(encoder.columns, rows, failed).log_success(rows))
        assert chance[failed].max() < 0.5 < chance[~failed].max()


def test_many_columns_and_choices_stay_bounded():
    space = ts.SearchSpace(
        {f"x{i}": ts.Float(0, 1) for i in range(200)} | {"c": ts.Categorical([f"c{i}" for i in range(3000)])}
    )
    encoder = Encoder(space)
    rng = np.random.default_rng(0)
    rows = np.column_stack(
        [rng.integers(0, 3000, 200) if c.kind == "choice" else rng.random(200) for c in encoder.columns]
    )
    failed = rows[:, encoder.index["x17"]] > 0.5
    model = FailureModel(encoder.columns, rows, failed)
    assert len(model._slopes) <= 11
    chance = np.exp(model.log_success(rows))
    assert chance[failed].mean() < 0.3
    assert chance[~failed].mean() > 0.7


def test_a_space_of_one_point():
    assert (
        np.exp(FailureModel([], np.empty((3, 0)), np.array([True, False, False])).log_success(np.empty((1, 0))))[0]
        > 0.5
    )
