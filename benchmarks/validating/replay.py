"""Replays races on tables of fold scores: through a study and its pruner, as a search would, but without any fit."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

import tunesmith as ts
from benchmarks.validating.fold_tables import FoldTable
from tunesmith.models.table import table_of
from tunesmith.pruners import CONTINUE, Pruner, Verdict
from tunesmith.trial import TrialState


@final
@dataclass(frozen=True, slots=True)
class Race:
    """How one race ended.

    Parameters
    ----------
    winner
        The setting that was best of those that saw all folds.
    seen
        How many folds each setting saw, in the order of the table.
    errors
        Of each stopped setting: by how much the mean that models are told is too high, in standard errors of the full
        winner's mean.
    beaten
        How many stopped settings would have beaten the incumbent that they were stopped for.
    """

    winner: int
    seen: tuple[int, ...]
    errors: tuple[float, ...] = ()
    beaten: int = 0


@final
class NotLooked(Pruner):
    """The control: stops as many trials after as many folds, whatever they score."""

    def __init__(self, seen: Sequence[int]) -> None:
        self._seen = seen

    def judge(self, history: ts.History, trial: ts.FrozenTrial) -> Verdict:
        """Stop where the other race stopped one."""
        far = len({point.fold for point in trial.points}) >= self._seen[trial.number]
        return Verdict("stop", {"member": "control"}) if far else CONTINUE


@final
class Forgiving(Pruner):
    """Bergman, Purucker and Hutter 2024: stops a trial whose mean so far is worse than the incumbent's worst fold."""

    def judge(self, history: ts.History, trial: ts.FrozenTrial) -> Verdict:
        """Compare with the incumbent."""
        if history.best is None:
            return CONTINUE
        worst = max(-point.value for point in history.best.points)
        mean = sum(-point.value for point in trial.points) / len(trial.points)
        return Verdict("stop", {"member": "forgiving"}) if mean > worst else CONTINUE


def race(table: FoldTable, pruner: Any, order: Sequence[int]) -> Race:
    """Try the settings of a table in an order, setting 0 as the estimator as given."""
    scores = table.folds
    count, folds = scores.shape
    space = ts.SearchSpace(setting=ts.Int(0, count - 1))
    study = ts.Study(space, ts.Metric("score", "maximize"), sampler="random", pruner=pruner, seed=0)
    for setting in order:
        study.enqueue({"setting": int(setting)}, origin="default" if setting == 0 else "enqueued")
    beaten = 0
    while len(study.history.finished()) < count:
        trial = study.ask()
        setting = trial.params["setting"]
        for fold in range(folds):
            trial.report(float(scores[setting, fold]), step=fold, fold=fold)
            if fold + 1 < folds and trial.should_prune():
                best = study.history.best
                beaten += best is not None and scores[setting].mean() > best.value
                study.tell(trial, state="pruned")
                break
        else:
            study.tell(trial, float(scores[setting].mean()))
    seen = np.zeros(count, int)
    for done in study.trials:
        seen[done.params["setting"]] = len(done.points)
    return Race(int(study.best.params["setting"]), tuple(seen.tolist()), _errors(study, table), beaten)


def _errors(study: ts.Study, table: FoldTable) -> tuple[float, ...]:
    """What models are told of stopped trials against what all folds would have said."""
    told = table_of(study.history)
    scale = standard_error(table)
    stopped = [place for place, trial in enumerate(study.history.finished()) if trial.state is TrialState.PRUNED]
    settings = [trial.params["setting"] for trial in study.history.finished()]
    return tuple(float(told.values[place] + table.folds[settings[place]].mean()) / scale for place in stopped)


def standard_error(table: FoldTable) -> float:
    """Of the full winner's mean over folds, as if folds were independent: the smallest that anybody would print."""
    scores = table.folds[table.folds.mean(axis=1).argmax()]
    return float(scores.std(ddof=1)) / math.sqrt(len(scores)) or math.nan


def wilcoxon(table: FoldTable, order: Sequence[int]) -> Race:
    """The same race by Optuna's WilcoxonPruner at its defaults."""
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.WilcoxonPruner())
    scores, seen = table.folds, np.zeros(len(table.folds), int)
    best = None
    for setting in order:
        trial = study.ask()
        for fold, value in enumerate(scores[setting]):
            trial.report(float(value), fold)
            seen[setting] += 1
            if fold + 1 < scores.shape[1] and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, float(scores[setting].mean()))
            if best is None or scores[setting].mean() > scores[best].mean():
                best = setting
    return Race(int(best or 0), tuple(seen.tolist()))
