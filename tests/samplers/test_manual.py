from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidParams, SearchExhausted
from tunesmith.samplers.manual import ManualSampler


def test_the_queue_then_the_end():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="manual")
    study.enqueue({"x": 0.25})
    study.optimize(lambda trial: trial.params["x"])
    assert [t.params["x"] for t in study.trials] == [0.25]
    with pytest.raises(SearchExhausted, match="queue is empty"):
        study.ask()


def test_what_is_left_out_takes_its_default():
    space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5), k=ts.Int(1, 9, default=4))
    study = ts.Study(space, sampler="manual")
    study.enqueue({"x": 0.25})
    assert study.ask().params == {"x": 0.25, "k": 4}


def test_what_has_no_default_is_asked_for():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), k=ts.Int(1, 9)), sampler="manual")
    study.enqueue({"x": 0.25})
    with pytest.raises(SearchExhausted, match="'k' was left out"):
        study.ask()


def test_a_person_is_asked_until_they_say_no():
    answers = iter([{"x": 0.1}, {"x": 0.2}, None])
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler=ManualSampler(lambda _history: next(answers)))
    study.optimize(lambda trial: trial.params["x"])
    assert [t.params["x"] for t in study.trials] == [0.1, 0.2]


def test_a_wrong_answer_is_an_error_and_nothing_is_lost():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler=ManualSampler(lambda _history: {"y": 1}))
    with pytest.raises(InvalidParams, match="y"):
        study.ask()
    assert len(study.trials) == 0
