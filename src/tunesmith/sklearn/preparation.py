"""What a search does before its first fit: the test set put aside, the space, the folds, the look for leaks."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, final

import numpy as np

from tunesmith.errors import TunesmithWarning
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn import leaks, unsupervised
from tunesmith.sklearn.early_stopping import as_early_stopping, bind, from_fit_params, without_rounds
from tunesmith.sklearn.given_space import GivenSpace, given_space
from tunesmith.sklearn.objective import Data
from tunesmith.sklearn.selection import ONE_SE, check_refit, check_select
from tunesmith.sklearn.session import seed_of
from tunesmith.sklearn.simplicity import simplicity_of
from tunesmith.sklearn.test_set import TestSet, put_aside
from tunesmith.study import Study
from tunesmith.validation import LeakReport, SplitterValidation, ValidationScheme, from_cv, require_known


@final
class Prepared(NamedTuple):
    """The space, the rows with their folds, the test set if there is one, and what the leak guard saw."""

    given: GivenSpace
    data: Data
    test: TestSet | None
    leaks: LeakReport


def prepare(search: Any, X: Any, y: Any, params: Mapping[str, Any], scorers: Any) -> Prepared:
    """Put the test set aside first, then make space and folds from the other rows alone.

    Parameters
    ----------
    search
        A `TuneSearchCV` with its parameters.
    X, y
        All rows, as `fit` got them.
    params
        Metadata, as `fit` got it.
    scorers
        scikit-learn's.

    Raises
    ------
    UsageError, InvalidData
        If the parameters do not fit each other or the rows; nothing was fitted then.
    """
    check_select(search.select, search.refit)
    unsupervised.require_target(search, y, scorers)
    X, y = sk.indexable(X, y)
    params = sk.check_method_params(X, params=params)
    routed = search._get_routed_params_for_fit(params)  # noqa: SLF001 - scikit-learn's name for it
    split_params = dict(routed.splitter.split)
    groups = split_params.pop("groups", None)
    fit_params, score_params = dict(routed.estimator.fit), dict(routed.scorer.score)
    scheme = unsupervised.scheme_without_target(search, scorers) or scheme_of(search, y, split_params)
    unsupervised.require_fitting(search, scheme, scorers)
    test = None
    if search.test_size is not None:
        check_refit(search.refit)
        classifier, seed = sk.is_classifier(search.estimator), seed_of(search.random_state) or 0
        rows, aside = put_aside(search.test_size, scheme, X, y, groups, classifier=classifier, seed=seed)
        X_test, y_test = sk.safe_split(search.estimator, X, y, aside, rows)
        groups_test = None if groups is None else np.asarray(groups)[aside]
        own = sk.check_method_params(X, params=score_params, indices=aside)
        test = TestSet(X_test, y_test, groups_test, own, scorers, "")
        fit_params = sk.check_method_params(X, params=fit_params, indices=rows)
        score_params = sk.check_method_params(X, params=score_params, indices=rows)
        X, y = sk.safe_split(search.estimator, X, y, rows)
        groups = None if groups is None else np.asarray(groups)[rows]
    early, fit_params = from_fit_params(as_early_stopping(search.early_stopping), fit_params)
    given = space_of(search, X, y, early is not None)
    stopping = bind(early, search.estimator, scheme, given.space, groups, len(y) if y is not None else 0)
    if search.select == ONE_SE:  # says what is not known before anything is fitted
        simplicity_of(search.simplicity, search.estimator, given.space.names)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="groups were given", category=TunesmithWarning)
        splits = scheme.splits(X, y, groups)  # torn groups are the leak guard's to tell
    found = leaks.look(search, X, y, splits, groups, split_params, holds_out=scheme.holds_out)
    found = leaks.with_watched(found, X, fit_params)
    return Prepared(given, Data(X, y, splits, fit_params, score_params, scheme, groups, stopping), test, found)


def space_of(search: Any, X: Any, y: Any, stops: bool = False) -> GivenSpace:
    """The space of a search: its own, that of the study it goes on with, or a ready-made one.

    A ready-made one has no number of rounds where fits stop early.
    """
    if isinstance(search.study, Study) and search.space is None:
        return given_space(search.study.space, search.estimator)
    if search.space is None or (isinstance(search.space, str) and search.space == "auto"):
        from tunesmith.sklearn.spaces import WEIGHTS_HARM, space_for  # noqa: PLC0415 - a large table that few searches need

        shape = getattr(X, "shape", (len(X) if hasattr(X, "__len__") else None, None))
        columns = shape[1] if len(shape) > 1 else None
        ready = space_for(search.estimator, n=shape[0], d=columns, classes=_counts(search, y, WEIGHTS_HARM))
        return given_space(without_rounds(ready, search.estimator) if stops else ready, search.estimator)
    return given_space(search.space, search.estimator)


def _counts(search: Any, y: Any, harm: Collection[str]) -> Any:
    """Rows of each class, as if they were equal where weights cannot help; None where y is something else."""
    if y is None or not sk.is_classifier(search.estimator) or sk.type_of_target(y) not in {"binary", "multiclass"}:
        return None
    counts = np.unique(np.asarray(y).reshape(-1), return_counts=True)[1]
    if len(counts) < 2:
        return None
    # without scoring, classifiers give their accuracy
    named = search.scoring is None or isinstance(search.scoring, str)
    return [1] * len(counts) if named and (search.scoring or "accuracy") in harm else counts


def scheme_of(search: Any, y: Any, metadata: Mapping[str, Any]) -> ValidationScheme:
    """How the rows are split; metadata goes to a splitter of scikit-learn."""
    shared = "shared_rows" in require_known(search.allow)
    if metadata and hasattr(search.cv, "split"):
        return SplitterValidation(search.cv, metadata, shared=shared)
    return from_cv(search.cv, y, classifier=sk.is_classifier(search.estimator), shared=shared)
