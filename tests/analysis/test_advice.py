"""Advice: each kind where it was planted, and silence where there is nothing to say."""

from __future__ import annotations

import math
import random

import pytest

import tunesmith as ts
from tests.models.strangers import beside_a_stranger
from tunesmith.analysis import advice


def told(space, value, n=80, *, sampler="sobol", noise=0.0, error=None, seed=0):
    draw = random.Random(seed)
    study = ts.Study(space, ts.Metric("m"), sampler=sampler, seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(trial.params) + noise * draw.gauss(0, 1), standard_error=error)
    return study


def of(found, kind):
    return [one for one in found if one.kind == kind]


def test_at_its_bound():
    space = ts.SearchSpace(x=ts.Float(1, 3), lr=ts.Float(1e-4, 1e-2, log=True), n=ts.Int(2, 6))
    found = of(advice(told(space, lambda p: -p["x"] - math.log10(p["lr"]) - 0.5 * p["n"], 60, sampler="auto")), "bound")
    assert {one.parameter: one.value for one in found} == pytest.approx({"x": 4.0, "lr": 0.1, "n": 8})
    assert "still improves" in found[0].why


def test_a_bound_at_zero_is_natural():
    space = ts.SearchSpace(x=ts.Float(0, 1))
    assert not of(advice(told(space, lambda p: p["x"], 40, sampler="auto")), "bound")


def test_no_effect():
    space = ts.SearchSpace(x=ts.Float(0, 1), idle=ts.Int(1, 9, default=4))
    (one,) = of(advice(told(space, lambda p: (p["x"] - 0.4) ** 2, error=0.02)), "effect")
    assert (one.parameter, one.value) == ("idle", 4)


def test_wrong_scale():
    space = ts.SearchSpace(x=ts.Float(0.001, 10), y=ts.Float(0, 1))
    value = lambda p: math.log10(p["x"] / 0.02) ** 2 + p["y"] ** 2  # noqa: E731 - a score
    (one,) = of(advice(told(space, value, 120, sampler="auto", error=0.05)), "scale")
    assert one.parameter == "x"


def test_a_dead_range_and_a_choice_that_never_wins():
    space = ts.SearchSpace(x=ts.Float(0, 10), c=ts.Categorical("good", "bad"))
    found = advice(told(space, lambda p: max(p["x"] - 4, 0) + 2 * (p["c"] == "bad"), error=0.2))
    (dead,) = of(found, "range")
    assert dead.parameter == "x"
    assert 4 < dead.value < 7
    (loser,) = of(found, "choice")
    assert (loser.parameter, loser.value) == ("c", "bad")
    assert "never among the best" in loser.why


def test_noise_reached():
    space = ts.SearchSpace(x=ts.Float(-1, 1), y=ts.Float(-1, 1))
    found = advice(told(space, lambda p: p["x"] ** 2 + p["y"] ** 2, 100, noise=0.3, error=0.3))
    assert of(found, "noise")
    assert not of(advice(told(space, lambda p: p["x"] ** 2 + p["y"] ** 2, 12, error=1e-4)), "noise")


def test_it_is_silent_on_noise():
    """Beside saying that the model is not to be trusted: of 12 studies of noise at most 2 get another answer."""
    space = ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical("a", "b", "c"), n=ts.Int(1, 5))
    found = [advice(told(space, lambda _: 0.0, 40, noise=1.0, seed=seed)) for seed in range(12)]
    assert sum([one.kind for one in each] != ["model"] for each in found) <= 2


@pytest.mark.parametrize("n", [0, 1, 5])
def test_small_studies_get_one_line(n):
    space = ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical("a", "b"))
    (one,) = advice(told(space, lambda p: p["x"], n))
    assert one.kind == "model"
    assert str(one).endswith(".")


def test_conditions_failures_and_maximising():
    space = ts.SearchSpace(kind=ts.Categorical("a", "b"), z=ts.Float(0, 1).when("kind", "b"), u=ts.Float(1, 2))
    down = told(space, lambda p: -2 * (p["kind"] == "b") - p.get("z", 0) - 0.1 * p["u"])
    study = ts.Study(space, ts.Metric("m", "maximize"))
    for trial in down.trials:
        study.add(trial.params, -trial.value, standard_error=0.05)
    for trial in study.ask(n=5):
        study.tell(trial, state="failed")
    assert [one.value for one in of(advice(study), "choice")] == ["a"]
    assert len(advice(study).table()) == len(advice(study))


@pytest.mark.parametrize("value", [-1e6, 1e6])
def test_what_was_measured_outside_the_space_advises_nothing(value):
    one, other = (advice(history) for history in beside_a_stranger(value, trials=60))
    assert other.items
    assert one.items == other.items
