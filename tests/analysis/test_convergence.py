from __future__ import annotations

import math

import tunesmith as ts
from tests.analysis.studies import goals_of, study_of
from tunesmith.analysis import convergence
from tunesmith.trial import TrialState


def test_the_best_so_far_is_that_of_the_history() -> None:
    history = study_of(60)
    found = convergence(history)
    assert history.best is not None
    assert (found.found, found.found_by) == (history.best.value, history.best.number)
    assert len(found.trials) == history.finished_count
    for k, best in enumerate(found.best):
        complete = [v for v, s in zip(found.values[: k + 1], found.states, strict=False) if s is TrialState.COMPLETE]
        assert best == max(complete) if complete else math.isnan(best)


def test_a_stopped_trial_is_never_the_best() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    study.add({"x": 0.5}, 0.5)
    study.add({"x": 0.1}, 0.1, state="pruned")
    assert convergence(study.history).best == (0.5, 0.5)


def test_an_empty_study_has_found_nothing() -> None:
    found = convergence(ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss").history)
    assert math.isnan(found.found)
    assert (found.found_by, found.settled_by, found.since, len(found.table())) == (None, None, 0, 0)


def test_gains_within_the_noise_do_not_count() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    for value in (1.0, 0.5, 0.499, 0.498):
        study.add({"x": value}, value, standard_error=0.01)
    found = convergence(study.history)
    assert (found.found_by, found.settled_by) == (3, 1)
    assert [row[3] for row in found.table().rows] == [None, 0.5, 0.5 - 0.499, 0.499 - 0.498]


def test_each_metric_has_its_own() -> None:
    history = goals_of(20)
    latency = convergence(history, history.problem.metrics[1])
    assert latency.found == min(trial.values["latency"] for trial in history.trials)
