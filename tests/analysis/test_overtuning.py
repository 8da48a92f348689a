from __future__ import annotations

import math

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.analysis import over_tuning

FOLDS = 5


def tuned_by(gain, seed, *, direction="maximize", default=True, trials=30, own=0.01):
    """A study whose trials are better than its default by up to `gain`, and each lucky by itself."""
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("score", direction), sampler="random", seed=seed)
    generator = np.random.default_rng(seed)
    hard = generator.normal(0.0, 0.05, FOLDS)
    sign = 1 if direction == "maximize" else -1
    study.enqueue({"x": 0.0}, origin="default" if default else "asked")
    for _ in range(trials):
        trial = study.ask()
        scores = sign * (0.7 + gain * trial.params["x"] + hard + generator.normal(0.0, own, FOLDS))
        for fold, score in enumerate(scores.tolist()):
            trial.report(score, step=fold, fold=fold)
        study.tell(trial, float(scores.mean()))
    return study


def test_planted_luck_is_flagged_and_planted_gains_are_not():
    flagged = [not over_tuning(tuned_by(0.0, seed)).helped for seed in range(40)]
    alarms = [not over_tuning(tuned_by(0.06, seed)).helped for seed in range(40)]
    assert sum(flagged) >= 32  # of 40: fewer would reject a promise of 90 % at 1 % (exact binomial)
    assert sum(alarms) <= 9  # the same for at most 10 %


def test_luck_is_taken_back_and_a_gain_is_not():
    luck = [over_tuning(tuned_by(0.0, seed)) for seed in range(20)]
    assert all(found.raw >= 0 for found in luck)
    assert np.nanmean([found.taken_back for found in luck]) > 0.6
    real = [over_tuning(tuned_by(0.2, seed)).taken_back for seed in range(20)]
    assert np.mean(real) < 0.1


def test_the_direction_does_not_matter():
    up, down = (over_tuning(tuned_by(0.1, 5, direction=d)) for d in ("maximize", "minimize"))
    assert up.raw == pytest.approx(down.raw)
    assert up.gain.p == pytest.approx(down.gain.p)
    assert up.words == down.words
    assert "better than the default" in up.words


def test_the_words_are_those_of_the_verdict():
    found = over_tuning(tuned_by(0.0, 3))
    assert "not distinguishable from the default" in found.words
    assert found.words.startswith("Further improvement is within noise.") == found.left.is_noise
    assert (found.recommended, found.words.endswith("Take the default.")) == ("default", True)
    worse = over_tuning(tuned_by(-0.3, 1, own=1e-4)).words
    assert worse.endswith("No setting did better than the default. Take the default.")
    better = over_tuning(tuned_by(0.2, 3))
    assert (better.recommended, "Take" in better.words) == ("tuned", False)
    (row,) = found.table().dicts()
    assert row["taken back"] == pytest.approx(found.taken_back)
    assert row["p"] == found.gain.p


def test_without_a_default_or_folds_only_what_is_left_can_be_told():
    found = over_tuning(tuned_by(0.1, 1, default=False))
    assert found.gain is None
    assert found.helped is None
    assert math.isnan(found.taken_back)
    assert "default" not in found.words
    empty = over_tuning(ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss"))
    assert (empty.words, empty.left) == ("", None)
    assert len(empty.table()) == 1


def test_a_panel_is_told_in_few_words_and_without_a_model():
    helped = over_tuning(tuned_by(0.2, 5), ahead=False)
    assert helped.left is None
    assert "better than the default (p = " in helped.short
    assert over_tuning(tuned_by(0.0, 3), ahead=False).short == "not distinguishable from the default"
    assert over_tuning(tuned_by(0.2, 5, default=False), ahead=False).short == ""
    noise = over_tuning(tuned_by(0.0, 3))
    assert noise.short.endswith("within noise") == noise.left.is_noise
