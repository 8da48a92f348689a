"""Effects: the function comes back along one parameter and two, with honest bands, logarithms, choices, conditions."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.analysis import effects, joint_effect
from tunesmith.errors import UnknownName

SPACE = ts.SearchSpace(
    kind=ts.Categorical("a", "b"),
    lr=ts.Float(1e-4, 1, log=True),
    n=ts.Int(1, 9),
    z=ts.Float(0, 1).when("kind", "b"),
    k=ts.Fixed(1),
)


def score(params):
    return math.log10(params["lr"]) + (params["n"] - 5) ** 2 / 8 + (2 + 3 * params["z"] if "z" in params else 0.0)


def told(n=120, *, direction="minimize", noise=0.0, space=SPACE, value=score):
    draw = random.Random(0)
    study = ts.Study(space, ts.Metric("m", direction), sampler="sobol", seed=2)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(trial.params) + noise * draw.gauss(0, 1))
    return study


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_average_over_the_others(direction):
    found = effects(told(direction=direction))
    assert [one.name for one in found.effects] == ["kind", "lr", "n", "z"]
    lr = found["lr"]
    assert (lr.log, lr.kind, lr.values[0], lr.values[-1]) == (True, "number", 1e-4, 1.0)
    slope = np.diff(lr.mean)[[0, -1]] / np.diff(np.log10(lr.values))[[0, -1]]
    assert slope == pytest.approx([1.0, 1.0], abs=0.25)
    assert np.array(found["n"].mean) - min(found["n"].mean) == pytest.approx(
        [(n - 5) ** 2 / 8 for n in range(1, 10)], abs=0.15
    )
    kind = found["kind"]
    assert kind.values == ("a", "b")
    assert kind.mean[1] - kind.mean[0] == pytest.approx(3.5, abs=0.15)  # what switching z on does, on average


def test_a_conditional_parameter_is_averaged_where_it_is_active():
    z = effects(told(), ["z"])["z"]
    assert z.conditional
    assert z.mean[0] == pytest.approx(-2 + 20 / 24 + 2, abs=0.3)
    assert z.mean[-1] - z.mean[0] == pytest.approx(3, abs=0.3)
    assert z.best is None  # the best params have no z


def test_around_the_best_params():
    study = told()
    best = min(study.trials, key=lambda trial: trial.value).params
    found = effects(study)["n"]
    expected = [score({**best, "n": n}) for n in found.values]
    assert found.at_best == pytest.approx(expected, abs=0.4)


def test_bands_hold_the_truth():
    """Of some 75 places that hang together at least 85 % lie within two deviations."""
    study = told(60, noise=0.4, space=ts.SearchSpace(lr=SPACE["lr"], n=SPACE["n"]))
    inside = []
    for one in effects(study).effects:
        other = 20 / 3 / 8 if one.name == "lr" else -2.0
        truth = [math.log10(v) + other if one.name == "lr" else (v - 5) ** 2 / 8 + other for v in one.values]
        inside += [abs(t - m) < 2 * d + 0.05 for t, m, d in zip(truth, one.mean, one.deviation, strict=True)]
    assert np.mean(inside) > 0.85


def test_lines_are_single_trials():
    found = effects(told(), ["lr"], lines=7)["lr"]
    assert len(found.lines) == 7
    assert {len(line) for line in found.lines} == {len(found.values)}
    assert np.ptp([line[0] for line in found.lines]) > 0.5


def test_pairs():
    space = ts.SearchSpace(x=ts.Float(-1, 1), y=ts.Float(-1, 1))
    study = told(100, space=space, value=lambda p: p["x"] * p["y"])
    found = joint_effect(study, "x", "y")
    truth = np.outer(found.values[0], found.values[1])
    assert np.abs(np.array(found.mean) - truth).max() < 0.2
    assert len(found.table()) == 256
    child = joint_effect(told(), "z", "kind")
    assert np.isfinite(child.mean).all()


@pytest.mark.parametrize("n", [0, 1, 5, 30])
def test_small_studies(n):
    found = effects(told(n))
    assert len(found.effects) == (4 if n >= 5 else 0)
    assert found.table().heads[0] == "parameter"
    assert len(found.table()) == sum(len(one.values) for one in found.effects)
    assert joint_effect(told(n), "lr", "n").reliable == found.reliable


def test_unknown_names():
    for wrong in ("k", "lrr"):
        with pytest.raises(UnknownName, match=wrong):
            effects(told(1), [wrong])
    with pytest.raises(UnknownName, match="twice"):
        joint_effect(told(1), "lr", "lr")
    with pytest.raises(UnknownName, match="zz"):
        effects(told(12))["zz"]
