from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.errors import UsageError


@pytest.mark.parametrize("name", ["trials", "patience"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "10", float("nan")])
def test_counts_are_whole_and_positive(name, value):
    with pytest.raises(UsageError, match=name):
        ts.Budget(**{name: value})


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), "60", True])
def test_seconds_are_positive(value):
    with pytest.raises(UsageError, match="timeout"):
        ts.Budget(seconds=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.9"])
def test_target_is_finite(value):
    with pytest.raises(UsageError, match="target"):
        ts.Budget(target=value)


def study(**arguments):
    return ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1, **arguments)


def test_trials_is_a_total_and_more_adds():
    found = study()
    found.optimize(lambda trial: trial.params["x"], trials=5)
    found.optimize(lambda trial: trial.params["x"], trials=5)
    assert len(found.trials) == 5
    found.optimize(lambda trial: trial.params["x"], more=3)
    assert len(found.trials) == 8
    with pytest.raises(UsageError, match="both"):
        found.optimize(lambda trial: trial.params["x"], trials=9, more=1)


def test_no_limit_is_refused():
    with pytest.raises(UsageError, match="No limit"):
        study().optimize(lambda trial: trial.params["x"])


def test_target_and_patience():
    found = study()
    found.optimize(lambda trial: 1.0 / (trial.number + 1), trials=100, target=0.25)
    assert found.best.value == 0.25
    assert len(found.trials) == 4
    late = study()
    late.optimize(lambda trial: float(abs(trial.number - 3)), trials=100, patience=5)
    assert len(late.trials) == 9


def test_maximising_turns_target_round():
    found = study(direction="maximize")
    found.optimize(lambda trial: float(trial.number), trials=100, target=4)
    assert len(found.trials) == 5


def test_failures_do_not_eat_patience():
    found = study()

    def objective(trial):
        if trial.number in {2, 3, 4}:
            raise ValueError("x")
        return float(trial.number)

    found.optimize(objective, trials=50, patience=4)
    assert len(found.trials) == 8
