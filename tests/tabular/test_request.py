"""What a request is refused for before any fit."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from tunesmith.errors import InvalidData, StudyExists  # noqa: E402
from tunesmith.tabular import Request, Search, prepare  # noqa: E402
from tunesmith.tabular.tune import study_of  # noqa: E402


def request(path, rows, rarer, **options):
    rng = np.random.default_rng(0)
    y = ["no"] * (rows - rarer) + ["yes"] * rarer
    pd.DataFrame({"a": rng.normal(size=rows), "b": rng.normal(size=rows), "y": y}).to_csv(path / "t.csv", index=False)
    return Request(data=str(path / "t.csv"), target="y", models=("linear",), **options)


def test_a_class_that_cannot_be_in_every_fold_is_named(tmp_path):
    with pytest.raises(InvalidData, match="The class 'yes' has 4 rows to learn from") as caught:
        prepare(request(tmp_path, 30, 5))
    assert "--cv 4" in caught.value.hint
    assert len(prepare(request(tmp_path, 30, 5, cv=4)).splits) == 4


def test_a_class_of_one_row_is_named(tmp_path):
    with pytest.raises(InvalidData, match="Only one row has the class 'yes'"):
        prepare(request(tmp_path, 30, 1))


def test_the_cause_of_a_difference_is_told_and_not_its_consequence(tmp_path):
    search = Search(storage=str(tmp_path / "s.db"), name="n")
    study_of(prepare(request(tmp_path, 200, 60)), search)
    with pytest.raises(StudyExists, match="made with --cv 5; now it is --cv 4"):
        study_of(prepare(request(tmp_path, 200, 60, cv=4)), search)
    with pytest.raises(StudyExists, match="other data") as caught:
        study_of(prepare(request(tmp_path, 260, 60)), search)
    assert "tunesmith delete n" in caught.value.hint
