"""From what a splitter deals to splits that were checked: nothing empty, nothing out of range, nothing leaking."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tunesmith._optional import require
from tunesmith.errors import InvalidData, TunesmithWarning, UsageError
from tunesmith.validation._base import Rows, Split


def row_count(X: Any) -> int:
    """The number of rows of an array, frame, sparse matrix or list."""
    shape = getattr(X, "shape", None)
    return int(shape[0]) if shape is not None and len(shape) else len(X)


def model_selection() -> Any:
    """Give scikit-learn's splitters."""
    return require("sklearn.model_selection", extra="sklearn")


def deal(
    splitter: Any,
    X: Any,
    y: Any = None,
    groups: Any = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    shared: bool = False,
) -> tuple[Split, ...]:
    """Ask a scikit-learn splitter for its splits, once, and check them.

    Raises
    ------
    InvalidData
        If the splitter refuses the data, or what it deals cannot be used.
    """
    if groups is not None:
        _refuse_other_length(np.asarray(groups), row_count(X))
    given = {} if groups is None else {"groups": groups}
    with warnings.catch_warnings():
        # scikit-learn warns when groups reach a splitter that ignores them; `checked` says how many are torn apart.
        warnings.filterwarnings("ignore", message="The groups parameter is ignored", category=UserWarning)
        try:
            pairs = list(splitter.split(X, y, **given, **(metadata or {})))
        except ValueError as error:
            raise InvalidData(
                f"{type(splitter).__name__} cannot split this data: {str(error).rstrip('.')}.",
                hint="Use fewer folds, another scheme, or more rows.",
            ) from error
    return checked(pairs, row_count(X), groups, shared=shared)


def checked(pairs: Iterable[Any], rows: int, groups: Any = None, *, shared: bool = False) -> tuple[Split, ...]:
    """Turn pairs of indices or masks into splits, or say what is wrong with them.

    With `shared`, a row may be on both sides of one.

    Raises
    ------
    InvalidData
        If there is no split, one is empty or out of range, or a row is on both sides of one.
    """
    found = tuple(_split(pair, number, rows, shared) for number, pair in enumerate(pairs))
    if not found:
        raise InvalidData("The validation scheme deals no split.", hint="Give at least one pair (train, test).")
    if groups is not None:
        labels = np.asarray(groups)
        _refuse_other_length(labels, rows)
        _warn_of_torn(found, labels)
    return found


def _split(pair: Any, number: int, rows: int, shared: bool) -> Split:
    try:
        train, test = pair
    except (TypeError, ValueError) as error:
        raise InvalidData(
            f"Split {number} is {type(pair).__name__}, not a pair (train, test).",
            hint="Give pairs of row numbers, as scikit-learn's splitters do.",
        ) from error
    split = Split(_rows(train, "train", number, rows), _rows(test, "test", number, rows))
    both = np.intersect1d(split.train, split.test)
    if len(both) and not shared:
        raise InvalidData(
            f"Split {number} has {len(both)} row(s) in both train and test, such as row {int(both[0])}.",
            hint="A model must not be scored on rows that it was fitted on; deal disjoint rows.",
        )
    return split


def _rows(indices: Any, side: str, number: int, rows: int) -> Rows:
    array = np.asarray(indices)
    if array.dtype == bool and array.shape == (rows,):
        array = np.flatnonzero(array)
    if array.ndim != 1 or (array.size and not np.issubdtype(array.dtype, np.integer)):
        raise InvalidData(
            f"The {side} side of split {number} has type {array.dtype} and shape {array.shape}.",
            hint="Give a list of row numbers, or a mask with one bool a row.",
        )
    if not array.size:
        raise InvalidData(
            f"The {side} side of split {number} is empty (n_samples={rows}).",
            hint="Use fewer folds, another share, or more rows.",
        )
    if array.min() < 0 or array.max() >= rows:
        raise InvalidData(
            f"Split {number} names row {int(array.max() if array.max() >= rows else array.min())} in {side}, "
            f"but there are {rows} rows.",
            hint=f"Rows are numbered from 0 to {rows - 1}; were the splits made for other data?",
        )
    settled = array.astype(np.intp)
    settled.flags.writeable = False
    return settled


def _refuse_other_length(groups: Any, rows: int) -> None:
    if groups.shape[:1] != (rows,):
        raise InvalidData(
            f"groups has {groups.shape[0] if groups.ndim else 0} entries for {rows} rows.",
            hint="Give one group label for each row.",
        )


def _warn_of_torn(splits: tuple[Split, ...], groups: Any) -> None:
    codes = np.unique(groups.astype(str) if groups.dtype == object else groups, return_inverse=True)[1]
    torn = {int(code) for split in splits for code in np.intersect1d(codes[split.train], codes[split.test])}
    if torn:
        warnings.warn(
            f"groups were given, but this scheme tears {len(torn)} of {codes.max() + 1} groups apart within a fold: "
            'its scores may be too good. Use cv="group:5" to keep each group on one side.',
            TunesmithWarning,
            stacklevel=5,
        )


def require_rows(folds: int, X: Any) -> None:
    """Refuse fewer rows than folds.

    Raises
    ------
    InvalidData
        With both numbers.
    """
    rows = row_count(X)
    if rows < folds:
        raise InvalidData(
            f"{folds} folds need at least {folds} rows, got n_samples={rows}.",
            hint="Use fewer folds, such as cv=2, or more rows.",
        )


def require_groups(groups: Any, folds: int, X: Any) -> Any:
    """Give groups as an array, or say that they are missing or too few.

    Raises
    ------
    InvalidData
        If there are none, not one a row, or fewer different ones than folds.
    """
    if groups is None:
        raise InvalidData(
            "This scheme keeps groups together, but no groups were given.",
            hint="Pass one label a row: search.fit(X, y, groups=labels), or tunesmith tune ... --group COLUMN.",
        )
    labels = np.asarray(groups)
    rows = row_count(X)
    if labels.shape != (rows,):
        raise InvalidData(
            f"groups has shape {labels.shape} for {rows} rows.", hint="Give one group label for each row."
        )
    if labels.dtype == object:
        labels = np.asarray([f"{type(label).__name__}:{label}" for label in labels])
    count = len(np.unique(labels))
    if count < folds:
        raise InvalidData(
            f"{folds} folds need at least {folds} groups, got {count} over {rows} rows.",
            hint=f"Use at most {count} folds." if count > 1 else "One group cannot be split; use another scheme.",
        )
    return labels


def require_count(name: str, value: object, least: int, scheme: str) -> None:
    """Refuse what is not a whole number of at least `least`.

    Raises
    ------
    UsageError
        With the value that was given.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(
            f"{scheme}: {name} must be a whole number of at least {least}, got {value!r}.",
            hint=f"Write, for example, {scheme}({name}={max(least, 5)}).",
        )


def groups_routing(scheme: Any) -> Any:
    """Tell scikit-learn's metadata routing that a scheme's `split` wants groups where it needs them."""
    request = require("sklearn.utils.metadata_routing", extra="sklearn").MetadataRequest(owner=scheme)
    if scheme.needs_groups:
        request.split.add_request(param="groups", alias=True)
    return request


def parse_count(text: str, scheme: str) -> int:
    """Read the whole number after a scheme's colon.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> parse_count("5", "kfold")
    5
    """
    try:
        return int(text)
    except ValueError as error:
        raise UsageError(
            f"{scheme}:{text}: what follows the colon must be a number of folds.", hint=f'Write "{scheme}:5".'
        ) from error
