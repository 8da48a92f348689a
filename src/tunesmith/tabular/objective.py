"""What one trial of `tune` does: build the pipeline that its params describe, and score it fold by fold."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import get_scorer

from tunesmith.study import Trial
from tunesmith.tabular.portfolio import make_model
from tunesmith.tabular.request import Prepared
from tunesmith.tabular.roles import Column
from tunesmith.tabular.target import TaskKind
from tunesmith.validation import Split


@final
class FoldObjective:
    """Cross-validates the pipeline of a trial; each fold is a step. Travels to worker processes.

    What scikit-learn warns of is kept with the trial, once each, under the attribute `warnings`.
    """

    def __init__(self, prepared: Prepared, *, threads: int = 1) -> None:
        self.X: pd.DataFrame = prepared.X_train
        self.y: npt.NDArray[Any] = prepared.y_train
        self.weights = None if prepared.weights is None else prepared.weights[prepared.train]
        self.splits: Sequence[Split] = prepared.splits
        self.columns: Sequence[Column] = prepared.columns
        self.kind: TaskKind = prepared.target.kind
        self.scoring = prepared.target.scoring
        self.sign = -1.0 if prepared.target.is_error else 1.0
        self.seed = prepared.request.seed
        self.threads = threads

    def __call__(self, trial: Trial) -> float:
        """The mean score over the folds."""
        scores, seconds = [], []
        heard: dict[str, int] = {}
        for fold, split in enumerate(self.splits):
            began = time.perf_counter()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model = self.fit(trial.params, split.train)
                scores.append(self.score(model, split.test))
            for warning in caught:
                text = f"{warning.category.__name__}: {str(warning.message).splitlines()[0][:200]}"
                heard[text] = heard.get(text, 0) + 1
            seconds.append(time.perf_counter() - began)
            trial.report(scores[-1], step=fold, fold=fold)
        trial.set_attr("fold_seconds", [round(value, 4) for value in seconds])
        if heard:
            trial.set_attr("warnings", [text for text, _count in sorted(heard.items())][:10])
        return float(np.mean(scores))

    def fit(self, params: Mapping[str, Any], rows: npt.NDArray[np.intp]) -> Any:
        """Fit the pipeline of these params on some rows."""
        model = make_model(params, self.kind, self.columns, seed=self.seed, threads=self.threads)
        if self.weights is None:
            return model.fit(self.X.iloc[rows], self.y[rows])
        return model.fit(self.X.iloc[rows], self.y[rows], model__sample_weight=self.weights[rows])

    def score(self, model: Any, rows: npt.NDArray[np.intp]) -> float:
        """Score a fitted pipeline on some rows, as people read it: an error is positive."""
        weights = None if self.weights is None else self.weights[rows]
        return self.score_on(model, self.X.iloc[rows], self.y[rows], weights)

    def score_on(
        self, model: Any, X: pd.DataFrame, y: npt.NDArray[Any], weights: npt.NDArray[np.float64] | None = None
    ) -> float:
        """Score a fitted pipeline on rows of any table."""
        arguments = {} if weights is None else {"sample_weight": weights}
        return self.sign * float(get_scorer(self.scoring)(model, X, y, **arguments))
