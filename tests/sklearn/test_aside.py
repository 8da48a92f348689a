"""Rows are put aside by the kind of the scheme that deals the others."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import KFold, TimeSeriesSplit

from tunesmith.sklearn.aside import Aside, is_in_time
from tunesmith.validation import KFoldValidation, PurgedValidation, TimeValidation, from_cv


def test_the_last_rows_of_a_series_are_aside_with_the_gap_before_them_left_out() -> None:
    for scheme in (TimeValidation(3, gap=2), from_cv(TimeSeriesSplit(3, gap=2)), PurgedValidation(3, horizon=2)):
        split = Aside.like(scheme, 0.25, classifier=True).deal(20, np.arange(20) % 2)
        assert split.test.tolist() == list(range(15, 20)), scheme
        assert split.train.tolist() == list(range(13)), scheme


def test_rows_of_one_moment_stay_together_whatever_their_order() -> None:
    times = np.array([3, 1, 2, 3, 1, 2, 3, 3])
    split = Aside(0.25, in_time=True, classifier=False).deal(8, times=times)
    assert times[split.train].max() < times[split.test].min()
    early = Aside(0.5, in_time=True, classifier=False).deal(8, times=times)
    assert times[early.train].max() == 2
    assert set(times[early.test]) == {3}


def test_groups_stay_whole_and_classes_in_proportion() -> None:
    groups = np.repeat(np.arange(10), 6)
    split = Aside(0.2, in_time=False, classifier=True).deal(60, np.tile([0, 1], 30), groups)
    assert not set(groups[split.train]) & set(groups[split.test])
    drawn = Aside(0.2, in_time=False, classifier=True).deal(60, np.repeat([0, 1], [45, 15]))
    assert np.bincount(np.repeat([0, 1], [45, 15])[drawn.test]).tolist() == [9, 3]


def test_a_scheme_in_time_is_known_by_its_class_or_by_its_splitter() -> None:
    assert is_in_time(from_cv(TimeSeriesSplit(3)))
    assert is_in_time(from_cv("time:3"))
    assert not is_in_time(from_cv(KFold(3)))
    assert not is_in_time(KFoldValidation(3))
