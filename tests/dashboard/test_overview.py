"""The five figures of a study, from its history alone."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.dashboard.overview import spark, standing, sure


@pytest.fixture
def study():
    return ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("auc", "maximize"), sampler="random", seed=1)


def test_a_new_study_has_no_figures(study):
    stands = standing(study.history, frozenset(), 0.0)
    assert (stands["best"], stands["improved"], stands["trouble"], stands["total"]) == (None, None, None, None)
    assert (stands["state"], stands["done"], stands["seconds_left"]) == ("new", 0, None)


def test_it_says_when_the_best_last_improved_and_by_how_much(study):
    for value in (0.5, 0.7, 0.6, 0.65):
        study.add({"x": value}, value)
    study.tell(study.ask(), error="no memory")
    stands = standing(study.history, frozenset(), study.history.trials[-1].finished_at)
    assert (stands["best"]["number"], stands["improved"]["trials_ago"]) == (1, 2)
    assert stands["improved"]["by"] == pytest.approx(0.2)
    assert stands["trouble"] == {"cause": "told: no memory", "times": 1}
    assert stands["busy"] == sum(trial.duration for trial in study.history.finished())
    assert stands["spark"] == [0.5, 0.7, 0.7, 0.7]


def test_it_says_when_it_will_be_done_only_while_something_runs(study):
    study.set_budget(trials=10)
    for value in (0.1, 0.2, 0.3):
        study.add({"x": value}, value)
    assert standing(study.history, frozenset(), 0.0)["seconds_left"] is None
    study.ask()
    stands = standing(study.history, frozenset(), 0.0)
    assert stands["state"] == "running"
    assert stands["seconds_left"] == pytest.approx(7 * 60 / stands["per_minute"])
    assert standing(study.history, frozenset({3}), 0.0)["state"] == "idle", "its worker is gone"


def test_a_long_history_becomes_a_short_line(study):
    for place in range(300):
        study.add({"x": 0.5}, place / 300)
    line = spark(study.history)
    assert len(line) == 60
    assert line == sorted(line)
    assert (line[0], line[-1]) == (0.0, 299 / 300)


def test_how_sure_the_best_value_is(study):
    assert sure(study.history) == {"figure": "", "note": ""}
    study.add({"x": 0.5}, 0.5)
    assert sure(study.history)["figure"] == "not known"
    for value in (0.6, 0.7, 0.8):
        study.add({"x": 0.5}, value)
    assert sure(study.history) == {"figure": "± 0.13", "note": "one value, from 3 repeats"}
    study.add({"x": 0.1}, 0.2, standard_error=0.02)
    assert sure(study.history)["note"] == "one value, from the standard errors of 1 trial"
    study.add({"x": 0.9}, 0.9, standard_error=0.05)
    assert sure(study.history) == {"figure": "± 0.05", "note": "standard error of the best trial"}
    assert standing(study.history, frozenset(), 0.0)["sure"] == sure(study.history)


def test_it_says_what_tuning_is_worth_so_far(study):
    study.enqueue({"x": 0.5}, origin="default")
    said = []
    for number in range(12):
        trial = study.ask()
        scores = [(0.5 if number else 0.1) + hard for hard in (0.1, 0.2, 0.3)]
        for fold, score in enumerate(scores):
            trial.report(score, step=fold, fold=fold)
        study.tell(trial, sum(scores) / 3)
        said.append(standing(study.history, frozenset(), 0.0)["worth"])
    assert said[8] == ""
    assert said[9] == "0.4 better than the default (p = 0)"


def test_failures_that_differ_by_numbers_alone_are_one_trouble(study):
    for megabytes in (7, 17, 27):
        study.tell(study.ask(), error=f"no memory for {megabytes} MB")
    study.tell(study.ask(), error="bad")
    assert standing(study.history, frozenset(), 0.0)["trouble"] == {"cause": "told: no memory for 7 MB", "times": 3}
