"""A metric has a printable name and a direction, and knows which of two values is better."""

from __future__ import annotations

import math

import pytest

from tunesmith.errors import UsageError
from tunesmith.space import SearchSpace
from tunesmith.trial import Metric, Problem


@pytest.mark.parametrize("given", ["maximize", "maximise", "max", "MAX"])
def test_directions_have_several_spellings_and_one_form(given: str) -> None:
    assert Metric("auc", given) == Metric("auc", "maximize")
    assert Metric("auc", given).direction == "maximize"


@pytest.mark.parametrize("given", ["up", "", None, 1, "maximum"])
def test_another_direction_is_refused(given: object) -> None:
    with pytest.raises(UsageError, match="'auc' must be 'minimize' or 'maximize'"):
        Metric("auc", given)


@pytest.mark.parametrize("name", ["", "a\nb", "\x00", "x" * 201, 7, None, "\x1b[31m"])
def test_a_name_is_printable_text(name: object) -> None:
    with pytest.raises(UsageError, match="name must be printable text"):
        Metric(name)


@pytest.mark.parametrize("name", ["loss", "neg. log-likelihood (nats)", "損失", "<b>", "'; drop table"])
def test_names_may_be_strange(name: str) -> None:
    assert Metric(name).name == name


def test_better_is_strict_and_knows_no_nan() -> None:
    smaller, larger = Metric("loss", "min"), Metric("auc", "max")
    assert smaller.better(1, than=2)
    assert larger.better(2, than=1)
    for metric in (smaller, larger):
        assert not metric.better(1, than=1)
        assert not metric.better(math.nan, than=1)
        assert not metric.better(1, than=math.nan)
    assert (smaller.sign, larger.sign) == (1, -1)


def test_a_problem_needs_metrics_with_names_of_their_own() -> None:
    space = SearchSpace()
    assert Problem(space, (Metric("a"), Metric("b"))).metric == Metric("a")
    for metrics in ((), (Metric("a"), Metric("a", "max"))):
        with pytest.raises(UsageError, match="at least one metric, each with a name of its own"):
            Problem(space, metrics)
