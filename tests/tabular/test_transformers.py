from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402

from tunesmith.errors import TunesmithWarning  # noqa: E402
from tunesmith.tabular.transformers import DateParts, FirstColumn, ToNumbers, ToText  # noqa: E402


@pytest.mark.parametrize("transformer", [ToNumbers(), ToText(), DateParts()])
def test_they_clone_and_name_what_comes_out(transformer):
    frame = pd.DataFrame({"a": ["2024-01-01", "2024-01-02"], "b": ["2024-01-01", None]})
    fitted = clone(transformer).fit(frame)
    out = fitted.transform(frame)
    assert out.shape == (2, len(fitted.get_feature_names_out()))


def test_words_where_numbers_were_learnt_from_are_told():
    fitted = ToNumbers().fit(pd.DataFrame({"age": [30, 41]}))
    with pytest.warns(TunesmithWarning, match=r"'age' was learnt from as numbers; here none .* \('old', for example\)"):
        fitted.transform(pd.DataFrame({"age": ["old", None]}))


def test_numbers_from_everything():
    frame = pd.DataFrame(
        {"a": ["1", "x", None], "b": pd.array([1, None, 3], dtype="Int64"), "c": [np.inf, 1.0, -np.inf]}
    )
    out = ToNumbers().fit_transform(frame)
    assert np.isnan(out).tolist() == [[False, False, True], [True, True, False], [True, False, True]]


def test_text_from_everything():
    frame = pd.DataFrame({"a": [1.5, None, True], "b": pd.Categorical(["x", None, "y"])})
    assert ToText().fit_transform(frame).tolist() == [["1.5", "x"], ["(missing)", "(missing)"], ["True", "y"]]


def test_dates_with_and_without_zones():
    frame = pd.DataFrame({"d": ["2024-03-01 10:30:00+02:00", "2024-03-02", None]})
    out = DateParts().fit_transform(frame)
    assert out[0, :5].tolist() == [2024, 3, 1, 4, 8]
    assert np.isnan(out[2]).all()


def test_the_first_column_is_flat():
    assert FirstColumn().fit_transform(np.array([["x"], ["y"]], dtype=object)).tolist() == ["x", "y"]
