"""The commands that read and steer studies, each as a user types it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

import tunesmith as ts
from tunesmith.cli._app import run

SPACE = ts.SearchSpace(x=ts.Float(0, 1), kind=ts.Categorical("=1+1", "b"))


@pytest.fixture
def storage(tmp_path):
    path = str(tmp_path / "s.db")
    study = ts.Study(SPACE, ts.Metric("loss"), sampler="random", seed=1, storage=path, name="credit")

    def objective(trial):
        if trial.number == 2:
            raise ValueError("bad luck <b>")
        return trial.params["x"]

    study.optimize(objective, trials=5, progress=False)
    study.close()
    return path


def test_help_lists_the_commands(capsys):
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    for command in ("tune", "show", "trials", "best", "studies", "export", "delete", "spaces"):
        assert f"  {command}" in out


def test_help_says_each_command_in_whole_words(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--help"]) == 0
    commands = capsys.readouterr().out.partition("Commands:")[2].splitlines()
    assert [line for line in commands if line.endswith("...")] == []
    assert all(line.endswith(".") for line in commands if line.strip())


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == ts.__version__


def test_without_arguments_it_says_how(capsys):
    assert run([]) == 2
    assert "tunesmith tune" in "".join(capsys.readouterr())


def test_studies(storage, capsys):
    assert run(["studies", "-s", storage]) == 0
    assert "credit" in capsys.readouterr().out
    assert run(["studies", "-s", storage, "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["name"], row["trials"], row["failed"]) == ("credit", 5, 1)


DIES = """
import os, sys
import tunesmith as ts
study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="random", seed=1, storage=sys.argv[1])
study.tell(study.ask(), 0.5)
study.ask()
os._exit(1)
"""


def test_a_trial_of_a_process_that_died_is_not_called_running(tmp_path, capsys):
    path = str(tmp_path / "died.db")
    assert subprocess.run([sys.executable, "-c", DIES, path], check=False).returncode == 1
    assert run(["show", "-s", path]) == 0
    out = capsys.readouterr().out
    assert "trials   2: 1 complete, 1 left behind\n" in out
    assert "the next run of the study takes them up" in out
    assert run(["studies", "-s", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["running"] == 0
    study = ts.Study.load(path)
    study.ask()
    assert run(["show", "-s", path]) == 0
    assert "1 running" in capsys.readouterr().out
    study.close()


def test_show(storage, capsys):
    assert run(["show", "credit", "-s", storage]) == 0
    out = capsys.readouterr().out
    assert "minimize loss" in out
    assert "bad luck" in out
    assert run(["show", "-s", storage, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["failed"] == 1
    assert run(["show", "-s", storage, "--trial", "2"]) == 0
    assert "Traceback" in capsys.readouterr().out
    assert run(["show", "-s", storage, "--trial", "99"]) == 2
    assert "0 to 4" in capsys.readouterr().err


def test_trials(storage, capsys):
    assert run(["trials", "-s", storage, "--json", "--best-first", "-n", "2"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 2
    assert rows[0]["values"]["loss"] <= rows[1]["values"]["loss"]
    assert run(["trials", "-s", storage, "--state", "failed"]) == 0
    assert "ValueError" in capsys.readouterr().out
    assert run(["trials", "-s", storage, "--state", "faild"]) == 2
    assert "Did you mean 'failed'" in capsys.readouterr().err


def test_best(storage, capsys):
    assert run(["best", "-s", storage, "--json"]) == 0
    best = json.loads(capsys.readouterr().out)
    assert best["values"]["loss"] == min(t.value for t in ts.Study.load(storage).trials if t.values)
    assert run(["best", "-s", storage]) == 0
    out = capsys.readouterr().out
    assert "x = " in out
    assert out.startswith("# loss ")


def test_without_a_complete_trial_there_is_a_code_of_its_own(tmp_path, capsys):
    path = str(tmp_path / "none.db")
    ts.Study(SPACE, storage=path, name="none").tell(ts.Study.load(path).ask(), state="failed")
    assert run(["show", "-s", path]) == 0
    assert "no best trial: 1 failed" in capsys.readouterr().out
    assert run(["best", "-s", path]) == 3
    err = capsys.readouterr().err
    assert "no best trial: 1 failed" in err
    assert "tunesmith trials none --state failed --storage" in err


def test_export_is_safe_in_a_spreadsheet(storage, capsys, tmp_path):
    assert run(["export", "-s", storage]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 5
    assert {row["param_kind"] for row in rows} <= {"'=1+1", "b"}
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row.values())
    out = tmp_path / "t.jsonl"
    assert run(["export", "-s", storage, "-o", str(out)]) == 0
    assert len([json.loads(line) for line in out.read_text().splitlines()]) == 5
    assert run(["export", "-s", storage, "-f", "xls"]) == 2
    assert run(["export", "-s", storage, "-o", str(tmp_path / "no" / "such" / "t.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_delete_asks_for_the_name(storage, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    assert run(["delete", "credit", "-s", storage]) == 2
    assert "nothing was deleted" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("credit\n"))
    assert run(["delete", "credit", "-s", storage]) == 0
    assert run(["delete", "credit", "-s", storage, "--yes"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", "nope", "-s", "{storage}"], 2, "no study 'nope'"),
        (["show", "creditt", "-s", "{storage}"], 2, "Did you mean 'credit'"),
        (["show", "-s", "nowhere.db"], 1, "nowhere.db"),
        (["shwo"], 2, "No such command"),
        (["show", "--jsno"], 2, "No such option"),
        (["trials", "-n", "0", "-s", "{storage}"], 2, "--limit"),
        (["show", "-s", "redis://x"], 2, "redis"),
    ],
)
def test_mistakes_are_told_without_a_traceback(storage, capsys, arguments, code, told):
    assert run([argument.format(storage=storage) for argument in arguments]) == code
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err


def test_which_of_several_studies_is_wrong_usage(storage, capsys):
    ts.Study(SPACE, storage=storage, name="other").close()
    assert run(["show", "-s", storage]) == 2
    assert "Several studies" in capsys.readouterr().err


def test_an_interrupt_is_not_silent(storage, capsys, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(ts.Study, "load", interrupted)
    assert run(["show", "-s", storage]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_reading_creates_nothing(tmp_path, capsys):
    assert run(["studies", "-s", str(tmp_path / "new.db")]) == 1
    assert list(tmp_path.glob("new.db*")) == []
    capsys.readouterr()


def test_an_optuna_database_is_recognised(tmp_path, capsys):
    optuna = pytest.importorskip("optuna")
    path = tmp_path / "o.db"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study(storage=f"sqlite:///{path}")
    assert run(["show", "-s", str(path)]) == 1
    assert "Optuna" in capsys.readouterr().err


def test_a_closed_pipe_is_no_traceback(storage):
    command = f"{sys.executable} -m tunesmith trials -s '{storage}' | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_help_is_instant_and_light():
    heavy = "{'numpy', 'scipy', 'sklearn', 'pandas'}"
    code = f"import sys, tunesmith.cli._app as a; a.build(); print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_compare(tmp_path, capsys):
    path = str(tmp_path / "c.db")
    card = {"splits_fingerprint": "d", "test_ratio": 0.25}
    space = ts.SearchSpace(kind=ts.Categorical("a", "b"))
    for name, lift in (("one", 0.1), ("other", 0.0)):
        study = ts.Study(space, ts.Metric("auc", "maximize"), storage=path, name=name, card=card)
        for number, kind in enumerate("ab"):
            trial = study.ask()
            for fold in range(5):
                trial.report(0.7 + lift + 0.01 * (fold % 2) + 0.001 * fold * number, step=fold, fold=fold)
            study.tell(trial, 0.7 + lift)
            del kind
        study.close()
    assert run(["compare", "one", "other", "-s", path]) == 0
    assert "one is better than other" in capsys.readouterr().out
    assert run(["compare", "one", "other", "-s", path, "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert found["difference"]["ahead"] > 0.99
    assert run(["compare", "one", "-s", path]) == 2
    assert "--by" in capsys.readouterr().err


def test_report_to_a_file_by_its_ending(storage, tmp_path, capsys):
    assert run(["report", "credit", "-s", storage, "-o", str(tmp_path / "r.html")]) == 0
    assert "r.html" in capsys.readouterr().err
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run(["report", "credit", "-s", storage, "-o", str(tmp_path / "r.md")]) == 0
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# credit\n")


def test_report_as_markdown_to_standard_output(storage, capsys):
    assert run(["report", "-s", storage, "--format", "md"]) == 0
    assert capsys.readouterr().out.startswith("# credit\n")


def test_report_of_an_unknown_format(storage, tmp_path, capsys):
    assert run(["report", "-s", storage, "--format", "pdf"]) == 2
    assert "no format 'pdf'" in capsys.readouterr().err
    assert run(["report", "-s", storage, "-o", str(tmp_path / "none" / "r.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
