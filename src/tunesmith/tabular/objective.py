"""What one trial of `tune` does: build the pipeline that its params describe, and score it fold by fold."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import get_scorer

from tunesmith.errors import InvalidValue, TrialPruned
from tunesmith.sklearn.answers import Keeper, Question
from tunesmith.sklearn.objective import STOPPED, Data, evaluate
from tunesmith.study import Trial
from tunesmith.tabular.interrupts import heard
from tunesmith.tabular.portfolio import make_model
from tunesmith.tabular.request import Prepared
from tunesmith.tabular.roles import Column
from tunesmith.tabular.stopping import stopping_of
from tunesmith.tabular.target import TaskKind
from tunesmith.validation import Split

_FEWEST_SCORED = 1_000


@final
class FoldObjective:
    """Cross-validates the pipeline of a trial; each fold is a step. Travels to worker processes.

    What scikit-learn warns of is kept with the trial, once each, under the attribute `warnings`.
    """

    def __init__(self, prepared: Prepared, *, threads: int = 1, surely: bool = False) -> None:
        weights = None if prepared.weights is None else prepared.weights[prepared.train]
        self.data = Data(
            prepared.X_train,
            prepared.y_train,
            prepared.splits,
            fit_params={} if weights is None else {"model__sample_weight": weights},
            score_params={} if weights is None else {"sample_weight": weights},
            stopping=stopping_of(prepared),
        )
        self.columns: Sequence[Column] = prepared.columns
        self.kind: TaskKind = prepared.target.kind
        self.scoring = prepared.target.scoring
        self.sign = -1.0 if prepared.target.is_error else 1.0
        self.seed = prepared.request.seed
        self.threads = threads
        self.surely = surely

    def __call__(self, trial: Trial) -> float:
        """The mean score over the folds.

        Raises
        ------
        TrialPruned
            If the study's pruner has seen enough.
        """
        scores, seconds = [], []
        heard: dict[str, None] = {}
        keeper = Keeper.of(self.question, self.data, classifier=self.kind == "classification", surely=self.surely)
        for fold, split in enumerate(self.data.splits):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                score, took, on_train, stopped = self._scored(trial.params, split, keeper, _some(split))
                if keeper is not None:
                    keeper.take(fold)
            heard |= {f"{one.category.__name__}: {str(one.message).splitlines()[0][:200]}": None for one in caught}
            scores.append(score)
            seconds.append(round(took, 4))
            trial.report(score, step=fold, fold=fold)
            for name, value in stopped.items():
                trial.report(value, step=fold, metric=name, kind=STOPPED, fold=fold)
            if math.isfinite(on_train):
                trial.report(on_train, step=fold, fold=fold, kind="train")
            if fold + 1 < len(self.data.splits) and trial.should_prune():
                break
        trial.set_attr("fold_seconds", seconds)
        if heard:
            trial.set_attr("warnings", list(heard)[:10])
        if len(scores) < len(self.data.splits):
            raise TrialPruned(f"stopped after fold {len(scores)} of {len(self.data.splits)}")
        if keeper is not None:
            keeper.save(trial)
        return float(np.mean(scores))

    @property
    def question(self) -> Question | None:
        """What the metric asks models for."""
        return Question.of(get_scorer(self.scoring), None)

    def evaluate(self, params: Mapping[str, Any], split: Split) -> tuple[float, float, Mapping[str, float]]:
        """Fit on one side of a split, score on the other.

        Returns
        -------
        The score as people read it, the seconds it took, and what early stopping found.

        Raises
        ------
        Exception
            What the model raised.
        InvalidValue
            If the scorer gave no number.
        """
        score, seconds, _, stopped = self._scored(params, split, None)
        return score, seconds, stopped

    def _scored(
        self, params: Mapping[str, Any], split: Split, keeper: Keeper | None, fitted: npt.NDArray[np.intp] | None = None
    ) -> tuple[float, float, float, Mapping[str, float]]:
        """Score, seconds, the score on `fitted` rows (NaN where nobody asked or it failed), and what stopped it.

        A `keeper` listens to what the model answers.
        """
        model = make_model(params, self.kind, self.columns, seed=self.seed, threads=self.threads)
        with heard():
            scorer = get_scorer(self.scoring)
            found = evaluate(model, self.data, split, scorer, fitted=fitted, keeper=keeper)
        value = found.test.get("")
        if found.error is not None and value is None:
            raise found.error
        if value is None:
            raise InvalidValue(
                f"The metric {self.scoring!r} gave no number: {found.cause}.", hint="Choose another --metric."
            )
        on_train = found.train.get("")
        on_train = math.nan if on_train is None else self.sign * on_train
        return self.sign * value, found.fit_time + found.score_time, on_train, found.stopped

    def fit(self, params: Mapping[str, Any], stopped: Sequence[Mapping[str, float]] = ()) -> Any:
        """Fit the pipeline of these params on all training rows.

        Where fits stop early, `stopped` is what that found in each fold; without it, inner rows are watched.
        """
        model = make_model(params, self.kind, self.columns, seed=self.seed, threads=self.threads)
        X, y, stopping = self.data.X, self.data.y, self.data.stopping
        with heard():
            if stopping is not None and not stopped:
                stopping.fit(model, X, y, np.arange(len(y)), self.data.fit_params)
                return model
            if stopping is not None:
                model.set_params(**stopping.final(model, stopped, self.data.splits, len(y)))
                stopping.fit_whole(model, X, y, self.data.fit_params)
                return model
            return model.fit(X, y, **self.data.fit_params)


def _some(split: Split) -> npt.NDArray[np.intp]:
    """The training rows that are scored: as many as judge the model, or 1,000. All would cost some models much."""
    count = max(_FEWEST_SCORED, len(split.test))
    if len(split.train) <= count:
        return split.train
    return np.sort(np.random.default_rng(0).choice(split.train, count, replace=False))
