"""A table without a target: its columns on one scale, what measures a setting fold by fold, and the study."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt
import pandas as pd  # noqa: TC002 - a dataclass says what it holds
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tunesmith.errors import InvalidData, StudyExists, TrialPruned, UsageError, did_you_mean
from tunesmith.sklearn.objective import Data, evaluate
from tunesmith.sklearn.unsupervised import Measure
from tunesmith.space import Params, SearchSpace
from tunesmith.study import Study, Trial
from tunesmith.tabular.loading import Table, load_table
from tunesmith.tabular.roles import Column, Role, infer_roles
from tunesmith.tabular.transformers import ToNumbers, ToText
from tunesmith.tabular.tune import Search
from tunesmith.trial import Metric
from tunesmith.validation import Split, ValidationScheme, data_fingerprint, fold_ratio, splits_fingerprint

FEWEST_ROWS = 20
_MOST_LEVELS = 20
_LEFT_OUT = {Role.DATE: "a date", Role.TEXT: "text"}


class UnlabelledRequest(Protocol):
    """What every task without a target is asked with; the fields are options of `tunesmith tune`."""

    @property
    def data(self) -> str:
        """A path or bundled set."""

    @property
    def target(self) -> str | None:
        """A column of known labels, which no algorithm sees."""

    @property
    def metric(self) -> str:
        """The measure."""

    @property
    def cv(self) -> str:
        """Which rows judge."""

    @property
    def drop(self) -> tuple[str, ...]:
        """Columns to leave out."""

    @property
    def models(self) -> tuple[str, ...]:
        """Names of algorithms."""

    @property
    def seed(self) -> int:
        """Of all that is drawn."""


@final
@dataclass(frozen=True, slots=True)
class Unlabelled:
    """The table, what is done with its columns, the prepared rows, folds and space."""

    request: UnlabelledRequest
    table: Table
    frame: pd.DataFrame
    known: pd.Series | None
    columns: tuple[Column, ...]
    preparation: ColumnTransformer
    rows: npt.NDArray[np.float64]
    categories: tuple[tuple[int, ...], ...]
    scheme: ValidationScheme
    splits: tuple[Split, ...]
    algorithms: tuple[str, ...]
    space: SearchSpace
    remarks: tuple[str, ...]


def read_table(request: UnlabelledRequest, purpose: str) -> tuple[Table, pd.DataFrame, pd.Series | None]:
    """The table, the columns that are looked at, and the known labels where there are some.

    Raises
    ------
    UsageError, InvalidData
        If a name does not exist, or there are too few rows for the purpose.
    """
    table = load_table(request.data)
    for name in (*request.drop, *((request.target,) if request.target else ())):
        if name not in table.frame.columns:
            raise UsageError(f"{request.data} has no column {name!r}.", hint=did_you_mean(name, table.frame.columns))
    target = request.target or table.target
    known = None if target is None else table.frame[target]
    frame = table.frame if target is None else table.frame.drop(columns=target)
    if len(frame) < FEWEST_ROWS:
        raise InvalidData(
            f"{request.data} has {len(frame)} rows, which are too few {purpose}.",
            hint=f"Give at least {FEWEST_ROWS}.",
        )
    return table, frame, known


def columns_without_target(
    frame: pd.DataFrame, drop: tuple[str, ...], why: str, *, numbers: bool = False
) -> tuple[tuple[Column, ...], list[str]]:
    """Roles: categories of many values are cut to the frequent ones; dates and texts are left out.

    Parameters
    ----------
    frame, drop
        The table and the columns to leave out.
    why
        Said of what is left out.
    numbers
        Leave categories out, too.

    Raises
    ------
    InvalidData
        If nothing is left.
    """
    barred = _LEFT_OUT | (dict.fromkeys((Role.CATEGORY, Role.MANY), "a category") if numbers else {})
    kept, remarks = [], []
    for column in infer_roles(frame, drop=drop):
        if column.role in barred:
            remarks.append(f"{column.name!r} is {barred[column.role]} and left out: {why}")
            kept.append(replace(column, role=Role.DROPPED))
        else:
            kept.append(replace(column, role=Role.CATEGORY) if column.role is Role.MANY else column)
    if not any(column.role.is_used for column in kept):
        raise InvalidData(f"No {'number' if numbers else 'number and no category'} is left: {why}.", hint="Drop fewer.")
    return tuple(kept), remarks


def prepared_rows(
    frame: pd.DataFrame, columns: tuple[Column, ...]
) -> tuple[ColumnTransformer, npt.NDArray[np.float64], tuple[tuple[int, ...], ...]]:
    """Numbers filled and scaled, categories one-hot; which prepared columns stand for one category."""
    parts: list[tuple[str, Any, list[str]]] = []
    for column in columns:
        if column.role is Role.NUMBER:
            fill = SimpleImputer(strategy="median", keep_empty_features=True)
            parts.append((column.name, make_pipeline(ToNumbers(), fill, StandardScaler()), [column.name]))
        elif column.role is Role.CATEGORY:
            coder = OneHotEncoder(handle_unknown="ignore", max_categories=_MOST_LEVELS, sparse_output=False)
            parts.append((column.name, make_pipeline(ToText(), coder), [column.name]))
    preparation = ColumnTransformer(parts, remainder="drop", sparse_threshold=0.0)
    rows = np.asarray(preparation.fit_transform(frame), dtype=np.float64)
    places = [preparation.output_indices_[name] for name, _, _ in parts]
    roles = [column.role for column in columns if column.role.is_used]
    loose = [tuple(range(*place.indices(rows.shape[1]))) for place in places]
    return preparation, rows, tuple(own for own, role in zip(loose, roles, strict=True) if role is Role.CATEGORY)


def column_lines(data: Unlabelled) -> list[str]:
    """What is done with each column, and the remarks."""
    lines = []
    width = min(28, max(len(column.name) for column in data.columns))
    done = {"number": "missing ones filled, scaled", "category": "one column a value, at most 20"}
    for column in data.columns:
        missing = f", {column.missing:.1%} missing" if column.missing else ""
        treated = done.get(column.role.value, column.treatment)
        lines.append(f"  {column.name[:width]:{width}}  {column.role.value:8}  {column.why}{missing}; {treated}")
    return lines + [f"note: {remark}" for remark in data.remarks]


@final
class MeasuredFolds:
    """Measures a trial's model on each fold; each is a step. Travels to worker processes.

    Parameters
    ----------
    data
        Prepared rows and folds.
    measure
        How a fitted model is measured.
    make
        From a trial's params to a model that is not fitted.
    """

    def __init__(self, data: Data, measure: Measure, make: Callable[[Mapping[str, Any]], Any]) -> None:
        self.data = data
        self.measure = measure
        self.make = make

    def __call__(self, trial: Trial) -> float:
        """The mean over the folds.

        Raises
        ------
        TrialPruned
            If the study's pruner has seen enough.
        """
        scores: list[float] = []
        count = len(self.data.splits)
        for fold in range(count):
            scores.append(self.score(trial.params, fold))
            trial.report(scores[-1], step=fold, fold=fold)
            if fold + 1 < count and trial.should_prune():
                raise TrialPruned(f"stopped after fold {fold + 1} of {count}")
        return float(np.mean(scores))

    def score(self, params: Mapping[str, Any], fold: int) -> float:
        """The measure on one fold.

        Raises
        ------
        Exception
            What the algorithm raised.
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ConvergenceWarning)  # what was found is measured
            found = evaluate(self.make(params), self.data, self.data.splits[fold], self.measure)
        if found.error is not None:
            raise found.error
        value = found.test[""]
        return float("nan") if value is None else value

    def scores(self, params: Mapping[str, Any]) -> npt.NDArray[np.float64]:
        """The measure on every fold."""
        return np.array([self.score(params, fold) for fold in range(len(self.data.splits))])


def study_without_target(
    data: Unlabelled, search: Search, *, name: str, task: str, defaults: Iterable[Params]
) -> Study:
    """Open the study, or make it with each algorithm's defaults in front.

    Raises
    ------
    StudyExists
        If the storage has a study of that name on other rows or with other options.
    """
    request, word = data.request, "folds" if data.scheme.holds_out else "subsamples"
    card = {
        "made_by": f"tune --task {task}",
        "data": data.table.source,
        "data_fingerprint": data_fingerprint(data.frame, None),
        "splits_fingerprint": splits_fingerprint(data.splits),
        "test_ratio": fold_ratio(data.splits),
        "request": asdict(request),  # type: ignore[call-overload]  # a protocol cannot say that it is a dataclass
    }
    pruner = "racing" if search.racing and len(data.splits) >= 4 else None
    other = f"Give this one another --name, or: tunesmith delete {shlex.quote(name)}."
    try:
        study = Study(
            data.space, Metric(request.metric, "maximize"), sampler=search.sampler, storage=search.storage, name=name,
            seed=request.seed, card=card, pruner=pruner,
        )  # fmt: skip
    except StudyExists as error:
        raise StudyExists(error.message, hint=other) from error
    for part, what in (("data_fingerprint", "data"), ("splits_fingerprint", word)):
        if study.card.get(part) != card[part]:
            raise StudyExists(f"Study {name!r} in {search.storage} was made on other {what}.", hint=other)
    if not len(study):
        for params in defaults:
            study.enqueue(params, origin="default")
    return study
