"""The sum of centred parts: orthogonal by design, exact on sums, honest about what it does not know."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

import tunesmith as ts
from tunesmith.numerics.anova import Anova, Axis, Basis, signed_part
from tunesmith.numerics.encoding import Encoder

SPACE = ts.SearchSpace(
    x=ts.Float(0, 1), y=ts.Float(1e-3, 1, log=True), n=ts.Int(1, 100, log=True), c=ts.Categorical("a", "b", "c")
)


def fitted(n, function, seed=0, noise=0.0, space=SPACE):
    encoder = Encoder(space)
    generator = np.random.default_rng(seed)
    rows = encoder.tidy(np.array([[generator.random() if c.kind != "choice" else generator.integers(c.size)
                                   for c in encoder.columns] for _ in range(n)], dtype=float))  # fmt: skip
    values = function(rows) + noise * generator.standard_normal(n)
    basis = Basis(encoder)
    return Anova(basis, basis.of(rows), (values - values.mean()) / values.std(), np.zeros(n)), basis, values.std()


@pytest.mark.parametrize("column", Encoder(SPACE).columns, ids=lambda column: column.name)
def test_shapes_have_mean_0_are_orthogonal_and_their_squares_add_up_to_1(column):
    axis = Axis(column)
    np.testing.assert_allclose(axis.weights @ axis.shapes, 0.0, atol=1e-6)
    gram = axis.shapes.T @ (axis.weights[:, None] * axis.shapes)
    np.testing.assert_allclose(gram, np.diag(axis.powers), atol=1e-6)
    assert axis.powers.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(axis.at(axis.nodes), axis.shapes, atol=1e-9)
    assert not axis.at(np.array([np.nan])).any()


def test_few_shapes_hold_nearly_all_of_a_number():
    axis = Axis(Encoder(ts.SearchSpace(x=ts.Float(0, 1))).columns[0])
    target = np.abs(axis.nodes - 0.4) - np.mean(np.abs(axis.nodes - 0.4))
    weights = (axis.weights[:, None] * axis.shapes).T @ target / axis.powers
    assert np.var(target - axis.shapes @ weights) < 0.01 * np.var(target)


def test_the_gradient_is_the_gradient():
    anova, _, _ = fitted(25, lambda rows: rows[:, 0] + (rows[:, 3] == 1), noise=0.3)
    for theta in (anova.theta, np.full(len(anova.theta), -1.0)):
        slope = anova._posterior(theta)[1]
        error = check_grad(lambda t: anova._posterior(t)[0], lambda t: anova._posterior(t)[1], theta)
        assert error < 1e-3 * max(np.abs(slope).max(), 1.0)


def test_the_variances_are_those_of_the_function_it_found():
    """By quadrature over the space: the parts' variances add up to that of the whole."""
    space = ts.SearchSpace(x=ts.Float(0, 1), c=ts.Categorical("a", "b", "c"))
    anova, basis, _ = fitted(60, lambda rows: rows[:, 0] * (1 + rows[:, 1]), space=space)
    x, c = basis.axes[0].nodes, basis.axes[1].nodes
    grid = np.array([[a, b] for a in x for b in c])
    whole = anova.mean.at(basis.of(grid))
    assert np.triu(anova.mean.variances(basis)).sum() == pytest.approx(np.var(whole), rel=1e-6)
    assert whole.mean() == pytest.approx(anova.mean.constant, abs=1e-6)


def test_closed_form_of_a_product():
    """Of (1 + u)(1 + 2v) with u, v centred uniform: 1/12, 4/12 and 4/144."""
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1))
    anova, basis, scale = fitted(150, lambda r: (0.5 + r[:, 0]) * (2 * r[:, 1]), space=space)
    found = anova.mean.variances(basis) * scale**2
    assert [found[0, 0], found[1, 1], found[0, 1]] == pytest.approx([1 / 12, 4 / 12, 4 / 144], rel=0.03)


def test_draws_spread_around_the_mean_and_less_where_more_is_known():
    few, basis, _ = fitted(15, lambda rows: rows[:, 0], noise=0.1)
    many, _, _ = fitted(150, lambda rows: rows[:, 0], noise=0.1)
    spreads = []
    for anova in (few, many):
        parts = signed_part(anova.draws(60, np.random.default_rng(0)), anova.mean, basis, 0)
        assert abs(parts.mean() - np.sqrt(anova.mean.variances(basis)[0, 0])) < 3 * parts.std()
        spreads.append(parts.std())
    assert spreads[1] < 0.7 * spreads[0]


def test_left_out_values_are_predicted_by_the_others_alone():
    anova, _, _ = fitted(30, lambda rows: rows[:, 0] + rows[:, 1], noise=0.1)
    known = anova.left_out()
    keep = np.arange(30) != 7
    covariance = anova._covariance(anova.theta)[0] + np.diag(anova.noise)
    part = np.linalg.solve(covariance[np.ix_(keep, keep)], covariance[keep, 7])
    assert known.means[7] == pytest.approx(part @ anova._values[keep], abs=1e-6)
    assert known.deviations[7] ** 2 == pytest.approx(covariance[7, 7] - part @ covariance[keep, 7], rel=1e-6)


def test_evidence_tells_a_slope_from_noise():
    assert fitted(40, lambda rows: 3 * rows[:, 0], noise=1.0)[0].evidence() > 3
    found = [fitted(40, lambda rows: 0 * rows[:, 0], seed=seed, noise=1.0)[0].evidence() for seed in range(40)]
    assert np.mean(np.array(found) > 3) <= 0.1
