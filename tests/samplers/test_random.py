from __future__ import annotations

import statistics

import tunesmith as ts


def test_draws_follow_the_scale_and_the_prior():
    space = ts.SearchSpace(lr=ts.Float(1e-4, 1.0, log=True), c=ts.Categorical("a", "b", prior=[3, 1]))
    study = ts.Study(space, sampler="random", seed=1)
    for _ in range(600):
        study.tell(study.ask(), 0.0)
    assert 0.44 < statistics.mean(t.params["lr"] < 1e-2 for t in study.trials) < 0.56
    assert 0.69 < statistics.mean(t.params["c"] == "a" for t in study.trials) < 0.81


def test_a_trial_depends_on_seed_and_number_alone():
    space = ts.SearchSpace(x=ts.Float(0, 1))
    one, two = (ts.Study(space, sampler="random", seed=7) for _ in range(2))
    for _ in range(5):
        one.tell(one.ask(), 0.0)
    batch = two.ask(n=5)
    for trial in reversed(batch):
        two.tell(trial, 1.0)
    assert [t.params for t in one.trials] == [t.params for t in two.trials]
