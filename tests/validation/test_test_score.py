"""What a test set said is told in one sentence, and survives being kept."""

from __future__ import annotations

import json
import math

import pytest

import tunesmith as ts
from tunesmith.validation import TEST_SET, TestScore, test_score_of


def test_it_survives_json_and_later_fields() -> None:
    score = TestScore("roc_auc", 0.9, math.nan, math.nan, 75, 2)
    again = TestScore.load({**json.loads(json.dumps(score.dump(), allow_nan=False)), "later": 1})
    assert repr(again) == repr(score)
    assert again.words.endswith("on 75 rows that were put aside, opened 2 times: each look makes it less of a test")


def test_a_study_without_one_has_none() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)))
    assert test_score_of(study.history) is None
    study.set_attr(TEST_SET, {"opened": 1})  # as it was kept before it was told
    assert test_score_of(study.history) is None
    study.set_attr(TEST_SET, {"opened": 1, "said": TestScore("r2", 0.5, 0.4, 0.6, 90, 1).dump()})
    found = test_score_of(study.history)
    assert found is not None
    assert found.score == pytest.approx(0.5)
