"""`tune --task cluster` from the table to the files, on data with clusters and without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")

from sklearn.datasets import make_blobs  # noqa: E402

from tunesmith.cli._app import run  # noqa: E402
from tunesmith.errors import InvalidData, StudyExists, UnknownName, UsageError  # noqa: E402
from tunesmith.tabular import ClusterRequest, Search, cluster_study, prepare_clusters  # noqa: E402
from tunesmith.tabular.cluster_verdict import by_size  # noqa: E402

FAST = ["--task", "cluster", "--model", "kmeans", "--model", "dbscan", "--trials", "8", "--sampler", "random"]


@pytest.fixture
def blobs(tmp_path):
    X, y = make_blobs(90, centers=3, cluster_std=0.5, random_state=0)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(
        kind=np.where(np.arange(90) % 2 == 0, "x", "z"), day=pd.date_range("2024-01-01", periods=90).astype(str), y=y
    )
    frame.loc[3, "a"] = np.nan
    path = tmp_path / "blobs.csv"
    frame.to_csv(path, index=False)
    return path


def test_from_table_to_files(blobs, capsys):
    arguments = ["tune", str(blobs), "--target", "y", "--drop", "kind", *FAST, "--out", "out"]
    assert run(arguments) == 0
    captured = capsys.readouterr()
    assert "'day' is a date and left out" in captured.err
    for words in ["won: 3 clusters of", "clusters are to be seen: silhouette", "found again: stability", "go on"]:
        assert words in captured.out
    assert "compared with 'y': adjusted Rand index" in captured.out
    best = json.loads(Path("out/best.json").read_text())
    assert (best["clusters"], best["clusters_seen"]) == (3, True)
    assert best["known_labels"]["adjusted_rand"] > 0.9
    labels = pd.read_csv("out/labels.csv")
    clustered = labels["cluster"][labels["cluster"] >= 0]
    assert clustered.value_counts(sort=False).sort_index().tolist() == best["sizes"]
    assert "Clusters in blobs" in Path("out/report.html").read_text()
    assert Path("out/model.joblib").stat().st_size > 0
    repeated = subprocess.run([sys.executable, "out/reproduce.py"], capture_output=True, text=True, check=True)
    assert f"silhouette {best['search_score']!r}" in repeated.stdout
    assert f"3 clusters of {', '.join(map(str, best['sizes']))} rows" in repeated.stdout
    assert run([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    assert "Resuming" in captured.err
    assert json.loads(captured.out)["trials"] == 8


def test_noise_has_no_clusters_to_be_seen(tmp_path, capsys):
    path = tmp_path / "noise.csv"
    pd.DataFrame(np.random.default_rng(0).normal(size=(80, 4)), columns=list("abcd")).to_csv(path, index=False)
    assert run(["tune", str(path), *FAST, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["clusters_seen"] is False
    assert "no clusters to be seen" in found["verdict"]
    assert found["stability"]["mean"] < 0.9


def test_where_all_settings_find_one_cluster_it_is_said(tmp_path, capsys):
    path = tmp_path / "one.csv"
    pd.DataFrame({"x": np.concatenate([np.zeros(59), [1e-9]])}).to_csv(path, index=False)
    assert run(["tune", str(path), "--task", "cluster", "--model", "hdbscan", "--trials", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clusters_seen"] is False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metric", "auc"], "measured by silhouette"),
        (["--model", "forest"], "no clustering 'forest'"),
        (["--group", "a"], "--group is for a target"),
        (["--plan"], "--plan is for a target"),
        (["--cv", "kfold:5"], "subsamples"),
        (["--drop", "zz"], "no column 'zz'"),
    ],
)
def test_what_does_not_fit_is_refused(blobs, capsys, options, said):
    assert run(["tune", str(blobs), "--task", "cluster", *options]) == 2
    assert said in capsys.readouterr().err


def test_requests_are_checked(blobs, tmp_path):
    with pytest.raises(UsageError):
        ClusterRequest(data=str(blobs), metric="silhuette")
    with pytest.raises(UnknownName):
        ClusterRequest(data=str(blobs), models=("svm",))
    few = tmp_path / "few.csv"
    pd.DataFrame({"x": range(5)}).to_csv(few, index=False)
    with pytest.raises(InvalidData, match="too few"):
        prepare_clusters(ClusterRequest(data=str(few)))
    with pytest.raises(InvalidData, match="No number"):
        prepare_clusters(ClusterRequest(data=str(blobs), drop=("a", "b", "kind", "y")))


def test_a_study_of_other_rows_is_refused(blobs, tmp_path):
    search = Search(storage=str(tmp_path / "s.db"), name="one", progress=False)
    cluster_study(prepare_clusters(ClusterRequest(data=str(blobs), models=("kmeans",))), search)
    with pytest.raises(StudyExists, match="other subsamples"):
        cluster_study(prepare_clusters(ClusterRequest(data=str(blobs), models=("kmeans",), cv="7")), search)


def test_every_algorithm_starts_as_it_comes_and_can_be_fitted(blobs, tmp_path):
    data = prepare_clusters(ClusterRequest(data=str(blobs)))
    study = cluster_study(data, Search(storage=str(tmp_path / "s.db"), progress=False))
    assert [trial.params["algorithm"] for trial in study.trials] == list(data.algorithms)
    assert data.rows.shape == (90, 5)
    assert np.isfinite(data.rows).all()
    assert len(data.categories) == 1


def test_clusters_are_numbered_by_size():
    assert by_size(np.array([9, 4, 4, -1, 9, 9])).tolist() == [0, 1, 1, -1, 0, 0]
