"""The race: who is stopped, who never is, and how often it is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.pruners.racing import RacingPruner

HARD = np.array([0.4, -0.2, 0.1, -0.3, 0.0])


def raced(scores, *, direction="minimize", pruner="racing", origins=(), report=None):
    """A study whose trials have these scores (a row each), raced."""
    count, folds = scores.shape
    study = ts.Study(
        ts.SearchSpace(row=ts.Int(0, count - 1)), ts.Metric("m", direction), sampler="random", pruner=pruner
    )
    for row in range(count):
        study.enqueue({"row": row}, origin="default" if row in origins else "enqueued")

    def objective(trial):
        row = scores[trial.params["row"]]
        for fold, value in enumerate(row):
            if report is None or report(trial, fold):
                trial.report(float(value), step=fold, fold=fold)
            if fold + 1 < folds and trial.should_prune():
                raise ts.TrialPruned
        return float(row.mean())

    study.optimize(objective, trials=count, progress=False)
    return study


def field(rng, count, *, folds=5, spread=0.3, noise=0.02):
    hard = rng.normal(0, 1, folds)
    return rng.normal(0, spread, (count, 1)) + hard + rng.normal(0, noise, (count, folds))


def seen(study):
    return [len(trial.points) for trial in study.trials]


def test_what_is_far_behind_stops_after_one_fold_though_folds_differ_more():
    rng = np.random.default_rng(0)
    study = raced(np.vstack([field(rng, 6, spread=0.05), np.array(10 + HARD)]))
    assert seen(study)[-1] == 1
    verdict = study.trials[-1].verdict
    assert (verdict["member"], verdict["folds"], verdict["of"]) == ("racing", 1, 5)
    assert verdict["chance"] < verdict["below"] < 0.15
    assert verdict["behind"] > 5


def test_defaults_and_the_first_trials_are_complete():
    scores = np.vstack([field(np.random.default_rng(1), 3), np.full((2, 5), 99.0) + HARD])
    assert seen(raced(scores, origins=(3,))) == [5, 5, 5, 5, 1]


@pytest.mark.parametrize("folds", [2, 3])
def test_few_folds_are_no_race(folds):
    scores = field(np.random.default_rng(2), 20, folds=folds, spread=5)
    assert set(seen(raced(scores))) == {folds}


def test_equal_trials_are_no_losers():
    assert set(seen(raced(np.tile(HARD, (12, 1))))) == {5}


def test_values_that_are_no_means_are_not_raced():
    scores = field(np.random.default_rng(3), 12, spread=5)
    study = ts.Study(ts.SearchSpace(row=ts.Int(0, 11)), pruner="racing", sampler="grid:12", seed=0)

    def objective(trial):
        for fold, value in enumerate(scores[trial.params["row"]]):
            trial.report(float(value), step=fold, fold=fold)
            assert not trial.should_prune()
        return float(scores[trial.params["row"]].max())

    study.optimize(objective, trials=12, progress=False)


def test_a_fold_that_failed_is_left_out():
    scores = np.vstack([field(np.random.default_rng(4), 8, spread=0.05), HARD + 10])
    study = raced(scores, report=lambda trial, fold: trial.params["row"] < 8 or fold > 0)
    assert study.trials[-1].state is ts.TrialState.PRUNED
    assert [point.fold for point in study.trials[-1].points] == [1]


def test_repeated_folds_of_unequal_noise_save_most_and_lose_little():
    rng = np.random.default_rng(5)
    lost, shares = [], []
    for _ in range(20):
        scores = field(rng, 40, folds=12, spread=0.3, noise=0.2 * (1 + np.arange(12) % 3))
        study = raced(scores)
        best = scores.mean(axis=1).min()
        scale = scores[scores.mean(axis=1).argmin()].std(ddof=1) / np.sqrt(12)
        lost.append((study.best.value - best) / scale)
        shares.append(sum(seen(study)) / scores.size)
    assert np.mean(shares) < 0.5
    assert np.mean(lost) < 0.1


def test_a_trial_at_the_margin_is_stopped_at_most_as_often_as_allowed():
    rng = np.random.default_rng(6)
    wrong, runs = 0, 150
    for _ in range(runs):
        scores = field(rng, 9, spread=0.3, noise=0.2)
        ahead = scores.mean(axis=1).min()
        own = scores.mean(axis=0) + rng.normal(0, 0.2, 5)
        wins = own - own.mean() + ahead - 0.05  # whatever its folds, in the end it wins by a little
        study = raced(np.vstack([scores, wins]))
        wrong += study.trials[-1].state is ts.TrialState.PRUNED
    assert wrong / runs <= 0.15 + 3 * np.sqrt(0.15 * 0.85 / runs)


def test_arguments_are_checked():
    for arguments in ({"error": 0}, {"error": 0.6}, {"margin": -1}, {"margin": float("inf")}):
        with pytest.raises(ts.TunesmithError):
            RacingPruner(**arguments)


def test_what_the_sampler_foretold_saves_fits_of_a_search_that_learns():
    def searched(seed, pruner):
        rng = np.random.default_rng(seed)
        hard, noise = rng.normal(0, 1, 5), rng.normal(0, 0.15, (30, 5))

        def objective(trial):
            scores = (trial.params["x"] - 0.3) ** 2 + (trial.params["y"] + 0.2) ** 2 + hard + noise[trial.number]
            for fold, value in enumerate(scores):
                trial.report(float(value), step=fold, fold=fold)
                if fold < 4 and trial.should_prune():
                    raise ts.TrialPruned
            return float(scores.mean())

        space = ts.SearchSpace(x=ts.Float(-1, 1), y=ts.Float(-1, 1))
        study = ts.Study(space, ts.Metric("m"), sampler="gp", pruner=pruner, seed=seed)
        study.optimize(objective, trials=30, progress=False)
        return sum(seen(study)), study.best.value

    believed = np.array([searched(seed, RacingPruner()) for seed in range(2)])
    plain = np.array([searched(seed, RacingPruner(foretold=False)) for seed in range(2)])
    assert believed[:, 0].sum() < 0.9 * plain[:, 0].sum()
    assert (believed[:, 1] - plain[:, 1]).mean() < 0.15 / np.sqrt(5)
