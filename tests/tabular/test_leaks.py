from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tunesmith.errors import InvalidData, StudyExists, UnknownName
from tunesmith.tabular import Request, Search, prepare
from tunesmith.tabular.tune import study_of


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 3)).round(3), columns=["a", "b", "c"])
    frame["y"] = (frame["a"] + rng.normal(size=200)).round(3)
    frame["customer"] = rng.integers(0, 20, 200)
    frame["day"] = pd.date_range("2024-01-01", periods=200).strftime("%Y-%m-%d")

    def write(**columns):
        path = tmp_path / "d.csv"
        frame.assign(**{name: make(frame) for name, make in columns.items()}).to_csv(path, index=False)
        return {"data": str(path), "target": "y"}

    return write


def test_clean_tables_have_no_note(table) -> None:
    for how in ({}, {"group": "customer"}, {"time": "day"}, {"time": "day", "cv": "purged:5"}):
        assert prepare(Request(**table(), **how)).leaks.found == ()


def test_a_column_made_from_the_target_stops_it_unless_it_is_dropped_or_allowed(table) -> None:
    given = table(fahrenheit=lambda f: 1.8 * f["y"] + 32)
    with pytest.raises(InvalidData, match="'fahrenheit' is a monotone function") as caught:
        prepare(Request(**given))
    assert "--allow target_copy" in caught.value.hint
    assert prepare(Request(**given, drop=("fahrenheit",))).leaks.found == ()
    allowed = prepare(Request(**given, allow=("target_copy",)))
    assert any(remark.startswith("allowed: Column 'fahrenheit'") for remark in allowed.remarks)
    with pytest.raises(UnknownName, match="target_copies"):
        Request(**given, allow=("target_copies",))


def test_what_is_likely_is_a_note(table) -> None:
    noise = np.random.default_rng(1).normal(0, 0.005, 200)
    found = prepare(Request(**table(nearly=lambda f: f["y"] + noise)))
    assert [leak.name for leak in found.leaks.likely] == ["single_column"]
    assert any("--allow single_column" in remark for remark in found.remarks)


def test_folds_that_ignore_groups_or_time_are_refused(table) -> None:
    with pytest.raises(InvalidData, match="torn apart"):
        prepare(Request(**table(), group="customer", cv="kfold:5"))
    with pytest.raises(InvalidData, match="come after"):
        prepare(Request(**table(), time="day", cv="kfold:5"))


def test_a_waiver_is_on_the_card_and_a_later_one_beside_it(table, tmp_path) -> None:
    search = Search(storage=str(tmp_path / "s.db"), name="s")
    study = study_of(prepare(Request(**table())), search)
    assert study.card["leaks"] == {"allowed": [], "found": []}
    again = study_of(prepare(Request(**table(), allow=("id_column",))), search)
    assert again.history.attrs["leaks"]["allowed"] == ["id_column"]
    with pytest.raises(StudyExists, match="--cv"):
        study_of(prepare(Request(**table(), cv=4)), search)
