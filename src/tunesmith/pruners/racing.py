"""Racing over folds: a trial stops as soon as its folds show that it will not win."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.models.folds import fold_scores
from tunesmith.models.foretold import foretold
from tunesmith.models.table import COMPLETE, table_of
from tunesmith.numerics.encoding import Rows
from tunesmith.numerics.folds import FEWEST, Leaders
from tunesmith.pruners._base import CONTINUE, Pruner, Verdict
from tunesmith.trial import FrozenTrial, History

FEWEST_FOLDS = 4
"""With fewer folds there is no race: nothing is saved that is worth its risk."""


@final
class RacingPruner(Pruner):
    """Stops a trial whose mean over all folds will hardly be better than the incumbent's.

    All trials are scored on the same folds in the same order, and a trial's value is the mean of its folds. After each
    fold a trial is compared with the incumbent and two more of the best, on the folds that it has seen: what makes a
    fold hard for all cancels. It stops if the chance that its mean over *all* folds will be better than the incumbent's
    by more than `margin` standard errors is below a share of `error`.

    - **The chance**: the distances on the k folds seen foretell their mean over all K. It is distributed around their
      mean as Student's t with variance s² (1/k - 1/K). s² is the trial's own variance over folds, moderated by that of
      the complete trials that are about as far from the incumbent (Smyth 2004, equation 4, with 6 prior degrees of
      freedom): after one fold it is all theirs. Folds share training rows, so their scores are correlated (Nadeau and
      Bengio 2003); that part is common to the folds seen and those to come, and cancels where one foretells the other.
      It does not cancel in the standard error of a mean, s² (1/K + 1/(K-1)), in which the margin is measured.
    - **What was foretold**: where a model suggested the trial, what it expected there is a second witness of the
      distance, of a variance that its earlier word in this study deserves (`models.foretold`). In a search that learns
      most trials lie near the best, where folds alone decide late.
    - **The error**: a trial is looked at K - 1 times. After fold k it may be stopped wrongly with the k-th part of
      `error`, in proportion to 1/k, so that all looks together stop a trial that would reach the margin exactly with at
      most that chance (Bonferroni), and a better one with less. Several hundred trials do not add up: only the one that
      would win can be lost, and what is given up by the margin is a margin below the incumbent, not one for each trial.
    - **Never stopped**: the first trials, until three are complete; an algorithm's defaults (`origin="default"`), with
      which all tuning is compared; trials with fewer than four folds; trials whose values are no means of folds. A fold
      that failed is left out. Where complete trials do not differ at all there is no verdict.

    It stands where Bergman, Purucker and Hutter 2024 ("Don't waste your time: early stopping cross-validation", AutoML)
    stop a trial whose mean so far is worse than the incumbent's worst fold, which is safe and looks at no pairs.

    Parameters
    ----------
    error
        The most by which a trial that would reach the margin may be stopped wrongly: a probability above 0, at most
        0.5.
    margin
        In standard errors of the incumbent's mean, at least 0: how much better a trial must be to be worth its folds.
    foretold
        Whether what the sampler's model expected of a trial counts beside its folds.

    Raises
    ------
    UsageError
        If an argument is out of its range.

    Examples
    --------
    >>> import tunesmith as ts
    >>> hard = [0.3, 0.1, 0.4, 0.2, 0.0]  # what each fold adds to every score
    >>> def objective(trial):
    ...     scores = []
    ...     for fold, extra in enumerate(hard):
    ...         scores.append(trial.params["x"] ** 2 + extra + 0.01 * (trial.number * (fold + 3) % 7))
    ...         trial.report(scores[-1], step=fold, fold=fold)
    ...         if fold < 4 and trial.should_prune():
    ...             raise ts.TrialPruned
    ...     return sum(scores) / 5
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(-1, 1)), sampler="random", pruner="racing", seed=1)
    >>> study.optimize(objective, trials=30, progress=False)
    >>> sum(len(trial.points) for trial in study.trials) < 0.6 * 30 * 5
    True
    """

    def __init__(self, *, error: float = 0.15, margin: float = 0.1, foretold: bool = True) -> None:
        if not 0.0 < error <= 0.5:
            raise UsageError(f"error must be above 0 and at most 0.5, got {error!r}.", hint="Leave it out for 0.15.")
        if not 0.0 <= margin < math.inf:
            raise UsageError(f"margin must be a number of at least 0, got {margin!r}.", hint="Leave it out for 0.1.")
        self.error = error
        self.margin = margin
        self.foretold = foretold

    def judge(self, history: History, trial: FrozenTrial) -> Verdict:
        """Whether a trial may still win; see `Pruner.judge`. It looks at trials that have ended and at this one."""
        seen = fold_scores(trial, history.metric)
        if trial.origin == "default" or not np.isfinite(seen).any():
            return CONTINUE
        complete = _complete(history)
        folds = complete.shape[1]
        if len(complete) < FEWEST or folds < FEWEST_FOLDS or len(seen) >= folds:
            return CONTINUE
        padded = np.concatenate([seen, np.full(folds - len(seen), np.nan)])
        looks, k = 1.0 / np.arange(1.0, folds), int(np.isfinite(seen).sum())
        allowed = self.error * float(looks[k - 1] / looks.sum())
        leaders = Leaders.of(complete)
        expected = foretold(history, trial) if self.foretold else None
        chance = leaders.chance(padded, self.margin * leaders.error, expected)
        if chance >= allowed:
            return CONTINUE
        why = {"member": "racing", "folds": k, "of": folds, "chance": chance, "below": allowed}
        if expected is not None:
            why["foretold"] = expected.mean - leaders.best
        return Verdict(
            "stop", {**why, "behind": float((seen - leaders.profile[: len(seen)])[np.isfinite(seen)].mean())}
        )


def _complete(history: History) -> Rows:
    """The scores of the trials that have seen all folds, a row each, and whose values are their means."""
    table = table_of(history)
    whole = (table.states == COMPLETE) & table.allowed & np.isfinite(table.folds).all(axis=1)
    found = table.folds[whole]
    if not found.size:
        return np.empty((0, 0))
    means, size = found.mean(axis=1), np.abs(found).max(axis=1)
    kept: Rows = found[np.abs(means - table.values[whole]) <= 1e-9 * size]
    return kept
