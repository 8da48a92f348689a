"""From a row of the table to what a model eats: everything inside one scikit-learn pipeline, so that nothing leaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.utils.fixes import parse_version

from tunesmith.tabular.roles import Column, Role
from tunesmith.tabular.transformers import DateParts, FirstColumn, ToNumbers, ToText

Diet: TypeAlias = Literal["scaled", "whole", "native"]
"""What a model eats: `scaled` (imputed, one-hot, scaled), `whole` (not scaled), `native` (missing values and codes)."""

_MOST_WORDS = 100
_MOST_LEVELS = 30


def make_pipeline_for(columns: Sequence[Column], model: Any, diet: Diet, *, random_state: int = 0) -> Pipeline:
    """Put a model behind the preparation that it needs.

    Parameters
    ----------
    columns
        The roles of the table's columns; those that are not used are dropped.
    model
        A scikit-learn classifier or regressor.
    diet
        What it eats: see `Diet`.
    random_state
        Seeds the folds of the cross-fitted target encoding.

    Returns
    -------
    A pipeline with the steps `prepare` and `model`, to be fitted on a pandas table.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> columns = [Column("x", Role.NUMBER, "", 0.0, 9)]
    >>> [name for name, _ in make_pipeline_for(columns, Ridge(), "scaled").steps]
    ['prepare', 'model']
    """
    return Pipeline([("prepare", make_preparation(columns, diet, random_state=random_state)), ("model", model)])


def make_preparation(columns: Sequence[Column], diet: Diet, *, random_state: int = 0) -> ColumnTransformer:
    """The preparation alone: a transformer for each role that the table has; categories come first."""
    names = {role: [column.name for column in columns if column.role is role] for role in Role}
    parts: list[tuple[str, Any, Any]] = []
    if found := names[Role.CATEGORY]:
        parts.append(("categories", _categories(diet), found))
    if found := names[Role.NUMBER]:
        parts.append(("numbers", _numbers(diet, ToNumbers()), found))
    if found := names[Role.MANY]:
        encoder = _target_encoder(random_state)
        parts.append(("many", _scaled(diet, ToText(), encoder), found))
    if found := names[Role.DATE]:
        day_first = tuple(column.name for column in columns if column.order is not None and column.order.day_first)
        parts.append(("dates", _numbers(diet, DateParts(day_first)), found))
    for name in names[Role.TEXT]:
        words = TfidfVectorizer(max_features=_MOST_WORDS, stop_words=None, sublinear_tf=True)
        parts.append((f"text {name}", make_pipeline(ToText(), FirstColumn(), words), [name]))
    return ColumnTransformer(parts, remainder="drop", sparse_threshold=0.0, verbose_feature_names_out=True)


def native_categories(columns: Sequence[Column]) -> list[int]:
    """Which of the prepared columns are categories as codes, for a model that takes them so (`native` diet)."""
    return list(range(sum(column.role is Role.CATEGORY for column in columns)))


def _target_encoder(seed: int) -> TargetEncoder:
    """Cross-fitted over five shuffled folds; scikit-learn 1.9 moved the seed from the encoder to its folds."""
    if parse_version(sklearn.__version__) >= parse_version("1.9"):
        return TargetEncoder(cv=KFold(5, shuffle=True, random_state=seed))
    return TargetEncoder(cv=5, random_state=seed)


def _categories(diet: Diet) -> Pipeline:
    if diet == "native":
        nan = float("nan")
        coder = OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=nan,
            max_categories=_MOST_LEVELS,
            encoded_missing_value=nan,
        )
        return make_pipeline(ToText(), coder)
    return make_pipeline(
        ToText(),
        OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=_MOST_LEVELS, min_frequency=2,
            sparse_output=False,
        ),
    )  # fmt: skip


def _numbers(diet: Diet, first: Any) -> Pipeline:
    if diet == "native":
        return make_pipeline(first)
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return _scaled(diet, first, imputer)


def _scaled(diet: Diet, *steps: Any) -> Pipeline:
    return make_pipeline(*steps, StandardScaler()) if diet == "scaled" else make_pipeline(*steps)
