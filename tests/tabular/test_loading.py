from __future__ import annotations

import pytest

from tunesmith.errors import InvalidData, UsageError

pytestmark = pytest.mark.needs("sklearn", "pandas")


@pytest.fixture
def load():
    from tunesmith.tabular.loading import load_table

    return load_table


def test_separators_and_missing_words(load, tmp_path):
    for name, separator in (("a.csv", ","), ("b.csv", ";"), ("c.tsv", "\t"), ("d.txt", "|")):
        rows = [["x", "y"], ["1", "?"], ["2", "NA"], ["3", "b"]]
        (tmp_path / name).write_text("\n".join(separator.join(row) for row in rows) + "\n")
        frame = load(str(tmp_path / name)).frame
        assert list(frame.columns) == ["x", "y"]
        assert frame["y"].isna().sum() == 2


def test_encodings_and_strange_paths(load, tmp_path):
    odd = tmp_path / "with space {x} %s ü.csv"
    odd.write_bytes("näme,y\n1,é\n2,b\n".encode("cp1252"))
    assert list(load(str(odd)).frame.columns) == ["näme", "y"]
    bom = tmp_path / "bom.csv"
    bom.write_bytes("x,y\n1,2\n".encode("utf-8-sig"))
    assert list(load(str(bom)).frame.columns) == ["x", "y"]


@pytest.mark.needs("pyarrow")
def test_parquet(load, tmp_path):
    import pandas as pd

    pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}).to_parquet(tmp_path / "t.parquet")
    assert load(str(tmp_path / "t.parquet")).frame.shape == (2, 2)


def test_bundled_sets_say_what_they_predict(load):
    assert load("sklearn:diabetes").target == "target"
    assert set(load("sklearn:iris").frame["target"]) == {"setosa", "versicolor", "virginica"}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("nowhere.csv", "There is no file"),
        ("sklearn:diabets", "Did you mean 'diabetes'"),
        ("sklern:diabetes", "Did you mean 'sklearn'"),
        ("data.xlsx", "no file"),
        ("", "no file|no table"),
    ],
)
def test_what_is_not_there(load, spec, told):
    with pytest.raises(UsageError, match=told):
        load(spec)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read"),
        (b"x,y\n", "0 rows"),
        (b"\x00\x01\x02binary", "binary"),
        (b'x,y\n"unclosed', "cannot be read"),
    ],
)
def test_what_is_no_table(load, tmp_path, content, told):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InvalidData, match=told):
        load(str(tmp_path / "t.csv"))


def test_other_kinds_of_files(load, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"x")
    with pytest.raises(UsageError, match="no table"):
        load(str(tmp_path / "t.xlsx"))
    with pytest.raises(UsageError, match="no table"):
        load(str(tmp_path))
    (tmp_path / "t.parquet").write_bytes(b"not parquet")
    with pytest.raises(InvalidData, match="cannot be read"):
        load(str(tmp_path / "t.parquet"))


def test_the_fingerprint_follows_the_cells(load, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,a\n2,b\n")
    (tmp_path / "b.csv").write_text("x,y\n1,a\n2,c\n")
    assert load(str(tmp_path / "a.csv")).fingerprint == load(str(tmp_path / "a.csv")).fingerprint
    assert load(str(tmp_path / "a.csv")).fingerprint != load(str(tmp_path / "b.csv")).fingerprint
