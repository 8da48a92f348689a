"""Interactions: none where effects add up, all where neither acts alone, and shares of closed forms."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.analysis import importance, interactions

SPACE = ts.SearchSpace(x=ts.Float(-1, 1), y=ts.Float(-1, 1), z=ts.Float(-1, 1))


def told(n, value):
    study = ts.Study(SPACE, ts.Metric("m"), sampler="sobol", seed=2)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(**trial.params))
    return study


def test_sums_have_none():
    found = interactions(told(80, lambda x, y, z: x + y * y + 0.5 * z))
    assert all(one.share < 0.01 and one.low == 0 for one in found.pairs)


def test_a_closed_form():
    """Of x + 2xy: variances 1/3 and 4/9, so the pair has 4/7, of all and of the two."""
    study = told(150, lambda x, y, z: x + 2 * x * y + 0 * z)
    first = interactions(study).pairs[0]
    assert set(first.names) == {"x", "y"}
    assert first.share == pytest.approx(4 / 7, abs=0.03)
    assert first.strength == pytest.approx(4 / 7, abs=0.03)
    assert 0 < first.low < first.share < first.high
    found = interactions(study)
    assert sum(one.share for one in found.pairs) == pytest.approx(importance(study).interactions)


@pytest.mark.parametrize("n", [0, 1, 5, 30])
def test_small_studies(n):
    found = interactions(told(n, lambda x, y, z: x * y + z))
    assert len(found.pairs) == len(found.table()) == (3 if n >= 5 else 0)


def test_one_parameter_has_no_pair():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "m")
    for k in range(12):
        study.add({"x": k / 11}, k / 11)
    assert interactions(study).pairs == ()
