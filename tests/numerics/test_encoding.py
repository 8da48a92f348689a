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
