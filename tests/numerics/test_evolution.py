"""One run of the evolution strategy: what it draws, how a generation moves it, what margins keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from tunesmith.numerics.encoding import Encoder
from tunesmith.numerics.evolution import CONVERGED, Generation, Shape, begin
from tunesmith.space import Categorical, Float, Int, Normal, SearchSpace

BOX = SearchSpace({f"x{i}": Float(0, 1) for i in range(5)})
MIXED = SearchSpace(x=Float(0, 1), k=Int(1, 10), c=Categorical("a", "b", "c"), units=Int(1, 64, log=True))


def started(space, start=None, **arguments):
    encoder = Encoder(space)
    row = np.full(len(encoder.columns), np.nan) if start is None else encoder.encode(start)
    return begin(Shape(encoder.columns), row, **arguments)


def told(rows, latent, shape, values):
    order = np.argsort(values, kind="stable")
    ranks = np.unique(values[order], return_inverse=True)[1]
    rows, latent = rows[order], latent[order]
    chosen = np.where(np.isnan(rows), -1, rows)[:, shape.choices].astype(np.int64)
    return Generation(latent, ~np.isnan(rows[:, shape.numeric]), chosen, ranks)


def evolved(space, loss, generations, *, seed=0, **arguments):
    found, rng = started(space, **arguments), np.random.default_rng(seed)
    for _ in range(generations):
        rows, latent = found.draw(rng, found.population)
        found = found.after(told(rows, latent, found.shape, np.array([loss(row) for row in rows])))
    return found


def test_draws_have_the_distribution_that_they_say():
    start = evolved(BOX, lambda row: (row[0] - row[1]) ** 2 + row[2], 15)
    rows, latent = start.draw(np.random.default_rng(1), 40_000)
    np.testing.assert_array_equal(rows, latent)
    np.testing.assert_allclose(rows.mean(axis=0), start.mean, atol=4 * start.deviations.max() / 200)
    expected = start.sigma**2 * start.cov * np.outer(start.margin, start.margin)
    np.testing.assert_allclose(np.cov(rows.T), expected, atol=0.05 * expected.max())


def test_it_starts_where_it_is_told_or_at_the_prior():
    assert started(BOX, {"x1": 0.2}).mean.tolist() == [0.5, 0.2, 0.5, 0.5, 0.5]
    narrow = started(SearchSpace(x=Float(0, 1, prior=Normal(0.2, 0.05)), y=Float(0, 1)))
    assert narrow.mean[0] == pytest.approx(0.2, abs=0.01)
    assert narrow.deviations[0] < 0.2 * narrow.deviations[1]
    trusting = started(MIXED, {"c": "b"}, trust=0.5).chances[0]
    np.testing.assert_allclose(trusting, [1 / 6, 4 / 6, 1 / 6])
    weighted = started(SearchSpace(c=Categorical("a", "b", prior=[9, 1]))).chances[0]
    np.testing.assert_allclose(weighted, [0.9, 0.1], atol=0.1)


@pytest.mark.parametrize("condition", [1, 100, 1e4])
def test_it_converges_whatever_the_scales(condition):
    stretch = condition ** (np.arange(5) / 4)
    found = evolved(BOX, lambda row: float(stretch @ (row - 0.3) ** 2), 220)
    np.testing.assert_allclose(found.mean, 0.3, atol=1e-3)
    assert found.sigma < 0.01


def test_it_learns_the_shape_of_a_rotated_valley():
    found = evolved(BOX, lambda row: float(((row - 0.4) ** 2).sum() + 1e4 * (row.sum() - 2) ** 2), 150)
    along = found.axes[:, 0]  # the narrowest axis is the diagonal
    assert abs(along @ np.full(5, 1 / math.sqrt(5))) > 0.99


def test_invariance_to_monotone_transforms():
    one = evolved(BOX, lambda row: float(((row - 0.3) ** 2).sum()), 20)
    two = evolved(BOX, lambda row: math.log(float(((row - 0.3) ** 2).sum())) * 1e100, 20)
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_array_equal(one.cov, two.cov)


def test_cells_keep_a_margin():
    found = evolved(MIXED, lambda row: float((row[0] - 0.3) ** 2 + abs(row[1] - 0.65) + abs(row[3] - 0.5)), 200)
    least = 1.0 / (4 * found.population)
    for place, j in enumerate(found.shape.numeric):
        column = found.shape.columns[j]
        if column.size:
            edges = np.concatenate([[-np.inf], column.edges[1:-1], [np.inf]])
            masses = np.diff(ndtr((edges - found.mean[place]) / found.deviations[place]))
            assert 1 - masses.max() >= 0.99 * least
    rows, _ = found.draw(np.random.default_rng(0), 2000)
    assert len(np.unique(rows[:, 1])) > 1
    assert np.mean(np.abs(rows[:, 1] - 0.65) < 0.01) > 0.5


def test_a_mean_in_the_last_cell_stays_near_its_edge():
    found = evolved(SearchSpace(k=Int(1, 10), x=Float(0, 1)), lambda row: -float(row[0]), 200)
    rows, _ = found.draw(np.random.default_rng(0), 4000)
    assert 0.5 < np.mean(rows[:, 0] == 0.95) < 0.999


def test_choices_are_learnt_and_none_is_given_up():
    found = evolved(MIXED, lambda row: float(row[2] != 1), 60)
    (chances,) = found.chances
    assert chances[1] > 0.6
    assert chances.min() >= 0.05
    assert chances.sum() == pytest.approx(1)
    many = evolved(SearchSpace({f"c{i}": Categorical(*range(50)) for i in range(4)}), lambda row: float(row.sum()), 60)
    for chance in many.chances:
        assert chance.min() > 0
        assert chance.sum() == pytest.approx(1)
        assert np.argmax(chance) < 15


def test_a_choice_without_prior_stays_impossible():
    space = SearchSpace(c=Categorical("a", "b", "c", prior=[1, 0, 1]), x=Float(0, 1))
    found = evolved(space, lambda row: float(row[0]), 20)
    assert found.chances[0][1] == 0
    assert found.chances[0].sum() == pytest.approx(1)


def test_inactive_numbers_move_nothing_and_lose_nothing():
    start = started(SearchSpace(x=Float(0, 1), y=Float(0, 1)))
    found, rng = start, np.random.default_rng(0)
    for _ in range(30):
        rows, latent = found.draw(rng, found.population)
        rows[:, 1] = np.nan
        found = found.after(told(rows, latent, found.shape, np.abs(rows[:, 0] - 0.3)))
    assert found.mean[1] == start.mean[1]
    assert found.deviations[0] < 0.05
    assert found.cov[1, 1] > 20 * found.cov[0, 0]


def test_a_far_point_from_elsewhere_is_pulled_in():
    narrow = started(BOX, sigma=1e-3)
    rng = np.random.default_rng(0)
    rows, latent = narrow.draw(rng, narrow.population)
    rows[0] = latent[0] = 0.9
    values = np.arange(len(rows), dtype=float)
    found = narrow.after(told(rows, latent, narrow.shape, values))
    assert np.linalg.norm(found.mean - narrow.mean) < 5 * narrow.sigma
    assert found.sigma < 3 * narrow.sigma


def test_equals_share_their_weights_and_a_plateau_widens():
    start = started(BOX, sigma=0.05)
    rows, latent = start.draw(np.random.default_rng(0), start.population)
    flat = start.after(told(rows, latent, start.shape, np.zeros(len(rows))))
    np.testing.assert_array_equal(flat.mean, start.mean)
    assert flat.sigma > start.sigma
    values = np.array([0.0, 0.0, *[1.0] * (len(rows) - 2)])
    one = start.after(told(rows, latent, start.shape, values))
    swapped = [1, 0, *range(2, len(rows))]
    two = start.after(told(rows[swapped], latent[swapped], start.shape, values))
    np.testing.assert_allclose(one.mean, two.mean, rtol=1e-12)
    for _ in range(200):
        flat = flat.after(told(rows, latent, flat.shape, np.zeros(len(rows))))
    assert flat.deviations.max() <= 1.0 + 1e-9


def test_it_knows_when_it_has_converged():
    start = started(BOX)
    assert not start.has_converged
    found = evolved(BOX, lambda row: float(((row - 0.3) ** 2).sum()), 400)
    assert found.has_converged
    assert found.deviations.max() < 10 * CONVERGED


@pytest.mark.parametrize(
    "space", [SearchSpace(c=Categorical("a", "b")), SearchSpace(x=Float(0, 1)), SearchSpace(k=Int(1, 2))]
)
def test_one_column_is_enough(space):
    found = evolved(space, lambda row: float(row[0]), 50)
    rows, _ = found.draw(np.random.default_rng(0), 100)
    assert np.isfinite(rows).all()
    assert np.mean(rows[:, 0] <= 0.5) > 0.5


def test_without_columns_there_is_nothing_to_learn():
    found = evolved(SearchSpace(), lambda _: 0.0, 3)
    assert found.draw(np.random.default_rng(0), 2)[0].shape == (2, 0)
