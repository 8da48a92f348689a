from __future__ import annotations

import math

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import validation_curves


def test_the_scores_are_those_of_the_last_step() -> None:
    history = study_of(40)
    found = validation_curves(history)
    assert len(found.trials) == len(history.complete())
    for number, train, seen in zip(found.trials, found.train, found.validation, strict=True):
        last = [p for p in history.trial(number).points if p.step == 8]
        assert {p.kind: p.value for p in last} == {"train": train, "validation": seen}
    assert found.gap > 0


def test_the_bins_hold_every_trial_once() -> None:
    for curve in validation_curves(study_of(60)).curves:
        assert sum(one.trials for one in curve.bins) == len(curve.places)
        assert len(curve.bins) <= 8
        assert [one.place for one in curve.bins] == sorted(one.place for one in curve.bins)
        for one in curve.bins:
            assert one.validation_range[0] <= one.validation <= one.validation_range[1]


def test_folds_are_averaged() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("acc", "max"), sampler="random", seed=0)
    trial = study.ask()
    for fold, (train, seen) in enumerate([(1.0, 0.8), (0.9, 0.6)]):
        trial.report(train, step=fold, fold=fold, kind="train")
        trial.report(seen, step=fold, fold=fold)
    study.tell(trial, 0.7)
    found = validation_curves(study.history)
    assert (found.train, found.validation) == ((0.95,), (0.7,))
    assert math.isclose(found.gap, 0.25)


def test_without_training_scores_there_is_nothing_to_say() -> None:
    found = validation_curves(study_of(20, points=False))
    assert (found.trials, found.curves) == ((), ())
    assert math.isnan(found.gap)
