"""The plateau: as wide as the noise lets it be, around the best, and nothing without trials."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tests.models.strangers import beside_a_stranger
from tunesmith.analysis import plateau

SPACE = ts.SearchSpace(x=ts.Float(-1, 1), c=ts.Categorical("a", "b", "c"), idle=ts.Float(1, 100, log=True))


def told(n, error, *, direction="minimize"):
    study = ts.Study(SPACE, ts.Metric("m", direction), sampler="sobol", seed=5)
    for _ in range(n):
        trial = study.ask()
        value = trial.params["x"] ** 2 + (trial.params["c"] == "c")
        study.tell(trial, value if direction == "minimize" else -value, standard_error=error)
    return study


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_ranges_end_where_the_loss_passes_the_noise(direction):
    """The loss is x squared: with a noise of 0.16 it is safe up to 0.4, less what the model does not know."""
    found = plateau(told(120, 0.16, direction=direction))
    x, c, idle = found.ranges
    assert found.source == "standard errors"
    assert -0.5 < x.low < -0.15
    assert 0.15 < x.high < 0.5
    assert set(c.choices) == {"a", "b"}
    assert idle.share > 0.8
    assert abs(found.expected) < 0.1
    assert found.best in found.trials
    assert len(found.table()) == 3


def test_more_noise_makes_it_wider():
    few, many = plateau(told(120, 0.05)), plateau(told(120, 0.3))
    assert few.ranges[0].share < many.ranges[0].share
    assert len(few.trials) < len(many.trials)


def test_without_told_noise_the_models_counts():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "m", sampler="sobol")
    for k in range(40):
        trial = study.ask()
        study.tell(trial, trial.params["x"] + 0.1 * (-1) ** k)
    found = plateau(study)
    assert found.source == "model"
    assert 0.05 < found.noise < 0.2
    assert "within the noise" in str(found)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_no_trials_no_plateau(n):
    found = plateau(told(n, 0.1))
    assert (found.trials, found.ranges, found.best) == ((), (), None)
    assert "not reliable" in str(found)


def test_trials_after_one_outside_the_space_keep_their_numbers():
    one, other = (plateau(history) for history in beside_a_stranger(-1e6, trials=40))
    assert [number - (number > 3) for number in one.trials] == list(other.trials)
    assert max(one.trials) > 3
