from __future__ import annotations

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import ecdf
from tunesmith.errors import UsageError


def test_the_share_counts_what_is_at_least_as_good() -> None:
    history = study_of(50)
    one = ecdf(history).studies[0]
    values = [trial.value for trial in history.complete()]
    for value, share in zip(one.values, one.shares, strict=True):
        assert share == sum(other >= value for other in values) / len(values)
    assert one.without == 50 - len(values)


def test_the_margin_holds_for_all_shares_at_once() -> None:
    """Massart's bound is for at least 95 % of studies; uniform values have the true distribution."""
    space, held = ts.SearchSpace(x=ts.Float(0, 1)), 0
    for seed in range(60):
        study = ts.minimize(lambda x: x, space, trials=30, sampler="random", storage=None, seed=seed)
        one = ecdf(study.history).studies[0]
        held += all(abs(v - s) <= one.margin + 1 / 30 for v, s in zip(one.values, one.shares, strict=True))
    assert held >= 54


def test_nothing_has_no_distribution() -> None:
    with pytest.raises(UsageError, match="No study was given"):
        ecdf([])
