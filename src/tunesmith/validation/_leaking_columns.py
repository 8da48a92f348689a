"""Leaks in columns: those that were made from the target, number the rows, or were fitted on all rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunesmith.validation._columns import Columns, Floats
from tunesmith.validation._leaks import Leak

FEWEST_ROWS = 50
"""With fewer, columns fit by chance, and nothing is said."""
_ALONE, _NEARLY = 0.99, 0.8
_BINS, _MOST_CELLS = 64, 4_000_000
_EXACT, _FITTED = 1e-9, 1e-5
_LEADS = (1, 2, 3)
_ID_NAME = re.compile(
    r"(^|[_\s.-])(id|uuid|guid|key|index|idx|rownames|row)$|^(id|uuid|guid|unnamed)([_\s.:-]|$)", re.IGNORECASE
)


def target_copy(columns: Columns, y: Floats, *, classes: bool) -> Iterator[Leak]:
    """Columns that are one-to-one with the classes, or a strictly monotone function of the target."""
    order = np.argsort(y, kind="stable")
    sorted_y = y[order]
    steps = np.diff(sorted_y) > 0
    levels = int(steps.sum()) + 1
    found = []
    for place, column in enumerate(columns.values.T):
        x = column[order]
        if np.isnan(x).any() or (not classes and levels < 20):
            continue
        moves = np.diff(x)
        if not np.array_equal(moves != 0, steps):
            continue
        if classes:
            distinct = len(np.unique(x))
            if distinct == levels:
                found.append(place)
        elif bool((moves >= 0).all() or (moves <= 0).all()):
            found.append(place)
    if found:
        what = "one-to-one with the classes" if classes else "a monotone function of the target"
        yield _of_columns("target_copy", columns, found, f"is {what}", "Drop what is known only with y.")


def target_encoded(columns: Columns, y: Floats) -> Iterator[Leak]:
    """Columns whose values are the target's mean among the rows with that value, smoothed or not."""
    found = []
    mean = float(y.mean())
    tolerance = 1e-7 * float(y.std())
    for place in np.flatnonzero(columns.numeric):
        column = columns.values[:, place]
        if len(np.unique(column[:200])) > 150 or np.isnan(column).any():
            continue
        values, code, counts = np.unique(column, return_inverse=True, return_counts=True)
        if not 3 <= len(values) <= len(y) / 3:
            continue
        means = np.bincount(code, weights=y) / counts
        if np.all(np.abs(values - means) <= tolerance):
            found.append(int(place))
            continue
        off = values - mean
        if len(values) < 5 or np.abs(off).min() <= tolerance:
            continue
        weight = counts * (means - values) / off  # the m of (n * mean + m * prior) / (n + m)
        if weight.min() > 0 and np.ptp(weight) <= 1e-4 * weight.max():
            found.append(int(place))
    if found:
        yield _of_columns(
            "target_encoded", columns, found, "holds the target's mean for each of its values, over all rows",
            "Encode inside a pipeline, where each fold does it for itself.",
        )  # fmt: skip


def future_target(columns: Columns, y: Floats) -> Iterator[Leak]:
    """Columns that are the target of a row further down."""
    if len(np.unique(y)) < 10:
        return
    found = []
    for place in np.flatnonzero(columns.numeric):
        column = columns.values[:, place]
        for lead in _LEADS:
            if np.mean(column[:20] == y[lead : 20 + lead]) > 0.5 and np.mean(column[:-lead] == y[lead:]) > 0.9:
                found.append(int(place))
                break
    if found:
        yield _of_columns(
            "future_target", columns, found, "equals the target of a later row",
            "Shift it the other way (unless the rows run backwards in time).",
        )  # fmt: skip


def single_column(columns: Columns, y: Floats, known: Sequence[str], *, classes: bool) -> Iterator[Leak]:
    """Columns from which the target can be told nearly perfectly, measured on rows that were not used to learn how."""
    share = min(1.0, _MOST_CELLS / max(1, columns.values.size))
    rng = np.random.default_rng(4)
    rows = rng.permutation(len(y))[: max(FEWEST_ROWS, int(share * len(y)))]
    target: Any = _codes(y[rows]) if classes else _ranked(y[rows])
    if classes and np.bincount(target).min() < 5:
        return
    scores = {}
    for place, name in enumerate(columns.names):
        if name in known:
            continue
        column = columns.values[rows, place]
        scores[place] = _alone(_binned(column, numeric=bool(columns.numeric[place])), target)
        if columns.numeric[place] and scores[place] > _NEARLY and np.isfinite(column).all():
            scores[place] = max(scores[place], _from_neighbours(column, target))  # of few rows, bins are wide
    found = [place for place, score in scores.items() if score >= _ALONE]
    others = [score for place, score in scores.items() if place not in found]
    if found and others:  # of a single column, or of columns that all do, nothing stands out
        what = "balanced accuracy" if classes else "R² on ranks"
        told = f"tells the target with {what} {max(scores[p] for p in found):.3f} (the next best {max(others):.2f})"
        yield _of_columns(
            "single_column", columns, found, f"alone {told}", "Ask whether it is known before the target is."
        )


def id_column(columns: Columns) -> Iterator[Leak]:
    """Columns that number the rows without a gap, or name each row."""
    found = []
    for place, column in enumerate(columns.values.T):
        ordered = np.sort(column)
        if np.isnan(ordered[-1]) or ordered[-1] - ordered[0] < len(ordered) - 1 or not (np.diff(ordered) > 0).all():
            continue
        runs = bool((np.diff(ordered) == 1).all())
        whole = bool((ordered == np.round(ordered)).all())
        named = bool(_ID_NAME.search(columns.names[place])) and whole
        if runs or named:
            found.append(place)
    if found:
        yield _of_columns(
            "id_column", columns, found, "has another whole number or text for every row",
            "Drop it: it names rows, and tells what their order tells.",
        )  # fmt: skip


def fitted_outside(columns: Columns) -> Iterator[Leak]:
    """Columns with mean 0 and spread 1 over all rows, or without any correlation, to the last digit."""
    fine = [p for p in np.flatnonzero(columns.numeric) if len(np.unique(columns.values[:200, p])) > 20]
    values = columns.values[:, fine]
    if len(fine) < 2 or not np.isfinite(values).all():
        return
    middle, spread = values.mean(axis=0), values.std(axis=0)
    centred = np.abs(middle) <= _FITTED * spread
    unit = np.sqrt(len(values) / (len(values) - 1))
    scaled = centred & ((np.abs(spread - 1) <= _FITTED) | (np.abs(spread * unit - 1) <= _FITTED))
    if scaled.sum() >= max(2, len(fine) / 2):
        which, how = [int(fine[k]) for k in np.flatnonzero(scaled)], "has mean 0 and standard deviation 1 over all rows"
    elif centred.all() and len(values) > len(fine) and bool((np.diff(spread) < 0).all()) and _uncorrelated(values):
        which, how = [int(k) for k in fine], "has no correlation with any other over all rows, as principal components"
    else:
        return
    yield _of_columns(
        "fitted_outside", columns, which, how,
        "Put what scales or rotates into a pipeline with the model, so that each fold fits it on its own rows.",
    )  # fmt: skip


def _uncorrelated(values: Floats) -> bool:
    found: Floats = np.asarray(np.corrcoef(values, rowvar=False))
    np.fill_diagonal(found, 0.0)
    return bool(np.abs(found).max() <= _FITTED)


def _of_columns(name: str, columns: Columns, places: Sequence[int], says: str, remedy: str) -> Leak:
    names = tuple(columns.names[place] for place in places)
    certain = name in {"target_copy", "target_encoded"}
    if len(names) == 1:
        return Leak(name, certain, f"Column {names[0]!r} {says}.", remedy, names)
    shown = ", ".join(repr(one) for one in names[:3]) + (", ..." if len(names) > 3 else "")
    return Leak(name, certain, f"Each of {len(names)} columns ({shown}) {says}.", remedy, names)


def _codes(values: Any) -> npt.NDArray[np.intp]:
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def _ranked(y: Floats) -> Floats:
    """Ranks between 0 and 1; equal values share the mean of theirs."""
    code = _codes(y)
    ends = np.cumsum(np.bincount(code))
    return np.asarray(((ends - (np.bincount(code) - 1) / 2) / len(y))[code])


def _binned(column: Floats, *, numeric: bool) -> npt.NDArray[np.intp]:
    """Bins of equal numbers of rows, or one for each of few values; missing cells have one of their own."""
    present = column[~np.isnan(column)]
    if not len(present):
        return np.zeros(len(column), dtype=np.intp)
    values = np.unique(present)
    if numeric and len(values) > _BINS:
        cuts = np.unique(np.quantile(present, np.linspace(0, 1, min(_BINS, max(2, len(present) // 8)) + 1)[1:-1]))
        return np.where(np.isnan(column), len(cuts) + 1, np.searchsorted(cuts, column, side="right"))
    return np.where(np.isnan(column), len(values), np.searchsorted(values, column))


def _alone(bins: npt.NDArray[np.intp], target: Any) -> float:
    """How well bins tell the target: learnt on every other row, judged on the others, and the other way round."""
    odd = np.arange(len(bins)) % 2 == 1
    return float(np.mean([_judged(bins, target, learns, ~learns) for learns in (odd, ~odd)]))


def _from_neighbours(column: Floats, target: Any) -> float:
    """As `_alone`, from the nearest row (classes) or the rows on both sides (numbers) in place of bins."""
    odd = np.arange(len(column)) % 2 == 1
    scores = []
    for learns in (odd, ~odd):
        order = np.argsort(column[learns], kind="stable")
        x, known, asked, truth = column[learns][order], target[learns][order], column[~learns], target[~learns]
        if target.dtype.kind == "i":
            after = np.clip(np.searchsorted(x, asked), 1, len(x) - 1)
            nearest = np.where(asked - x[after - 1] <= x[after] - asked, after - 1, after)
            scores.append(_recall(known[nearest], truth))
        else:
            scores.append(1.0 - float(np.mean((truth - np.interp(asked, x, known)) ** 2) / np.var(truth)))
    return float(np.mean(scores))


def _recall(guess: Any, truth: Any) -> float:
    """Balanced accuracy."""
    members = np.bincount(truth)
    hits = np.bincount(truth, weights=guess == truth)
    return float(np.mean(hits[members > 0] / members[members > 0]))


def _judged(bins: Any, target: Any, learns: Any, judges: Any) -> float:
    count = int(bins.max()) + 1
    if target.dtype.kind == "i":
        classes = int(target.max()) + 1
        seen = np.bincount(bins[learns] * classes + target[learns], minlength=count * classes).reshape(count, classes)
        guess = np.argmax(seen / np.maximum(1, np.bincount(target[learns], minlength=classes)), axis=1)
        return _recall(guess[bins[judges]], target[judges])
    rows = np.bincount(bins[learns], minlength=count)
    overall = target[learns].mean()
    means = np.where(
        rows > 0, np.bincount(bins[learns], weights=target[learns], minlength=count) / np.maximum(1, rows), overall
    )
    missed = target[judges] - means[bins[judges]]
    return 1.0 - float(np.mean(missed**2) / np.var(target[judges])) if np.var(target[judges]) > 0 else 0.0
