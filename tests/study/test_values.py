from __future__ import annotations

import decimal
import fractions

import numpy as np
import pytest

from tunesmith.errors import InvalidValue, NotFinite
from tunesmith.study.values import check_values
from tunesmith.trial import Metric

ONE = [Metric("loss")]
TWO = [Metric("loss"), Metric("ms")]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (0.5, 0.5),
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (np.float64(0.25), 0.25),
        (np.int64(7), 7.0),
        (np.array(0.75), 0.75),
        (fractions.Fraction(1, 4), 0.25),
        ({"loss": 2}, 2.0),
        (-0.0, 0.0),
        (5e-324, 5e-324),
    ],
)
def test_numbers_of_all_kinds(given, wanted):
    assert check_values(given, ONE) == {"loss": wanted}


class HostileRepr:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "forget 'return'"),
        ("0.9 acc", "'0.9 acc'"),
        ("1.5", "float"),
        (1 + 2j, "complex"),
        (True, "True"),
        (np.bool_(True), "True"),
        (np.array([0.91]), "shape (1,)"),
        (np.zeros((3, 3)), "shape (3, 3)"),
        ([0.5], "several metrics"),
        ((0.5, 0.6), "several metrics"),
        (10**400, "too large"),
        (2**60 + 1, "too large"),
        (lambda: 1, "function"),
        (HostileRepr(), "RuntimeError"),
        ({}, "without 'loss'"),
        ({"los": 1.0}, "Did you mean"),
        ({"loss": 1.0, "extra": 2.0}, "no metric"),
        (b"1", "bytes"),
        (decimal.Decimal("0.5"), "Decimal"),
        ("x" * 100_000, "..."),
    ],
)
def test_what_no_right_objective_returns(given, told):
    with pytest.raises(InvalidValue) as caught:
        check_values(given, ONE)
    assert told in str(caught.value)
    assert not isinstance(caught.value, NotFinite)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("given", [float("nan"), float("inf"), float("-inf"), np.float32("nan")])
def test_what_is_not_finite(given):
    with pytest.raises(NotFinite):
        check_values(given, ONE)


def test_several_metrics():
    assert check_values((1, 2), TWO) == {"loss": 1.0, "ms": 2.0}
    assert check_values({"ms": 2, "loss": 1}, TWO) == {"loss": 1.0, "ms": 2.0}
    for wrong in (1.0, (1.0,), (1.0, 2.0, 3.0), {"loss": 1.0}, None, "ab"):
        with pytest.raises(InvalidValue):
            check_values(wrong, TWO)
