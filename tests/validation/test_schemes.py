"""Every validation scheme: what it deals, what it refuses, and that it deals the same again."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import model_selection as ms

from tunesmith import _plugins
from tunesmith.errors import InvalidData, TunesmithWarning, UnknownName, UsageError
from tunesmith.validation import (
    GroupValidation,
    HoldoutValidation,
    KFoldValidation,
    PredefinedValidation,
    RepeatedValidation,
    SplitterValidation,
    StratifiedValidation,
    SubsampleValidation,
    TimeValidation,
    ValidationScheme,
    data_fingerprint,
    fold_ratio,
    from_cv,
    splits_fingerprint,
)

ROWS = 60
X = np.arange(ROWS * 2.0).reshape(ROWS, 2)
Y = np.arange(ROWS) % 3
GROUPS = np.arange(ROWS) // 6


def same(left: object, right: object) -> bool:
    return all(
        np.array_equal(a.train, b.train) and np.array_equal(a.test, b.test)
        for a, b in zip(left, right, strict=True)  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("name", _plugins.names("validation"))
def test_every_scheme_by_name_deals_sound_and_repeatable_folds(name: str) -> None:
    scheme = _plugins.make("validation", name)
    assert isinstance(scheme, ValidationScheme)
    splits = scheme.splits(X, Y, GROUPS if scheme.needs_groups else None)
    again = _plugins.make("validation", name).splits(X.tolist(), Y.tolist(), GROUPS if scheme.needs_groups else None)
    assert same(splits, again)
    for split in splits:
        assert len(split.train) > 0
        assert len(split.test) > 0
        assert not scheme.holds_out or not set(split.train) & set(split.test)
        assert not split.train.flags.writeable
    assert eval(repr(scheme), vars(sys.modules["tunesmith.validation"])) == scheme


def test_subsamples_judge_themselves_and_draw_whole_groups() -> None:
    scheme = SubsampleValidation(4, share=0.5, seed=1)
    splits = scheme.splits(X)
    assert [len(split.train) for split in splits] == [30] * 4
    assert len({tuple(split.train) for split in splits}) == 4
    assert all((split.train == split.test).all() for split in splits)
    assert not scheme.holds_out
    for split in scheme.splits(X, None, GROUPS):
        assert all(np.isin(GROUPS, group).sum() == np.isin(GROUPS[split.train], group).sum()
                   for group in set(GROUPS[split.train]))  # fmt: skip
    assert fold_ratio(SubsampleValidation(20, share=0.8).splits(X)) == pytest.approx(4.0)
    assert _plugins.make("validation", "subsample:7,share=0.6") == SubsampleValidation(7, 0.6)


@pytest.mark.parametrize("wrong", [{"share": 1.0}, {"share": 0}, {"share": True}, {"repeats": 1}])
def test_subsamples_are_several_and_part_of_the_rows(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        SubsampleValidation(**wrong)


def test_a_new_member_answers_to_its_name() -> None:
    assert _plugins.names("validation") == (
        "combinatorial", "group", "holdout", "kfold", "leave_one_group_out", "leave_one_out", "predefined", "purged",
        "repeated", "reshuffled", "stratified", "stratified_group", "subsample", "time",
    )  # fmt: skip
    assert _plugins.make("validation", "kfold:7") == KFoldValidation(7)
    assert _plugins.make("validation", "repeated:4x2") == RepeatedValidation(4, 2)
    assert _plugins.make("validation", "repeated:4") == RepeatedValidation(4)
    assert _plugins.make("validation", "holdout:0.2") == HoldoutValidation(0.2)
    assert _plugins.make("validation", "time:4") == TimeValidation(4)
    assert _plugins.make("validation", "group:3") == GroupValidation(3)


def test_groups_stay_whole() -> None:
    for scheme in (
        GroupValidation(5), GroupValidation(5, stratify=True), HoldoutValidation(0.3), RepeatedValidation(5, 2),
        RepeatedValidation(5, 2, stratify=True),
    ):  # fmt: skip
        for split in scheme.splits(X, Y, [f"g{g}" for g in GROUPS]):
            assert not set(GROUPS[split.train]) & set(GROUPS[split.test])


def test_stratified_keeps_proportions() -> None:
    for scheme in (StratifiedValidation(5), RepeatedValidation(5, 2, stratify=True), HoldoutValidation(0.2, True)):
        for split in scheme.splits(X, Y):
            assert np.bincount(Y[split.test]).tolist() == [4, 4, 4]


def test_time_never_looks_ahead_and_never_tears_a_moment() -> None:
    rng = np.random.default_rng(0)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 20, ROWS), unit="D")
    for split in TimeValidation(4, gap=1).splits_by(days):
        assert days[split.train].max() + pd.Timedelta(days=1) < days[split.test].min()
    plain = TimeValidation(4, longest=10).splits(X)
    assert all(len(split.train) <= 10 and split.train.max() < split.test.min() for split in plain)
    assert same(TimeValidation(4).splits(X), SplitterValidation(ms.TimeSeriesSplit(4)).splits(X))
    texts = [f"2024-{month:02d}" for month in rng.integers(1, 12, ROWS)]
    assert len(TimeValidation(4).splits_by(texts)) == 4


@pytest.mark.parametrize(
    ("cv", "y", "classifier", "theirs"),
    [
        (None, Y, True, ms.StratifiedKFold(5)),
        (4, Y, True, ms.StratifiedKFold(4)),
        (np.int64(4), Y, False, ms.KFold(4)),
        (4, None, True, ms.KFold(4)),
        (4, np.linspace(0, 1, ROWS), True, ms.KFold(4)),
        (ms.ShuffleSplit(3, random_state=1), Y, False, ms.ShuffleSplit(3, random_state=1)),
    ],
)
def test_from_cv_deals_as_scikit_learn_does(cv: object, y: object, classifier: bool, theirs: object) -> None:
    ours = from_cv(cv, y, classifier=classifier).splits(X, y)
    expected = PredefinedValidation(ms.check_cv(cv, y, classifier=classifier).split(X, y)).splits(X)
    assert same(ours, expected)
    assert same(ours, PredefinedValidation(theirs.split(X, y)).splits(X))  # type: ignore[attr-defined]


def test_from_cv_names_and_schemes_suit_the_task() -> None:
    assert from_cv("repeated:3x2", classifier=True) == RepeatedValidation(3, 2, stratify=True)
    assert from_cv("repeated:3x2") == RepeatedValidation(3, 2, stratify=False)
    assert from_cv(HoldoutValidation(0.3, stratify=False), classifier=True) == HoldoutValidation(0.3, stratify=False)
    assert from_cv(GroupValidation(), classifier=True).stratify is True  # type: ignore[attr-defined]


def test_an_iterator_of_splits_is_read_once_and_masks_are_taken() -> None:
    scheme = from_cv(iter([(np.arange(5), np.arange(5, 9)), (np.arange(ROWS) > 9, np.arange(ROWS) <= 9)]))
    assert same(scheme.splits(X), scheme.splits(X))
    assert scheme.splits(X)[1].test.tolist() == list(range(10))


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: KFoldValidation(1), "folds"),
        (lambda: KFoldValidation(True), "folds"),
        (lambda: KFoldValidation(2.5), "folds"),  # type: ignore[arg-type]
        (lambda: RepeatedValidation(5, 0), "repeats"),
        (lambda: HoldoutValidation(0), "share"),
        (lambda: HoldoutValidation(1.0), "share"),
        (lambda: HoldoutValidation(float("nan")), "share"),
        (lambda: HoldoutValidation("0.2"), "share"),  # type: ignore[arg-type]
        (lambda: TimeValidation(gap=-1), "gap"),
        (lambda: TimeValidation(longest=0), "longest"),
        (lambda: from_cv(1), "cv"),
        (lambda: from_cv(True), "cv"),
        (lambda: from_cv(2.5), "cv"),
        (lambda: from_cv("kfold:many"), "kfold:many"),
        (lambda: from_cv("holdout:x"), "holdout:x"),
        (lambda: from_cv("holdout:2"), "share"),
        (lambda: SplitterValidation(3), "split"),
    ],
)
def test_wrong_arguments_are_named(make: object, part: str) -> None:
    with pytest.raises(UsageError, match=part) as caught:
        make()  # type: ignore[operator]
    assert caught.value.hint


def test_unknown_scheme_is_guessed() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'kfold'"):
        from_cv("kfolds:5")


@pytest.mark.parametrize(
    ("deal", "part"),
    [
        (lambda: KFoldValidation(5).splits(X[:3]), "n_samples=3"),
        (lambda: StratifiedValidation(5).splits(X[:4], Y[:4]), "n_samples=4"),
        (lambda: StratifiedValidation(5).splits(X, np.arange(ROWS)), "members"),
        (lambda: StratifiedValidation(5).splits(X, None), "None"),
        (lambda: StratifiedValidation(5).splits(X, np.linspace(0, 1, ROWS)), "continuous"),
        (lambda: StratifiedValidation(2).splits(X, np.eye(2, dtype=int)[Y % 2]), "multilabel"),
        (lambda: GroupValidation(3).splits(X, Y), "no groups"),
        (lambda: GroupValidation(3).splits(X, Y, GROUPS[:4]), "shape"),
        (lambda: GroupValidation(3).splits(X, Y, np.zeros(ROWS)), "at least 3 groups"),
        (lambda: HoldoutValidation().splits(X[:1]), "n_samples=1"),
        (lambda: HoldoutValidation(0.001, True).splits(X, Y), "split"),
        (lambda: TimeValidation(5).splits(X[:5]), "moments"),
        (lambda: TimeValidation(2).splits_by([1.0, np.nan, 2.0, 3.0]), "no time"),
        (lambda: TimeValidation(2).splits_by([1, "a", None, 3]), "sorted"),
        (lambda: TimeValidation(2, gap=20).splits(X[:25]), "gap"),
        (lambda: PredefinedValidation([]).splits(X), "no split"),
        (lambda: PredefinedValidation([3]).splits(X), "pair"),
        (lambda: PredefinedValidation([([0, 1], [1, 2])]).splits(X), "both train and test"),
        (lambda: PredefinedValidation([([0, 1], [])]).splits(X), "empty"),
        (lambda: PredefinedValidation([([0, 1], [ROWS])]).splits(X), "60 rows"),
        (lambda: PredefinedValidation([([0, -1], [3])]).splits(X), "row -1"),
        (lambda: PredefinedValidation([([0.5, 1], [3])]).splits(X), "float64"),
        (lambda: SplitterValidation(ms.LeaveOneGroupOut()).splits(X, Y), "groups"),
        (lambda: SplitterValidation(ms.StratifiedKFold(50)).splits(X, Y), "n_splits=50"),
    ],
)
def test_data_that_cannot_be_dealt_is_refused(deal: object, part: str) -> None:
    with pytest.raises(InvalidData, match=part) as caught:
        deal()  # type: ignore[operator]
    assert caught.value.hint


def test_torn_groups_are_warned_of() -> None:
    with pytest.warns(TunesmithWarning, match="tears 10 of 10 groups"):
        KFoldValidation(5).splits(X, Y, GROUPS)
    with pytest.raises(InvalidData, match="groups has 3 entries"):
        KFoldValidation(5).splits(X, Y, [1, 2, 3])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SplitterValidation(ms.GroupKFold(5)).splits(X, Y, GROUPS)


def test_a_rare_class_is_only_warned_of() -> None:
    with pytest.warns(UserWarning, match="least populated class"):
        assert len(StratifiedValidation(5).splits(X, [0] * 57 + [1] * 3)) == 5


def test_schemes_need_no_scikit_learn_to_be_imported() -> None:
    code = "import sys, tunesmith.validation; assert 'sklearn' not in sys.modules and 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


FRAME = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", None, "z"], "c": pd.Categorical(["u", "v", "u"])})


@pytest.mark.parametrize(
    ("data", "other"),
    [
        (np.arange(6.0), np.arange(6.0).reshape(2, 3)),
        (np.arange(6), np.arange(6.0)),
        (np.asfortranarray(X), X[::-1]),
        (FRAME, FRAME.rename(columns={"a": "A"})),
        (FRAME, FRAME.assign(b=["x", "y", "z"])),
        (FRAME["b"], FRAME["a"]),
        (sparse.eye(3, format="csc"), sparse.eye(3) * 2),
        (["a", "b"], ["a", "c"]),
        (np.array(["2024-01-01"], "M8[D]"), np.array(["2024-01-02"], "M8[D]")),
        (pd.DataFrame([[1, 2]], columns=["d", "d"]), pd.DataFrame([[2, 1]], columns=["d", "d"])),
        (np.float64(1.5), np.float64(2.5)),
        (np.zeros((0, 3)), np.zeros((0, 2))),
        (None, []),
    ],
)
def test_fingerprints_tell_data_apart(data: object, other: object) -> None:
    copied = data.copy() if hasattr(data, "copy") else data
    assert data_fingerprint(data) == data_fingerprint(copied) != data_fingerprint(other)


def test_fingerprints_are_the_same_elsewhere() -> None:
    assert data_fingerprint(X, Y, None) == data_fingerprint(np.asfortranarray(X), Y, None)
    code = (
        "import numpy as np, pandas as pd; from tunesmith.validation import data_fingerprint\n"
        "f = pd.DataFrame({'a': [1.0, np.nan, 3.0], 'b': ['x', None, 'z'], 'c': pd.Categorical(['u', 'v', 'u'])})\n"
        "print(data_fingerprint(f, ['p', 'q']))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == data_fingerprint(FRAME, ["p", "q"])


def test_splits_fingerprint_sees_a_random_splitter() -> None:
    random = SplitterValidation(ms.KFold(5, shuffle=True, random_state=np.random.RandomState(0)))
    assert splits_fingerprint(random.splits(X)) != splits_fingerprint(random.splits(X))
    fixed = SplitterValidation(ms.KFold(5, shuffle=True, random_state=0))
    assert splits_fingerprint(fixed.splits(X)) == splits_fingerprint(fixed.splits(X))
