from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.numerics.encoding import Encoder
from tunesmith.numerics.kde import ParzenMixture, bandwidths, log_sum_exp

TREE = ts.SearchSpace(
    kind=ts.Categorical("a", "b"),
    x=ts.Float(0, 1).when("kind", "a"),
    k=ts.Int(1, 4).when("kind", "b"),
    y=ts.Float(0, 1),
)


def mixture(space, many, width=0.05, **arguments):
    encoder = Encoder(space)
    rows = encoder.encode_many(many)
    return encoder, ParzenMixture(encoder.columns, rows, np.full(len(encoder.columns), width), **arguments)


def test_the_density_of_one_dimension_integrates_to_one():
    _, found = mixture(ts.SearchSpace(x=ts.Float(0, 1)), [{"x": 0.1}, {"x": 0.15}, {"x": 0.9}])
    grid = (np.arange(20_000) + 0.5) / 20_000
    assert np.exp(found.log_density(grid[:, None])).mean() == pytest.approx(1.0, abs=1e-4)


def test_the_mass_of_cells_and_choices_sums_to_one():
    space = ts.SearchSpace(k=ts.Int(1, 5), c=ts.Categorical("a", "b", "c"))
    encoder, found = mixture(space, [{"k": 2, "c": "a"}, {"k": 3, "c": "a"}, {"k": 5, "c": "c"}])
    every = encoder.encode_many(space.grid())
    assert np.exp(found.log_density(every)).sum() == pytest.approx(1.0)


def test_a_whole_tree_sums_to_one():
    many = [{"kind": "a", "x": 0.2, "y": 0.5}, {"kind": "b", "k": 3, "y": 0.6}, {"kind": "b", "k": 4, "y": 0.1}]
    encoder, found = mixture(TREE, many)
    place = (np.arange(200) + 0.5) / 200
    x, y = (axis.ravel() for axis in np.meshgrid(place, place))
    index = encoder.index
    left = np.full((len(x), 4), np.nan)
    left[:, index["kind"]], left[:, index["x"]], left[:, index["y"]] = 0, x, y
    mass = np.exp(found.log_density(left)).mean()
    for k in range(1, 5):
        right = np.full((len(place), 4), np.nan)
        right[:, index["kind"]], right[:, index["y"]] = 1, place
        right[:, index["k"]] = encoder.encode({"kind": "b", "k": k, "y": 0.5})[index["k"]]
        mass += np.exp(found.log_density(right)).mean()
    assert mass == pytest.approx(1.0, abs=2e-3)


def test_draws_follow_the_density():
    encoder, found = mixture(ts.SearchSpace(x=ts.Float(0, 1)), [{"x": 0.1}, {"x": 0.15}, {"x": 0.9}])
    grid = (np.arange(1_000) + 0.5) / 1_000
    share = np.cumsum(np.exp(found.log_density(grid[:, None]))) / 1_000
    drawn = encoder.tidy(found.sample(np.random.default_rng(0), 20_000))[:, 0]
    for place in (0.1, 0.3, 0.5, 0.8, 0.95):
        assert (drawn < place).mean() == pytest.approx(share[int(place * 1_000) - 1], abs=0.02)


def test_drawn_children_belong_to_drawn_parents():
    encoder, found = mixture(TREE, [{"kind": "a", "x": 0.2, "y": 0.5}] * 3 + [{"kind": "b", "k": 3, "y": 0.6}])
    drawn = encoder.tidy(found.sample(np.random.default_rng(0), 2_000))
    kind = drawn[:, encoder.index["kind"]]
    assert 0.5 < (kind == 0).mean() < 0.85
    assert np.isnan(drawn[kind == 1, encoder.index["x"]]).all()
    assert not np.isnan(drawn[kind == 0, encoder.index["x"]]).any()


def test_given_values_are_kept_and_kernels_count_by_agreement():
    encoder, found = mixture(TREE, [{"kind": "a", "x": 0.1, "y": 0.1}] * 5 + [{"kind": "a", "x": 0.9, "y": 0.9}] * 5)
    fixed = np.full(4, np.nan)
    fixed[encoder.index["kind"]], fixed[encoder.index["x"]] = 0, 0.9
    drawn = found.sample(np.random.default_rng(0), 500, fixed)
    assert (drawn[:, encoder.index["x"]] == 0.9).all()
    assert np.median(drawn[:, encoder.index["y"]]) > 0.6


def test_without_rows_it_is_the_prior():
    columns = Encoder(ts.SearchSpace(x=ts.Float(0, 1))).columns
    found = ParzenMixture(columns, np.empty((0, 1)), bandwidths(columns, 0))
    low, high = np.exp(found.log_density(np.array([[0.01], [0.5]])))
    assert 0.5 < low < high < 1.5


def test_weights_count():
    encoder, found = mixture(
        ts.SearchSpace(x=ts.Float(0, 1)), [{"x": 0.1}, {"x": 0.9}], weights=np.array([1.0, 5.0]), prior_weight=0.1
    )
    low, high = found.log_density(np.array([[0.1], [0.9]]))
    assert high > low
    assert len(encoder.columns) == 1


def test_log_sum_exp_of_extremes():
    terms = np.array([[-1e4, 0.0], [-1e4, -1e4]])
    np.testing.assert_allclose(log_sum_exp(terms), [-1e4 + np.log(2), 0.0])
