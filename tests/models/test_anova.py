"""The decomposition of a history: which trials stand for it, and the way to and from the metric's units."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.models.anova import MOST_ROWS, decomposition_of, representatives

SPACE = ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1), z=ts.Float(0, 1).when("kind", "b"))


def told(n, value=lambda p: p["x"] + 2 * p.get("z", 0.5), direction="minimize", space=SPACE):
    study = ts.Study(space, ts.Metric("m", direction), sampler="sobol", seed=1)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(trial.params))
    return study


def test_nothing_to_model():
    assert decomposition_of(told(3).history) is None
    assert decomposition_of(told(9, lambda p: 1.0).history) is None
    fixed = ts.Study(ts.SearchSpace(a=ts.Fixed(1)), "m")
    for _ in range(6):
        fixed.add({"a": 1}, np.random.default_rng().random())
    assert decomposition_of(fixed.history) is None


def test_a_conditional_part_counts_where_it_is_active():
    model = decomposition_of(told(120).history)
    variances = model.mean.variances(model.basis).diagonal() * (model.warp.width * model.warp.spread) ** 2
    by_name = dict(zip([c.name for c in model.encoder.columns], variances.tolist(), strict=True))
    assert by_name["z"] == pytest.approx(4 / 12, rel=0.05)
    assert by_name["x"] == pytest.approx(1 / 12, rel=0.05)
    assert by_name["kind"] < 0.01


def test_values_come_back_in_units_and_direction():
    model = decomposition_of(told(60, direction="maximize").history)
    row = model.row_of({"kind": "b", "x": 0.25, "z": 0.75})
    assert model.in_units(model.mean.at(model.basis.of(row[None, :])))[0] == pytest.approx(1.75, abs=0.05)
    best = model.encoder.decode(model.best_row())
    assert best["kind"] == "b"
    assert best["z"] > 0.8


def test_it_is_the_same_from_a_copy_of_the_trials_and_kept_for_a_view():
    study, twin = told(40), told(40)
    one, two = decomposition_of(study.history), decomposition_of(twin.history)
    np.testing.assert_array_equal(one.anova.theta, two.anova.theta)
    np.testing.assert_array_equal(one.worlds(one.rows[:3]), two.worlds(two.rows[:3]))
    assert decomposition_of(study.history) is one
    study.add({"kind": "a", "x": 0.5}, 1.0)
    assert decomposition_of(study.history) is not one


def test_representatives_are_few_and_hold_the_best():
    values = np.random.default_rng(0).random(5000)
    chosen = representatives(values, 15)
    assert len(chosen) == len(set(chosen.tolist())) == MOST_ROWS
    assert int(np.argmin(values)) in chosen
    assert len(representatives(values, 1000)) < 100
