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


def test_bounds_are_checked_and_told() -> None:
    assert repr(Metric("ms", at_most=20)) == "Metric(name='ms', direction='minimize', at_most=20.0)"
    assert str(Metric("recall", "max", at_least=0.9)) == "maximize recall, at least 0.9"
    assert Metric("ms", at_most=20).dump() == {"name": "ms", "direction": "minimize", "at_most": 20.0}
    for bound in ("20", True, math.nan, math.inf):
        with pytest.raises(UsageError, match="at_most of metric 'ms' must be a finite number"):
            Metric("ms", at_most=bound)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="cannot be at least 3 and at most 2"):
        Metric("ms", at_least=3, at_most=2)


@pytest.mark.parametrize(
    ("metric", "value", "excess"),
    [
        (Metric("a", at_most=20), 25, 0.25),
        (Metric("a", at_most=20), 20, 0),
        (Metric("a", at_least=0.5), 0.25, 0.5),
        (Metric("a", at_least=0), -2, 2),
        (Metric("a", at_least=1, at_most=4), 5, 0.25),
        (Metric("a", at_least=1, at_most=4), 2, -0.5),
    ],
)
def test_excess_is_a_share_of_the_bound(metric: Metric, value: float, excess: float) -> None:
    assert metric.excess(value) == excess


def test_a_trial_that_was_not_measured_keeps_no_bound() -> None:
    problem = Problem(SearchSpace(), (Metric("a"), Metric("ms", at_most=20)))
    assert problem.allows({"a": 1.0, "ms": 20.0})
    assert not problem.allows({"a": 1.0})
    assert math.isnan(Metric("a").excess(1.0))
    assert Problem(SearchSpace()).allows({})


def test_a_problem_needs_metrics_with_names_of_their_own() -> None:
    space = SearchSpace()
    assert Problem(space, (Metric("a"), Metric("b"))).metric == Metric("a")
    for metrics in ((), (Metric("a"), Metric("a", "max"))):
        with pytest.raises(UsageError, match="at least one metric, each with a name of its own"):
            Problem(space, metrics)
