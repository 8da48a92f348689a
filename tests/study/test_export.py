"""Exported files lose nothing, and do no harm where they are opened."""

from __future__ import annotations

import csv
import io
import json

import pytest

import tunesmith as ts
from tunesmith.study.export import safe, write_csv, write_jsonl


@pytest.fixture
def study() -> ts.Study:
    space = ts.SearchSpace(
        {
            "=cmd": ts.Float(0, 1),
            "kind": ts.Categorical("@a", "b,c\n", None),
            "deep": ts.Int(1, 3).when("kind", "b,c\n"),
        }
    )
    study = ts.Study(space, ts.Metric("loss"), sampler="random", seed=1)
    study.tell(study.ask(), 0.1 + 0.2)
    study.enqueue({"=cmd": 0.5, "kind": "@a"})
    study.tell(study.ask(), error="=HYPERLINK(1)")
    study.enqueue({"=cmd": 0.25, "kind": None})
    study.ask()
    return study


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "- 1"])
def test_what_looks_like_a_formula_is_disarmed(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["-1", "-1e-5", "+3", 0, -1, 0.5, True, "", "gini", "a=b"])
def test_numbers_and_plain_text_stay(cell: object) -> None:
    assert safe(cell) == cell


def test_csv_has_a_row_for_each_trial(study: ts.Study) -> None:
    file = io.StringIO()
    write_csv(study.history, file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [row["number"] for row in rows] == ["0", "1", "2"]
    assert [row["state"] for row in rows] == ["complete", "failed", "running"]
    assert float(rows[0]["loss"]) == 0.1 + 0.2
    assert float(rows[0]["param_=cmd"]) == study.trials[0].params["=cmd"]
    assert rows[1]["param_kind"] == "'@a"
    assert rows[2]["param_kind"] == ""
    assert "HYPERLINK" in rows[1]["error"]
    assert not any(cell and cell[0] in "=@\t\r\n" for row in rows for cell in row.values())


def test_json_lines_give_the_params_back(study: ts.Study) -> None:
    file = io.StringIO()
    write_jsonl(study.history, file)
    rows = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [study.space.decode_params(row["params"]) for row in rows] == [trial.params for trial in study.trials]
    assert rows[0]["values"] == {"loss": 0.1 + 0.2}
    assert "HYPERLINK" in rows[1]["error"]["message"]
