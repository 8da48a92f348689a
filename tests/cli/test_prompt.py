from __future__ import annotations

import io
import sys

import pytest

import tunesmith as ts
from tunesmith.cli._prompt import ask, manual_sampler, parse

SPACE = ts.SearchSpace(x=ts.Float(0, 1, default=0.5), kind=ts.Categorical("a", "b", default="a"))


def test_the_prompt_asks_until_it_fits_and_ends_at_an_empty_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("x=7\nx=0.25 kind=b\ny=1\nx=0.75\n\n"))
    study = ts.Study(SPACE, ts.Metric("loss"), sampler=manual_sampler())
    study.optimize(lambda trial: trial.params["x"], progress=False)
    assert [dict(t.params) for t in study.trials] == [{"x": 0.25, "kind": "b"}, {"x": 0.75, "kind": "a"}]
    err = capsys.readouterr().err
    assert "x" in err
    assert "0.25        trial 0" in err


CONDITIONAL = ts.SearchSpace(
    kind=ts.Categorical("a", "b", None, default="a"), n=ts.Int(1, 9, default=3), depth=ts.Int(1, 5).when("kind", "b")
)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("y\n\n\n", {"kind": "a", "n": 3}),
        ("y\nc\nNone\n12\n4\n", {"kind": None, "n": 4}),
        ("Y\nb\n7\n\n2\n", {"kind": "b", "n": 7, "depth": 2}),
        ("y\nb\n7\n", None),
        ("y\nq\n", None),
        ("q\n", None),
        ("", None),
    ],
)
def test_each_parameter_that_is_active_is_asked_for(monkeypatch, typed, wanted):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    found = ask(ts.Study(CONDITIONAL, ts.Metric("loss")).history)
    assert found == wanted


def test_enter_keeps_what_the_best_trial_had_and_a_failure_is_told(monkeypatch, capsys):
    study = ts.Study(CONDITIONAL, ts.Metric("loss"))
    study.add({"kind": "b", "n": 8, "depth": 4}, 0.5)
    study.add({"kind": "a", "n": 1}, 0.9)
    study.tell(study.ask(), state="failed")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n\n\n\n"))
    assert ask(study.history) == {"kind": "b", "n": 8, "depth": 4}
    err = capsys.readouterr().err
    assert "Trial 2: failed" in err
    assert err.index("0.5 ") < err.index("0.9 ")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("x=0.5", {"x": 0.5}),
        ("a=b c=null", {"a": "b", "c": None}),
        ("deep=true n=3", {"deep": True, "n": 3}),
        ("x", {"x": ""}),
    ],
)
def test_parse(line, wanted):
    assert parse(line) == wanted
