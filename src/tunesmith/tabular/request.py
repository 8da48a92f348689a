"""What a user asks of `tune`, checked; and the data made ready for it, with the test set put aside first."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tunesmith import _plugins
from tunesmith.errors import InvalidData, TunesmithWarning, UsageError, did_you_mean
from tunesmith.sklearn.decision import few_of_a_class
from tunesmith.sklearn.early_stopping import as_early_stopping
from tunesmith.sklearn.spaces import WEIGHTS_HARM
from tunesmith.space import SearchSpace
from tunesmith.tabular import leaks
from tunesmith.tabular.dates import date_order, read_dates
from tunesmith.tabular.loading import Table, load_table
from tunesmith.tabular.portfolio import Algorithm, choose, left_out, portfolio_space
from tunesmith.tabular.roles import Column, advice, infer_roles
from tunesmith.tabular.target import Target, make_target
from tunesmith.validation import LeakReport, Split, ValidationScheme, require_known
from tunesmith.validation.predefined import ALWAYS_TRAINS

Rows = npt.NDArray[np.intp]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to tune on what; every field is an option of `tunesmith tune`.

    Parameters
    ----------
    data, target
        A path or bundled set, and the column to predict (may be left out where the set names one).
    task, metric, positive
        See `make_target`.
    cv
        Number of folds, or a validation scheme by name (`"repeated:5"`, `"holdout"`, `"purged:5"`).
    group, time, weight
        Columns that keep rows together, order them, or weigh them; they reach no model.
    drop
        Columns to leave out.
    models
        Names of algorithms; all that are installed and fast enough when empty.
    test_size
        Share of rows that is put aside before anything else looks.
    seed
        Seeds the split, the folds, the models and the search.
    allow
        Names of leaks that are right as they are.
    early_stopping
        Rounds without improvement after which fits of boosting and networks stop, in each fold; None to fit them all.
    """

    data: str
    target: str | None = None
    task: str | None = None
    metric: str | None = None
    positive: str | None = None
    cv: str | int = 5
    group: str | None = None
    time: str | None = None
    weight: str | None = None
    drop: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    test_size: float = 0.25
    seed: int = 0
    allow: tuple[str, ...] = ()
    early_stopping: int | None = None

    def __post_init__(self) -> None:
        if not 0.05 <= self.test_size <= 0.5:
            raise UsageError(
                f"--test-size must be between 0.05 and 0.5, got {self.test_size!r}.", hint="Leave it out for 0.25."
            )
        if self.group is not None and self.time is not None:
            raise UsageError("--group and --time were both given.", hint="Choose the one that your model will meet.")
        require_known(self.allow)
        as_early_stopping(self.early_stopping)

    @property
    def has_fold_numbers(self) -> bool:
        """Whether `group` has the number of each row's fold, and keeps nothing together."""
        return str(self.cv) == "predefined"

    @property
    def together(self) -> str | None:
        """The column whose equal values hang together, so that they are drawn as a whole; None without one."""
        return None if self.has_fold_numbers else self.group


@final
@dataclass(frozen=True, slots=True)
class Prepared:
    """Data, roles, folds and space: all that a search and its report need.

    `train` and `test` are row numbers of `frame`, which has only rows with a target. `splits` index into `train`.
    """

    request: Request
    table: Table
    frame: pd.DataFrame
    target: Target
    columns: tuple[Column, ...]
    train: Rows
    test: Rows
    splits: tuple[Split, ...]
    scheme: str
    algorithms: tuple[Algorithm, ...]
    space: SearchSpace
    weights: npt.NDArray[np.float64] | None
    remarks: tuple[str, ...] = field(default_factory=tuple)
    leaks: LeakReport = field(default_factory=lambda: LeakReport((), ()))

    @property
    def X_train(self) -> pd.DataFrame:
        """The training rows."""
        return self.frame.iloc[self.train]

    @property
    def y_train(self) -> npt.NDArray[Any]:
        """The training rows' target."""
        return self.target.y[self.train]


def prepare(request: Request) -> Prepared:
    """Load the data, put the test set aside, decide on roles, folds and space: all before any fit.

    Raises
    ------
    UsageError
        If a column or name that the user gave does not exist.
    InvalidData
        If nothing can be learnt from the data.
    """
    table = load_table(request.data)
    name = _target_name(request, table)
    for option, column in (("--group", request.group), ("--time", request.time), ("--weight", request.weight)):
        if column is not None:
            _require_column(table, column, option, name)
    for column in request.drop:
        _require_column(table, column, "--drop", name)
    missing = table.frame[name].isna()
    if bool(missing.all()):
        raise InvalidData(f"The target {name!r} is missing in every row.", hint="Choose another --target.")
    frame = table.frame[~missing].reset_index(drop=True)
    remarks = [f"{int(missing.sum()):,} rows without a target were left out"] if bool(missing.any()) else []
    target = make_target(frame[name], task=request.task, metric=request.metric, positive=request.positive)
    features = frame.drop(columns=name)
    groups = None if request.group is None else _labels(features[request.group], request.group)
    times = None if request.time is None else moments_of(features[request.time], request.time)
    train, test = _put_aside(request, target, groups, times)
    orders = {request.time: order} if request.time and (order := date_order(features[request.time])) else {}
    columns = infer_roles(features.iloc[train], drop=request.drop, said=_said(request), orders=orders)
    remarks += advice(columns, group=request.group, time=request.time)
    splits, scheme = _folds(request, features.iloc[train], target, train, groups, times)
    found = leaks.look(
        features.iloc[train], target.y[train], columns, splits, cv=str(request.cv),
        groups=None if groups is None else groups[train], times=None if times is None else times[train],
        classes=target.kind == "classification", allow=request.allow,
    )  # fmt: skip
    remarks += leaks.remarks(found)
    rows = int(min(len(split.train) for split in splits))
    algorithms = choose(request.models, rows=rows, scoring=target.scoring, weighted=request.weight is not None)
    if not request.models:
        barred = left_out(rows=rows, scoring=target.scoring, weighted=request.weight is not None)
        remarks += [f"{label} is left out: it {why}" for label, why in barred.items()]
    remarks += _rare_in_test(target, test) + _few_in_folds(request, target, train, splits)
    stops = request.early_stopping is not None
    space = portfolio_space(algorithms, target.kind, columns, rows=rows, classes=_counts(target, train), stops=stops)
    weights = None if request.weight is None else _weights(features[request.weight], request.weight)
    return Prepared(
        request,
        table,
        features,
        target,
        columns,
        train,
        test,
        splits,
        scheme,
        algorithms,
        space,
        weights,
        tuple(remarks),
        found,
    )


def _target_name(request: Request, table: Table) -> str:
    name = request.target or table.target
    columns = list(table.frame.columns)
    if name is None:
        raise UsageError(f"{request.data} was given without --target.", hint=f"Its columns: {', '.join(columns[:30])}.")
    if name not in columns:
        raise UsageError(f"{request.data} has no column {name!r}.", hint=did_you_mean(name, columns))
    return name


def _require_column(table: Table, column: str, option: str, target: str) -> None:
    if column not in table.frame.columns:
        raise UsageError(
            f"{option} {column!r}: there is no such column.", hint=did_you_mean(column, table.frame.columns)
        )
    if column == target:
        raise UsageError(f"{option} {column!r} is the target.", hint="Choose another column, or leave it out.")


def _said(request: Request) -> dict[str, str]:
    named = {request.group: "--group keeps its rows together", request.weight: "--weight weighs rows by it"}
    # a time column may still be learnt from: its parts are known for future rows too
    return {column: why for column, why in named.items() if column is not None}


def moments_of(series: pd.Series, name: str) -> npt.NDArray[np.float64]:
    """The moments in a column of dates or numbers, as numbers that sort.

    Raises
    ------
    InvalidData
        If a cell is neither.
    """
    order = date_order(series)
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series
    else:
        values = read_dates(series, day_first=order is not None and order.day_first)
    if bool(values.isna().any()):
        raise InvalidData(
            f"--time {name!r} has {int(values.isna().sum())} cells that are no date or number"
            f"{f', where dates are read {order.words}' if order else ''}.",
            hint="Fill or drop those rows.",
        )
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64)
    return values.astype("int64").to_numpy().astype(np.float64)


def _weights(series: pd.Series, name: str) -> npt.NDArray[np.float64]:
    values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64)
    if unknown := int((~np.isfinite(values)).sum()):
        raise InvalidData(
            f"--weight {name!r} has {unknown:,} cells that are missing or no finite number.",
            hint="Fill or drop those rows.",
        )
    if bool((values < 0).any()) or values.sum() <= 0:
        raise InvalidData(f"--weight {name!r} must hold numbers of at least 0, not all 0.", hint="Clean the column.")
    return values


_COUNTS_LABELS = ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "jaccard")
"""Beginnings of the names of metrics that do not need each class in each fold, where there are more than two."""


_FEW_TO_JUDGE = 5


def _refuse_lonely_classes(target: Target) -> None:
    if not target.classes:
        return
    for label, members in zip(target.classes, np.bincount(target.y).tolist(), strict=True):
        if members < 2:
            raise InvalidData(
                f"Only one row has the class {label!r}: it cannot be both learnt from and tested on.",
                hint="Give more rows of it, or leave that row out.",
            )


def _refuse_rare_classes(target: Target, y: npt.NDArray[Any], folds: int) -> None:
    if not target.classes or (len(target.classes) > 2 and target.scoring.startswith(_COUNTS_LABELS)):
        return
    members = np.bincount(y, minlength=len(target.classes))
    rarest = int(np.argmin(members))
    if members[rarest] < folds:
        fewer = f"Write --cv {members[rarest]}, or give" if members[rarest] > 1 else "Give"
        raise InvalidData(
            f"The class {target.classes[rarest]!r} has {members[rarest]} rows to learn from, and each of {folds} folds "
            f"needs one for the metric {target.metric_name}.",
            hint=f"{fewer} more rows of that class.",
        )


def _counts(target: Target, train: Rows) -> list[int] | None:
    """Rows of each class to learn from, as if they were equal where weights cannot help."""
    if not target.classes:
        return None
    if target.scoring in WEIGHTS_HARM:
        return [1] * len(target.classes)
    counts: list[int] = np.bincount(target.y[train], minlength=len(target.classes)).tolist()
    return counts


def _rare_in_test(target: Target, test: Rows) -> list[str]:
    """A remark on classes of which the test set has too few rows to say much."""
    members = np.bincount(target.y[test], minlength=len(target.classes)) if target.classes else np.empty(0)
    counts = zip(target.classes, members.tolist(), strict=True)
    rare = [f"{str(label)!r} ({count})" for label, count in counts if count < _FEW_TO_JUDGE]
    if not rare:
        return []
    which = f"classes {', '.join(rare)} have" if len(rare) > 1 else f"class {rare[0]} has"
    return [f"the {which} fewer than {_FEW_TO_JUDGE} rows in the test set: what it says of them is little to go by"]


def _few_in_folds(request: Request, target: Target, train: Rows, splits: Sequence[Split]) -> list[str]:
    """A remark on a fold that judges by too few rows of a class, with what can be done."""
    few = few_of_a_class(target.y[train], splits) if target.classes else None
    if few is None:
        return []
    advice = ["more rows of that class"]
    if request.group is None and request.time is None:
        advice.insert(0, "--cv repeated:5, which averages the luck out")
        if 2 <= few.enough < len(splits):
            advice.insert(0, f"fewer folds (--cv {few.enough})")
    return [f"{replace(few, label=target.classes[few.label]).words} Better: {', or '.join(advice)}"]


def _put_aside(
    request: Request, target: Target, groups: npt.NDArray[Any] | None, times: npt.NDArray[np.float64] | None
) -> tuple[Rows, Rows]:
    """The test set: the newest rows, whole groups, or a stratified draw."""
    rows = len(target.y)
    if times is not None:
        order = np.argsort(times, kind="stable")
        cut = rows - round(rows * request.test_size)
        while cut < rows and times[order[cut]] == times[order[cut - 1]]:  # rows of one moment stay together
            cut += 1
        if cut >= rows:
            raise InvalidData(
                f"--time {request.time!r} has too few distinct values to put a test set aside.",
                hint="Leave --time out.",
            )
        return np.sort(order[:cut]).astype(np.intp), np.sort(order[cut:]).astype(np.intp)
    every = np.zeros((rows, 1))
    classes = target.y if target.kind == "classification" else None
    if groups is not None:
        return _whole_groups(request, classes, groups)
    _refuse_lonely_classes(target)
    holdout: ValidationScheme = _plugins.load("validation", "holdout")(share=request.test_size, seed=request.seed)
    split = holdout.suited(classifier=classes is not None).splits(every, classes)[0]
    return np.sort(split.train), np.sort(split.test)


def _whole_groups(request: Request, classes: npt.NDArray[Any] | None, groups: npt.NDArray[Any]) -> tuple[Rows, Rows]:
    """Some whole groups; of predefined folds, none that are always fitted on, and so few that a search has folds left.

    Rows of one fold may hang together, which its maker alone knows, so that a fold is never torn apart.
    """
    parts = max(2, round(1 / request.test_size))
    rows = np.arange(len(groups))
    judged = rows
    if request.has_fold_numbers:
        judged = np.flatnonzero(groups != ALWAYS_TRAINS)
        folds, fewest = len(np.unique(groups[judged])), 3 if len(judged) == len(rows) else 2
        if folds < fewest:
            raise InvalidData(
                f"--group {request.group!r} names {folds} fold{'' if folds == 1 else 's'}: one is put aside as the "
                "test set, and the search needs others.",
                hint="Name at least three folds, or two and -1 for the rows that are always fitted on.",
            )
        parts = folds if parts > folds or folds - -(-folds // parts) < fewest - 1 else parts
    scheme = _plugins.make("validation", f"group:{parts}").suited(classifier=classes is not None)
    labels = None if classes is None else classes[judged]
    test = judged[scheme.splits(np.zeros((len(judged), 1)), labels, groups[judged])[0].test]
    return np.setdiff1d(rows, test).astype(np.intp), np.sort(test).astype(np.intp)


def _labels(series: pd.Series, name: str) -> npt.NDArray[Any]:
    """One text a row; whole numbers that were read as floats, for a cell elsewhere was missing, are written as whole.

    Raises
    ------
    InvalidData
        If a cell is missing: nobody knows what its row hangs together with.
    """
    if missing := int(series.isna().sum()):
        raise InvalidData(
            f"--group {name!r} is missing in {missing:,} rows.", hint="Fill these cells, or drop the rows."
        )
    if pd.api.types.is_float_dtype(series.dtype) and bool((series % 1 == 0).all()):
        series = series.astype("int64")
    return np.asarray(series.astype(str).to_numpy(), dtype=object)


def _folds(
    request: Request,
    X: pd.DataFrame,
    target: Target,
    train: Rows,
    groups: npt.NDArray[Any] | None,
    times: npt.NDArray[np.float64] | None,
) -> tuple[tuple[Split, ...], str]:
    y = target.y[train]
    cv = request.cv
    if str(cv).lstrip("-").isdigit() and int(cv) < 2:
        raise UsageError(f"--cv {cv}: at least 2 folds are needed.", hint="Write --cv 5, or --cv holdout.")
    count = int(cv) if isinstance(cv, int) or str(cv).isdigit() else None
    if times is not None and count is not None:
        scheme: Any = _plugins.make("validation", f"time:{count}")
        return scheme.splits_by(times[train]), f"{count} folds forward in time by {request.time!r}"
    if groups is not None and count is not None:
        scheme = _plugins.make("validation", f"group:{count}").suited(classifier=target.kind == "classification")
        return scheme.splits(X, y, groups[train]), f"{count} folds of whole groups by {request.group!r}"
    if count is not None:
        name = "stratified" if target.kind == "classification" else "kfold"
        _refuse_rare_classes(target, y, count)
        scheme = _plugins.load("validation", name)(count, seed=request.seed)
        return scheme.splits(X, y), f"{count} {'stratified ' if name == 'stratified' else ''}folds"
    scheme = _plugins.make("validation", cv).suited(classifier=target.kind == "classification")
    if scheme.reshuffles:
        raise UsageError(
            f"--cv {cv}: `tune` compares algorithms on the same folds, and this deals others for each trial.",
            hint="Leave it out, or use TuneSearchCV(..., cv=...) for a search over one model.",
        )
    if times is not None and hasattr(scheme, "splits_by"):
        return scheme.splits_by(times[train]), f"{cv}, in the order of {request.time!r}"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="groups were given", category=TunesmithWarning)
        return scheme.splits(X, y, None if groups is None else groups[train]), str(cv)  # the leak guard will tell
