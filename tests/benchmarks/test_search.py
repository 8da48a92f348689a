"""The command of benchmarks/search.py: it runs what is missing, keeps it, and prints tables."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from scipy.linalg import LinAlgError

import tunesmith as ts
from benchmarks import search
from benchmarks.searching import catalogue, methods, noisy, peers, planted, reference, runs, tables, yahpo
from benchmarks.searching.problem import EvaluationFailed, Problem, boxes
from tunesmith.samplers import gp


def command(out: Path, *words: str) -> int:
    return search.main(["--out", str(out), "--trials", "12", "--seeds", "1", *words])


class TestCommand:
    def test_runs_once_keeps_and_shows(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = tmp_path / "kept.jsonl"
        words = ["--methods", "random", "tpe", "--tasks", "tree-1", "failing-1", "noisy-mixed-1"]
        assert command(out, *words) == 0
        first = capsys.readouterr()
        assert "6 of 6 runs to do" in first.err
        assert len(out.read_text(encoding="utf-8").splitlines()) == 6
        assert command(out, *words) == 0
        again = capsys.readouterr()
        assert "0 of 6 runs to do" in again.err
        assert again.out == first.out
        assert "| `tpe` |" in again.out

    def test_a_label_is_another_method_and_a_batch_too(self, tmp_path: Path) -> None:
        out = tmp_path / "kept.jsonl"
        command(out, "--methods", "random", "--tasks", "tree-1", "--label", "new", "--batch", "5")
        ((key, record),) = runs.read(out).items()
        assert key == ("tree-1", "random#new@5", 0)
        assert len(record["values"]) == len(record["cpu"]) == 12

    def test_the_table_alone_runs_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert command(tmp_path / "none.jsonl", "--table") == 0
        assert "Nothing is kept" in capsys.readouterr().out
        assert not (tmp_path / "none.jsonl").exists()

    @pytest.mark.parametrize("wrong", [["--tasks", "nonsense"], ["--methods", "nonsense", "--tasks", "tree-1"]])
    def test_an_unknown_name_is_said(
        self, wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command(tmp_path / "none.jsonl", *wrong) == 2
        assert "nonsense" in capsys.readouterr().err

    def test_lists_tasks(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        command(tmp_path / "none.jsonl", "--list", "--tasks", "planted", "--split", "held-out")
        listed = capsys.readouterr().out.splitlines()
        assert len(listed) == 12
        assert all("held-out" in line for line in listed)


class TestRuns:
    def test_a_longer_run_replaces_a_shorter_one(self, tmp_path: Path) -> None:
        out = tmp_path / "kept.jsonl"
        short, long = (runs.Job("tree-1", "random", 0, n, 1) for n in (5, 9))
        runs.keep(out, runs.run(short))
        assert runs.waiting([short], out) == []
        assert runs.waiting([long], out) == [long]
        runs.keep(out, runs.run(long))
        assert len(runs.read(out)["tree-1", "random", 0]["values"]) == 9

    def test_a_torn_line_costs_one_run(self, tmp_path: Path) -> None:
        out = tmp_path / "kept.jsonl"
        record = runs.run(runs.Job("tree-1", "random", 0, 3, 1))
        runs.keep(out, record)
        with out.open("a", encoding="utf-8") as file:
            file.write('{"task": "tree-1", "met')
        runs.keep(out, {**record, "seed": 1})
        assert [seed for _, _, seed in runs.read(out)] == [0, 1]

    def test_processes_find_what_one_finds(self, tmp_path: Path) -> None:
        jobs = [runs.Job("tree-1", "random", seed, 4, 1) for seed in range(2)]
        apart = {record["seed"]: record["values"] for record in runs.run_all(jobs, tmp_path / "kept.jsonl", 2)}
        assert apart == {job.seed: runs.run(job)["values"] for job in jobs}

    def test_every_method_meets_the_same_noise(self) -> None:
        quiet = Problem(ts.SearchSpace(x=ts.Float(0, 1)), lambda _: 0.0, lambda _: 1.0)
        catalogue.tasks()  # the noise depends on the names of task and seed, and on the number of the trial
        one, two = (quiet.seen({"x": x}, random.Random("task/0/7")) for x in (0.1, 0.9))
        assert one == two != 0.0

    def test_a_noisy_run_keeps_the_true_values_of_its_advice(self) -> None:
        record = runs.run(runs.Job("noisy-mixed-1", "random", 0, 20, 4))
        assert list(record["advice"]) == [10, 15, 20]
        assert record["advice"][20] not in record["values"]

    def test_a_method_that_raises_is_a_result(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fall(self: Any, asked: Any, value: Any) -> None:
            raise FloatingPointError("not positive definite")

        monkeypatch.setattr(methods.Ours, "tell", fall)
        record = runs.run(runs.Job("tree-1", "random", 0, 5, 1))
        assert record["error"] == "FloatingPointError: not positive definite"
        assert record["values"] == []

    def test_a_model_that_fails_numerically_is_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def ill(*_args: Any, **_options: Any) -> None:
            raise LinAlgError("the covariance is not positive definite")

        assert "fallbacks" not in runs.run(runs.Job("tree-1", "gp", 0, 12, 1))
        monkeypatch.setattr(gp, "Surrogate", ill)
        record = runs.run(runs.Job("tree-1", "gp", 0, 12, 1))
        count = record["fallbacks"]
        assert 0 < count < 12, "the first trials need no model"
        known = reference.Reference(0.0, 1.0, (1.0,) * len(reference.GRID), 1)
        made = tables.Tables([record], {"tree-1": known}, catalogue.chosen(["tree-1"], "all")).costs()
        assert made.splitlines()[0].endswith("| trials after falling back |")
        assert made.splitlines()[-1].endswith(f"| {count} |")

    def test_failures_are_kept_as_none(self) -> None:
        values = runs.run(runs.Job("failing-1", "random", 0, 20, 1))["values"]
        assert len(values) == 20
        assert 0 < values.count(None) < 20


class TestTasks:
    def test_no_task_is_in_both_splits(self) -> None:
        for name in yahpo.DEV:
            assert not set(yahpo.DEV[name].split()) & set(yahpo.HELD_OUT[name].split())
            assert len(yahpo.HELD_OUT[name].split()) == 6
        assert not set(planted.DEV) & set(planted.HELD_OUT)
        assert not set(noisy.DEV) & set(noisy.HELD_OUT)

    def test_the_quick_tasks_are_for_development(self) -> None:
        here = [catalogue.tasks()[name] for name in catalogue.QUICK if name in catalogue.tasks()]
        assert len(here) >= 5
        assert {task.split for task in here} == {"dev"}

    @pytest.mark.parametrize("name", [n for n, t in catalogue.tasks().items() if t.family not in yahpo.SCENARIOS])
    def test_a_point_has_one_value_and_the_task_a_reference(self, name: str) -> None:
        problem = catalogue.problem(name)
        params = problem.space.sample(random.Random(3))
        try:
            assert problem.loss(params) == problem.loss(params)
        except EvaluationFailed:
            assert name.startswith("failing")
        known = reference.load()[name]
        assert known.best < known.medians[-1] <= known.medians[0]
        assert known.points >= 4000

    def test_a_surrogate_is_asked_in_its_own_terms(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = {}

        class Session:
            def run(self, _: None, row: dict[str, Any]) -> Any:
                asked.update(row)
                return [[[0.75] + [0.0] * 8]]

        codes = {"task_id": {"12": 7}, "booster": {"dart": 2}, "num.impute.selected.cpo": {"#na#": 0, "mean": 1}}
        (tmp_path / "rbv2_xgboost").mkdir()
        (tmp_path / "rbv2_xgboost" / "encoding.json").write_text(json.dumps(codes), encoding="utf-8")
        monkeypatch.setenv("YAHPO_DATA", str(tmp_path))
        monkeypatch.setattr(yahpo, "folder", lambda: tmp_path)
        monkeypatch.setattr(yahpo, "_json", yahpo._json.__wrapped__)
        monkeypatch.setattr(yahpo, "_session", lambda _: Table())

        class Table(Session):
            def run(self, _: None, row: dict[str, Any]) -> Any:
                import numpy as np

                return [np.array(super().run(None, row)[0])]

        loss = yahpo._loss("rbv2_xgboost", "12")
        assert loss({"booster": "dart", "nrounds": 40, "eta": 0.5}) == -0.75
        assert asked["x_cat"].tolist() == [[7, 2, 0]]
        assert asked["x_cont"].tolist() == [[40, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 10]]


class TestReferences:
    def test_random_search_is_extended_not_repeated(self, tmp_path: Path) -> None:
        book = reference.Book(tmp_path / "reference.json")
        book.extend("tree-1", 400)
        (tmp_path / "published.json").write_text("{}", encoding="utf-8")
        reference.Book(tmp_path / "reference.json").extend("tree-1", 600)
        kept = json.loads((tmp_path / "reference.json").read_text(encoding="utf-8"))["tree-1"]["curves"]
        assert len(kept) == 3
        assert kept[0] != kept[1]
        reference.Book(tmp_path / "reference.json").publish(tmp_path / "published.json")
        known = reference.load(path=tmp_path / "published.json")["tree-1"]
        assert known.points == 600
        assert known.medians == tuple(reference._brief(sorted(column)[1]) for column in zip(*kept, strict=True))

    def test_what_is_published_is_only_bettered(self, tmp_path: Path) -> None:
        published = tmp_path / "published.json"
        book = reference.Book(tmp_path / "long.json")
        book.extend("tree-1", 600)
        book.absorb([{"task": "tree-1", "values": [-5.0]}])
        book.publish(published)
        before = published.read_text(encoding="utf-8")
        book = reference.Book(tmp_path / "lost.json")
        book.extend("tree-1", 200)
        book.publish(published)
        assert published.read_text(encoding="utf-8") == before

    def test_better_values_of_runs_are_taken_over(self, tmp_path: Path) -> None:
        book = reference.Book(tmp_path / "reference.json")
        book.extend("tree-1", 200)
        book.absorb([{"task": "tree-1", "values": [None, -5.0, 1.0]}, {"task": "unknown", "values": [-9.0]}])
        book.publish(tmp_path / "published.json")
        assert reference.load(path=tmp_path / "published.json")["tree-1"].best == -5.0
        better = [{"task": "tree-1", "values": [-8.0], "advice": {"10": -6.0}}]
        assert reference.load(better, tmp_path / "published.json")["tree-1"].best == -6.0


class TestMethods:
    def test_arguments_are_read_as_python_or_text(self) -> None:
        read = methods.parse("gp:acquisition=ei,cheap=True,seeds=3#second")
        assert read == ("gp", {"acquisition": "ei", "cheap": True, "seeds": 3})
        assert methods.parse("auto") == ("auto", {})

    def test_a_flat_walk_suggests_all_and_uses_what_is_active(self) -> None:
        space = ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1).when("kind", "a"), y=ts.Float(0, 1))
        answers = {"kind": "b", "x": 0.5, "y": 0.25}
        assert peers.walk(space, lambda name, _: answers[name]) == ({"kind": "b", "y": 0.25},) * 2
        active, everything = peers.walk(space, lambda name, _: answers[name], flat=True)
        assert (active, everything) == ({"kind": "b", "y": 0.25}, answers)

    def test_a_broken_constraint_is_told_as_the_worst_value_and_asked_anew(self) -> None:
        class Stubborn(peers.Retrying):
            told: list[float | None]
            until: int

            def one(self) -> methods.Asked:
                return methods.Asked({"x0": 0.9 if len(self.told) < self.until else 0.1}, "", None)

            def record(self, asked: methods.Asked, value: float | None) -> None:
                self.told.append(value)

        method = Stubborn(boxes(1, 0, 1).require("x0 < 0.5"), 0)
        method.told, method.until = [], 3
        (asked,) = method.ask(1)
        assert (asked.params, method.told) == ({"x0": 0.1}, [None] * 3)
        method.tell(asked, 5.0)
        method.until = 100
        (asked,) = method.ask(1)
        assert asked.params == {"x0": 0.9}
        assert method.told[4:] == [5.0] * peers.FREE

    @pytest.mark.needs("optuna")
    @pytest.mark.parametrize("task", ["deep-1", "constrained-1", "failing-1", "categories-1"])
    def test_optuna_gives_points_of_the_space(self, task: str) -> None:
        space = catalogue.problem(task).space
        method = methods.make("optuna-tpe", space, 1)
        for number in range(15):
            (asked,) = method.ask(1)
            assert not space.feasible(asked.params) or space.check(asked.params) == asked.params
            method.tell(asked, float(number) if number % 3 else None)
        assert "optuna" in method.note()
