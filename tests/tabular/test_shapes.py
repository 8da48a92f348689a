"""`tune --task reduce` and `--task density` from the table to the files, on data whose answer is known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")
joblib = pytest.importorskip("joblib")

from sklearn.datasets import make_s_curve  # noqa: E402

from tunesmith.cli._app import run  # noqa: E402
from tunesmith.errors import InvalidData, StudyExists, UnknownName, UsageError  # noqa: E402
from tunesmith.tabular import Search, ShapeRequest, prepare_shapes, shape_study  # noqa: E402
from tunesmith.tabular.shapes import labels_of, make_shape  # noqa: E402

FAST = ["--trials", "8", "--sampler", "random", "--json"]


@pytest.fixture
def plane(tmp_path):
    """Six columns of which two directions are all there is; the class depends on the shorter one."""
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(120, 2))
    rows = flat * [3.0, 1.0] @ rng.normal(size=(2, 6)) + 0.01 * rng.normal(size=(120, 6))
    frame = pd.DataFrame(rows, columns=list("abcdef")).assign(y=np.where(flat[:, 1] > 0, "yes", "no"))
    frame.loc[3, "a"] = np.nan
    frame.to_csv(tmp_path / "plane.csv", index=False)
    return tmp_path / "plane.csv"


@pytest.fixture
def two_heaps(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(150, 2)) + np.repeat([-6.0, 6.0], 75)[:, None], columns=["a", "b"])
    frame["kind"] = np.tile(["x", "z", "x"], 50)
    frame.loc[149, ["a", "b"]] = [0.0, 0.0]  # where there is nothing
    frame.to_csv(tmp_path / "heaps.csv", index=False)
    return tmp_path / "heaps.csv"


def test_fewer_columns_from_table_to_files(plane, capsys):
    arguments = ["tune", str(plane), "--target", "y", "--task", "reduce", "--model", "pca", "--model", "factors", *FAST]
    assert run([*arguments[:-1], "--out", "out"]) == 0
    captured = capsys.readouterr()
    assert "'y' is left out: no algorithm sees it" in captured.err
    for words in ["won: 2 columns", "on held-out rows (PCA with 2 columns)", "PCA by number of columns", "go on"]:
        assert words in captured.out
    best = json.loads(Path("out/best.json").read_text())
    assert best["params"]["components"] == 2
    assert best["scores"]["trustworthiness"]["best"] > 0.97
    assert best["scores"]["downstream"]["best"] > 0.85
    counts = best["by_components"]
    assert counts["1"] < counts["2"] - 0.02
    table = pd.read_csv("out/embedding.csv")
    model = joblib.load("out/model.joblib")
    assert np.allclose(table[["dim1", "dim2"]], model.transform(pd.read_csv(plane).drop(columns="y")))
    assert "Fewer columns for plane" in Path("out/report.html").read_text()
    repeated = subprocess.run([sys.executable, "out/reproduce.py"], capture_output=True, text=True, check=True)
    assert f"trustworthiness {best['search_score']!r}" in repeated.stdout
    assert run(arguments) == 0
    captured = capsys.readouterr()
    assert "Resuming" in captured.err
    assert json.loads(captured.out)["trials"] == 8


def test_a_bent_sheet_is_laid_flat_better_than_by_lines(tmp_path, capsys):
    rows, _ = make_s_curve(300, random_state=0)
    pd.DataFrame(rows, columns=list("abc")).to_csv(tmp_path / "s.csv", index=False)
    arguments = ["--model", "pca", "--model", "isomap", *FAST]
    assert run(["tune", str(tmp_path / "s.csv"), "--task", "reduce", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["params"]["algorithm"] == "isomap"
    assert found["verdict"].startswith("better than PCA with 2 columns")
    assert found["lead"]["low"] > 0


def test_the_number_of_columns_is_searched_for_by_what_they_are_good_for(plane, capsys):
    given = ["--task", "reduce", "--target", "y", "--model", "pca", *FAST]
    assert run(["tune", str(plane), "--metric", "downstream", *given]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["params"]["components"] >= 2
    assert found["by_components"]["1"] < found["by_components"]["2"] - 0.1
    assert run(["tune", str(plane), "--components", "3", "--metric", "reconstruction", "--name", "three", *given]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["params"]["components"] == 3
    assert found["scores"]["reconstruction"]["best"] > 0.99
    assert found["verdict"] == "as good as PCA with 3 columns by reconstruction"


def test_a_density_of_two_heaps_from_table_to_files(two_heaps, capsys):
    arguments = ["tune", str(two_heaps), "--task", "density", *FAST[:-1], "--trials", "20", "--out", "out"]
    assert run(arguments) == 0
    captured = capsys.readouterr()
    assert "'kind' is a category and left out" in captured.err
    assert "better than one Gaussian by log_likelihood: +" in captured.out
    assert "the rarest rows, counted from 1: 150, " in captured.out
    table, model = pd.read_csv("out/density.csv"), joblib.load("out/model.joblib")
    assert np.allclose(table["log_density"], model.score_samples(pd.read_csv(two_heaps)))
    assert table["log_density"].idxmin() == 149
    best = json.loads(Path("out/best.json").read_text())
    assert best["lead"]["low"] > 0
    repeated = subprocess.run([sys.executable, "out/reproduce.py"], capture_output=True, text=True, check=True)
    assert f"log_likelihood {best['search_score']!r}" in repeated.stdout


def test_the_held_out_likelihood_is_that_of_the_truth(tmp_path, capsys):
    """Rows of one Gaussian: nothing beats it, and the likelihood to expect is its entropy, in units of the columns."""
    rows = np.random.default_rng(1).normal(size=(400, 2))
    pd.DataFrame(rows, columns=["a", "b"]).to_csv(tmp_path / "g.csv", index=False)
    assert run(["tune", str(tmp_path / "g.csv"), "--task", "density", *FAST]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lead"]["mean"] < 0.05
    assert found["score_report"]["corrected"] == pytest.approx(-(1 + np.log(2 * np.pi)), abs=0.1)


@pytest.mark.parametrize(
    ("task", "options", "said"),
    [
        ("reduce", ["--metric", "auc"], "measured by trustworthiness"),
        ("density", ["--metric", "bic"], "measured by log_likelihood"),
        ("reduce", ["--model", "kmeans"], "no algorithm 'kmeans'"),
        ("reduce", ["--metric", "reconstruction", "--model", "isomap"], "cannot bring rows back"),
        ("reduce", ["--metric", "downstream"], "how well a column is predicted"),
        ("reduce", ["--components", "6"], "are no fewer"),
        ("density", ["--components", "2"], "--task reduce"),
        ("cluster", ["--components", "2"], "--components is for --task reduce"),
        ("regression", ["--components", "2"], "--components is for --task reduce"),
        ("density", ["--group", "a"], "--group is for a target, and --task density has none"),
        ("density", ["--calibrate"], "--calibrate is for a target"),
        ("reduce", ["--cv", "subsample:5"], "held out"),
        ("reduce", ["--cv", "1"], "held out"),
        ("reduce", ["--drop", "zz"], "no column 'zz'"),
    ],
)
def test_what_does_not_fit_is_refused(plane, capsys, task, options, said):
    assert run(["tune", str(plane), "--task", task, "--drop", "y", *options]) in {1, 2}
    assert said in capsys.readouterr().err


def test_requests_are_checked(plane, two_heaps, tmp_path):
    with pytest.raises(UnknownName):
        ShapeRequest(task="shrink", data=str(plane))
    with pytest.raises(UsageError):
        ShapeRequest(task="reduce", data=str(plane), components=0)
    with pytest.raises(InvalidData, match="No number is left"):
        prepare_shapes(ShapeRequest(task="density", data=str(two_heaps), drop=("a", "b")))
    spiked = tmp_path / "spiked.csv"
    pd.DataFrame({"a": np.random.default_rng(0).normal(size=60), "b": np.arange(60) % 3}).to_csv(spiked, index=False)
    found = prepare_shapes(ShapeRequest(task="density", data=str(spiked)))
    used = [column for column in found.columns if column.role.is_used]
    assert len(used) == 1 or any("narrow spikes" in remark for remark in found.remarks)


def test_a_study_of_other_folds_is_refused(plane, tmp_path):
    search = Search(storage=str(tmp_path / "s.db"), name="one", progress=False)
    given = {"task": "reduce", "data": str(plane), "target": "y", "models": ("pca",)}
    shape_study(prepare_shapes(ShapeRequest(**given)), search)
    with pytest.raises(StudyExists, match="other folds"):
        shape_study(prepare_shapes(ShapeRequest(**given, cv="7")), search)


@pytest.mark.parametrize("task", ["reduce", "density"])
def test_every_algorithm_starts_as_it_comes_and_can_be_fitted(plane, tmp_path, task):
    data = prepare_shapes(ShapeRequest(task=task, data=str(plane), target="y"))
    study = shape_study(data, Search(storage=str(tmp_path / "s.db"), progress=False))
    assert [trial.params["algorithm"] for trial in study.trials] == list(data.algorithms)
    for trial in study.trials:
        model = make_shape(trial.params, task=task, seed=0).fit(data.rows)
        assert hasattr(model, "transform" if task == "reduce" else "score_samples")


def test_known_labels_are_classes_unless_they_are_many_numbers():
    assert labels_of(pd.Series(["b", "a", "b"])).tolist() == [1, 0, 1]
    assert labels_of(pd.Series([3, 1, 3])).tolist() == [1, 0, 1]
    assert labels_of(pd.Series(np.arange(30.0))).dtype.kind == "f"
