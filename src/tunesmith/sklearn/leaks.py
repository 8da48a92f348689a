"""The leak guard of a search: what its folds, rows, splitter and estimator show before the first fit."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tunesmith.sklearn import _doors as sk
from tunesmith.validation import (
    Leak,
    LeakReport,
    Split,
    find_leaks,
    leaks_report,
    require_known,
    splits_fingerprint,
    time_order,
)

_MOST_SPLITS = 200


def look(
    search: Any,
    X: Any,
    y: Any,
    splits: tuple[Split, ...],
    groups: Any,
    metadata: Mapping[str, Any],
    *,
    holds_out: bool = True,
) -> LeakReport:
    """Everything that can be seen before the first fit; nothing is raised or warned of yet.

    Where nothing is held out nothing can leak, and without a target a scaler that saw all rows gives nothing away.

    Parameters
    ----------
    search
        With `estimator`, `cv` and `allow`.
    X, y, groups
        What `fit` got.
    splits
        The folds that were dealt.
    metadata
        What else the splitter is called with.
    holds_out
        Whether the folds keep rows from their models.
    """
    if not holds_out:
        return leaks_report([], require_known(search.allow))
    report = find_leaks(
        X, y, splits, groups=together(search.cv, groups), classes=sk.is_classifier(search.estimator),
        scales=y is None or _transforms(search.estimator), allow=search.allow,
    )  # fmt: skip
    more = [*_shared(splits), *_unstable(search.cv, X, y, splits, groups, metadata), *_dated(X, splits)]
    return leaks_report([*report.found, *more], report.allowed)


def with_watched(report: LeakReport, X: Any, fit_params: Mapping[str, Any]) -> LeakReport:
    """The report, and what every fit gets beside its rows: an `eval_set` that holds rows of X."""
    return leaks_report([*report.found, *_watched(X, fit_params)], report.allowed)


def together(cv: Any, groups: Any) -> Any:
    """The labels of rows that hang together; None where they are the numbers of predefined folds."""
    return None if isinstance(cv, str) and cv == "predefined" else groups


def _shared(splits: tuple[Split, ...]) -> Iterator[Leak]:
    shared = [k for k, (train, test) in enumerate(splits) if len(np.intersect1d(train, test))]
    if shared:
        yield Leak(
            "shared_rows", True, f"Split {shared[0]} has rows in both train and test.",
            "A model must not be scored on rows that it was fitted on; deal disjoint rows.",
        )  # fmt: skip


def _transforms(estimator: Any) -> bool:
    """Whether a part of the estimator turns rows into others before a model sees them."""
    parts = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    return any(hasattr(part, "transform") and hasattr(part, "fit") for part in parts)


def _dated(X: Any, splits: tuple[Split, ...]) -> Iterator[Leak]:
    """A frame whose index are dates, in order, and folds that do not respect it."""
    index: Any = getattr(X, "index", None)
    if getattr(getattr(index, "dtype", None), "kind", "") == "M" and index.is_monotonic_increasing and index.is_unique:
        yield from time_order(splits, np.arange(len(index)), certain=False)


_WATCHED = {"eval_set", "X_val", "eval_X"}


def _watched(X: Any, fit_params: Mapping[str, Any]) -> Iterator[Leak]:
    """Fixed rows that fits stop early by, and that are rows of X: they decide about the models that they score."""
    known: set[bytes] | None = None
    for name, given in fit_params.items():
        if name.rpartition("__")[2] not in _WATCHED:
            continue
        pairs = given if isinstance(given, (list, tuple)) and not hasattr(given, "shape") else [given]
        if len(pairs) == 2 and not isinstance(pairs[0], (list, tuple)):  # one pair without a list around it
            pairs = [pairs]
        watched = [row for pair in pairs for row in _rows(pair[0] if isinstance(pair, tuple) else pair)]
        known = set(_rows(X)) if known is None else known
        twins = sum(row in known for row in watched)
        if twins >= 2 and twins >= _TWINS * len(watched):
            yield Leak(
                "watched_rows", True, f"{twins} of {len(watched)} rows of {name} are rows of X.",
                f'Write {name.removesuffix(name.rpartition("__")[2])}eval_set="inner", or early_stopping=50 in the '
                "search: each fold then watches a part of its own training rows.",
            )  # fmt: skip


_TWINS = 0.05
"""Other rows that agree in all columns by chance, as where these are few and coarse, are fewer."""


def _rows(X: Any) -> list[bytes]:
    """A key for each row; none where rows cannot be looked at."""
    table = X.to_numpy() if hasattr(X, "to_numpy") else X
    if hasattr(table, "tocsr") or np.ndim(table) != 2:
        return []
    values = np.asarray(table)
    if values.dtype.kind in "fiub":
        return [row.tobytes() for row in np.ascontiguousarray(values, dtype=np.float64)]
    return [repr([str(cell) for cell in row]).encode() for row in values.tolist()]


def _unstable(
    cv: Any, X: Any, y: Any, splits: tuple[Split, ...], groups: Any, metadata: Mapping[str, Any]
) -> Iterator[Leak]:
    """A splitter whose random state moves on; where one cannot know by looking, a copy deals a second time."""
    if isinstance(cv, str) or not callable(getattr(cv, "split", None)) or len(splits) > _MOST_SPLITS:
        return
    moves = False
    if hasattr(cv, "random_state"):
        seed = cv.random_state
        shuffles = getattr(cv, "shuffle", True)
        moves = bool(shuffles) and not isinstance(seed, (int, np.integer))
    elif not type(cv).__module__.startswith("sklearn."):
        given = {} if groups is None else {"groups": groups}
        again = tuple(
            Split(np.asarray(a), np.asarray(b)) for a, b in copy.deepcopy(cv).split(X, y, **given, **metadata)
        )
        numbers = all(side.dtype.kind in "iu" for split in again for side in split)
        moves = numbers and splits_fingerprint(again) != splits_fingerprint(splits)
    if moves:
        yield Leak(
            "unstable_folds", False,
            f"{type(cv).__name__} deals other folds at each call. They were dealt once for this search, but another "
            "one, or this one resumed, meets other folds, and scores of the two cannot be compared.",
            "Give it an int as random_state.",
        )  # fmt: skip
