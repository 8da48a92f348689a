from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import tunesmith as ts
from tunesmith.analysis import fitting
from tunesmith.analysis.fitting import REACHED
from tunesmith.study import Study

HARD = (0.0, 0.02, -0.015, 0.01, -0.005)
"""What each fold adds to every score."""


def study_of(
    train: Callable[[int], float], seen: Callable[[int], float], *, sizes: Any = range(1, 9), sign: float = 1.0
) -> Study:
    """Trials of a model of some size, with scores by fold that differ a little from a straight sum."""
    metric = ts.Metric("acc", "maximize" if sign > 0 else "minimize")
    study = ts.Study(ts.SearchSpace(size=ts.Int(1, 8)), metric, sampler="random", seed=0)
    for size in sizes:
        study.enqueue({"size": size})
        trial = study.ask()
        scores = [seen(size) + hard + 0.004 * ((size + fold) % 3 - 1) for fold, hard in enumerate(HARD)]
        for fold, score in enumerate(scores):
            trial.report(sign * (train(size) + HARD[fold] / 2), step=fold, fold=fold, kind="train")
            trial.report(sign * score, step=fold, fold=fold)
        study.tell(trial, sign * sum(scores) / len(scores))
    return study


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_validation_that_still_rises_at_the_end_is_under_fitting(sign: float) -> None:
    found = fitting(study_of(lambda size: 0.6 + 0.03 * size, lambda size: 0.58 + 0.025 * size, sign=sign))
    assert found.answer == "under-fits"
    assert found.best == 7
    assert "still rising" in found.words
    assert found.gap is not None
    assert found.gap.mean > 0
    assert [(one.name, one.correlation > 0.9, one.low > 0) for one in found.movers] == [("size", True, True)]
    assert found.train == pytest.approx(sign * 0.841)


def test_validation_that_is_best_where_the_gap_is_smallest_is_over_fitting() -> None:
    found = fitting(study_of(lambda size: 0.9 + 0.012 * size, lambda size: 0.82 - 0.02 * size))
    assert (found.answer, found.best) == ("over-fits", 0)
    assert "a larger size widens the gap" in found.line


def test_a_top_between_both_ends_is_balanced() -> None:
    found = fitting(study_of(lambda size: 0.6 + 0.04 * size, lambda size: 0.85 - 0.012 * (size - 4) ** 2))
    assert found.answer == "balanced"
    assert "both sides of size 4" in found.words


def test_a_smaller_size_that_fits_no_better_is_not_over_fitting_without_a_gap() -> None:
    found = fitting(study_of(lambda size: 0.84 - 0.02 * size, lambda size: 0.84 - 0.02 * size))
    assert found.answer == "under-fits"  # both scores fall with size: the best fits the training rows best


@pytest.mark.parametrize(
    ("train", "rival", "answer"),
    [(0.72, 0.85, "under-fits"), (1.0, 0.80, "over-fits"), (0.75, 0.68, "balanced"), (0.75, None, "cannot be told")],
)
def test_another_kind_of_model_tells_where_settings_do_not(train: float, rival: float | None, answer: str) -> None:
    study = study_of(lambda _: train, lambda _: 0.70)
    if rival is not None:
        scores = [rival + hard + 0.003 * (-1) ** fold for fold, hard in enumerate(HARD)]
        study.set_attr(REACHED, {"a forest": scores, "of other folds": [1.0, 1.0]})
    found = fitting(study)
    assert found.answer == answer
    assert found.rival == ("a forest" if rival else "")
    assert found.summary().dicts()[0]["verdict"] == answer
    assert found.movers == ()


def test_a_trial_that_was_stopped_counts_by_the_folds_that_it_saw() -> None:
    study = study_of(lambda size: 0.6 + 0.03 * size, lambda size: 0.58 + 0.025 * size, sizes=range(5, 9))
    for size in range(1, 5):
        study.enqueue({"size": size})
        trial = study.ask()
        trial.report(0.6 + 0.03 * size, step=0, fold=0, kind="train")
        trial.report(0.58 + 0.025 * size, step=0, fold=0)
        study.tell(trial, state="pruned")
    found = fitting(study)
    assert (found.trials, found.answer) == (8, "under-fits")


def test_only_trials_in_which_a_parameter_is_active_speak_of_it() -> None:
    space = ts.SearchSpace(kind=ts.Categorical("tree", "line"), depth=ts.Int(1, 12).when("kind", "tree"))
    study = ts.Study(space, ts.Metric("acc", "maximize"), sampler="random", seed=0)
    for number in range(24):
        params = {"kind": "tree", "depth": 1 + number // 2} if number % 2 else {"kind": "line"}
        gap = 0.02 * params.get("depth", 1)  # type: ignore[operator]
        study.enqueue(params)
        trial = study.ask()
        for fold, hard in enumerate(HARD):
            trial.report(0.8 + gap + 0.001 * (number % 5), step=fold, fold=fold, kind="train")
            trial.report(0.8 + hard, step=fold, fold=fold)
        study.tell(trial, 0.8)
    found = {one.name: one for one in fitting(study).movers}
    assert found["depth"].trials == 12
    assert found["depth"].correlation > 0.9
    assert found["kind"].trials == 24
    assert str(found["kind"]) in {"kind = tree widens the gap", "kind = line narrows the gap"}
    held = replace(found["kind"], choice="line", correlation=-0.5, taken=True)
    assert str(held) == "kind = line, as here, narrows the gap"


def test_without_training_scores_nothing_is_said() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    study.add({"x": 0.5}, 1.0)
    found = fitting(study)
    assert (found.answer, found.words, found.line, len(found.table())) == ("cannot be told", "", "", 0)
    assert "training and validation" in found.evidence[0]


def test_a_list_of_numbers_has_an_order() -> None:
    space = ts.SearchSpace(alpha=ts.Categorical(100.0, 10.0, 1e-5, 1.0))
    study = ts.Study(space, ts.Metric("r2", "maximize"), sampler="random", seed=0)
    for place, alpha in enumerate((100.0, 10.0, 1.0, 1e-5)):
        study.enqueue({"alpha": alpha})
        trial = study.ask()
        for fold, hard in enumerate(HARD):
            trial.report(0.5 + 0.06 * place + hard, step=fold, fold=fold, kind="train")
            trial.report(0.45 + 0.05 * place + hard + 0.002 * ((place + fold) % 3), step=fold, fold=fold)
        study.tell(trial, 0.45 + 0.05 * place)
    found = fitting(study)
    assert found.answer == "under-fits"
    assert "alpha 1e-5" in found.words
