"""The reliability curve of a search's winner, from the probabilities that it kept of rows it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunesmith.analysis.reliability import RELIABILITY, Bin, Reliability, wilson
from tunesmith.numerics.platt import log_odds, probabilities
from tunesmith.numerics.row_scores import Array
from tunesmith.sklearn.answers import SURENESS, unpacked
from tunesmith.sklearn.belief import Chosen, Stored, Witness, stored_of
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial

_BINS, _ROWS_A_BIN = 10, 25


def curve_of(predicted: Array, positive: npt.NDArray[np.bool_], weights: Array) -> tuple[tuple[float, float, int], ...]:
    """Mean prediction, observed share and rows of bins of equal counts, the least probable first.

    Examples
    --------
    >>> curve_of(np.array([0.1, 0.2]), np.array([False, True]), np.ones(2))
    ((0.15, 0.5, 2),)
    """
    order = np.argsort(predicted, kind="stable")
    bins = np.array_split(order, min(_BINS, max(1, len(order) // _ROWS_A_BIN)))
    return tuple(
        (
            round(float(np.average(predicted[rows], weights=weights[rows])), 12),
            float(np.average(positive[rows], weights=weights[rows])),
            len(rows),
        )
        for rows in bins
        if weights[rows].sum() > 0
    )


def keep_reliability(
    study: Study, chosen: Chosen, witness: Witness, calibration: tuple[float, float] | None = None
) -> None:
    """Keep the curve with the study where the winner kept probabilities of two classes.

    Parameters
    ----------
    study, chosen, witness
        The search, its winner, and what it takes to look at its predictions again.
    calibration
        Slope and intercept of the line that its log-odds were put on.
    """
    stored = stored_of(study, [chosen.trial], witness)
    if isinstance(stored, str) or stored.target.classes is None or len(stored.target.classes) != 2:
        return
    found = sureness_of(study, [chosen.trial], stored)
    if isinstance(found, str) or (found[0][0] != "predict_proba" and calibration is None):
        return
    scores, positive = found[1][0], stored.target.codes == 1
    slope, intercept = calibration or (1.0, 0.0)
    predicted = probabilities(slope * scores + intercept)
    own = np.ones(len(scores)) if stored.weights is None else stored.weights
    kept = Reliability(
        trial=chosen.trial.number,
        bins=tuple(Bin(p, o, *wilson(o, rows), rows) for p, o, rows in curve_of(predicted, positive, own)),
        brier=float(np.average((predicted - positive) ** 2, weights=own)),
        rows=len(np.unique(stored.row)),
        positives=len(np.unique(stored.row[positive])),
        calibrated=calibration is not None,
    ).dump()
    if study.history.attrs.get(RELIABILITY) != kept:
        study.set_attr(RELIABILITY, kept)


def sureness_of(study: Study, trials: Sequence[FrozenTrial], stored: Stored) -> tuple[list[str], list[Array]] | str:
    """Methods and log-odds or decision values of each trial, for the rows of what is stored; or why there are none."""
    methods, scores = [], []
    for trial, method, answers in zip(trials, stored.methods, stored.answers, strict=True):
        found = (method, answers)
        if SURENESS in trial.artifacts:
            found = unpacked(study.artifact(SURENESS, trial=trial.number), stored.target)
        elif method == "predict":
            return "predicted classes alone were kept"
        methods.append(found[0])
        scores.append(scores_of(*found))
    return methods, scores


def scores_of(method: str, answers: npt.NDArray[Any]) -> Array:
    """Log-odds of the positive class of two from probabilities, or decision values as they are."""
    if method == "decision_function":
        return np.asarray(answers, dtype=np.float64).reshape(-1)
    return log_odds(answers[:, 1].astype(np.float64))
