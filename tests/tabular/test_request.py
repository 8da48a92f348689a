"""What a request is refused for before any fit."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from tunesmith.errors import InvalidData, StudyExists  # noqa: E402
from tunesmith.tabular import Request, Search, prepare  # noqa: E402
from tunesmith.tabular.objective import FoldObjective  # noqa: E402
from tunesmith.tabular.portfolio import defaults_of  # noqa: E402
from tunesmith.tabular.tune import study_of  # noqa: E402
from tunesmith.tabular.verdict import open_test_set  # noqa: E402


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


def with_folds(path, folds, **options):
    rng = np.random.default_rng(0)
    rows = len(folds)
    frame = pd.DataFrame({"a": rng.normal(size=rows), "y": rng.integers(0, 2, rows).astype(str), "fold": folds})
    frame.to_csv(path / "f.csv", index=False)
    given = {"group": "fold", "cv": "predefined", "models": ("linear",), **options}
    return prepare(Request(data=str(path / "f.csv"), target="y", **given))


@pytest.mark.parametrize("folds", [[0, 1, 2], [0, 1, -1], [0, 1, 2, 3, -1], list(range(9))], ids=str)
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_predefined_folds_are_tested_on_as_a_whole_and_some_are_left(tmp_path, folds, share):
    numbers = np.tile(folds, 20)
    found = with_folds(tmp_path, numbers, test_size=share)
    tested, learnt = set(numbers[found.test]), set(numbers[found.train])
    assert tested
    assert not tested & (learnt | {-1})
    assert tested | learnt == set(folds)
    assert len(found.splits) == len(learnt - {-1})
    assert all(-1 not in numbers[found.train][split.test] for split in found.splits)


def test_folds_that_were_read_as_floats_are_the_same_and_missing_ones_refused(tmp_path):
    numbers = np.tile([0.0, 1.0, 2.0, -1.0], 20)
    numbers[-1] = np.nan
    with pytest.raises(InvalidData, match="'fold' is missing in 1 rows"):
        with_folds(tmp_path, numbers)
    table = pd.read_csv(tmp_path / "f.csv", dtype={"y": str})
    table.loc[79, "y"] = None  # this row is left out, and the column of folds stays one of floats
    table.to_csv(tmp_path / "f.csv", index=False)
    found = prepare(
        Request(data=str(tmp_path / "f.csv"), target="y", group="fold", cv="predefined", models=("linear",))
    )
    assert found.frame["fold"].dtype.kind == "f"
    assert -1.0 not in numbers[found.test]
    assert len(found.splits) == 2


@pytest.mark.parametrize("folds", [[0, 1], [0, -1]])
def test_too_few_predefined_folds_are_refused_with_the_way_out(tmp_path, folds):
    with pytest.raises(InvalidData, match="one is put aside") as caught:
        with_folds(tmp_path, np.tile(folds, 20))
    assert "at least three folds" in caught.value.hint


def test_predefined_folds_are_no_groups_to_draw_as_a_whole(tmp_path):
    """One whole fold is tested on: drawn as a whole it would always be the same, and its interval a point."""
    data = with_folds(tmp_path, np.tile([0, 1, 2], 20))
    objective = FoldObjective(data)
    model = objective.fit(defaults_of(data.algorithms[0], data.space))
    tuned = open_test_set(data, {"tuned": model, "default": model}).of("tuned")
    assert tuned.high - tuned.low > 0.1
