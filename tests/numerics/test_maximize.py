"""The search for the best point of a landscape, on landscapes whose best point is known."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.numerics.domain import Domain
from tunesmith.numerics.encoding import Encoder
from tunesmith.numerics.maximize import Effort, Maximizer, ascend

SPACE = ts.SearchSpace(
    kind=ts.Categorical("a", "b", "c"),
    x=ts.Float(0, 1),
    z=ts.Float(0, 1),
    n=ts.Int(1, 20),
    y=ts.Float(0, 1).when("kind", "b"),
    k=ts.Int(1, 4).when("kind", "c"),
)
EFFORT = Effort(256, 64, 6, (15, 7))
NOTHING_KNOWN = np.empty((0, 6))


class Hill:
    """A curved peak at x = 0.31, z = 0.77, n = 13, and in branch b at y = 0.62; b is best, but only near its y."""

    def __init__(self, domain):
        self.domain = domain
        self.at = domain.encoder.index
        self.calls = 0

    def value(self, rows, active):
        return self.gradient(rows, active)[0]

    def gradient(self, rows, active):
        self.calls += 1
        at = self.at
        x, z, n, y = (rows[:, at[name]] for name in "xzny")
        b = active[:, at["y"]]
        slope = np.zeros(rows.shape)
        dx, dz = x - 0.31, z - 0.77
        value = -40 * dx**2 - 25 * dz**2 - 30 * dx * dz - 30 * (n - 12.5 / 20) ** 2
        slope[:, at["x"]] = -80 * dx - 30 * dz
        slope[:, at["z"]] = -50 * dz - 30 * dx
        slope[:, at["n"]] = -60 * (n - 12.5 / 20)
        value = value + np.where(b, 2.0 - 80 * (y - 0.62) ** 2, np.where(rows[:, at["kind"]] == 2, 0.5, 0.0))
        slope[:, at["y"]] = np.where(b, -160 * (y - 0.62), 0.0)
        return value, slope


def maximizer(seed=0, **options):
    domain = Domain(Encoder(SPACE))
    return Maximizer(domain, Hill(domain), np.random.default_rng(seed), **options), domain


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("known", [False, True])
def test_the_peak_is_found(seed, known):
    search, domain = maximizer(seed)
    good = domain.encoder.encode_many([{"kind": "a", "x": 0.3, "z": 0.8, "n": 13}]) if known else NOTHING_KNOWN
    found = search.run(good, EFFORT)
    best = domain.encoder.decode(np.where(domain.active(found.rows), found.rows, np.nan)[0])
    assert found.values[0] > 1.99
    assert (best["kind"], best["n"]) == ("b", 13)
    assert best["x"] == pytest.approx(0.31, abs=0.02)
    assert best["z"] == pytest.approx(0.77, abs=0.02)
    assert best["y"] == pytest.approx(0.62, abs=0.02)


def test_what_is_found_is_snapped_and_in_order():
    search, domain = maximizer()
    found = search.run(NOTHING_KNOWN, EFFORT)
    np.testing.assert_array_equal(domain.snap(found.rows), found.rows)
    assert np.all(np.diff(found.values) <= 0)
    np.testing.assert_allclose(found.values, Hill(domain).value(found.rows, domain.active(found.rows)))
    assert set(found.origins) == {"local search", "global"}
    assert found.origins[0] == "local search"
    assert len(found.origins) == len(found.rows)


def test_the_same_seed_finds_the_same():
    np.testing.assert_array_equal(*(maximizer(3)[0].run(NOTHING_KNOWN, EFFORT).rows for _ in range(2)))


def test_fixed_numbers_stay():
    encoder = Encoder(SPACE)
    fixed = encoder.encode({"kind": "c", "x": 0.9, "n": 2})
    search, domain = maximizer(fixed=fixed)
    found = search.run(NOTHING_KNOWN, EFFORT)
    held = ~np.isnan(fixed)
    np.testing.assert_allclose(found.rows[:, held], np.tile(fixed[held], (len(found.rows), 1)))
    assert found.rows[0, domain.encoder.index["z"]] == pytest.approx(0.77 - 0.6 * (0.9 - 0.31), abs=0.02)


def test_rejected_points_come_last():
    search, domain = maximizer(rejects=lambda rows: rows[:, 0] == 1)
    j = domain.encoder.index["kind"]
    assert j == 0
    found = search.run(NOTHING_KNOWN, EFFORT)
    assert found.rows[0, j] == 2
    assert found.values[0] == pytest.approx(0.5, abs=0.01)
    assert np.all(np.isneginf(found.values) == (found.rows[:, j] == 1))


def test_everything_rejected_is_said_by_the_values():
    search, _ = maximizer(rejects=lambda rows: np.ones(len(rows), dtype=bool))
    assert np.isneginf(search.run(NOTHING_KNOWN, EFFORT).values).all()


def test_extra_candidates_are_candidates():
    search, domain = maximizer()
    peak = domain.encoder.encode({"kind": "b", "x": 0.31, "z": 0.77, "n": 13, "y": 0.62})[None, :]
    found = search.run(NOTHING_KNOWN, Effort(2, 0, 1, (0, 0)), domain.filled(peak, np.random.default_rng(0)))
    assert found.values[0] == pytest.approx(2.0)


def test_a_listed_space_is_looked_at_point_by_point():
    search, domain = maximizer(rejects=lambda rows: rows[:, 0] == 1)
    rows = domain.snap(domain.draw(np.random.default_rng(1), 50))
    found = search.among(rows)
    assert sorted(map(tuple, found.rows)) == sorted(map(tuple, rows))
    assert np.all(found.values[:-1] >= found.values[1:])
    assert set(found.origins) == {"exhaustive"}


def test_candidates_near_good_points_stay_in_the_space():
    search, domain = maximizer()
    anchors = domain.snap(domain.draw(np.random.default_rng(1), 3))
    rows = search.perturbed(anchors, 300)
    numbers = rows[:, domain.numeric]
    assert numbers.min() >= 0
    assert numbers.max() <= 1
    assert set(np.unique(rows[:, domain.choices])) == {0, 1, 2}
    changed = (rows[:, None] != anchors[None]).sum(axis=2).min(axis=1)
    assert set(changed.tolist()) >= {0, 1, 3}
    assert changed.max() > 3


class Valley:
    """Rosenbrock's function, turned round, on [-2, 2] squared."""

    def value(self, rows, active):
        return self.gradient(rows, active)[0]

    def gradient(self, rows, active):
        x, y = 4 * rows.T - 2
        value = -((1 - x) ** 2 + 5 * (y - x**2) ** 2)
        return value, 4 * np.column_stack([2 * (1 - x) + 20 * x * (y - x**2), -10 * (y - x**2)])


def test_climbing_never_goes_down_and_reaches_the_top():
    valley, points = Valley(), np.random.default_rng(0).random((30, 2))
    moves = np.ones(points.shape, dtype=bool)
    before = valley.value(points, None)
    after = before
    for steps in (1, 5, 60):
        after = valley.value(ascend(valley, points, None, moves, steps), None)
        assert np.all(after >= before)
    assert np.median(after) > -1e-3
    assert np.all(ascend(valley, points, None, moves, 5) <= 1)


def test_climbing_moves_only_what_it_may():
    points = np.random.default_rng(0).random((10, 2))
    moves = np.zeros(points.shape, dtype=bool)
    np.testing.assert_array_equal(ascend(Valley(), points, None, moves, 10), points)
    moves[:, 1] = True
    climbed = ascend(Valley(), points, None, moves, 30)
    np.testing.assert_array_equal(climbed[:, 0], points[:, 0])
    x = 4 * points[:, 0] - 2
    np.testing.assert_allclose(climbed[:, 1], np.clip((x**2 + 2) / 4, 0, 1), atol=1e-2)
