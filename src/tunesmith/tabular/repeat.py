"""Repeating a score without the study: what a `reproduce.py` calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tunesmith import _platform
from tunesmith.sklearn.decision import decided
from tunesmith.space import Params
from tunesmith.tabular.objective import FoldObjective
from tunesmith.tabular.request import Request, prepare
from tunesmith.tabular.verdict import score_on_test_set
from tunesmith.validation import data_fingerprint


def repeat(
    request: Request,
    params: Mapping[str, Any],
    *,
    data: str | None = None,
    decision: Mapping[str, Any] | None = None,
    say: Any = print,
) -> tuple[float, float]:
    """Fit the pipeline of some params again, and print its score in cross-validation and on the test set.

    Parameters
    ----------
    request
        What the data are; the folds and the test set follow from it.
    params
        The winning trial's params.
    data
        Fingerprint of the data that the study was made with; if these are others, it is said.
    decision
        How the winner is calibrated and cut, where it is; the folds are scored without.
    say
        Where the two lines go.

    Returns
    -------
    The mean over the folds, and the test set's score.
    """
    prepared = prepare(request)
    if data is not None and data_fingerprint(prepared.frame, prepared.target.y) != data:
        say(f"The data in {request.data} have changed since the study was made: the scores will be others.")
    checked: Params = prepared.space.check(params)
    objective = FoldObjective(prepared, threads=_platform.cores())
    found = [objective.evaluate(checked, split) for split in prepared.splits]
    folds = [score for score, _, _ in found]
    mean = float(np.mean(folds))
    model = objective.fit(checked, [stopped for _, _, stopped in found if stopped])
    if decision is not None:
        model = decided(model, decision, prepared.X_train, prepared.y_train)
    test = score_on_test_set(prepared, model)
    metric = prepared.target.metric_name
    say(f"search   {metric} {mean!r} (mean of {len(folds)} folds)")
    say(f"test set {metric} {test!r} ({len(prepared.test):,} rows)")
    return mean, test
