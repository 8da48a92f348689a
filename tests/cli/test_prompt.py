from __future__ import annotations

import io
import sys

import pytest

import tunesmith as ts
from tunesmith.cli._prompt import manual_sampler, parse

SPACE = ts.SearchSpace(x=ts.Float(0, 1, default=0.5), kind=ts.Categorical("a", "b", default="a"))


def test_the_prompt_asks_until_it_fits_and_ends_at_an_empty_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("x=7\nx=0.25 kind=b\ny=1\nx=0.75\n\n"))
    study = ts.Study(SPACE, ts.Metric("loss"), sampler=manual_sampler())
    study.optimize(lambda trial: trial.params["x"], progress=False)
    assert [dict(t.params) for t in study.trials] == [{"x": 0.25, "kind": "b"}, {"x": 0.75, "kind": "a"}]
    err = capsys.readouterr().err
    assert "x" in err
    assert "0.25  trial 0" in err


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
