from __future__ import annotations

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import ranking


def test_the_best_comes_first() -> None:
    history = study_of(40)
    found = ranking(history)
    assert found.trials[0] == history.best.number
    assert list(found.values) == sorted(found.values, reverse=True)
    assert found.ranks == tuple(range(1, len(found.trials) + 1))
    assert found.near[0]
    first = found.table().dicts()[0]
    assert {name: first[name] for name in history.best.params} == dict(history.best.params)


def test_equal_values_share_a_rank() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    for value in (2.0, 1.0, 1.0, 3.0):
        study.add({"x": 0.5}, value)
    found = ranking(study.history)
    assert found.ranks == (1, 1, 3, 4)
    assert found.trials == (1, 2, 0, 3)
