"""The verdict on a model: silent on noise and on few trials, confident where there is something to see."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.analysis import trust

SPACE = ts.SearchSpace(x=ts.Float(0, 1), n=ts.Int(1, 9), c=ts.Categorical("a", "b"))


def told(n, value, seed=0, sampler="random"):
    study = ts.Study(SPACE, ts.Metric("m"), sampler=sampler, seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(trial.params))
    return study


@pytest.mark.parametrize(("n", "words"), [(0, "no trial is complete"), (1, "1 trial,"), (5, "5 trials,")])
def test_few_trials_are_not_reliable(n, words):
    found = trust(told(n, lambda params: params["x"]))
    assert not found.reliable
    assert words in found.reason
    assert found.table().dicts()[0]["reliable"] is False


def test_equal_values_and_nothing_that_varies():
    assert "all values are the same" in trust(told(20, lambda _: 0.5)).reason
    study = ts.Study(ts.SearchSpace(a=ts.Fixed(1)), "m")
    study.add({"a": 1}, 0.5)
    assert "no parameter can vary" in trust(study).reason


def test_a_slope_is_reliable_and_its_residuals_are_standard():
    noise = random.Random(1)
    found = trust(told(60, lambda params: params["x"] + noise.gauss(0, 0.1)))
    assert found.reliable
    assert found.low < found.correlation < found.high
    assert found.correlation > 0.8
    assert len(found.residuals) == 60
    assert 0.7 < np.std(found.residuals) < 1.4


def test_noise_is_not_reliable_even_to_a_sampler_that_chases_it():
    """Of 20 studies an honest level of 5 % lets more than 4 pass in one of 400 tries."""
    passed = 0
    for seed in range(20):
        noise = random.Random(seed)
        passed += trust(told(40, lambda _, noise=noise: noise.gauss(0, 1), seed, "tpe")).reliable
    assert passed <= 4


def test_it_does_not_depend_on_the_unit_of_the_value():
    one, two = (trust(told(30, lambda p, a=a, b=b: a * (p["x"] + p["n"] / 9) + b)) for a, b in ((1, 0), (1e4, -7)))
    assert math.isclose(one.correlation, two.correlation, abs_tol=1e-6)
    assert math.isclose(one.evidence, two.evidence, rel_tol=1e-4)
