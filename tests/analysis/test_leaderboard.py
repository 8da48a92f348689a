from __future__ import annotations

import math

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import leaderboard
from tunesmith.errors import InvalidParams, UsageError


def test_every_choice_has_its_line_and_every_trial_its_choice() -> None:
    history = study_of(60)
    found = leaderboard(history)
    assert found.by == "booster", "the depth depends on it"
    assert {one.choice for one in found.standings} == {"gbtree", "dart", "linear"}
    assert sum(one.trials for one in found.standings) == history.finished_count
    assert found.standings[0].best == history.best.value
    assert found.standings[0].near
    assert not next(one for one in found.standings if one.choice == "linear").near, "it is 0.05 behind, ten deviations"


def test_a_choice_never_tried_comes_last() -> None:
    study = ts.Study(ts.SearchSpace(kind=ts.Categorical("a", "b", "c")), "loss")
    study.add({"kind": "b"}, 1.0)
    study.add({"kind": "c"}, state="failed")
    last = leaderboard(study.history).standings[1:]
    assert all(math.isnan(one.best) for one in last)
    assert [one.failed for one in last] == [0, 1]


def test_a_number_cannot_be_ranked_by() -> None:
    with pytest.raises(InvalidParams, match="no parameter of choices called 'lr'"):
        leaderboard(study_of(5), by="lr")
    with pytest.raises(UsageError, match="no parameter of choices"):
        leaderboard(ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss").history)
