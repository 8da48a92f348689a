"""What each column is: number, category, date, text, id or constant; decided from the training rows alone."""

from __future__ import annotations

import enum
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pandas as pd

from tunesmith.errors import InvalidData
from tunesmith.tabular.dates import DateOrder, are_dates, date_order

FEW = 20
"""A text column with at most this many distinct values is one-hot encoded, with more it is target encoded."""
_SAMPLE = 2_000
_MOSTLY = 0.95
_TEXT_WORDS = 4
_ID_NAME = re.compile(
    r"(^|[_\s.-])(id|uuid|guid|key|index|idx|rownames|row)$|^(id|uuid|guid|unnamed)([_\s.:-]|$)", re.IGNORECASE
)
_DATE = re.compile(
    r"^\s*(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
    r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?\s*$"
)


class Role(enum.Enum):
    """What a column is to a model."""

    NUMBER = "number"
    CATEGORY = "category"
    MANY = "category of many values"
    DATE = "date"
    TEXT = "text"
    ID = "id"
    CONSTANT = "constant"
    DROPPED = "dropped"

    @property
    def is_used(self) -> bool:
        """Whether it reaches the models."""
        return self not in {Role.ID, Role.CONSTANT, Role.DROPPED}


_TREATED = {
    Role.NUMBER: "as it is; scaled and imputed where the model needs it",
    Role.CATEGORY: "one-hot or as a native category",
    Role.MANY: "cross-fitted target encoding",
    Role.DATE: "year, month, day, weekday, hour and elapsed days",
    Role.TEXT: "TF-IDF of at most 100 words",
    Role.ID: "left out: it names rows",
    Role.CONSTANT: "left out: it has one value",
    Role.DROPPED: "no model sees it",
}


@final
@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role, why, and what is done with it.

    Parameters
    ----------
    name, role
        The column and what it is.
    why
        The evidence, in words.
    missing
        Share of missing cells, 0 to 1.
    distinct
        Number of distinct values among the training rows.
    order
        How a column of dates written as text is read, where it matters.
    """

    name: str
    role: Role
    why: str
    missing: float
    distinct: int
    order: DateOrder | None = None

    @property
    def treatment(self) -> str:
        """What is done with it, in words."""
        return _TREATED[self.role]


def infer_roles(
    frame: pd.DataFrame,
    *,
    drop: Sequence[str] = (),
    said: dict[str, str] | None = None,
    orders: Mapping[str, DateOrder] | None = None,
) -> tuple[Column, ...]:
    """Decide the role of every column.

    Parameters
    ----------
    frame
        The training rows, without the target.
    drop
        Columns that the user leaves out.
    said
        Columns that are left out for a reason that is known already (the group, the weights), and the reason.
    orders
        How the dates of some columns are read, where that is known already.

    Raises
    ------
    InvalidData
        If no column is left to learn from.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30.5, 41, 25], "job": ["a", "b", "a"], "one": [1, 1, 1]})
    >>> [(column.name, column.role.value) for column in infer_roles(frame)]
    [('age', 'number'), ('job', 'category'), ('one', 'constant')]
    """
    said = said or {}
    columns = []
    for name in frame.columns:
        series = frame[name]
        missing, distinct = float(series.isna().mean()), int(series.nunique(dropna=True))
        if name in drop:
            role, why = Role.DROPPED, "--drop"
        elif name in said:
            role, why = Role.DROPPED, said[name]
        else:
            role, why = _role(name, series, distinct)
        order = (orders or {}).get(name) or date_order(series) if role is Role.DATE else None
        columns.append(Column(name, role, why if order is None else f"{why}, {order.words}", missing, distinct, order))
    if not any(column.role.is_used for column in columns):
        raise InvalidData(
            f"No column is left to learn from: {'; '.join(f'{c.name}: {c.why}' for c in columns[:5])}.",
            hint="Give a table with at least one column that varies and does not only name rows.",
        )
    return tuple(columns)


def _role(name: str, series: pd.Series, distinct: int) -> tuple[Role, str]:
    if distinct <= 1:
        return Role.CONSTANT, "every cell is missing" if distinct == 0 else "every cell is the same"
    present = series.dropna()
    if pd.api.types.is_bool_dtype(series.dtype):
        return Role.CATEGORY, "yes or no"
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return Role.DATE, "dates"
    if pd.api.types.is_numeric_dtype(series.dtype):
        return _numeric(name, present, distinct)
    return _textual(name, present, distinct)


def _numeric(name: str, present: pd.Series, distinct: int) -> tuple[Role, str]:
    whole = pd.api.types.is_integer_dtype(present.dtype) or bool((present == present.round()).all())
    if whole and distinct == len(present) and len(present) > 20:
        if _ID_NAME.search(name) or bool((present.diff().dropna() == 1).all()):
            return Role.ID, "whole numbers, each once"
    elif whole and distinct > FEW and _ID_NAME.search(name) and len(present) / distinct >= 1.2:
        return Role.ID, f"names {distinct:,} entities that repeat"
    return Role.NUMBER, f"{distinct:,} distinct numbers"


def _textual(name: str, present: pd.Series, distinct: int) -> tuple[Role, str]:
    text = present.astype(str)
    sample = text.sample(min(len(text), _SAMPLE), random_state=0)
    if (
        pd.to_numeric(sample.str.replace(",", "", regex=False), errors="coerce").notna().mean() >= _MOSTLY
        and distinct > FEW
    ):
        return Role.NUMBER, "numbers written as text"
    if sample.str.match(_DATE).mean() >= _MOSTLY and are_dates(sample):
        return Role.DATE, "dates written as text"
    words = float(sample.map(lambda cell: len(cell.split())).mean())
    if words >= _TEXT_WORDS and distinct > min(FEW, len(present) / 2):
        return Role.TEXT, f"{words:.0f} words on average"
    if distinct <= FEW:
        return Role.CATEGORY, f"{distinct} values"
    if distinct >= _MOSTLY * len(present):
        return Role.ID, "nearly every row has its own"
    if _ID_NAME.search(name):
        return Role.ID, f"names {distinct:,} entities that repeat"
    return Role.MANY, f"{distinct:,} values"


def advice(columns: Sequence[Column], *, group: str | None, time: str | None) -> list[str]:
    """What a repeated entity id or a date suggests about how rows should be split."""
    found = []
    entities = [column.name for column in columns if column.role is Role.ID and "repeat" in column.why]
    if entities and group is None:
        name = entities[0]
        found.append(
            f"{name!r} names entities that repeat, so one may be in training and test: use --group {shlex.quote(name)}"
        )
    dates = [column.name for column in columns if column.role is Role.DATE]
    if dates and time is None:
        found.append(
            f"{dates[0]!r} is a date: if the model is to predict the future, use --time {shlex.quote(dates[0])}"
        )
    found += [
        f"{column.name!r} may write the day or the month first, and no cell tells; it is read month first: "
        "write dates as 2024-03-05 if that is wrong"
        for column in columns
        if column.order is not None and not column.order.certain
    ]
    return found
