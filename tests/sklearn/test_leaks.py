"""The leak guard of a search: what it refuses, what it warns of, what is waived, and what a study remembers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunesmith.errors import InvalidData, TunesmithWarning, UnknownName
from tunesmith.sklearn import TuneSearchCV
from tunesmith.storages.memory import MemoryStorage

RNG = np.random.default_rng(5)
X = RNG.normal(size=(120, 4))
Y = (X[:, 0] + RNG.normal(size=120) > 0).astype(int)
HALF = (np.arange(60), np.arange(60, 120))


def search(**how: Any) -> TuneSearchCV:
    return TuneSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, **{"cv": 3, **how})


class Moving:
    """A splitter of one's own whose generator moves on."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        rows = self.rng.permutation(len(X))
        yield rows[:80], rows[80:]

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        return 1


def test_nothing_is_said_of_clean_data() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = search(cv=KFold(3, shuffle=True, random_state=0)).fit(X, Y)
    assert found.leaks_.found == ()
    assert found.study_.card["leaks"] == {"allowed": [], "found": []}


def test_certain_leaks_stop_the_search_before_its_first_fit_unless_they_are_waived() -> None:
    copied = np.column_stack([X, 3 - Y])
    storage = MemoryStorage()
    with pytest.raises(InvalidData, match="'4' is one-to-one with the classes") as caught:
        search(storage=storage).fit(copied, Y)
    assert "allow=('target_copy',)" in caught.value.hint
    assert storage.studies() == []
    found = search(allow=("target_copy",)).fit(copied, Y)
    assert found.best_score_ == 1.0
    assert found.study_.card["leaks"]["allowed"] == ["target_copy"]
    assert [row["waived"] for row in found.leaks_.table()] == [True]


def test_groups_that_are_torn_are_refused() -> None:
    groups = np.arange(120) // 4
    with pytest.raises(InvalidData, match="29 of 30 are torn"):
        search(cv=KFold(3, shuffle=True, random_state=0)).fit(X, Y, groups=groups)
    search(cv="group:3").fit(X, Y, groups=groups)
    search(cv="predefined").fit(X, Y, groups=np.arange(120) % 3)


def test_rows_on_both_sides_are_refused_unless_that_is_meant() -> None:
    both = [(np.arange(120), np.arange(120))]
    with pytest.raises(InvalidData, match="both train and test"):
        search(cv=both).fit(X, Y)
    found = search(cv=both, allow="shared_rows").fit(X, Y)
    assert found.leaks_.table()[0]["leak"] == "shared_rows"


@pytest.mark.parametrize(
    "cv", [KFold(3, shuffle=True), KFold(3, shuffle=True, random_state=np.random.RandomState(0)), Moving()]
)
def test_a_splitter_that_moves_on_is_warned_of(cv: Any) -> None:
    with pytest.warns(TunesmithWarning, match="deals other folds at each call"):
        search(cv=cv).fit(X, Y)


def test_what_was_scaled_outside_is_warned_of_where_the_model_does_not_scale() -> None:
    scaled = StandardScaler().fit_transform(X)
    with pytest.warns(TunesmithWarning, match="standard deviation 1"):
        search().fit(scaled, Y)
    inside = make_pipeline(StandardScaler(), LogisticRegression())
    found = TuneSearchCV(inside, {"logisticregression__C": [0.1, 1.0]}, cv=3).fit(scaled, Y)
    assert found.leaks_.found == ()


def test_a_frame_with_dates_is_not_shuffled_unnoticed() -> None:
    frame = pd.DataFrame(X, index=pd.date_range("2024-01-01", periods=120), columns=list("abcd"))
    with pytest.warns(TunesmithWarning, match="come after"):
        search().fit(frame, Y)
    search(cv="time:3").fit(frame, Y)


def test_a_waiver_that_is_new_is_noted_by_a_resumed_study() -> None:
    storage = MemoryStorage()
    how = {"storage": storage, "name": "s", "random_state": 0}
    search(**how).fit(X, Y)
    again = search(**how, allow=("id_column",)).fit(X, Y)
    assert again.study_.card["leaks"]["allowed"] == []
    assert again.study_.history.attrs["leaks"]["allowed"] == ["id_column"]
    with pytest.raises(UnknownName, match="id_colum"):
        search(allow=("id_colum",)).fit(X, Y)


class Watching(LogisticRegression):  # type: ignore[misc]
    """Takes rows to stop early by, as boosting does."""

    def fit(self, X: Any, y: Any, eval_set: Any = None, X_val: Any = None) -> Watching:
        super().fit(X, y)
        return self


@pytest.mark.parametrize("form", ["pairs", "pair", "frame", "X_val"])
def test_rows_that_stop_fits_early_must_not_be_rows_that_score(form: str) -> None:
    own = RNG.normal(size=(30, 4))

    def given(rows: Any) -> dict[str, Any]:
        if form == "X_val":
            return {"X_val": rows}
        if form == "frame":
            return {"eval_set": [(pd.DataFrame(rows), Y[:30])]}
        return {"eval_set": [(rows, Y[:30])] if form == "pairs" else (rows, Y[:30])}

    one = TuneSearchCV(Watching(), {"C": [1.0]}, cv=3)
    with pytest.raises(InvalidData, match=r"30 of 30 rows of (eval_set|X_val) are rows of X") as caught:
        one.fit(X, Y, **given(X[:30]))
    assert 'eval_set="inner"' in caught.value.hint
    assert one.fit(X, Y, **given(own)).leaks_.found == ()
    one.set_params(allow="watched_rows").fit(X, Y, **given(X[:30]))
    assert [leak.name for leak in one.leaks_.found] == ["watched_rows"]
