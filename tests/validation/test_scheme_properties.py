"""What every validation scheme promises, for any rows, groups and times that it accepts."""

from __future__ import annotations

import math
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import model_selection as ms

from tunesmith import _plugins
from tunesmith.errors import InvalidData, UsageError
from tunesmith.validation import (
    CombinatorialValidation,
    LeaveOneGroupOutValidation,
    LeaveOneOutValidation,
    PredefinedValidation,
    PurgedValidation,
    ReshuffledValidation,
    StratifiedGroupValidation,
    TimeValidation,
    from_cv,
    splits_fingerprint,
)

PARTITIONS = ("kfold:3", "stratified:3", "group:3", "stratified_group:3", "leave_one_out", "leave_one_group_out",
              "purged:3,embargo=0", "repeated:3x2")  # fmt: skip
WHOLE_GROUPS = ("group:3", "stratified_group:3", "leave_one_group_out", "predefined")
EVERY = (*PARTITIONS, "predefined", "time:3", "time:3,sliding", "holdout", "combinatorial:4x2", "reshuffled:kfold:3")


@st.composite
def tables(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Rows, classes and groups: at least three groups and three members of each class."""
    rows = draw(st.integers(12, 40))
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % draw(st.integers(2, 3)))
    groups = rng.permutation(np.arange(rows) % draw(st.integers(3, 6)))
    return rng.normal(size=(rows, 2)), y, groups


def dealt(name: str, table: tuple[Any, Any, Any]) -> Any:
    X, y, groups = table
    scheme = _plugins.make("validation", name)
    return scheme.splits(X, y, groups if scheme.needs_groups else None)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=20, deadline=None)
@given(table=tables())
def test_no_row_is_on_both_sides_and_the_deal_is_the_same_again(name: str, table: Any) -> None:
    splits = dealt(name, table)
    for split in splits:
        assert len(split.train)
        assert len(split.test)
        assert not set(split.train) & set(split.test)
        assert len(set(split.train)) == len(split.train)
        assert len(set(split.test)) == len(split.test)
    again = dealt(name, tuple(part.tolist() for part in table))
    assert splits_fingerprint(splits) == splits_fingerprint(again)


@pytest.mark.parametrize("name", PARTITIONS)
@settings(max_examples=20, deadline=None)
@given(table=tables())
def test_every_row_is_judged_once_a_repeat(name: str, table: Any) -> None:
    times = np.bincount(np.concatenate([split.test for split in dealt(name, table)]), minlength=len(table[0]))
    assert set(times) == {2 if name.startswith("repeated") else 1}


@pytest.mark.parametrize("name", WHOLE_GROUPS)
@settings(max_examples=20, deadline=None)
@given(table=tables())
def test_groups_are_never_torn(name: str, table: Any) -> None:
    for split in dealt(name, table):
        assert not set(table[2][split.train]) & set(table[2][split.test])


@st.composite
def labels(draw: st.DrawFn) -> tuple[Any, Any, float]:
    """Starts in any order (some equal), ends, and an embargo."""
    rows = draw(st.integers(30, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    starts = rng.integers(0, 50, rows)
    return starts, starts + rng.integers(0, draw(st.integers(1, 5)), rows), draw(st.sampled_from([0.0, 0.02, 0.05]))


@pytest.mark.parametrize(
    "make", [lambda **how: PurgedValidation(4, **how), lambda **how: CombinatorialValidation(5, 2, **how)]
)
@settings(max_examples=40, deadline=None)
@given(label=labels())
def test_purging_and_embargo_hold_and_take_no_more_than_they_must(make: Any, label: Any) -> None:
    starts, ends, embargo = label
    moments = np.unique(starts)
    skipped = math.ceil(embargo * len(moments) - 1e-9)
    for split in make(embargo=embargo, starts=starts, ends=ends).splits(np.zeros((len(starts), 1))):
        train = set(split.train)
        spans = _spans(starts, split.test, moments)
        for row in set(range(len(starts))) - set(split.test):
            overlaps, soon = False, False
            for first, last_start in spans:
                until = max(ends[r] for r in split.test if first <= starts[r] <= last_start)
                overlaps |= bool(ends[row] >= first and starts[row] <= until)
                after = moments[moments > until]
                soon |= bool(starts[row] > until and starts[row] in set(after[:skipped]))
            touches = overlaps or soon
            assert (row in train) != touches


def _spans(starts: Any, test: Any, moments: Any) -> list[tuple[int, int]]:
    """The judged moments, as spans without a hole."""
    numbers = sorted({int(np.searchsorted(moments, starts[row])) for row in test})
    cuts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(numbers)) if b != a + 1), len(numbers)]
    return [(int(moments[numbers[a]]), int(moments[numbers[b - 1]])) for a, b in pairwise(cuts)]


@settings(max_examples=30, deadline=None)
@given(folds=st.integers(3, 7), tests=st.integers(1, 4))
def test_backtest_paths_use_every_judged_span_once(folds: int, tests: int) -> None:
    if tests >= folds:
        return
    scheme = CombinatorialValidation(folds, tests, embargo=0.0)
    splits = scheme.splits(np.zeros((folds, 1)))
    paths = scheme.paths()
    assert len(splits) == math.comb(folds, tests)
    assert len(paths) == tests * math.comb(folds, tests) // folds  # the book's phi
    used = [(span, number) for path in paths for span, number in enumerate(path)]
    assert sorted(used) == sorted((int(row), number) for number, split in enumerate(splits) for row in split.test)


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(20, 60), folds=st.integers(2, 5), gap=st.integers(0, 3), judged=st.integers(1, 3))
def test_a_sliding_window_has_one_length_and_never_looks_ahead(rows: int, folds: int, gap: int, judged: int) -> None:
    X = np.zeros((rows, 1))
    sliding = TimeValidation(folds, gap=gap, window="sliding", judged=judged).splits(X)
    assert len({len(split.train) for split in sliding}) == 1
    for split in sliding:
        assert split.train.max() + gap + 1 == split.test.min()
        assert len(split.test) == judged
    expanding = TimeValidation(folds, gap=gap, judged=judged).splits(X)
    assert [s.test.tolist() for s in expanding] == [s.test.tolist() for s in sliding]
    assert all(split.train.min() == 0 for split in expanding)
    assert sliding[-1].test.max() == rows - 1


@settings(max_examples=20, deadline=None)
@given(table=tables(), seed=st.integers(0, 1000), trial=st.integers(0, 10_000))
def test_a_reshuffled_deal_is_found_again_from_seed_and_trial(table: Any, seed: int, trial: int) -> None:
    X, y, _ = table
    first = ReshuffledValidation("kfold:3", seed).splits_of(trial, X, y)
    assert splits_fingerprint(first) == splits_fingerprint(ReshuffledValidation("kfold:3", seed).splits_of(trial, X, y))
    other = ReshuffledValidation("kfold:3", seed).splits_of(trial + 1, X, y)
    assert splits_fingerprint(first) != splits_fingerprint(other)


def test_reshuffled_takes_schemes_and_splitters_with_a_seed() -> None:
    y = np.arange(40) % 2
    X = np.zeros((40, 1))
    assert ReshuffledValidation(ms.ShuffleSplit(2, test_size=0.5)).splits_of(3, X)[1].test.shape == (20,)
    stratified = from_cv("reshuffled:holdout:0.5", y, classifier=True)
    assert isinstance(stratified, ReshuffledValidation)
    assert all(y[stratified.splits_of(trial, X, y)[0].test].sum() == 10 for trial in range(5))
    assert not stratified.needs_groups
    assert ReshuffledValidation("group:3").needs_groups
    assert eval(repr(stratified), vars(sys.modules["tunesmith.validation"])) == stratified


def test_predefined_folds_are_read_from_labels_as_scikit_learn_reads_them() -> None:
    folds = np.array([0, 1, -1, 1, 0, 2, -1])
    X = np.zeros((7, 1))
    theirs = PredefinedValidation(ms.PredefinedSplit(folds).split()).splits(X)
    for given_folds in (folds, folds.astype(float), pd.Series(folds), folds.astype(object)):
        assert splits_fingerprint(from_cv("predefined").splits(X, None, given_folds)) == splits_fingerprint(theirs)
    [split] = PredefinedValidation().splits(X, groups=["held", "-1", "-1", "-1", "held", "-1", "-1"])
    assert split.test.tolist() == [0, 4]


def test_times_may_be_dates_and_rows_in_any_order() -> None:
    days = pd.date_range("2024-01-01", periods=40, freq="D")
    shuffled = np.random.default_rng(0).permutation(40)
    ends = days + pd.Timedelta(days=3)
    sorted_rows = PurgedValidation(4, starts=days, ends=ends).splits(np.zeros((40, 1)))
    mixed = PurgedValidation(4, starts=days[shuffled], ends=ends[shuffled]).splits(np.zeros((40, 1)))
    for one, other in zip(sorted_rows, mixed, strict=True):
        assert shuffled[other.train].tolist() == one.train.tolist()
        assert shuffled[other.test].tolist() == one.test.tolist()
    horizon = PurgedValidation(4, horizon=3).splits(np.zeros((40, 1)))
    assert splits_fingerprint(horizon) == splits_fingerprint(sorted_rows)


X60 = np.zeros((60, 1))


@pytest.mark.parametrize(
    ("deal", "part"),
    [
        (lambda: LeaveOneOutValidation().splits(X60[:1]), "n_samples=1"),
        (lambda: LeaveOneGroupOutValidation().splits(X60, groups=np.zeros(60)), "at least 2 groups"),
        (lambda: LeaveOneGroupOutValidation().splits(X60), "no groups"),
        (lambda: StratifiedGroupValidation(3).splits(X60, np.arange(60) % 2, np.arange(60) % 2), "at least 3 groups"),
        (lambda: StratifiedGroupValidation(3).splits(X60, None, np.arange(60) % 4), "target y"),
        (lambda: PurgedValidation(5).splits(X60[:4]), "n_samples=4"),
        (lambda: PurgedValidation(2, horizon=60).splits(X60), "no row to fit on"),
        (lambda: PurgedValidation(2, embargo=0.99, horizon=30).splits(X60), "embargo"),
        (lambda: PurgedValidation(3, ends=np.arange(10)).splits(X60), "60 rows"),
        (lambda: PurgedValidation(3, ends=np.arange(60) - 1).splits(X60), "60 end before"),
        (lambda: PurgedValidation(3, ends=np.full(60, np.nan)).splits(X60), "60 labels have no end"),
        (lambda: PurgedValidation(3, ends=["a"] * 60).splits(X60), "same kind of time"),
        (lambda: CombinatorialValidation(6, 2).splits(X60[:5]), "n_samples=5"),
        (lambda: TimeValidation(3, judged=20).splits(X60), "61 distinct moments"),
        (lambda: PredefinedValidation().splits(X60), "fold numbers"),
        (lambda: PredefinedValidation().splits(X60, groups=np.zeros(60)), "1 fold"),
        (lambda: PredefinedValidation().splits(X60, groups=np.full(60, -1)), "0 fold"),
        (lambda: PredefinedValidation().splits(X60, groups=[1, 2]), "60 rows"),
    ],
)
def test_too_little_to_deal_is_refused(deal: Any, part: str) -> None:
    with pytest.raises(InvalidData, match=part) as caught:
        deal()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: from_cv("time:5,gaps=2"), "gaps=2"),
        (lambda: from_cv("time:5,gap=x"), "gap=x"),
        (lambda: from_cv("time:5,sliding=1"), "sliding"),
        (lambda: from_cv("time:5x2"), "5x2"),
        (lambda: TimeValidation(window="rolling"), "rolling"),  # type: ignore[arg-type]
        (lambda: TimeValidation(judged=0), "judged"),
        (lambda: PurgedValidation(embargo=1.0), "embargo"),
        (lambda: PurgedValidation(embargo="1%"), "embargo"),  # type: ignore[arg-type]
        (lambda: PurgedValidation(horizon=-1), "horizon"),
        (lambda: CombinatorialValidation(4, 4), "nothing to fit on"),
        (lambda: ReshuffledValidation("time:5"), "whatever the seed"),
        (lambda: ReshuffledValidation("reshuffled:kfold:5"), "whatever the seed"),
        (lambda: ReshuffledValidation(ms.KFold(5)), "whatever the seed"),
    ],
)
def test_wrong_arguments_are_named(make: Any, part: str) -> None:
    with pytest.raises(UsageError, match=part) as caught:
        make()
    assert caught.value.hint


def test_options_are_read_after_the_colon() -> None:
    assert from_cv("time:4,gap=2,sliding") == TimeValidation(4, gap=2, window="sliding")
    assert from_cv("time:4,longest=9,judged=3") == TimeValidation(4, longest=9, judged=3)
    assert from_cv("purged:4,horizon=5,embargo=0.02") == PurgedValidation(4, 0.02, 5)
    assert from_cv("combinatorial:7x3,horizon=2") == CombinatorialValidation(7, 3, horizon=2)
