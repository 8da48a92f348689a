"""`tune --early-stopping`: inner rows of each fold's kind are watched, and the written script gives the same model."""

from __future__ import annotations

import runpy
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import tunesmith as ts
from tunesmith.cli._app import run
from tunesmith.errors import UsageError
from tunesmith.sklearn.objective import stopped_of
from tunesmith.tabular.request import Request, prepare
from tunesmith.tabular.stopping import stopping_of

ROWS = 240


@pytest.fixture
def table(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, ROWS))
    frame = pd.DataFrame({"x": x, "z": z, "day": rng.permutation(ROWS // 2).repeat(2), "who": np.arange(ROWS) // 6})
    frame["y"] = np.where(x + z * x + rng.normal(size=ROWS) > 0, "yes", "no")
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    return str(path)


def asked(table: str, **options: object) -> Request:
    return Request(data=table, target="y", models=("boosting", "linear"), early_stopping=5, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("option", [{}, {"group": "who"}, {"time": "day"}, {"cv": "time:3"}], ids=str)
def test_inner_rows_are_of_the_kind_of_the_folds(table: str, option: dict[str, object]) -> None:
    prepared = prepare(asked(table, **option))
    stopping = stopping_of(prepared)
    assert not any(name.endswith("max_iter") for name in prepared.space.names)
    train = prepared.splits[-1].train
    split = stopping.split(prepared.X_train, prepared.y_train, train, {})
    assert sorted([*split.train, *split.test]) == sorted(train)
    inner, watched = prepared.X_train.iloc[split.train], prepared.X_train.iloc[split.test]
    if "group" in option:
        assert not set(inner["who"]) & set(watched["who"])
    elif "time" in option:
        assert inner["day"].max() < watched["day"].min()
    elif "cv" in option:
        assert split.train.max() < split.test.min()
    else:
        assert len(watched) == pytest.approx(0.2 * len(train), abs=1)


def test_nobody_asked_and_nothing_is_stopped(table: str) -> None:
    prepared = prepare(Request(data=table, target="y", models=("boosting",)))
    assert stopping_of(prepared) is None
    assert any(name.endswith("max_iter") for name in prepared.space.names)
    with pytest.raises(UsageError, match="at least 1"):
        Request(data=table, target="y", early_stopping=0)


def test_the_command_keeps_the_rounds_and_its_script_repeats_the_model(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["tune", table, "--target", "y", "--model", "boosting", "--model", "linear", "--trials", "4", "--cv", "2"]
    command += ["--sampler", "random", "--drop", "day", "--drop", "who", "--out", "out"]
    assert run([*command, "--early-stopping", "5"]) == 0
    capsys.readouterr()
    study = ts.Study.load("tunesmith.db", "table-y")
    rounds = {trial.params["algorithm"]: stopped_of(trial) for trial in study.trials if trial.value is not None}
    assert rounds["linear"] == []
    assert all(1 <= fold["rounds"] < 2000 for fold in rounds["boosting"])
    assert len(rounds["boosting"]) == 2
    told: list[str] = []
    script = runpy.run_path("out/reproduce.py")
    mean, _ = script["repeat"](script["REQUEST"], script["PARAMS"], data=script["DATA"], say=told.append)
    assert mean == study.best.value
    assert not any("changed" in line for line in told)
    model = joblib.load("out/model.joblib")
    leaf = model.estimator.named_steps["model"] if hasattr(model, "estimator") else model
    if study.best.params["algorithm"] == "boosting":
        assert leaf.n_iter_ == leaf.max_iter < 2000
    assert run([*command, "--early-stopping", "6"]) == 2
    assert "--early-stopping 5" in capsys.readouterr().err
