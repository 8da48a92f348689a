"""scikit-learn's `cv_results_`, made from the trials of a study alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.ma import MaskedArray

from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.objective import FAILED_FOLDS, SECONDS, STOPPED
from tunesmith.sklearn.stopping_rules import ROUNDS
from tunesmith.trial import FrozenTrial


@final
@dataclass(frozen=True)
class ResultsOf:
    """Turns finished trials into `cv_results_`.

    Parameters
    ----------
    n_splits
        Number of folds.
    params_of
        From a trial to the estimator's params that it evaluated.
    metric_names
        Names of the metrics where they are known beforehand; empty for one metric, which is called `score`.
    train
        Whether training scores are wanted.
    error_score
        What stands where a fold failed, if it is a number.
    """

    n_splits: int
    params_of: Callable[[FrozenTrial], dict[str, Any]]
    metric_names: tuple[str, ...] = ()
    train: bool = False
    error_score: float = math.nan

    def metrics(self, trials: Sequence[FrozenTrial]) -> tuple[str, ...]:
        """The names of all metrics; `("",)` where there is one without a name."""
        if self.metric_names:
            return self.metric_names
        seen = {p.metric: None for trial in trials for p in trial.points if p.kind == "validation" and p.metric}
        return tuple(seen) or ("",)

    def __call__(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """Give the table as a dict of arrays, one row a trial, in the order of their numbers.

        Beside scikit-learn's columns there are `trial_number`, `status` (complete, pruned or failed), `duration` in
        seconds, and `resource`, the number of folds that were evaluated. With early stopping, `split0_rounds` and so
        on say where each fold stopped, and `mean_rounds` their mean.
        """
        results: dict[str, Any] = {}
        for name in ("fit_time", "score_time"):
            times = self._table(trials, name, SECONDS)
            results[f"mean_{name}"], results[f"std_{name}"] = _mean_std(times, seen_only=True)
        params = [self.params_of(trial) for trial in trials]
        results.update(param_columns(params))
        results["params"] = params
        for metric in self.metrics(trials):
            name = metric or "score"
            test = self._table(trials, metric, "validation")
            results.update({f"split{fold}_test_{name}": test[:, fold] for fold in range(self.n_splits)})
            mean, std = _mean_std(test)
            results[f"mean_test_{name}"], results[f"std_test_{name}"] = mean, std
            results[f"rank_test_{name}"] = ranks(mean)
            if self.train:
                train = self._table(trials, metric, "train")
                results.update({f"split{fold}_train_{name}": train[:, fold] for fold in range(self.n_splits)})
                results[f"mean_train_{name}"], results[f"std_train_{name}"] = _mean_std(train)
        results["trial_number"] = np.array([trial.number for trial in trials], dtype=np.int64)
        results["status"] = np.array([trial.state.value for trial in trials], dtype=object)
        results["duration"] = np.array([math.nan if t.duration is None else t.duration for t in trials])
        results["resource"] = np.array([len({p.fold for p in t.points if p.kind == SECONDS}) for t in trials])
        rounds = self._table(trials, ROUNDS, STOPPED)
        if not np.isnan(rounds).all():
            results.update({f"split{fold}_rounds": rounds[:, fold] for fold in range(self.n_splits)})
            results["mean_rounds"] = _mean_std(rounds, seen_only=True)[0]
        return results

    def _table(self, trials: Sequence[FrozenTrial], metric: str, kind: str) -> Any:
        """One row a trial, one column a fold; NaN where nothing was measured, `error_score` where that failed."""
        table = np.full((len(trials), self.n_splits), math.nan)
        for row, trial in enumerate(trials):
            if kind not in {SECONDS, STOPPED}:
                table[row, [int(fold) for fold in trial.attrs.get(FAILED_FOLDS, ())]] = self.error_score
            for point in trial.points:
                if point.kind == kind and point.metric == metric and point.fold is not None:
                    table[row, point.fold] = point.value
        return table


def ranks(means: Any) -> Any:
    """Ranks from 1, the highest mean first; equals share the better rank, and all without a mean come last.

    Examples
    --------
    >>> ranks(np.array([0.5, 0.9, np.nan, 0.5])).tolist()
    [2, 1, 4, 2]
    """
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    filled = np.where(np.isnan(means), np.nanmin(means) - 1, means)
    return sk.rankdata(-filled, method="min").astype(np.int32, copy=False)


def param_columns(params: Sequence[Mapping[str, Any]]) -> dict[str, MaskedArray[Any, Any]]:
    """A masked column for each parameter, `param_C` for `C`, masked where a row does not have it.

    Examples
    --------
    >>> column = param_columns([{"C": 1.0}, {"gamma": "scale"}])["param_C"]
    >>> column.tolist(), str(column.dtype)
    ([1.0, None], 'float64')
    """
    names = dict.fromkeys(name for row in params for name in row)
    columns: dict[str, MaskedArray[Any, Any]] = {}
    for name in names:
        values = {index: row[name] for index, row in enumerate(params) if name in row}
        column = MaskedArray(np.empty(len(params), dtype=_dtype(list(values.values()))), mask=True)
        for index, value in values.items():
            column[index] = value  # which takes the mask off
        columns[f"param_{name}"] = column
    return columns


def _dtype(values: list[Any]) -> Any:
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and kinds <= {bool, int, float}:
        return np.array(values).dtype
    return np.dtype(float) if kinds == {int, float} else np.dtype(object)


def _mean_std(table: Any, *, seen_only: bool = False) -> tuple[Any, Any]:
    """Mean and standard deviation of each row; over the folds that were seen, or NaN where one is missing."""
    if seen_only:
        seen = ~np.isnan(table)
        count = np.maximum(seen.sum(axis=1), 1)
        means = np.where(seen.any(axis=1), np.where(seen, table, 0.0).sum(axis=1) / count, math.nan)
        spread = np.where(seen, (table - means[:, np.newaxis]) ** 2, 0.0).sum(axis=1) / count
        return means, np.sqrt(np.where(seen.any(axis=1), spread, math.nan))
    means = np.average(table, axis=1)
    return means, np.sqrt(np.average((table - means[:, np.newaxis]) ** 2, axis=1))
