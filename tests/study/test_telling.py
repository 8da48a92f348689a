"""What is told of a trial: its value, how uncertain that is, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.errors import InvalidValue
from tunesmith.models.surrogate import surrogate_of

SPACE = ts.SearchSpace(x=ts.Float(0, 1))


def test_it_is_kept_with_the_trial(tmp_path):
    study = ts.Study(SPACE, ts.Metric("m"), storage=str(tmp_path / "s.db"), name="s", seed=1)
    told = study.tell(study.ask(), 1.0, standard_error=0.25)
    study.add({"x": 0.5}, 2.0, standard_error=0)
    study.optimize(measured, trials=3, progress=False)
    study.tell(study.ask(), 3.0)
    assert told.standard_error == 0.25
    again = ts.Study.load(str(tmp_path / "s.db"), "s")
    assert [trial.standard_error for trial in again.trials] == [0.25, 0.0, 0.125, None]


def measured(trial):
    trial.set_standard_error(0.125)
    return trial.params["x"]


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf, "much", True])
def test_what_is_no_standard_error_is_refused_and_the_trial_still_runs(wrong):
    study = ts.Study(SPACE, ts.Metric("m"), seed=1)
    trial = study.ask()
    with pytest.raises(InvalidValue, match="standard error"):
        study.tell(trial, 1.0, standard_error=wrong)
    with pytest.raises(InvalidValue, match="standard error"):
        trial.set_standard_error(wrong)
    assert study.tell(trial, 1.0).standard_error is None


def test_an_uncertain_value_weighs_less():
    """Two studies: the same lucky values in the middle, in one of them known to be worth nothing."""
    means = []
    for error in (0.0, 5.0):
        study = ts.Study(SPACE, ts.Metric("m"), seed=1)
        for x in np.linspace(0, 1, 9):
            lucky = abs(x - 0.5) < 0.2
            study.add({"x": float(x)}, -3.0 if lucky else float(x), standard_error=error if lucky else 0.01)
        surrogate = surrogate_of(study.history)
        assert surrogate.has_noise
        means.append(surrogate.predict({"x": 0.5}).mean)
    assert means[0] < -1 < 0 < means[1] < 1


def test_many_metrics_have_errors_of_their_own():
    study = ts.Study(SPACE, [ts.Metric("a"), ts.Metric("b")], seed=1)
    trial = study.ask()
    trial.set_standard_error(0.5, metric="b")
    assert study.tell(trial, {"a": 1.0, "b": 2.0}).standard_error is None


@pytest.mark.parametrize("value", [None, "much", [1, 2], math.nan])
def test_what_tell_was_given_is_not_said_of_the_objective(value):
    study = ts.Study(SPACE, ts.Metric("m"), seed=1)
    with pytest.raises(InvalidValue, match=r"^tell\(\) was given") as caught:
        study.tell(study.ask(), value)
    assert "objective" not in str(caught.value)
