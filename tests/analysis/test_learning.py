from __future__ import annotations

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import learning_curves
from tunesmith.trial import TrialState


def test_a_curve_holds_what_was_reported() -> None:
    history = study_of(40)
    found = learning_curves(history)
    assert found.stopped == history.counts()[TrialState.PRUNED]
    assert not found.by_fold
    for curve in found.curves:
        told = [p for p in history.trial(curve.trial).points if p.kind == "validation"]
        assert curve.values == tuple(p.value for p in told)
    best = next(curve for curve in found.curves if curve.rank == 1)
    assert best.trial == history.best.number


def test_what_was_saved_is_counted_in_steps() -> None:
    found = learning_curves(study_of(40))
    steps = sum(len(curve.steps) for curve in found.curves)
    assert found.saved == found.stopped * 5 / (steps + found.stopped * 5)


def test_folds_are_no_stages() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", sampler="random", seed=0)
    trial = study.ask()
    for fold in range(3):
        trial.report(0.1 * fold, step=fold, fold=fold)
    study.tell(trial, 0.1)
    assert learning_curves(study.history).by_fold
