"""Trials that stand in the log as running, but that nobody works on."""

from __future__ import annotations

import tunesmith as ts
from tunesmith.study import lost_trials


def test_a_trial_whose_lease_lapsed_is_lost() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    study.ask()
    study.tell(study.ask(), 1.0)
    leases, now = study.storage.leases(study.key), study.storage.now()
    assert lost_trials(study.history, leases, now) == frozenset()
    assert lost_trials(study.history, leases, now + 3600) == {0}
    assert lost_trials(study.history, [], now) == {0}
