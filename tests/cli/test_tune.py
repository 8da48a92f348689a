"""`tunesmith tune`, as a user types it, on small tables."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")

import tunesmith as ts  # noqa: E402
from tunesmith.cli._app import run  # noqa: E402

FAST = ["--model", "linear", "--model", "knn", "--trials", "5", "--sampler", "random", "--cv", "2"]


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    rows = 160
    x = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "x": x,
            "noise": rng.normal(size=rows),
            "kind": rng.choice(["a", "b", None], rows),
            "patient_id": np.repeat(np.arange(40), 4),
            "day": pd.date_range("2024-01-01", periods=rows).astype(str),
            "w": rng.integers(1, 4, rows),
            "y": np.where(x + rng.normal(size=rows) * 0.5 > 0, "yes", "no"),
        }
    )
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    return path


def test_from_table_to_files(table, capsys):
    assert run(["tune", str(table), "--target", "y", *FAST, "--out", "out"]) == 0
    captured = capsys.readouterr()
    for words in ["120 rows to learn from, 40 put aside", "--group patient_id", "--time day", "on training rows"]:
        assert words in captured.err
    for words in ["go on", "test set (40 rows, opened once", "the best of 5 trials, which looks "]:
        assert words in captured.out
        assert words not in captured.err
    assert len(captured.out.splitlines()) <= 14
    best = json.loads(Path("out/best.json").read_text())
    assert best["test"]["rows"] == 40
    assert len(list(csv.DictReader(Path("out/trials.csv").read_text().splitlines()))) == 5
    page = Path("out/report.html").read_text()
    assert page.count("<script") == 1  # the one that sorts the table of trials
    assert "patient_id" in page
    for heading in ["On the test set", "What mattered", "Budget spent", "Repeat the score", "All trials"]:
        assert page.count(f"<h2>{heading}</h2>") == 1
    assert '<th>algorithm</th><th class="n">defaults</th>' in page
    assert "always the most frequent class" in page
    study = ts.Study.load("tunesmith.db")
    assert [t.origin for t in study.trials][:2] == ["default", "default"]
    assert len(study.trials) == 5


def test_the_model_predicts_and_the_script_repeats_the_score(table):
    assert run(["tune", str(table), "--target", "y", *FAST, "--out", "out"]) == 0
    joblib = pytest.importorskip("joblib")
    model = joblib.load("out/model.joblib")
    frame = pd.read_csv(table)
    assert set(model.predict(frame.drop(columns="y"))) <= set(frame["y"])
    best = json.loads(Path("out/best.json").read_text())
    done = subprocess.run([sys.executable, "out/reproduce.py"], capture_output=True, text=True, check=True)
    assert repr(best["search_score"]) in done.stdout
    assert "changed" not in done.stdout
    tuned = next(score for score in best["test"]["scores"] if score["name"] == "tuned")
    assert repr(tuned["score"]) in done.stdout


def test_called_again_it_resumes_and_opens_no_test_set(table, capsys):
    arguments = ["tune", str(table), "--target", "y", *FAST, "--json"]
    assert run(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(arguments) == 0
    captured = capsys.readouterr()
    again = json.loads(captured.out)
    assert "Resuming" in captured.err
    assert first["test"] == again["test"]
    assert again["test_set_opened"] == 1
    assert again["trials"] == 5
    assert run([*arguments, "--trials", "8"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == 8


def test_the_same_name_on_other_data_is_refused(table, capsys):
    assert run(["tune", str(table), "--target", "y", *FAST]) == 0
    frame = pd.read_csv(table)
    frame.loc[0, "x"] += 1
    frame.to_csv(table, index=False)
    assert run(["tune", str(table), "--target", "y", *FAST]) == 2
    assert "other data" in capsys.readouterr().err


def test_what_is_left_out_or_rare_is_told(tmp_path, capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=210), "w": 1.0, "y": ["a"] * 100 + ["b"] * 100 + ["c"] * 10})
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert run(["tune", str(tmp_path / "t.csv"), "--target", "y", "--weight", "w", "--cv", "2", "--plan"]) == 0
    told = capsys.readouterr().err
    assert "note: nearest neighbours is left out: it cannot weigh rows" in told
    assert re.search(r"the class 'c' \([23]\) has fewer than 5 rows in the test set", told)
    assert "--weight weighs rows by it" in told


def test_the_order_of_options_does_not_matter(table, capsys):
    assert run(["tune", str(table), "--target", "y", *FAST]) == 0
    turned = ["--model", "knn", "--model", "linear", *FAST[4:]]
    assert run(["tune", str(table), "--target", "y", *turned]) == 0
    assert "5 trials are done" in capsys.readouterr().err


def test_a_name_with_slashes_stays_in_the_folder(table, capsys, tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    assert run(["tune", str(table), "--target", "y", *FAST, "--name", "../up"]) == 0
    assert (tmp_path / "inner" / "-up-out" / "best.json").is_file()
    assert not (tmp_path / "up-out").exists()


def test_a_folder_that_cannot_be_leaves_no_study(table, capsys):
    Path("file").write_text("")
    assert run(["tune", str(table), "--target", "y", *FAST, "--out", "file/x"]) == 2
    assert not Path("tunesmith.db").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--seed", "1"], "--seed 0; now it is --seed 1"),
        (["--metric", "accuracy"], r"with no --metric; now it is --metric accuracy"),
        (["--model", "forest"], "with --model knn, linear; now it is --model forest"),
    ],
)
def test_other_options_are_told_with_the_options_of_the_command(table, capsys, options, told):
    assert run(["tune", str(table), "--target", "y", *FAST]) == 0
    capsys.readouterr()
    assert run(["tune", str(table), "--target", "y", *FAST, *options]) == 2
    err = capsys.readouterr().err
    assert re.search(told, err)
    assert "another --name" in err


def test_a_time_limit_counts_anew_and_says_so(table, capsys):
    arguments = ["tune", str(table), "--target", "y", *FAST, "--timeout", "50"]
    assert run(arguments) == 0
    capsys.readouterr()
    assert run(arguments) == 0
    assert "5 trials are done; up to 50 s more" in capsys.readouterr().err


def test_a_search_where_all_fail_has_a_code_of_its_own(table, capsys, monkeypatch):
    from tunesmith.tabular.objective import FoldObjective

    def fail(*_arguments):
        raise RuntimeError("no luck")

    monkeypatch.setattr(FoldObjective, "_scored", fail)
    assert run(["tune", str(table), "--target", "y", *FAST]) == 3
    assert "no luck" in capsys.readouterr().err


def test_the_script_says_when_the_data_changed(table):
    assert run(["tune", str(table), "--target", "y", *FAST, "--out", "out"]) == 0
    frame = pd.read_csv(table)
    frame.loc[0, "x"] += 1
    frame.to_csv(table, index=False)
    done = subprocess.run([sys.executable, "out/reproduce.py"], capture_output=True, text=True, check=True)
    assert "have changed since the study was made" in done.stdout


def test_plan_alone_tunes_nothing(table, capsys):
    assert run(["tune", str(table), "--target", "y", *FAST, "--plan", "--timeout", "60"]) == 0
    captured = capsys.readouterr()
    for told in ("grid", "random", "fits, about", "memory about", "the time limit buys about"):
        assert told in captured.out
    assert not Path("tunesmith.db").exists()


def test_groups_stay_together(table):
    from tunesmith.tabular import Request, prepare

    prepared = prepare(Request(data=str(table), target="y", group="patient_id", models=("linear",)))
    groups = prepared.frame["patient_id"].to_numpy()
    assert not set(groups[prepared.train]) & set(groups[prepared.test])
    inner = groups[prepared.train]
    for split in prepared.splits:
        assert not set(inner[split.train]) & set(inner[split.test])
    assert "patient_id" not in [c.name for c in prepared.columns if c.role.is_used]


def test_the_future_judges(table):
    from tunesmith.tabular import Request, prepare

    prepared = prepare(Request(data=str(table), target="y", time="day", models=("linear",)))
    days = pd.to_datetime(prepared.frame["day"]).to_numpy()
    assert days[prepared.train].max() < days[prepared.test].min()
    inner = days[prepared.train]
    for split in prepared.splits:
        assert inner[split.train].max() < inner[split.test].min()


def test_roles_are_decided_without_the_test_rows(table):
    from tunesmith.tabular import Request, prepare

    prepared = prepare(Request(data=str(table), target="y", models=("linear",)))
    column = next(c for c in prepared.columns if c.name == "x")
    assert column.distinct == len(prepared.train)


@pytest.mark.parametrize(
    "options", [["--weight", "w"], ["--group", "patient_id"], ["--time", "day"], ["--drop", "noise"]]
)
def test_options_run_through(table, options):
    fast = ["--model", "linear", "--trials", "2", "--cv", "2", "--sampler", "random"]
    assert run(["tune", str(table), "--target", "y", *fast, *options]) == 0


def test_what_cannot_weigh_rows_is_left_out_or_refused(table, capsys):
    from tunesmith.tabular import Request, prepare

    prepared = prepare(Request(data=str(table), target="y", weight="w"))
    assert "knn" not in [algorithm.name for algorithm in prepared.algorithms]
    assert run(["tune", str(table), "--target", "y", "--weight", "w", "--model", "knn"]) == 2
    assert "cannot weigh rows" in capsys.readouterr().err


def test_regression_shows_errors_positive(capsys):
    assert run(["tune", "sklearn:diabetes", *FAST, "--json"]) == 0
    captured = capsys.readouterr()
    best = json.loads(captured.out)
    assert best["metric"] == "root_mean_squared_error"
    assert best["search_score"] > 0
    assert "lower is better" in captured.err  # JSON has standard output for itself


def test_process_workers_find_the_same(table, capsys):
    scores = []
    for executor in ("serial", "process:2"):
        assert (
            run(["tune", str(table), "--target", "y", *FAST, "--json", "--executor", executor, "--name", executor]) == 0
        )
        scores.append(json.loads(capsys.readouterr().out)["search_score"])
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--target", "z"], "no column 'z'"),
        (["--target", "Y"], "Did you mean 'y'"),
        ([], "without --target"),
        (["--target", "y", "--metric", "roc_acu"], "Did you mean 'roc_auc'"),
        (["--target", "y", "--metric", "rmse"], "rmse|root_mean"),
        (["--target", "y", "--model", "foerst"], "Did you mean 'forest'"),
        (["--target", "y", "--group", "nope"], "--group 'nope'"),
        (["--target", "y", "--time", "kind"], "--time 'kind'"),
        (["--target", "y", "--weight", "x"], "--weight 'x'"),
        (["--target", "y", "--drop", "nope"], "--drop 'nope'"),
        (["--target", "y", "--group", "y"], "is the target"),
        (["--target", "y", "--group", "patient_id", "--time", "day"], "both"),
        (["--target", "y", "--cv", "1000"], "1000"),
        (["--target", "y", "--cv", "1"], "at least 2"),
        (["--target", "y", "--cv", "kfld:3"], "Did you mean 'kfold'"),
        (["--target", "y", "--sampler", "rndom"], "Did you mean 'random'"),
        (["--target", "y", "--executor", "proces:2"], "Did you mean 'process'"),
        (["--target", "y", "--positive", "maybe"], "maybe"),
        (["--target", "y", "--task", "guess"], "no task 'guess'"),
        (["--target", "y", "--task", "regression"], "no finite number"),
        (["--target", "y", "--model", "svm", "--metric", "logloss"], "probabilities"),
        (["--target", "y", "--trials", "0"], "trials"),
        (["--target", "y", "--timeout", "-1"], "timeout"),
        (["--target", "y", "--seed", "-1"], "seed"),
        (["--target", "y", "--storage", "redis://x"], "redis"),
        (["--target", "patient_id", "--task", "classification"], "classes|members|folds|class"),
    ],
)
def test_mistakes_are_told_before_any_fit(table, capsys, options, told):
    before = sorted(path.name for path in Path().iterdir())
    code = run(["tune", str(table), "--model", "linear", "--trials", "3", *options])
    err = capsys.readouterr().err
    assert code == 2, err
    assert re.search(told, err), err
    assert "Traceback" not in err
    assert not any(name.endswith("-out") for name in {path.name for path in Path().iterdir()} - set(before))


def write(path, rows):
    path.write_text("\n".join(rows) + "\n")
    return str(path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["x,y", *(f"{i},1" for i in range(60))], "one class|same"),
        (["x,y", *(f"{i}," for i in range(60))], "missing in every row"),
        (["x,y", *(f"1,{i % 2}" for i in range(60))], "No column is left"),
        (["x,y", "1,0", "2,1"], "Only 2 rows"),
        (["y", *(str(i % 2) for i in range(60))], "No column is left|0 columns|nothing"),
        (["x,x,y", *(f"{i},{i},{i % 2}" for i in range(60))], "x"),
    ],
)
def test_tables_that_cannot_be_learnt_from(tmp_path, capsys, rows, told):
    code = run(["tune", write(tmp_path / "t.csv", rows), "--target", "y", *FAST])
    err = capsys.readouterr().err
    if rows[0] != "x,x,y":
        assert code == 2, err
        assert re.search(told, err), err
    assert "Traceback" not in err


MANUAL = ["--target", "y", "--model", "linear", "--model", "knn", "--cv", "3", "--sampler", "manual"]


class Typed(io.StringIO):
    def isatty(self):
        return True


def test_by_hand(table, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Typed("algorithm=knn\n\n"))
    assert run(["tune", str(table), *MANUAL]) == 0
    captured = capsys.readouterr()
    assert "Another trial?" in captured.err
    assert "Trial 2: " in captured.err
    assert " won" in captured.out
    assert len(ts.Study.load("tunesmith.db").trials) == 3


def test_without_a_terminal_nobody_is_asked(table, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("algorithm=knn\n"))
    assert run(["tune", str(table), *MANUAL]) == 2
    assert "nobody can be asked" in capsys.readouterr().err
    assert not Path("tunesmith.db").exists()


def conversation(arguments, answers, patience=60.0):
    """Run `tunesmith` on a pseudo-terminal, and type the next answer whenever it waits at a prompt."""
    pty = pytest.importorskip("pty")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "tunesmith", *arguments])
    heard, at, until = b"", 0, time.monotonic() + patience
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.3)[0]:
            try:
                said = os.read(terminal, 4096)
            except OSError:  # the other side is closed
                break
            if not said:
                break
            heard += said
        elif answers and heard[at:].endswith((b"> ", b": ")):
            at = len(heard)
            os.write(terminal, answers.pop(0).encode())
    else:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return code, heard.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("end", ["\n", "q\n", "\x04"])
def test_on_a_terminal_each_parameter_is_asked_for(table, end):
    answers = ["y\n", "0\n", "0.5\n", "\n", end]
    one_model = ["--target", "y", "--model", "linear", "--cv", "2", "--sampler", "manual"]
    code, heard = conversation(["tune", str(table), *one_model], answers)
    assert code == 0, heard
    assert "linear.C (0.0001 to 10000, log) [1]: 0.5" in heard
    assert "Error: 'linear.C'" in heard
    assert "Trial 1: " in heard
    assert " won" in heard
    default, chosen = ts.Study.load("tunesmith.db").trials
    assert chosen.params == {**default.params, "linear.C": 0.5}


@pytest.mark.parametrize(("sampler", "points"), [("grid", 5), ("grid:2", 2), ("grid:points=2", 2)])
def test_a_grid_ends_by_itself(table, capsys, monkeypatch, sampler, points):
    arguments = ["tune", str(table), "--target", "y", "--model", "linear", "--cv", "2", "--sampler", sampler]
    monkeypatch.setattr(sys, "argv", ["tunesmith", *arguments])
    assert run(arguments) == 0
    study = ts.Study.load("tunesmith.db")
    assert {trial.state for trial in study.trials} == {ts.TrialState.COMPLETE}
    cells = study.history.space.grid_size(points)
    assert cells <= len(study.trials) <= cells + 1
    assert len({trial.params["linear.C"] for trial in study.trials}) <= points + 1
    assert capsys.readouterr().out.rstrip().endswith("--cv 2 --sampler auto")


def test_a_grid_that_will_be_cut_off_is_told(table, capsys):
    one_model = ["--target", "y", "--model", "linear", "--cv", "2", "--sampler", "grid", "--trials", "2"]
    assert run(["tune", str(table), *one_model]) == 0
    assert "2 trials try only the first of them" in capsys.readouterr().err


def test_a_plan_as_json(table, capsys):
    assert run(["tune", str(table), "--target", "y", *FAST, "--plan", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [line["name"] for line in plan["lines"]] == ["grid (5 values each)", "random", "random"]


@pytest.mark.parametrize("total", [["-n", "4"], ["--trials=4"], ["--trials", "4"], ["-n4"]])
def test_what_goes_on_asks_for_more_than_there_is(table, capsys, monkeypatch, total):
    arguments = ["tune", str(table), "--target", "y", "--model", "linear", "--cv", "2", "--sampler", "random", *total]
    monkeypatch.setattr(sys, "argv", ["tunesmith", *arguments])
    assert run(arguments) == 0
    go_on = capsys.readouterr().out.splitlines()[-1]
    assert go_on.startswith("go on")
    assert go_on.endswith("--sampler random --trials 8")


def test_an_interrupt_before_the_search_says_that_nothing_was_started(table, capsys, monkeypatch):
    from tunesmith import tabular

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(tabular, "make_plan", interrupted)
    arguments = ["tune", str(table), "--target", "y", *FAST]
    monkeypatch.setattr(sys, "argv", ["tunesmith", *arguments])
    assert run([*arguments, "--plan"]) == 130
    err = capsys.readouterr().err
    assert "nothing was started" in err
    assert not Path("tunesmith.db").exists()
    assert run(arguments) == 130
    err = capsys.readouterr().err
    assert "no trial is done yet" in err
    assert "Continue: tunesmith tune" in err


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal that can be sent")
def test_ctrl_c_while_a_neural_network_is_timed(table, capsys, monkeypatch):
    from sklearn.neural_network import MLPClassifier

    plain = MLPClassifier._compute_loss_grad
    pressed = []

    def press(self, *arguments):
        if not pressed:
            pressed.append(True)
            signal.raise_signal(signal.SIGINT)
        return plain(self, *arguments)

    monkeypatch.setattr(MLPClassifier, "_compute_loss_grad", press)
    assert run(["tune", str(table), "--target", "y", "--model", "mlp", "--plan"]) == 130
    assert pressed
    captured = capsys.readouterr()
    assert "nothing was started" in captured.err
    assert captured.out == ""


def test_trials_race_unless_told_otherwise(table, capsys):
    arguments = ["tune", str(table), "--target", "y", "--model", "knn", "--sampler", "random"]
    assert run([*arguments, "--trials", "14", "--out", str(table.parent / "raced")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"\d+ stopped early, \d+% of the fits saved", said)
    assert "stopped early, 1 of 5 folds" in (table.parent / "raced" / "report.html").read_text(encoding="utf-8")
    assert run([*arguments, "--no-racing", "--trials", "5", "--name", "full", "--out", str(table.parent / "full")]) == 0
    assert "stopped early" not in capsys.readouterr().out


def test_a_grid_is_scored_on_all_folds_and_says_so(table, capsys):
    assert run(["tune", str(table), "--target", "y", "--model", "knn", "--sampler", "grid:2", "--trials", "4"]) == 0
    assert "every trial is scored on all folds: an exhaustive grid wants all scores" in capsys.readouterr().err


def test_the_simplest_of_equals_may_win_and_the_last_lines_say_so(table, capsys):
    assert run(["tune", str(table), "--target", "y", *FAST, "--select", "one_se", "--out", "out"]) == 0
    assert "the simplest as good as the best of 5 trials (one_se), which looks " in capsys.readouterr().out
    best = json.loads(Path("out/best.json").read_text())
    assert best["score_report"]["select"] == "one_se"
    trials = ts.Study.load("tunesmith.db").history.complete()
    assert best["search_score"] <= max(trial.value for trial in trials)
    assert best["params"]["algorithm"] == "linear"
    assert run(["show", "--storage", "tunesmith.db"]) == 0
    assert "on 40 rows that were put aside, opened once" in capsys.readouterr().out


@pytest.mark.parametrize("metric", ["auc", "accuracy"])
def test_the_saved_model_cuts_where_the_last_lines_say(table, capsys, metric):
    joblib = pytest.importorskip("joblib")
    arguments = ["tune", str(table), "--target", "y", *FAST, "--metric", metric, "--threshold", "recall>=0.9"]
    assert run([*arguments, "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"threshold 0\.\d+ for 'yes' \(recall>=0\.9\): recall 0\.9\d as it looked, expect 0\.\d+", said)
    decision = json.loads(Path("out/best.json").read_text())["decision_report"]
    model, rows = joblib.load("out/model.joblib"), pd.read_csv(table).drop(columns="y")
    expected = np.where(model.predict_proba(rows)[:, 1] >= decision["threshold"], *model.classes_[::-1])
    assert (model.predict(rows) == expected).all()
    assert "Threshold " in Path("out/report.html").read_text()


def test_calibration_and_costs_reach_all_that_is_written(table, capsys):
    joblib = pytest.importorskip("joblib")
    arguments = ["tune", str(table), "--target", "y", *FAST, "--metric", "f1", "--out", "out"]
    assert run([*arguments, "--threshold", "alarm=1,miss=5", "--calibrate"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"threshold 0\.\d+ for 'yes' \(alarm=1,miss=5\): cost 0\.\d+ as it looked, expect 0\.\d+", said)
    assert re.search(r"calibrated: Brier score 0\.\d+ expected on new rows, 0\.\d+ before", said)
    best = json.loads(Path("out/best.json").read_text())
    decision = best["decision_report"]
    assert decision["rule"] == "alarm=1,miss=5"
    model, rows = joblib.load("out/model.joblib"), pd.read_csv(table).drop(columns="y")
    sure = model.predict_proba(rows)[:, 1]
    assert (model.predict(rows) == np.where(sure >= decision["threshold"], *model.classes_[::-1])).all()
    inner = model.estimator.estimator_.estimator  # what was calibrated: its log-odds lie on the line
    odds, before = (np.log(one / (1 - one)) for one in (sure, inner.estimator.predict_proba(rows)[:, 1]))
    near = np.abs(before) < 7
    np.testing.assert_allclose(odds[near], (decision["slope"] * before + decision["intercept"])[near], atol=1e-6)
    assert "Calibrated: Brier score" in Path("out/report.html").read_text()
    done = subprocess.run([sys.executable, "out/reproduce.py"], capture_output=True, text=True, check=True)
    shown = next(one["score"] for one in best["test"]["scores"] if one["name"] == "tuned")
    assert float(done.stdout.splitlines()[1].split()[3]) == pytest.approx(shown)


def test_calibration_alone(table, capsys):
    arguments = ["tune", str(table), "--target", "y", *FAST, "--calibrate", "--json", "--out", "out"]
    assert run(arguments) == 0
    captured = capsys.readouterr()
    assert "calibrated: Brier score" in captured.err
    assert "\nthreshold" not in captured.err
    found = json.loads(captured.out)["decision_report"]
    assert found["slope"] > 0
    assert (found["rule"], found["threshold"], found["measures"]) == ("", None, [])
    assert "alibrated probabilities" in Path("out/report.html").read_text()
    assert run(["report", "--storage", "tunesmith.db", "--out", "study.html"]) == 0
    assert "alibrated probabilities" in Path("study.html").read_text()


def test_a_fold_with_too_few_of_a_class_is_told_with_what_to_do(tmp_path, capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "y": np.where(np.arange(200) < 12, "yes", "no")})
    path = tmp_path / "rare.csv"
    frame.to_csv(path, index=False)
    assert run(["tune", str(path), "--target", "y", "--model", "linear", "--plan"]) == 0
    said = capsys.readouterr().err
    assert re.search(r"Fold 1 judges by [12] of class yes among 30 rows: its score is mostly luck\.", said)
    assert "fewer folds (--cv 3), or --cv repeated:5" in said
    assert run(["tune", str(path), "--target", "y", "--model", "linear", "--plan", "--cv", "3"]) == 0
    assert "mostly luck" not in capsys.readouterr().err


@pytest.mark.parametrize(("metric", "weighed"), [("auc", True), ("f1", True), ("logloss", False), ("accuracy", False)])
def test_weights_are_searched_where_a_class_is_rare_and_they_can_help(tmp_path, metric, weighed):
    from tunesmith.tabular import Request, prepare

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "y": np.where(np.arange(200) < 30, "yes", "no")})
    path = tmp_path / "rare.csv"
    frame.to_csv(path, index=False)
    space = prepare(Request(data=str(path), target="y", models=("linear",), metric=metric)).space
    assert ("linear.class_weight" in space.names) is weighed


def test_a_threshold_for_numbers_or_of_no_known_kind_is_refused(table, capsys):
    for options in (["--threshold", "f1"], ["--calibrate"]):
        assert run(["tune", str(table), "--target", "x", *FAST, *options]) == 2
        assert "two classes, and y has numbers" in capsys.readouterr().err
    assert run(["tune", str(table), "--target", "y", *FAST, "--threshold", "alarm=2,miss=0"]) == 2
    assert "not dearer" in capsys.readouterr().err
    assert run(["tune", str(table), "--target", "y", *FAST, "--threshold", "f3"]) == 2
    assert "recall>=0.9" in capsys.readouterr().err
