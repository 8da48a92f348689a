"""Workers are named, and those that are gone are told from those that work."""

from __future__ import annotations

import tunesmith as ts
from tunesmith.dashboard.workers import listing, names
from tunesmith.trial import FrozenTrial, TrialState


def test_names_say_the_machine_only_where_there_are_two():
    def trial(worker):
        return FrozenTrial(number=0, state=TrialState.RUNNING, worker=worker)

    assert names([trial("a:1:x"), trial("a:2:x"), trial("")]) == {"a:1:x": "1", "a:2:x": "2"}
    assert names([trial("a:1:x"), trial("b:1:x")]) == {"a:1:x": "1 on machine 1", "b:1:x": "1 on machine 2"}


def test_who_works_now_is_listed_with_what_it_does():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
    study.ask()
    [entry] = listing(study.history, study.storage.leases(study.key), study.storage.now())
    assert (entry["lives"], entry["done"], [one["number"] for one in entry["current"]]) == (True, 0, [0])
    assert entry["heard_ago"] < 60
