"""Would more data help? The learning curve of an estimator by the number of rows that it learns from."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunesmith.analysis import SampleSizes, sizes_of_folds
from tunesmith.errors import UsageError
from tunesmith.sklearn import _doors as sk
from tunesmith.trial import Metric


def more_rows(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    sizes: int = 5,
    cv: Any = None,
    scoring: Any = None,
    random_state: int | None = None,
) -> SampleSizes:
    """Score an estimator on growing parts of the data, and say what twice as many rows are expected to bring.

    Parameters
    ----------
    estimator
        Such as a search's `best_estimator_`; cloned, never fitted itself.
    X, y
        The data.
    sizes
        How many sizes, evenly from a tenth of a fold's training rows to all of them on a logarithmic scale.
    cv, scoring
        As in `TuneSearchCV`.
    random_state
        The seed of the order in which rows are taken.

    Raises
    ------
    UsageError
        If fewer than three sizes are asked for.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> found = more_rows(GaussianNB(), *load_digits(return_X_y=True), cv=3, random_state=0)
    >>> found.sizes
    (119, 213, 378, 673, 1198)
    """
    if sizes < 3:
        raise UsageError(f"sizes={sizes} tells nothing of more rows.", hint="Give 3 or more.")
    scorer = sk.check_scoring(estimator, scoring)
    shares = np.geomspace(0.1, 1.0, sizes)
    rows, train, test = sk.learning_curve(
        estimator, X, y, train_sizes=shares, cv=cv, scoring=scorer, shuffle=True, random_state=random_state,
        error_score="raise",
    )  # fmt: skip
    name = scoring if isinstance(scoring, str) else "score"
    return sizes_of_folds(Metric(name, "maximize"), [int(size) for size in rows], test.tolist(), train.tolist())
