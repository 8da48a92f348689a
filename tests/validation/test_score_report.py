"""A report on a score says what was seen, what to expect, and how sure, in words and as plain values."""

from __future__ import annotations

import json
import math

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidTrial
from tunesmith.numerics.optimism import Corrected
from tunesmith.validation import ScoreReport, reported

SPACE = ts.SearchSpace(x=ts.Float(0, 1))
SEEN = {"metric": "accuracy", "greater_is_better": True, "method": "BBC-CV", "trials": 60, "rows": 500}


def test_the_words_have_as_many_digits_as_the_interval_supports() -> None:
    report = ScoreReport(raw=0.87125, corrected=0.85713, low=0.84234, high=0.87098, **SEEN)
    assert report.words == (
        "accuracy 0.871 in the search, the best of 60 trials. Choosing it made it look 0.014 too good: expect 0.857 on "
        "new rows (believe 0.842 to 0.871)."
    )
    assert report.believe == "believe 0.842 to 0.871"


def test_errors_are_optimistic_when_they_are_small() -> None:
    report = ScoreReport(raw=3.1, corrected=3.4, low=2.9, high=3.9, **{**SEEN, "greater_is_better": False})
    assert report.optimism == pytest.approx(0.3)
    assert "0.3 too good" in report.words


def test_less_luck_than_the_digits_show_is_said_to_be_less() -> None:
    report = ScoreReport(raw=0.5861, corrected=0.5858, low=0.544, high=0.627, **SEEN)
    assert report.line.startswith(
        "the search itself saw 0.586, the best of 60 trials, which looks less than 0.001 too good"
    )
    assert "look less than 0.001 too good: expect 0.586" in report.words
    none = ScoreReport(raw=0.5861, corrected=0.5871, low=0.544, high=0.627, **SEEN)
    assert "and no luck was found in it: expect 0.587" in none.line


@pytest.mark.parametrize(
    ("metric", "raw", "ends"),
    [
        ("roc_auc", 0.98, (0.0, 1.0)),
        ("f1_macro", 0.5, (0.0, 1.0)),
        ("neg_log_loss", -0.1, (-3.0, 0.0)),
        ("root_mean_squared_error", 0.1, (0.0, 4.0)),
        ("r2", 0.9, (-3.0, 1.0)),
        ("accuracy", 98.0, (-3.0, 4.0)),
        ("profit", 0.5, (-3.0, 4.0)),
    ],
)
def test_the_interval_stays_in_the_metrics_range(metric: str, raw: float, ends: tuple[float, float]) -> None:
    facts = {**SEEN, "metric": metric, "raw": raw}
    report = reported(Corrected(0.0, -3.0, 4.0, 500), 1, **facts)
    assert (report.low, report.high) == ends


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("best", "the best of 60 trials"),
        ("one_se", "the simplest as good as the best of 60 trials (one_se)"),
        ("posterior", "the model's favourite of 60 trials (posterior)"),
    ],
)
def test_it_says_by_which_rule_the_trial_was_chosen(select: str, words: str) -> None:
    report = ScoreReport(raw=0.87, corrected=0.86, low=0.84, high=0.88, select=select, **SEEN)
    assert f"saw 0.870, {words}, which looks" in report.line
    assert f"in the search, {words}. " in report.words


def test_folds_that_all_score_the_same_give_no_interval() -> None:
    def perfect(trial: ts.Trial) -> float:
        for fold in range(5):
            trial.report(1.0, step=fold, fold=fold)
        return 1.0

    study = ts.Study(SPACE, ts.Metric("score", "maximize"), sampler="random", seed=0)
    study.optimize(perfect, trials=3, progress=False)
    report = study.score_report()
    assert report.corrected == 1.0
    assert "no interval can be given" in report.words
    assert "the same in each fold" in report.why


def test_it_survives_json() -> None:
    report = ScoreReport(raw=0.8, corrected=math.nan, low=math.nan, high=math.nan, why="one fold", **SEEN)
    again = ScoreReport.load({**json.loads(json.dumps(report.dump(), allow_nan=False)), "later": 1})
    assert repr(again) == repr(report)
    assert "cannot be told: one fold" in again.words


def study_of(direction: str, folds: int = 5, trials: int = 30) -> ts.Study:
    def objective(trial: ts.Trial) -> float:
        scores = [((trial.number * 7 + fold * 13) % 10) / 10 for fold in range(folds)]
        for fold, score in enumerate(scores):
            trial.report(score, step=fold, fold=fold)
        return sum(scores) / max(1, len(scores)) if scores else 0.5

    study = ts.Study(SPACE, ts.Metric("score", direction), sampler="random", seed=0)
    study.optimize(objective, trials=trials, progress=False)
    return study


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_scripts_that_report_folds_get_one(direction: str) -> None:
    report = study_of(direction).score_report()
    assert report.method == "Tibshirani-Tibshirani"
    assert report.optimism > 0
    assert report.low < report.corrected < report.high
    assert report.greater_is_better == (direction == "maximize")


def test_without_folds_it_says_what_to_do() -> None:
    report = study_of("maximize", folds=0, trials=3).score_report()
    assert report.method == "none"
    assert "trial.report(score, step=fold, fold=fold)" in report.words


def test_without_trials_there_is_none() -> None:
    with pytest.raises(InvalidTrial):
        ts.Study(SPACE).score_report()
