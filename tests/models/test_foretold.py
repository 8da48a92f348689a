"""What a model had foretold of a trial, corrected by how good its word has been."""

from __future__ import annotations

import math
from typing import Any

import pytest

import tunesmith as ts
from tunesmith.models.foretold import FEWEST_TOLD, foretold
from tunesmith.numerics.folds import Estimate
from tunesmith.samplers import Sampler, Suggestion
from tunesmith.samplers.random import RandomSampler
from tunesmith.study import Study


class Prophet(Sampler):
    """Draws at random, and foretells x, better than the truth by so much."""

    def __init__(self, hope: float, deviation: float) -> None:
        self.hope, self.deviation = hope, deviation

    def sample(self, history: Any, seed: Any, given: Any = None) -> Suggestion:
        params = history.space.sample(seed.rng())
        return Suggestion(params, {"expected": params["x"] + self.hope, "deviation": self.deviation})


def told(sampler: Sampler, trials: int, direction: str = "maximize") -> Study:
    study = Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("m", direction), sampler=sampler, seed=3)
    study.optimize(lambda trial: trial.params["x"], trials=trials, progress=False)
    return study


def of_the_next(study: Study) -> Estimate | None:
    number = study.ask().number
    return foretold(study.history, study.history.trial(number))


def test_nothing_is_known_of_a_model_whose_word_was_not_seen_to_come_true() -> None:
    for trials, known in [(FEWEST_TOLD - 1, False), (FEWEST_TOLD, True)]:
        assert (of_the_next(told(Prophet(0.0, 0.1), trials)) is not None) == known
    assert of_the_next(told(RandomSampler(), 10)) is None


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_who_hopes_too_much_is_corrected(direction: str) -> None:
    study = told(Prophet(0.3, 0.1), 12, direction)
    trial = study.ask()
    found = foretold(study.history, study.history.trial(trial.number))
    assert found is not None
    sign = -1.0 if direction == "maximize" else 1.0
    assert found.mean == pytest.approx(sign * trial.params["x"], abs=1e-9)
    assert 0.0 < found.variance < 0.1**2, "three deviations, each time the same: nothing but the prior is spread"


def test_who_is_too_sure_is_believed_less() -> None:
    class Wild(Prophet):
        def sample(self, history: Any, seed: Any, given: Any = None) -> Suggestion:
            found = super().sample(history, seed)
            swing = 0.3 if len(history) % 2 else -0.3
            return Suggestion(found.params, {**found.why, "expected": found.params["x"] + swing})

    study = told(Wild(0.0, 0.1), 40)
    found = of_the_next(study)
    assert found is not None
    assert 0.25 < math.sqrt(found.variance) < 0.35


def test_failures_and_trials_that_nobody_foretold_are_left_out() -> None:
    study = told(Prophet(0.0, 0.1), 8)
    number = study.ask().number
    before = foretold(study.history, study.history.trial(number))
    study.add({"x": 0.5}, 40.0)
    study.enqueue({"x": 7.0}, outside=True)
    study.tell(study.ask(), 7.0)
    study.tell(study.ask(), state="failed")
    assert before is not None
    assert foretold(study.history, study.history.trial(number)) == before
