from __future__ import annotations

import math

import pytest

import tunesmith as ts
from tests.analysis.studies import goals_of, study_of
from tunesmith.analysis import front
from tunesmith.errors import UsageError


@pytest.mark.parametrize("metrics", [2, 3])
def test_nobody_beats_the_front(metrics: int) -> None:
    history = goals_of(200, metrics=metrics)
    found = front(history)
    values = dict(zip(found.trials, found.values, strict=True))
    for number in found.front:
        for other in found.trials:
            pairs = list(zip(found.metrics, values[other], values[number], strict=True))
            no_worse = all(not m.better(mine, than=theirs) for m, theirs, mine in pairs)
            assert not (no_worse and any(m.better(theirs, than=mine) for m, theirs, mine in pairs))
    assert found.knee in found.front
    assert 0 < found.share < 1


def test_the_volume_grows_to_that_of_all() -> None:
    found = front(goals_of(150))
    shares = [share for _, share in found.progress]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(found.share)


def test_the_volume_is_in_the_metrics_units() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), [ts.Metric("up", "maximize"), ts.Metric("down")])
    for pair in ((1.0, 0.0), (2.0, 10.0)):
        study.add({"x": 0.5}, pair)
    found = front(study.history)
    assert found.reference == (0.9, 11.0)
    assert found.hypervolume == pytest.approx(0.1 * 11 + 1.0 * 1.0)
    assert found.knee is None, "two points have no bend"


def test_one_metric_has_no_front() -> None:
    with pytest.raises(UsageError, match="has one metric"):
        front(study_of(5))


def test_an_empty_study_has_an_empty_front() -> None:
    found = front(goals_of(0))
    assert (found.trials, found.front, found.knee, found.hypervolume) == ((), (), None, 0.0)
    assert math.isnan(found.share) or found.share == 0.0
