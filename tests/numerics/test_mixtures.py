"""Parzen mixtures against a slow reading of their definition, and whole conditional spaces counted out."""

from __future__ import annotations

import itertools
import math
import random
import time

import numpy as np
import pytest
from scipy.stats import norm, truncnorm

from tunesmith.numerics.encoding import Encoder
from tunesmith.numerics.kde import FLOOR, ParzenMixture, bandwidths
from tunesmith.space import Categorical, Float, Int, LogNormal, Ordinal, SearchSpace, at_least

FINITE = SearchSpace(
    model=Categorical("tree", "net", "none", prior=[2, 1, 1]),
    depth=Int(1, 4).when("model", "tree"),
    layers=Int(1, 3).when("model", "net"),
    width=Ordinal("s", "m", "l").when("layers", at_least(2)),
    act=Categorical("relu", "tanh").when("model", "net"),
    size=Int(1, 6, log=True),
)


def samples(space, n, seed=0):
    rng = random.Random(seed)
    return Encoder(space).encode_many(space.sample(rng) for _ in range(n))


def everything(space):
    return Encoder(space).encode_many(space.grid())


def by_hand(encoder, rows, widths, weights, prior_weight, lenders, point):
    """The density at a point, kernel by kernel and column by column, as the docstring defines it."""
    columns = encoder.columns
    prior = np.full(len(columns), math.inf)
    kernels = [*rows, *lenders, prior]
    lending = [*weights, *[1.0] * len(lenders), prior_weight]
    counts = [sum(not math.isnan(kernel[j]) for kernel in kernels) for j in range(len(columns))]

    def factor(kernel, j):
        column, x, centre = columns[j], point[j], kernel[j]
        if column.kind == "choice":
            if centre == math.inf:
                return column.weights[int(x)]
            blur = prior_weight * column.size**0.5 / counts[j]
            share = min(blur / (1 + blur), 0.5)
            return share * column.weights[int(x)] + (1 - share) * (x == centre)
        mu, sigma = (column.mean, column.spread) if centre == math.inf else (centre, widths[j])
        if column.kind == "continuous":
            return truncnorm.pdf(x, -mu / sigma, (1 - mu) / sigma, mu, sigma)
        k = int(column.cells(np.array([x]))[0])
        mass = norm.cdf(column.edges[k + 1], mu, sigma) - norm.cdf(column.edges[k], mu, sigma)
        return mass / (norm.cdf(1, mu, sigma) - norm.cdf(0, mu, sigma))

    patterns = [tuple(math.isnan(kernel[j]) for kernel in kernels) for j in range(len(columns))]
    active = [j for j in range(len(columns)) if not math.isnan(point[j])]

    def lent(members):
        able = [k for k, kernel in enumerate(kernels) if not math.isnan(kernel[members[0]])]
        total = sum(lending[k] for k in able)
        return sum(lending[k] / total * math.prod(factor(kernels[k], j) for j in members) for k in able)

    own = [k for k in range(len(kernels)) if k < len(rows) or k == len(kernels) - 1]
    density = 0.0
    for k in own:
        product = math.prod(factor(kernels[k], j) for j in active if not math.isnan(kernels[k][j]))
        missing = [j for j in active if math.isnan(kernels[k][j])]
        for pattern in {patterns[j] for j in missing}:
            product *= lent([j for j in missing if patterns[j] == pattern])
        density += lending[k] * product
    return density / sum(lending[k] for k in own)


@pytest.mark.parametrize("lent", [0, 3])
def test_the_density_is_what_its_definition_says(lent):
    space = FINITE.with_(
        x=Float(0, 1),
        y=Float(1e-3, 1, log=True, prior=LogNormal(0.1, 2)).when("model", "tree"),
        z=Int(1, 9).when("model", "tree"),
    )
    encoder = Encoder(space)
    rows, points = samples(space, 9), samples(space, 12, seed=1)
    lenders = samples(space, lent, seed=2)
    lenders[:, encoder.index["model"]] = np.nan
    widths = np.linspace(0.05, 0.4, len(encoder.columns))
    weights = np.linspace(0.5, 2, len(rows))
    mixture = ParzenMixture(encoder.columns, rows, widths, weights, prior_weight=0.7, lenders=lenders)
    expected = [by_hand(encoder, rows, widths, weights, 0.7, lenders, point) for point in points]
    assert np.exp(mixture.log_density(points)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 40])
def test_a_conditional_space_sums_to_one(n):
    encoder = Encoder(FINITE)
    mixture = ParzenMixture(encoder.columns, samples(FINITE, n), bandwidths(encoder.columns, n))
    assert np.exp(mixture.log_density(everything(FINITE))).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("given", [{}, {"model": "net"}, {"model": "net", "act": "tanh", "size": 2}, {"size": 6}])
def test_draws_have_exactly_the_density(given):
    encoder = Encoder(FINITE)
    rows = samples(FINITE, 4, seed=3)
    lenders = np.full((1, len(encoder.columns)), np.nan)
    lenders[0, encoder.index["depth"]] = encoder.columns[encoder.index["depth"]].centres[0]
    mixture = ParzenMixture(encoder.columns, rows, bandwidths(encoder.columns, 9), lenders=lenders)
    points = [point for point in FINITE.grid() if given.items() <= point.items()]
    expected = np.exp(mixture.log_density(encoder.encode_many(points)))
    n = 40_000
    drawn = encoder.tidy(mixture.sample(np.random.default_rng(0), n, encoder.encode(given) if given else None))
    keys, counts = np.unique(np.nan_to_num(drawn, nan=-1).round(9), axis=0, return_counts=True)
    seen = {tuple(key): count for key, count in zip(keys.tolist(), counts.tolist(), strict=True)}
    names = [tuple(np.nan_to_num(row, nan=-1).round(9).tolist()) for row in encoder.encode_many(points)]
    found = np.array([seen.pop(name, 0) for name in names]) / n
    assert not seen
    expected /= expected.sum()
    assert np.abs(found - expected).sum() < 3 * np.sqrt(2 / np.pi * expected * (1 - expected) / n).sum()


def test_a_branch_that_was_never_good_borrows_what_is_lent():
    space = SearchSpace(kind=Categorical("a", "b"), x=Float(0, 1).when("kind", "b"))
    encoder = Encoder(space)
    good = encoder.encode_many([{"kind": "a"}] * 3)
    lenders = np.array([[np.nan, 0.7]] * 5)
    mixture = ParzenMixture(encoder.columns, good, np.full(2, 0.03), lenders=lenders, prior_weight=1.0)
    drawn = encoder.tidy(mixture.sample(np.random.default_rng(0), 4000))
    x = drawn[:, 1][~np.isnan(drawn[:, 1])]
    assert 0.08 < len(x) / 4000 < 0.4
    assert np.mean(np.abs(x - 0.7) < 0.1) > 0.45  # the rest are the prior's own


def test_more_parameters_are_neither_good_nor_bad_in_themselves():
    """Two branches, equally often tried, one with two more parameters spread evenly: both weigh the same."""
    space = SearchSpace(kind=Categorical("a", "b"), x=Float(0, 1).when("kind", "b"), y=Float(0, 1).when("kind", "b"))
    encoder = Encoder(space)
    rows = samples(space, 400)
    mixture = ParzenMixture(encoder.columns, rows, np.full(3, 0.2))
    grid = np.array([[1, x, y] for x, y in itertools.product((np.arange(30) + 0.5) / 30, repeat=2)])
    share = np.exp(mixture.log_density(grid)).mean()
    assert share == pytest.approx(np.mean(rows[:, 0] == 1), abs=0.03)


def test_long_lists_of_choices_take_no_squares_of_memory():
    encoder = Encoder(SearchSpace(c=Categorical([f"choice {k}" for k in range(20_000)])))
    mixture = ParzenMixture(encoder.columns, np.array([[5.0], [7.0]]), np.ones(1))
    density = np.exp(mixture.log_density(np.arange(20_000.0)[:, None]))
    assert density.sum() == pytest.approx(1.0)
    assert density[5] == pytest.approx(density[7])
    assert density[5] > 1000 * density[6]


def test_bandwidths_cool_down_to_the_floor_and_never_below_half_a_cell():
    x, k = Encoder(SearchSpace(x=Float(0, 1), k=Int(1, 5))).columns
    widths = np.array([bandwidths([x, k], n) for n in (0, 10, 100, 10**6)])
    assert np.all(np.diff(widths, axis=0) <= 0)
    assert widths[0, 0] == 1.0
    assert widths[-1].tolist() == [FLOOR, 0.1]


def test_a_thousand_kernels_take_milliseconds():
    encoder = Encoder(FINITE.with_(x=Float(0, 1), y=Float(0, 1), z=Float(0, 1)))
    rows = samples(encoder.space, 1000)
    started = time.process_time()
    for _ in range(20):
        ParzenMixture(encoder.columns, rows, bandwidths(encoder.columns, 1000)).log_density(rows[:24])
    assert (time.process_time() - started) / 20 < 0.02
