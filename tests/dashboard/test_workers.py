"""Workers are named, and those that are gone are told from those that work."""

from __future__ import annotations

import tunesmith as ts
from tunesmith.dashboard.workers import listing, lost, names
from tunesmith.trial import FrozenTrial, TrialState


def test_names_say_the_machine_only_where_there_are_two():
    def trial(worker):
        return FrozenTrial(number=0, state=TrialState.RUNNING, worker=worker)

    assert names([trial("a:1:x"), trial("a:2:x"), trial("")]) == {"a:1:x": "1", "a:2:x": "2"}
    assert names([trial("a:1:x"), trial("b:1:x")]) == {"a:1:x": "1 on machine 1", "b:1:x": "1 on machine 2"}


def test_a_trial_whose_lease_lapsed_is_lost():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    study.ask()
    leases, now = study.storage.leases(study.key), study.storage.now()
    assert lost(study.history, leases, now) == frozenset()
    assert lost(study.history, leases, now + 3600) == {0}
    assert lost(study.history, [], now) == {0}
    [entry] = listing(study.history, leases, now)
    assert (entry["lives"], entry["done"], [one["number"] for one in entry["current"]]) == (True, 0, [0])
    assert entry["heard_ago"] < 60
