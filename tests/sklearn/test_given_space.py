"""What scikit-learn's searches take as parameters becomes a space, and trials' params find their way back."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tunesmith.errors import InvalidSpace
from tunesmith.sklearn.distributions import from_scipy
from tunesmith.sklearn.given_space import Held, distribution_of, given_space
from tunesmith.space import (
    Beta,
    Categorical,
    Distribution,
    Fixed,
    Float,
    Int,
    LogNormal,
    Normal,
    Ordinal,
    SearchSpace,
    at_least,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1, 2, 3], Ordinal(1, 2, 3)),
        ([3, 1, 2], Categorical(3, 1, 2)),
        (np.array([0.1, 1.0, 10.0]), Ordinal(0.1, 1.0, 10.0)),
        (range(2, 5), Ordinal(2, 3, 4)),
        ([True, False], Categorical(True, False)),
        ([None, 1, 2], Categorical(None, 1, 2)),
        ([5], Fixed(5)),
        ([[1, 2]], Fixed([1, 2])),
        (["a", "b", "a"], Categorical("a", "b", prior=[2, 1])),
        ([1, 1, 2], Ordinal(1, 2, prior=[2, 1])),
        ([1, 1.0, True], Categorical(1, 1.0, True)),
        ([(5, 2), (3,)], Categorical((5, 2), (3,))),
        ((1, 9, "uniform"), Int(1, 9)),
        ((0.5, 9, "uniform"), Float(0.5, 9)),
        ((1, 1000, "log-uniform"), Int(1, 1000, log=True)),
        (Float(0, 1), Float(0, 1)),
        (stats.uniform(1, 2), Float(1, 3)),
        (stats.loguniform(1e-3, 1), Float(1e-3, 1, log=True)),
        (stats.randint(1, 9), Int(1, 8)),
    ],
    ids=lambda value: getattr(getattr(value, "dist", None), "name", str(value)),
)
def test_one_parameter(given: Any, expected: Distribution) -> None:
    found = distribution_of("x", given)
    assert found == expected
    if found.size is not None:
        assert all(type(a) is type(b) for a, b in zip(found.values(), expected.values(), strict=True))


@pytest.mark.parametrize(
    ("given", "kind", "prior"),
    [
        (stats.norm(3, 2), Float, Normal),
        (stats.lognorm(s=1, scale=5), Float, LogNormal),
        (stats.beta(2, 3, loc=1, scale=4), Float, Beta),
        (stats.expon(scale=100), Float, None),
        (stats.gamma(2), Float, None),
        (stats.truncnorm(-1, 1), Float, None),
        (stats.poisson(5), Int, None),
        (stats.geom(0.01), Int, None),
        (stats.bernoulli(0.5), Int, None),
    ],
)
def test_scipy_keeps_range_and_shape(given: Any, kind: type[Distribution], prior: type | None) -> None:
    found = from_scipy("x", given)
    assert isinstance(found, Float | Int)
    assert type(found) is kind
    assert found.prior is None if prior is None else isinstance(found.prior, prior)
    assert given.cdf(found.high) - given.cdf(found.low - (kind is Int)) >= 0.98
    draws = [found.from_unit(u) for u in np.linspace(0.001, 0.999, 999)]
    if prior is not None:  # the median survives
        assert np.median(draws) == pytest.approx(given.median(), rel=0.05, abs=0.05)


def test_scipy_of_wide_range_is_searched_on_a_log_scale() -> None:
    assert distribution_of("C", stats.expon(scale=100)).log  # type: ignore[attr-defined]
    assert not distribution_of("C", stats.truncnorm(-1, 1)).log  # type: ignore[attr-defined]
    with pytest.raises(InvalidSpace, match="no values"):
        from_scipy("x", stats.randint(3, 3))


def test_several_dicts_share_what_is_alike() -> None:
    parts = [
        {"kernel": ["linear"], "C": [1, 10], "tol": [1e-3, 1e-2]},
        {"kernel": ["rbf"], "C": [1, 10], "gamma": [0.1, 1.0], "tol": [1e-3]},
    ]
    given = given_space(parts, SVC())
    assert given.space.grid_size() == 4 + 4
    assert given.space["C"].conditions == ()
    found = [given.to_params(point) for point in given.space.grid()]
    assert {"kernel": "linear", "C": 1, "tol": 1e-3} in found
    assert {"kernel": "rbf", "C": 10, "gamma": 0.1, "tol": 1e-3} in found
    assert not any("grid" in params for params in found)
    assert pickle.loads(pickle.dumps(given.to_params))(next(given.space.grid())) in found


def test_the_chooser_s_name_makes_way() -> None:
    class Odd(SVC):
        def __init__(self, grid: int = 0) -> None:
            super().__init__()
            self.grid = grid

    assert given_space([{"grid": [1, 2]}, {"grid": [3]}], Odd()).space.names == ("grid_", "grid@0", "grid@1")


def test_arrays_are_held_and_let_go() -> None:
    value = np.array([0.2, 0.8])
    given = given_space({"class_weight": [value, None]}, SVC())
    point = next(given.space.grid())
    assert given.to_params(point)["class_weight"] is value
    assert Held(value) == Held(value.copy()) != Held(value + 1)
    assert given.as_given(SVC(class_weight=value)) == ({"class_weight": Held(value)}, False)


POLY, TREE = SVC(kernel="poly"), DecisionTreeClassifier()


@pytest.mark.parametrize(
    ("estimator", "space", "expected", "outside"),
    [
        (SVC(), {"C": [1, 2]}, {"C": 1}, False),
        (SVC(), {"C": Float(0.5, 2), "degree": Int(1, 5)}, {"C": 1.0, "degree": 3}, False),
        (SVC(), {"gamma": Float(0.5, 2)}, {"gamma": "scale"}, True),
        (POLY, [{"C": [1]}, {"kernel": ["poly"], "degree": [3]}], {"grid": 0, "C": 1}, False),
        (POLY, [{"C": [2]}, {"kernel": ["poly"], "degree": [3]}], {"grid": 1, "kernel": "poly", "degree": 3}, False),
        (POLY, [{"kernel": ["rbf"], "C": [5]}, {"degree": [2]}], {"grid": 0, "kernel": "poly", "C": 1.0}, True),
        (Pipeline([("m", SVC())]), {"m": [SVC(), DecisionTreeClassifier()]}, {"m": SVC}, False),
        (Pipeline([("m", SVC(C=7))]), {"m": [SVC(), DecisionTreeClassifier()]}, {"m": "SVC(C=7)"}, True),
        (TREE, {"max_depth": Int(1, 9), "max_features": Int(1, 5)}, {"max_depth": None, "max_features": None}, True),
    ],
)  # fmt: skip
def test_where_the_estimator_stands(estimator: Any, space: Any, expected: dict[str, Any], outside: bool) -> None:
    given = given_space(space, estimator)
    found, is_outside = given.as_given(estimator)
    assert is_outside is outside
    shown = {name: type(value) if isinstance(expected[name], type) else value for name, value in found.items()}
    assert shown == expected
    assert given.current(found, estimator).keys() <= set(given.to_params.names.values())
    if not outside:
        given.space.check(found)


def test_children_of_a_parent_out_of_range_are_not_active() -> None:
    space = SearchSpace(max_depth=Int(1, 9), min_samples_leaf=Int(1, 5).when("max_depth", at_least(3)))
    assert given_space(space, DecisionTreeClassifier()).as_given(DecisionTreeClassifier()) == (
        {"max_depth": None},
        True,
    )
    deep = DecisionTreeClassifier(max_depth=4)
    assert given_space(space, deep).as_given(deep) == ({"max_depth": 4, "min_samples_leaf": 1}, False)
    flat = DecisionTreeClassifier(max_depth=2)
    assert given_space(space, flat).as_given(flat) == ({"max_depth": 2}, False)


def test_a_default_that_breaks_a_constraint_stands_outside() -> None:
    space = SearchSpace(max_depth=Int(1, 9), min_samples_leaf=Int(1, 5)).forbid("max_depth > min_samples_leaf")
    found, outside = given_space(space, DecisionTreeClassifier()).as_given(DecisionTreeClassifier(max_depth=4))
    assert (found, outside) == ({"max_depth": 4, "min_samples_leaf": 1}, True)
