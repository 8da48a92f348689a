"""The geometry of spaces: what is snapped where, and how far apart points are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tunesmith as ts
from tests.strategies import RELAXED, spaces
from tunesmith.numerics.domain import Domain, domain_of
from tunesmith.numerics.encoding import Encoder
from tunesmith.space import Normal

SPACE = ts.SearchSpace(
    kind=ts.Categorical("a", "b", "c"),
    x=ts.Float(0, 1),
    n=ts.Int(1, 1000),
    few=ts.Int(1, 3),
    size=ts.Ordinal("s", "m", "l").when("kind", "b", "c"),
    y=ts.Float(1e-3, 1, log=True).when("size", "l"),
)


def domain():
    return Domain(Encoder(SPACE))


def encoded(**params):
    return Encoder(SPACE).encode(params)[None, :]


@RELAXED
@given(spaces(), st.integers(0, 2**32))
def test_snapped_rows_are_where_trials_are(space, seed):
    encoder = Encoder(space)
    domain = Domain(encoder)
    rows = domain.draw(np.random.default_rng(seed), 20)
    tidy, snapped = encoder.tidy(rows), domain.snap(rows)
    active = domain.active(snapped)
    np.testing.assert_array_equal(active, ~np.isnan(tidy))
    here = active & (domain.sizes > 0)
    np.testing.assert_allclose(snapped[here], tidy[here], atol=1e-12)
    np.testing.assert_array_equal(domain.snap(snapped), snapped)


@RELAXED
@given(spaces(constraints=False), st.integers(0, 2**32))
def test_features_of_points_do_not_depend_on_how_they_are_written(space, seed):
    encoder = Encoder(space)
    domain = Domain(encoder)
    rows = domain.snap(domain.draw(np.random.default_rng(seed), 10))
    known = np.where(domain.active(rows), rows, np.nan)
    np.testing.assert_array_equal(domain.features(rows), domain.known_features(known))
    refilled = domain.filled(known, np.random.default_rng(seed + 1))
    np.testing.assert_array_equal(domain.features(refilled), domain.features(rows))
    assert domain.features(rows).shape == (10, len(domain.groups))


@RELAXED
@given(spaces(constraints=False), st.integers(0, 2**32))
def test_values_and_places_belong_together(space, seed):
    domain = Domain(Encoder(space))
    rows = domain.snap(domain.draw(np.random.default_rng(seed), 5))
    for j in np.flatnonzero(domain.sizes > 0):
        values = domain.values(j)
        assert len(values) == domain.sizes[j]
        np.testing.assert_array_equal(values[domain.place(j, rows[:, j])], rows[:, j])


def test_two_choices_are_a_unit_apart():
    space = ts.SearchSpace(a=ts.Categorical("p", "q", "r"), b=ts.Categorical(0, 1))
    domain = Domain(Encoder(space))
    rows = np.array([[0, 0], [1, 0], [2, 0], [2, 1]], dtype=float)
    features = domain.features(rows)
    distance = ((features[:, None] - features[None, :]) ** 2).sum(axis=2)
    differing = (rows[:, None] != rows[None, :]).sum(axis=2)
    np.testing.assert_allclose(distance, differing, atol=1e-12)


def test_what_is_inactive_makes_no_difference():
    domain_ = domain()
    j = domain_.encoder.index
    rows = np.tile(domain_.filled(encoded(kind="a", x=0.5, n=10, few=2), np.random.default_rng(0)), (2, 1))
    rows[1, j["y"]], rows[1, j["size"]] = 0.9, domain_.values(j["size"])[2]
    features = domain_.features(rows)
    np.testing.assert_array_equal(features[0], features[1])
    np.testing.assert_allclose(features[0, domain_.groups == j["y"]], 0.5)


def test_what_kinds_of_columns_there_are():
    domain_ = domain()
    names = np.array([column.name for column in domain_.encoder.columns])
    assert set(names[domain_.smooth]) == {"x", "n", "y"}
    assert set(names[domain_.gating]) == {"kind", "size"}
    assert set(names[domain_.conditional]) == {"size", "y"}
    assert dict(zip(names, domain_.sizes.tolist(), strict=True)) == {
        "kind": 3, "x": 0, "n": 1000, "few": 3, "size": 3, "y": 0,
    }  # fmt: skip
    assert not domain_.finite
    assert not domain_.may_repeat
    assert not domain_.has_prior


@pytest.mark.parametrize(
    ("space", "finite", "may_repeat"),
    [
        (ts.SearchSpace(n=ts.Int(1, 5), c=ts.Categorical("a", "b")), True, True),
        (ts.SearchSpace(c=ts.Categorical("a", "b"), x=ts.Float(0, 1).when("c", "b")), False, True),
        (ts.SearchSpace(n=ts.Int(1, 10**6)), False, False),
        (ts.SearchSpace(c=ts.Fixed("a")), False, False),
    ],
)
def test_where_a_point_can_come_twice(space, finite, may_repeat):
    domain = Domain(Encoder(space))
    assert (domain.finite, domain.may_repeat) == (finite, may_repeat)


def test_the_prior_of_the_user_and_its_slope():
    space = ts.SearchSpace(
        c=ts.Categorical("a", "b", prior=[3, 1]), x=ts.Float(0, 1, prior=Normal(0.3, 0.1)), y=ts.Float(0, 1)
    )
    domain = Domain(Encoder(space))
    assert domain.has_prior
    j = domain.encoder.index
    rows = np.full((3, 3), 0.3)
    rows[:, j["c"]] = [0, 1, 0]
    rows[2, j["x"]] = 0.6
    prior = domain.log_prior(rows, None)
    assert prior[0] - prior[1] == pytest.approx(np.log(3))
    assert prior[0] - prior[2] == pytest.approx(0.5 * 9, rel=0.05)
    slope = domain.prior_slope(rows, None)
    step = np.zeros(3)
    step[j["x"]] = 1e-5
    differences = (domain.log_prior(rows + step, None) - domain.log_prior(rows - step, None)) / 2e-5
    np.testing.assert_allclose(slope[:, j["x"]], differences, rtol=1e-6, atol=1e-6)
    assert not slope[:, [j["c"], j["y"]]].any()


def test_the_prior_of_what_is_inactive_does_not_count():
    space = ts.SearchSpace(c=ts.Categorical("a", "b"), x=ts.Float(0, 1, prior=Normal(0.3, 0.1)).when("c", "b"))
    domain = Domain(Encoder(space))
    rows = np.array([[0, 0.3], [0, 0.9], [1, 0.9]])
    active = domain.active(rows)
    prior = domain.log_prior(rows, active)
    assert prior[0] == prior[1] > prior[2]
    assert domain.prior_slope(rows, active)[:, 1].tolist()[:2] == [0, 0]


def test_the_domain_of_an_encoder_is_made_once():
    encoder = Encoder(SPACE)
    assert domain_of(encoder) is domain_of(encoder)
    assert domain_of(Encoder(SPACE)) is not domain_of(encoder)
