from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tunesmith as ts
from tests.strategies import spaces
from tunesmith.numerics.encoding import Encoder


@settings(max_examples=40)
@given(spaces(constraints=False), st.integers(0, 2**32))
def test_there_and_back_is_the_same_cell(space, seed):
    encoder = Encoder(space)
    params = space.sample(random.Random(seed))
    row = encoder.encode(params)
    assert row.shape == (len(encoder.columns),)
    inside = row[~np.isnan(row)]
    choices = np.array([column.kind == "choice" for column in encoder.columns], dtype=bool)[~np.isnan(row)]
    assert ((inside >= 0) & ((inside <= 1) | choices)).all()
    back = encoder.decode(row)
    assert back.keys() == params.keys()
    np.testing.assert_allclose(encoder.encode(back), row, atol=1e-6, equal_nan=True)


@settings(max_examples=40)
@given(spaces(constraints=False), st.integers(0, 2**32))
def test_inactive_is_nan_and_nothing_else_is(space, seed):
    encoder = Encoder(space)
    params = space.sample(random.Random(seed))
    row = encoder.encode(params)
    assert {c.name for c, number in zip(encoder.columns, row, strict=True) if not np.isnan(number)} == {
        column.name for column in encoder.columns if column.name in params
    }
    full = np.where(np.isnan(row), 0.0, row)[None]
    assert (encoder.active(full)[0] == ~np.isnan(row)).all()
    np.testing.assert_array_equal(np.isnan(encoder.tidy(full)[0]), np.isnan(row))


def test_what_the_space_does_not_hold_any_more_is_inactive():
    encoder = Encoder(ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical("a", "b")))
    row = encoder.encode({"x": 5.0, "c": "gone", "other": 1})
    assert row[0] == 1.0
    assert np.isnan(row[1])


def test_constants_have_no_column():
    encoder = Encoder(ts.SearchSpace(f=ts.Fixed("x"), k=ts.Int(3, 3), x=ts.Float(0, 1)))
    assert [column.name for column in encoder.columns] == ["x"]
    assert encoder.decode(np.array([0.5])) == {"f": "x", "k": 3, "x": 0.5}


@pytest.mark.parametrize(("value", "cell"), [(0.0, 0), (0.24, 0), (0.26, 1), (1.0, 3), (np.nan, 4)])
def test_cells(value, cell):
    [column] = Encoder(ts.SearchSpace(k=ts.Int(1, 4))).columns
    assert column.cells(np.array([value])).tolist() == [cell]


@pytest.mark.parametrize(
    "part",
    [
        ts.Int(1, 1024, log=True), ts.Int(0, 1000, step=5), ts.Int(-300, 300), ts.Float(0, 1, step=0.001),
        ts.Int(0, 4096),  # one value more than are listed
    ],
)  # fmt: skip
def test_lattices_are_snapped_as_values_are(part):
    encoder = Encoder(ts.SearchSpace(k=part))
    rows = np.random.default_rng(0).random((3000, 1))
    one_by_one = [part.to_unit(part.from_unit(place, prior=False)) for place in rows[:, 0].tolist()]
    np.testing.assert_array_equal(encoder.tidy(rows)[:, 0], one_by_one)
    assert (encoder.lattices[0] is None) == (part.size > 4096)


def test_it_holds_what_it_can_encode_without_loss():
    space = ts.SearchSpace(x=ts.Float(0, 1), k=ts.Int(1, 4), c=ts.Categorical("a", (1, 2)), f=ts.Fixed(1))
    encoder = Encoder(space)
    held = {"x": 0.5, "k": 4, "c": (1, 2), "f": 1}
    assert encoder.holds(held)
    assert encoder.holds({"x": 0.5, "other": [1]})
    for name, value in (("x", 1.5), ("x", "0.5"), ("x", None), ("k", 5), ("k", 2.5), ("c", "b"), ("c", []), ("f", 2)):
        assert not encoder.holds({**held, name: value})
