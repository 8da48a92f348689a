"""The steps of our pipelines that scikit-learn does not have."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from tunesmith.errors import TunesmithWarning
from tunesmith.tabular.dates import read_dates

_PARTS = ("year", "month", "day", "weekday", "hour", "days")


@final
class ToNumbers(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Columns of numbers, some perhaps written as text, to floats; what is no number becomes missing.

    Where all cells of a column that are there are no numbers, which was not so in the rows to learn from, it warns.

    Examples
    --------
    >>> ToNumbers().fit_transform(pd.DataFrame({"a": ["1", "2,000", "x"]})).ravel().tolist()
    [1.0, 2000.0, nan]
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Remember the columns' names, and which have numbers."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.has_numbers_ = [not np.isnan(_numbers(X[name])).all() for name in X.columns]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Convert."""
        check_is_fitted(self)
        if not X.shape[1]:
            return np.empty((len(X), 0))
        found = [_numbers(X[name]) for name in X.columns]
        for name, values, known in zip(X.columns, found, self.has_numbers_, strict=True):
            if known and np.isnan(values).all() and bool((there := X[name].notna()).any()):
                warnings.warn(
                    f"Column {name!r} was learnt from as numbers; here none of its cells is one "
                    f"({str(X[name][there].iloc[0])!r}, for example), so all of them count as missing.",
                    TunesmithWarning,
                    stacklevel=2,
                )
        return np.column_stack(found)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """The same names."""
        return self.feature_names_in_


def _numbers(series: pd.Series) -> np.ndarray[Any, Any]:
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=float, na_value=np.nan)
    else:
        text = series.astype("string").str.replace(",", "", regex=False)
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


@final
class ToText(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Categories of any type to text, missing ones to a text of their own, so that encoders see one type.

    Examples
    --------
    >>> ToText().fit_transform(pd.DataFrame({"a": ["x", None, 1]})).ravel().tolist()
    ['x', '(missing)', '1']
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Remember the columns' names."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Convert."""
        check_is_fitted(self)
        columns = [X[name].astype(object).where(X[name].notna(), "(missing)").astype(str) for name in X.columns]
        return np.column_stack([column.to_numpy(dtype=object) for column in columns])

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """The same names."""
        return self.feature_names_in_


@final
class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Dates to year, month, day, weekday, hour, and days since the earliest date of the training rows.

    Parameters
    ----------
    day_first
        Names of the columns in which `05/03/2024` is the fifth of March.

    Examples
    --------
    >>> DateParts().fit_transform(pd.DataFrame({"d": ["2024-02-01", "2024-02-03"]}))[1].tolist()
    [2024.0, 2.0, 3.0, 5.0, 0.0, 2.0]
    """

    def __init__(self, day_first: Sequence[str] = ()) -> None:
        self.day_first = day_first

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Remember the columns' names and earliest dates."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.earliest_ = [self._dates(X[name]).min() for name in X.columns]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Convert; a missing date is missing in every part."""
        check_is_fitted(self)
        parts = []
        for name, earliest in zip(X.columns, self.earliest_, strict=True):
            dates = self._dates(X[name])
            parts += [dates.dt.year, dates.dt.month, dates.dt.day, dates.dt.day_of_week, dates.dt.hour]
            parts.append((dates - earliest).dt.total_seconds() / 86_400)
        return np.column_stack([part.to_numpy(dtype=float, na_value=np.nan) for part in parts])

    def _dates(self, series: pd.Series) -> pd.Series:
        return read_dates(series, day_first=series.name in self.day_first)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """The names of the parts."""
        return np.asarray([f"{name}_{part}" for name in self.feature_names_in_ for part in _PARTS], dtype=object)


@final
class FirstColumn(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The only column of a table, as the flat list of texts that a vectorizer eats.

    Examples
    --------
    >>> FirstColumn().fit_transform(np.array([["a b"], ["c"]], dtype=object)).tolist()
    ['a b', 'c']
    """

    def fit(self, X: np.ndarray[Any, Any], y: Any = None) -> Self:
        """Nothing to learn."""
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Flatten."""
        return np.asarray(X)[:, 0]

    def __sklearn_is_fitted__(self) -> bool:
        """It has nothing to learn."""
        return True
