"""The leak guard on arrays: each planted leak is found, its clean twin is not, and it costs little."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets

from tunesmith.errors import UnknownName
from tunesmith.validation import KFoldValidation, Split, TimeValidation, find_leaks

ROWS = 300


def clean(seed: int) -> tuple[Any, Any]:
    """Columns of several kinds, and a target that they tell in part."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([
        rng.normal(size=(ROWS, 3)), rng.gamma(2.0, size=(ROWS, 2)), rng.integers(0, 4, (ROWS, 2)), rng.poisson(20, ROWS)
    ])  # fmt: skip
    return X, X[:, 0] + 0.5 * X[:, 3] + rng.normal(size=ROWS)


def names(X: Any, y: Any, *, splits: Any = None, **how: Any) -> set[str]:
    splits = KFoldValidation(5, seed=1).splits(X) if splits is None else splits
    return {leak.name for leak in find_leaks(X, y, splits, **how).found}


def duplicated(X: Any, y: Any, rng: Any) -> tuple[Any, Any]:
    X = X.copy()
    X[:20] = X[100:120]
    return X, y


def jittered(X: Any, y: Any, rng: Any) -> tuple[Any, Any]:
    X = X.copy()
    X[:20] = X[100:120] + rng.normal(0, 1e-4, (20, X.shape[1])) * np.array([1, 1, 1, 1, 1, 0, 0, 0])
    return X, y


def encoded(X: Any, y: Any, rng: Any, smooth: float = 0.0) -> tuple[Any, Any]:
    code = rng.integers(0, 8, ROWS)
    rows = np.bincount(code)
    means = (np.bincount(code, weights=y) + smooth * y.mean()) / (rows + smooth)
    return np.column_stack([X, means[code]]), y


def rotated(X: Any, y: Any, rng: Any) -> tuple[Any, Any]:
    scores, spread, _ = np.linalg.svd(X - X.mean(0), full_matrices=False)
    return scores * spread, y


PLANTED: dict[str, tuple[str, Callable[[Any, Any, Any], tuple[Any, Any]]]] = {
    "duplicates": ("duplicate_rows", duplicated),
    "jittered copies": ("near_duplicates", jittered),
    "a copy": ("target_copy", lambda X, y, rng: (np.column_stack([X, 1.8 * y + 32]), y)),
    "a monotone function": ("target_copy", lambda X, y, rng: (np.column_stack([X, -np.exp(y / 3)]), y)),
    "means": ("target_encoded", encoded),
    "smoothed means": ("target_encoded", lambda X, y, rng: encoded(X, y, rng, 10.0)),
    "tomorrow": ("future_target", lambda X, y, rng: (np.column_stack([X, np.append(y[1:], 0.0)]), y)),
    "nearly the target": ("single_column", lambda X, y, rng: (np.column_stack([X, y + rng.normal(0, 0.01, ROWS)]), y)),
    "rounded": ("single_column", lambda X, y, rng: (np.column_stack([X, y.round(2)]), y)),
    "row numbers": ("id_column", lambda X, y, rng: (np.column_stack([X, rng.permutation(ROWS) + 1000]), y)),
    "scaled": ("fitted_outside", lambda X, y, rng: ((X - X.mean(0)) / X.std(0), y)),
    "rotated": ("fitted_outside", rotated),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_leak_is_found(what: str, seed: int) -> None:
    expected, plant = PLANTED[what]
    X, y = plant(*clean(seed), np.random.default_rng(seed + 100))
    assert names(X, y) == {expected}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), classes=st.booleans())
def test_clean_data_are_left_in_peace(seed: int, classes: bool) -> None:
    X, y = clean(seed)
    assert names(X, (y > np.median(y)).astype(int) if classes else y, classes=classes) == set()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), columns=st.integers(2, 9), values=st.integers(2, 6))
def test_coarse_rows_that_agree_by_chance_are_no_copies(seed: int, columns: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    assert names(rng.integers(0, values, (400, columns)), rng.normal(size=400)) == set()


def test_classes_and_texts() -> None:
    X, y = clean(1)
    rng = np.random.default_rng(0)
    label = np.where(y > np.median(y), "yes", "no")
    frame = pd.DataFrame(X).assign(code=np.where(label == "yes", "J", "N"))
    assert names(frame, label, classes=True) == {"target_copy"}
    assert names(frame.assign(code=[f"k{k}" for k in range(ROWS)]), label, classes=True) == {"id_column"}
    gap = np.where(label == "yes", np.nan, rng.normal(size=ROWS))
    assert names(np.column_stack([X, gap]), label, classes=True) == {"single_column"}
    rare = (y > np.quantile(y, 0.9)).astype(int)
    score = rare + rng.uniform(0, 0.9, ROWS)
    assert names(np.column_stack([X, score]), rare, classes=True) == {"single_column"}


def test_rows_groups_and_time() -> None:
    X, y = clean(2)
    groups = np.arange(ROWS) // 5
    assert names(X, y, groups=groups) == {"torn_groups"}
    assert names(X, y, times=np.arange(ROWS)) == {"time_order"}
    forward = TimeValidation(4).splits(X)
    assert names(X, y, splits=forward, times=np.arange(ROWS)) == set()
    clock = np.column_stack([X, np.arange(ROWS)])
    assert names(clock, y) == {"id_column"}
    assert names(clock, y, splits=forward) == set(), "a clock is no id where the past predicts the future"
    assert names(*duplicated(X, y, None), splits=[Split(np.arange(120, 300), np.arange(20, 100))]) == set()


def test_scaled_columns_tell_nothing_where_the_model_scales() -> None:
    X, y = clean(3)
    assert names((X - X.mean(0)) / X.std(0), y, scales=True) == set()


@pytest.mark.parametrize("load", ["iris", "wine", "breast_cancer", "digits", "diabetes"])
def test_bundled_data_are_left_in_peace(load: str) -> None:
    X, y = getattr(datasets, f"load_{load}")(return_X_y=True)
    assert names(X, y, classes=load != "diabetes") == set()


def test_what_has_no_columns_is_left_alone() -> None:
    y = np.arange(60.0)
    for X in (np.zeros((60, 3, 3)), ["text"] * 60, [[1], [1, 2]] * 30, np.zeros((60, 0))):
        assert find_leaks(X, y, KFoldValidation(3).splits(np.zeros((60, 1)))).found == ()
    assert names(np.random.default_rng(0).normal(size=(60, 2)), np.zeros((60, 2))) == set()


def test_waivers_are_checked_and_reported() -> None:
    X, y = clean(4)
    report = find_leaks(np.column_stack([X, y]), y, KFoldValidation(5).splits(X), allow="target_copy")
    assert report.errors == ()
    report.tell()
    assert report.table()[0] | {"evidence": "", "remedy": ""} == {
        "leak": "target_copy", "how sure": "certain", "waived": True, "evidence": "", "remedy": "", "columns": ["8"],
    }  # fmt: skip
    with pytest.raises(UnknownName, match="target_copies"):
        find_leaks(X, y, (), allow=("target_copies",))


def test_it_costs_a_second_or_two_on_a_large_table() -> None:
    X = np.random.default_rng(0).normal(size=(20_000, 100))
    began = time.process_time()
    find_leaks(X, X[:, 0] + X[:, 1], KFoldValidation(5).splits(X))
    assert time.process_time() - began < 3.0
