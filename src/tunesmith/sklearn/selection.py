"""Which trial of a search wins: the best, the simplest that is as good, the best by the model, or a proven one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from tunesmith.analysis import over_tuning
from tunesmith.errors import TunesmithWarning, UsageError, did_you_mean
from tunesmith.numerics.optimism import OneStandardError
from tunesmith.sklearn.belief import Chosen
from tunesmith.sklearn.simplicity import Simplicity, complexities
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial
from tunesmith.validation import fold_scores

BEST, ONE_SE, POSTERIOR, SAFE = "best", "one_se", "posterior", "safe"
SELECT = (BEST, ONE_SE, POSTERIOR, SAFE)
ParamsOf: TypeAlias = Callable[[FrozenTrial], Mapping[str, Any]]


def check_refit(refit: object) -> None:
    """Refuse to put a test set aside for no model.

    Raises
    ------
    UsageError
        If no model is fitted at the end.
    """
    if not refit:
        raise UsageError("test_size judges the model of refit, and refit is False.", hint="Leave refit as it is.")


def check_select(select: object, refit: object) -> None:
    """Refuse what is no way to choose.

    Raises
    ------
    UsageError
        Naming those there are.
    """
    if select not in SELECT:
        raise UsageError(
            f"select must be one of {', '.join(SELECT)}, got {select!r}.", hint=did_you_mean(str(select), SELECT)
        )
    if select != BEST and callable(refit):
        raise UsageError(f"select={select!r} and a function as refit both choose.", hint="Leave one of them out.")


def choose(study: Study, select: str, *, simplicity: Simplicity | None = None, params_of: ParamsOf) -> Chosen:
    """The trial that wins.

    Parameters
    ----------
    study
        Its trials.
    select
        `"best"`: the best score. `"one_se"`: the simplest within one standard error, over folds, of the best one.
        `"posterior"`: the best mean of the Gaussian process over the trials that were made. `"safe"`: the best score
        where `over_tuning` can tell it apart from the default, else the default.
    simplicity
        For `"one_se"`: which is simpler.
    params_of
        A trial's params, as `simplicity` names them.
    """
    if select == ONE_SE and simplicity is not None:
        return _simplest(study, simplicity, params_of)
    if select == POSTERIOR:
        return _likeliest(study)
    if select == SAFE:
        return _proven(study)
    return Chosen(study.best)


def _simplest(study: Study, simplicity: Simplicity, params_of: ParamsOf) -> Chosen:
    history = study.history
    table, numbers = fold_scores(history.complete(), history.metric.name, -history.metric.sign)
    if len(table) < 2 or study.best.number not in numbers:
        return Chosen(study.best, ONE_SE, repeated=False)

    def rule(trials: Sequence[FrozenTrial]) -> OneStandardError:
        return OneStandardError(complexities([params_of(trial) for trial in trials], simplicity))

    trials = [history.trial(number) for number in numbers]
    won = trials[int(rule(trials)(table[None])[0])]
    return Chosen(won, ONE_SE, rule)


def _likeliest(study: Study) -> Chosen:
    inside = [trial for trial in study.history.complete() if not trial.outside]
    if not inside:
        return Chosen(study.best, POSTERIOR, repeated=False)
    means = study.model().predict([trial.params for trial in inside])
    sign = study.metric.sign
    best = min(range(len(inside)), key=lambda index: sign * means[index].mean)
    return Chosen(inside[best], POSTERIOR, repeated=False)


def _proven(study: Study) -> Chosen:
    history = study.history
    helped = over_tuning(study).helped
    if helped is None:
        warnings.warn(
            'select="safe" found no default with scores by fold to compare with, and took the best trial.',
            TunesmithWarning, stacklevel=2,
        )  # fmt: skip
    if helped is not False:
        return Chosen(study.best, SAFE, repeated=False)
    defaults = [trial for trial in history.complete() if trial.origin == "default"]
    default = min(defaults, key=lambda trial: history.metric.sign * trial.value)
    return Chosen(default, SAFE, lambda ranked: lambda scores: np.full(len(scores), ranked.index(default)), False)
