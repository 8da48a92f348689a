"""What other kinds of models reach on the folds of a search: what there is to learn, for a verdict on its model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from tunesmith._optional import require
from tunesmith.analysis import Fitting, fitting
from tunesmith.analysis.fitting import REACHED
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.objective import Data, evaluate
from tunesmith.study import Study
from tunesmith.validation import Split

MOST_ROWS = 2_000
"""Another kind of model is fitted to at most so many rows of a fold, drawn at random: it is only a yardstick."""

_TREES, _LANDMARKS, _WIDEST = 50, 100, 2_000


def fitting_report(study: Study, data: Data, scorer: Any, lead: str, *, classifier: bool) -> Fitting:
    """The verdict on the model that a search found, after a look at what other kinds of models reach on its folds.

    Parameters
    ----------
    study, data, scorer
        Of the search.
    lead
        The metric that the study maximises, where a scorer gives several.
    classifier
        Whether the model is one.
    """
    if REACHED not in study.history.attrs and _is_plain(data):
        study.set_attr(REACHED, dict(_reached(data, scorer, lead, classifier=classifier)))
    return fitting(study)


def _is_plain(data: Data) -> bool:
    """Whether any model can take the rows as they are: a full table of numbers with a single target."""
    dtypes = getattr(data.X, "dtypes", None)
    if dtypes is not None and not all(getattr(one, "kind", "O") in "biuf" for one in dtypes):
        return False
    if data.y is None or np.ndim(data.y) != 1 or hasattr(data.X, "tocsr"):
        return False
    X = np.asarray(data.X)
    return X.ndim == 2 and X.shape[1] <= _WIDEST and X.dtype.kind in "biuf" and bool(np.isfinite(X).all())


def _reached(data: Data, scorer: Any, lead: str, *, classifier: bool) -> Iterator[tuple[str, list[float]]]:
    plain = Data(data.X, data.y, data.splits, score_params=data.score_params)
    for name, model in _others(classifier=classifier):
        scores = []
        for split in data.splits:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of models that nobody asked for
                found = evaluate(sk.clone(model), plain, _fewer(split), scorer).test
            value = found.get(lead, next(iter(found.values()), None))
            if value is None or not np.isfinite(value):
                break
            scores.append(value)
        else:
            yield name, scores


def _fewer(split: Split) -> Split:
    train, test = split
    if len(train) > MOST_ROWS:
        train = np.sort(np.random.default_rng(0).choice(train, MOST_ROWS, replace=False))
    return Split(train, test)


def _others(*, classifier: bool) -> Iterator[tuple[str, Any]]:
    """A stiff, a smooth and a flexible model, at settings that do well nearly everywhere."""
    pipeline = require("sklearn.pipeline", extra="sklearn").make_pipeline
    scaler = require("sklearn.preprocessing", extra="sklearn").StandardScaler
    landmarks = require("sklearn.kernel_approximation", extra="sklearn").Nystroem
    linear = require("sklearn.linear_model", extra="sklearn")
    ensemble = require("sklearn.ensemble", extra="sklearn")
    line = linear.LogisticRegression(max_iter=200) if classifier else linear.Ridge(1.0)
    trees = ensemble.ExtraTreesClassifier if classifier else ensemble.ExtraTreesRegressor
    yield "a linear model", pipeline(scaler(), line)
    smooth = landmarks(n_components=_LANDMARKS, random_state=0)
    yield "a smooth model (kernel)", pipeline(scaler(), smooth, sk.clone(line))
    yield "a forest", trees(_TREES, min_samples_leaf=2, random_state=0)
