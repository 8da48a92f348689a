"""When nothing is left to gain but noise: how much is saved, what is lost, and that only the log decides."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.analysis import over_tuning
from tunesmith.errors import TunesmithWarning, UsageError
from tunesmith.models.stopping import FEWEST, remaining, why_over

FOLDS, TRIALS = 5, 60
ERROR = 0.1 * math.sqrt(1 / FOLDS + 1 / (FOLDS - 1))
"""The standard error of a score: folds are hard and easy by 0.1 for all trials alike."""


def played(truth, dims, seed, *, sign=1.0, told=False, folds=True, trials=TRIALS):
    """A study of random trials over noisy folds, and the true score of each."""
    space = ts.SearchSpace({f"x{j}": ts.Float(0, 1) for j in range(dims)})
    study = ts.Study(space, ts.Metric("score", "minimize" if sign > 0 else "maximize"), sampler="random", seed=seed)
    generator = np.random.default_rng(seed)
    hard = generator.normal(0.0, 0.1, FOLDS)
    true = []
    for _ in range(trials):
        trial = study.ask()
        true.append(truth(np.array(list(trial.params.values()))))
        scores = sign * (true[-1] + hard + generator.normal(0.0, 0.05, FOLDS))
        for fold, score in enumerate(scores.tolist() if folds else ()):
            trial.report(score, step=fold, fold=fold)
        study.tell(trial, float(scores.mean()), standard_error=0.05 if told else None)
    return study, np.array(true)


def bowl(middle):
    return lambda x: float((((x - middle) * np.array([2.0, 0.7])) ** 2).sum())


def stopped_at(study, trials=TRIALS):
    """After how many trials `Budget` would have ended the study."""
    replayed = ts.Study(study.space, study.metric, sampler="random", seed=study.seed)
    budget = ts.Budget(stop_when="noise")
    for old in study.trials:
        trial = replayed.ask()
        for point in old.points:
            trial.report(point.value, step=point.step, fold=point.fold, kind=point.kind)
        replayed.tell(trial, old.value)
        if len(replayed.trials) >= FEWEST and budget.spent(replayed.history, 0.0):
            return len(replayed.trials)
    return trials


def stopped_and_lost(truth, seed):
    """Where a study would have ended, and what its winner lost by that, in standard errors of a score."""
    study, true = played(truth, 2, seed)
    stop = stopped_at(study)
    values = np.array([trial.value for trial in study.trials])
    return stop, (true[values[:stop].argmin()] - true[values.argmin()]) / ERROR


def test_a_third_of_the_trials_is_saved_at_a_small_loss():
    stops, losses = [], []
    for seed in range(12):
        middle = np.random.default_rng(100 + seed).uniform(0.2, 0.8, 2)
        stop, loss = stopped_and_lost(bowl(middle), seed)
        stops.append(stop)
        losses.append(loss)
    assert np.mean(stops) <= 0.7 * TRIALS
    assert np.mean(losses) <= 0.1


def test_a_late_improvement_above_the_noise_is_waited_for():
    def two_basins(x):
        wide, deep = ((x - 0.2) ** 2).sum(), ((x - 0.8) ** 2).sum()
        return -0.5 * math.exp(-wide / 0.08) - math.exp(-deep / 0.0128)

    early = sum(stopped_and_lost(two_basins, seed)[1] > 1.0 for seed in range(12))
    assert early <= 2  # of 12: with the 5 % that are promised, 3 or more happen in 2 % of all test suites


def test_both_numbers_are_said_and_the_direction_does_not_matter():
    down = remaining(played(bowl(0.5), 2, 3)[0].history)
    up = remaining(played(bowl(0.5), 2, 3, sign=-1.0)[0].history)
    assert down.gain == pytest.approx(up.gain, rel=1e-6)
    assert down.noise == pytest.approx(up.noise)
    assert 0.3 * ERROR < down.noise < 3 * ERROR
    assert down.is_noise
    assert f"{down.gain:.3g}" in down.words
    assert f"{down.noise:.3g}" in down.words


def test_a_gain_far_beyond_the_trials_is_not_known():
    """Values that fall ever faster are put on the scale of logarithms, and a little beyond them there is 1e9."""
    steep, _ = played(lambda x: -1.0 / (1e-3 + x[0]), 2, 0, trials=30)
    left = remaining(steep.history)
    assert math.isinf(left.gain)
    assert not left.is_noise
    assert over_tuning(steep).table().rows[0][-2:] == (None, left.noise)
    calm, _ = played(bowl(0.5), 2, 0, trials=30)
    assert 0.0 < remaining(calm.history).gain < 1.0


def test_the_noise_is_the_standard_error_that_was_told_or_that_of_the_best_trials_folds():
    study, _ = played(bowl(0.5), 2, 1)
    scores = [point.value for point in study.best.points]
    assert remaining(study.history).noise == pytest.approx(np.std(scores, ddof=1) * math.sqrt(0.2 + 0.25))
    assert remaining(played(bowl(0.5), 2, 1, told=True)[0].history).noise == pytest.approx(0.05)


def test_a_beginning_of_a_longer_log_says_what_it_said_then():
    long, _ = played(bowl(0.5), 2, 4, trials=40)
    short, _ = played(bowl(0.5), 2, 4, trials=30)
    assert remaining(long.history, 30) == remaining(short.history)


def test_few_trials_say_nothing():
    study, _ = played(bowl(0.5), 2, 0, trials=FEWEST - 1)
    assert remaining(study.history) is None
    assert why_over(study.history) == ""
    assert remaining(ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss").history) is None


def test_without_folds_it_says_what_it_lacks_once_and_goes_on():
    study, _ = played(bowl(0.5), 2, 0, folds=False, trials=FEWEST)
    with pytest.warns(TunesmithWarning, match="scores by fold"):
        assert why_over(study.history) == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert why_over(study.history) == ""


def objective(trial):
    scores = [(trial.params["x"] - 0.5) ** 2 + hard for hard in (-0.4, 0.3, 0.1, -0.1, 0.1)]
    for fold, score in enumerate(scores):
        trial.report(score, step=fold, fold=fold)
    return sum(scores) / FOLDS


def test_optimize_ends_and_says_both_numbers(capsys):
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="sobol", seed=0)
    study.optimize(objective, trials=100, stop_when="noise")
    assert FEWEST < len(study.trials) <= 40
    assert "below the noise" in study.ended_because
    assert f"Ended after {len(study.trials)} trials: {study.ended_because}." in capsys.readouterr().err
    assert study.history.changes["budget"]["stop_when"] == "noise"
    study.optimize(objective, trials=100, progress=False)
    assert len(study.trials) == 100


def test_it_needs_a_limit_beside_it_and_the_right_word():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random")
    with pytest.raises(UsageError, match="No limit"):
        study.optimize(objective, stop_when="noise")
    with pytest.raises(UsageError, match="stop_when"):
        ts.Budget(stop_when="boredom")
