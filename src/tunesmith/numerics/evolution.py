"""One run of an evolution strategy over rows of mixed parameters: CMA-ES with margin, and distributions of choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from scipy.special import ndtr, ndtri

from tunesmith.numerics.encoding import Column, Indices, Mask, Rows

SIGMA = 0.3
"""Standard deviation at the start, as a share of the scale."""

CONVERGED = 1e-7
"""A run ends when no continuous column spreads more than this share of its scale."""

WIDER = 1.2
"""What the standard deviations are multiplied by after a generation of equals."""

WORST_CONDITION = 1e14
"""A run ends when the axes of its Gaussian differ so much, squared."""

FASTEST, SLOWEST = 0.3, 0.03
"""Bounds of the step of the distributions of choices, in Fisher's norm."""

_TINY = 1e-300


@final
@dataclass(frozen=True, eq=False)
class Shape:
    """What all runs over the same columns have in common.

    Parameters
    ----------
    columns
        What the numbers mean.
    """

    columns: Sequence[Column]

    @property
    def numeric(self) -> list[int]:
        """The columns with a scale: they share a Gaussian."""
        return [j for j, column in enumerate(self.columns) if column.kind != "choice"]

    @property
    def choices(self) -> list[int]:
        """The columns of choices: each has a distribution of its own."""
        return [j for j, column in enumerate(self.columns) if column.kind == "choice"]

    @property
    def population(self) -> int:
        """How many points make a generation unless said otherwise."""
        return 4 + int(3 * math.log(max(len(self.columns), 1)))


@final
@dataclass(frozen=True, eq=False)
class Generation:
    """Points that were tried, best first.

    Parameters
    ----------
    latent
        Where each was in the space of the Gaussian (numeric columns only); NaN where that is not known.
    active
        Which of those numbers had a part in the point's value.
    chosen
        The choices (columns of choices only); -1 where inactive.
    ranks
        0 for the best; equal for points that are equally good.
    """

    latent: Rows
    active: Mask
    chosen: Indices
    ranks: Indices


@final
@dataclass(frozen=True, eq=False)
class Evolution:
    """The distribution from which points are drawn, and all that is needed to improve it. Made by `begin`.

    Numeric columns follow the CMA-ES with negative weights (Hansen 2016, "The CMA evolution strategy: a tutorial",
    arXiv 1604.00772). For columns of cells the Gaussian is moved and widened after each step so that other cells than
    the most likely one keep a chance of at least 1 / (columns x population) (Hamano et al. 2022, "CMA-ES with margin",
    GECCO, arXiv 2205.13482). Columns of choices have independent distributions that follow their natural gradient, by
    steps that grow while the gradient keeps its direction (Akimoto et al. 2019, "Adaptive stochastic natural gradient",
    ICML), with a least chance for each choice (Hamano et al. 2024, "CatCMA", GECCO, arXiv 2405.09962). Points that are
    too far to have been drawn from it are pulled in (after Hansen 2011, "Injecting external solutions into CMA-ES",
    arXiv 1110.4181), so they may come in any order from anywhere.
    """

    shape: Shape
    population: int
    mean: Rows
    sigma: float
    cov: Rows
    axes: Rows
    lengths: Rows
    margin: Rows
    path: Rows
    step_path: Rows
    chances: tuple[Rows, ...]
    signal: tuple[Rows, ...]
    signal_size: float = 0.0
    step: float = FASTEST
    generation: int = 0

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        """Full rows, numbers of continuous columns perhaps outside the scale, and what is latent in each.

        Examples
        --------
        >>> start = begin(Shape([Column("x", "continuous")]), np.array([0.5]))
        >>> rows, latent = start.draw(np.random.default_rng(0), 3)
        >>> bool((rows == latent).all())
        True
        """
        columns, numeric, choices = self.shape.columns, self.shape.numeric, self.shape.choices
        normal, uniform = rng.standard_normal((n, len(numeric))), rng.random((n, len(choices)))
        latent = self.mean + self.sigma * self.margin * ((normal * self.lengths) @ self.axes.T)
        rows = np.empty((n, len(columns)))
        for place, j in enumerate(numeric):
            column, own = columns[j], latent[:, place]
            rows[:, j] = column.centres[column.cells(own)] if column.size else own
        for place, j in enumerate(choices):
            rows[:, j] = np.searchsorted(np.cumsum(self.chances[place])[:-1], uniform[:, place], "right")
        return rows, latent

    @property
    def deviations(self) -> Rows:
        """Standard deviation of each numeric column."""
        found: Rows = self.sigma * self.margin * np.sqrt(np.diag(self.cov))
        return found

    @property
    def has_converged(self) -> bool:
        """Whether further points would differ too little, or rounding errors prevail."""
        free = [place for place, j in enumerate(self.shape.numeric) if not self.shape.columns[j].size]
        if free and float(self.deviations[free].max()) < CONVERGED:
            return True
        return len(self.lengths) > 0 and float(self.lengths.max() / self.lengths.min()) ** 2 > WORST_CONDITION

    def after(self, told: Generation) -> Evolution:
        """The distribution after one generation."""
        if not told.ranks.any():  # a plateau, or nothing but failures: look farther
            wider = min(self.sigma * WIDER, 1.0 / max(float(np.sqrt(np.diag(self.cov)).max(initial=0.0)), _TINY))
            return _with_margin(replace(self, sigma=wider, generation=self.generation + 1))
        weights = _Weights.of(len(self.mean), len(told.ranks), told.ranks)
        return _with_choices(_with_margin(_with_numbers(self, told, weights)), told, weights)


def begin(
    shape: Shape, start: Rows, *, population: int | None = None, sigma: float = SIGMA, trust: float = 0.0
) -> Evolution:
    """A run that begins around a row.

    Parameters
    ----------
    shape
        What the numbers mean.
    start
        The middle of the first generation; NaN takes the prior's.
    population
        Points of a generation.
    sigma
        Standard deviation, as a share of the scale (of the prior's spread, if that is narrower).
    trust
        Chance that the choices of `start` have beyond their prior's, from 0 to 1.
    """
    numeric, choices = shape.numeric, shape.choices
    columns = [shape.columns[j] for j in numeric]
    prior = np.array([column.mean for column in columns])
    spread = np.minimum(np.array([column.spread for column in columns]) / SIGMA, 1.0)
    own = start[numeric]
    chances = []
    for j in choices:
        chance = shape.columns[j].weights.copy()
        if start[j] == start[j]:
            chance *= 1.0 - trust
            chance[int(start[j])] += trust
        chances.append(chance)
    size = len(numeric)
    made = Evolution(
        shape, population or shape.population, np.where(np.isnan(own), prior, own), sigma, np.diag(spread**2),
        np.eye(size), spread, np.ones(size), np.zeros(size), np.zeros(size), tuple(chances),
        tuple(np.zeros(len(chance)) for chance in chances),
    )  # fmt: skip
    return _with_margin(replace(made, chances=_kept_possible(made)))


@final
@dataclass(frozen=True, eq=False)
class _Weights:
    """Weights of the points of a generation, best first, and the rates that follow from them."""

    every: Rows
    positive: Rows
    mass: float
    rank_one: float
    rank_mu: float

    @staticmethod
    def of(size: int, population: int, ranks: Indices) -> _Weights:
        """Table 1 of Hansen 2016; points of equal rank share their weights."""
        raw = math.log((population + 1) / 2) - np.log(np.arange(1, population + 1))
        parents = raw > 0
        mass = float(raw[parents].sum() ** 2 / (raw[parents] ** 2).sum())
        against = float(raw[~parents].sum() ** 2 / max((raw[~parents] ** 2).sum(), _TINY))
        one = 2.0 / ((size + 1.3) ** 2 + mass)
        mu = min(1.0 - one, 2.0 * (mass - 2.0 + 1.0 / mass) / ((size + 2.0) ** 2 + mass)) if size else 0.0
        positive = np.where(parents, raw, 0.0)
        positive /= positive.sum()
        least = min(1 + one / max(mu, _TINY), 1 + 2 * against / (mass + 2), (1 - one - mu) / max(size * mu, _TINY))
        negative = np.where(parents, 0.0, raw)
        negative *= least / max(-negative.sum(), _TINY)
        return _Weights(_shared(positive + negative, ranks), _shared(positive, ranks), mass, one, mu)


def _shared(weights: Rows, ranks: Indices) -> Rows:
    """The mean of the weights of points that are equally good, for each of them."""
    counts = np.bincount(ranks)
    found: Rows = (np.bincount(ranks, weights) / np.maximum(counts, 1))[ranks]
    return found


def _with_numbers(old: Evolution, told: Generation, by: _Weights) -> Evolution:
    """Mean, step size and covariance after a generation."""
    size = len(old.mean)
    if not size:
        return replace(old, generation=old.generation + 1)
    known = ~np.isnan(told.latent)
    away = np.where(known, (told.latent - old.mean) / (old.sigma * old.margin), 0.0)
    white = (away @ old.axes) / old.lengths
    distance = np.linalg.norm(white, axis=1)
    farthest = math.sqrt(size) + 3
    shrink = np.minimum(1.0, farthest / np.maximum(distance, _TINY))
    away, white, distance = away * shrink[:, None], white * shrink[:, None], distance * shrink
    active = (told.active & known).astype(float)

    mean = old.mean + old.sigma * old.margin * (by.positive @ (active * away))
    cumulate = (by.mass + 2) / (size + by.mass + 5)
    damping = 1 + 2 * max(0.0, math.sqrt((by.mass - 1) / (size + 1)) - 1) + cumulate
    straight = old.axes @ (by.positive @ white)
    step_path = (1 - cumulate) * old.step_path + math.sqrt(cumulate * (2 - cumulate) * by.mass) * straight
    length, expected = float(np.linalg.norm(step_path)), math.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size**2))
    generation = old.generation + 1
    calm = length / math.sqrt(1 - (1 - cumulate) ** (2 * generation)) < (1.4 + 2 / (size + 1)) * expected
    sigma = old.sigma * math.exp(min(1.0, cumulate / damping * (length / expected - 1)))

    remember = (4 + by.mass / size) / (size + 4 + 2 * by.mass / size)
    path = (1 - remember) * old.path + calm * math.sqrt(remember * (2 - remember) * by.mass) * (by.positive @ away)
    scaled = np.where(by.every >= 0, by.every, by.every * size / np.maximum(distance**2, _TINY))
    scaled = np.where(distance > 0, scaled, 0.0)
    spread = (active * away).T @ (scaled[:, None] * (active * away))
    unknown = by.every.sum() - active.T @ (by.every[:, None] * active)  # where inactive, as it was
    keep = 1 + by.rank_one * (1 - calm) * remember * (2 - remember) - by.rank_one - by.rank_mu * by.every.sum()
    cov = keep * old.cov + by.rank_one * np.outer(path, path) + by.rank_mu * (spread + unknown * old.cov)
    cov = (cov + cov.T) / 2
    squares, axes = np.linalg.eigh(cov)
    if squares[0] <= squares[-1] / WORST_CONDITION:
        squares = np.maximum(squares, squares[-1] / WORST_CONDITION / 2)
        cov = (axes * squares) @ axes.T
    sigma = min(sigma, 1.0 / float(np.sqrt(np.diag(cov)).max()))
    return replace(
        old, mean=mean, sigma=sigma, cov=cov, axes=axes, lengths=np.sqrt(squares), path=path, step_path=step_path,
        generation=generation,
    )  # fmt: skip


def _with_margin(old: Evolution) -> Evolution:
    """Cells other than that of the mean keep a chance (Hamano et al. 2022, section 4)."""
    columns = old.shape.columns
    least = 1.0 / (max(len(columns), 1) * old.population)
    mean, margin = old.mean.copy(), old.margin.copy()
    deviation = old.sigma * np.sqrt(np.diag(old.cov))
    for place, j in enumerate(old.shape.numeric):
        column = columns[j]
        if not column.size:
            mean[place] = min(max(float(mean[place]), 0.0), 1.0)
            continue
        inner = column.edges[1:-1]
        cell, spread = int(column.cells(mean[[place]])[0]), float(deviation[place] * margin[place])
        if cell in {0, column.size - 1}:
            edge = float(inner[0] if cell == 0 else inner[-1])
            reach = min(abs(float(mean[place]) - edge), -float(ndtri(least)) * spread)
            mean[place] = edge - reach if cell == 0 else edge + reach
            continue
        low, high = float(inner[cell - 1]), float(inner[cell])
        below, above = float(ndtr((low - mean[place]) / spread)), float(ndtr((mean[place] - high) / spread))
        if min(below, above) >= least / 2:
            continue
        tails = np.maximum([below, above, 1.0 - below - above], least / 2)
        tails += (1.0 - tails.sum()) / (tails.sum() - 1.5 * least) * (tails - least / 2)
        reaches = -ndtri(np.minimum(tails[:2], 0.5 - 1e-9))
        mean[place] = (low * reaches[1] + high * reaches[0]) / reaches.sum()
        margin[place] = (high - low) / (deviation[place] * reaches.sum())
    return replace(old, mean=mean, margin=margin)


def _with_choices(old: Evolution, told: Generation, by: _Weights) -> Evolution:
    """The distributions of choices after a generation: a step along the natural gradient."""
    if not old.chances:
        return old
    gradients = []
    for place, chance in enumerate(old.chances):
        own = told.chosen[:, place]
        weights = np.where(own >= 0, by.positive, 0.0)
        gradients.append(np.bincount(np.maximum(own, 0), weights, len(chance)) - weights.sum() * chance)
    norm = math.sqrt(
        sum(float((g * g / np.maximum(q, _TINY)).sum()) for g, q in zip(gradients, old.chances, strict=True))
    )
    if norm == 0:
        return old
    beta = old.step / math.sqrt(sum(len(chance) - 1 for chance in old.chances) or 1)
    keep, take = 1 - beta, math.sqrt(beta * (2 - beta)) / norm
    signal = tuple(
        keep * s + take * g / np.sqrt(np.maximum(q, _TINY))
        for s, g, q in zip(old.signal, gradients, old.chances, strict=True)
    )
    size = keep**2 * old.signal_size + beta * (2 - beta)
    strength = sum(float((s * s).sum()) for s in signal) / 1.5
    step = min(max(old.step * math.exp(beta * (strength - size)), SLOWEST), FASTEST)
    rate = min(old.step / norm, 1.0)
    chances = tuple(q + rate * g for q, g in zip(old.chances, gradients, strict=True))
    moved = replace(old, chances=chances, signal=signal, signal_size=size, step=step)
    return replace(moved, chances=_kept_possible(moved))


def _kept_possible(old: Evolution) -> tuple[Rows, ...]:
    """Distributions of choices in which each has a least chance, smaller where the prior is.

    A draw in which all have the most likely choice stays likely: 73 % (Hamano et al. 2024), more in large generations.
    """
    found = []
    share = min(1.0 - 0.73 ** (1.0 / max(len(old.chances), 1)), 1.5 / old.population)
    for place, j in enumerate(old.shape.choices):
        chance, weights = old.chances[place], old.shape.columns[j].weights
        least = min(share / max(len(chance) - 1, 1), 0.5 / len(chance)) * np.minimum(len(chance) * weights, 1.0)
        spare = np.maximum(chance, least) - least
        found.append(least + spare * (1.0 - least.sum()) / max(float(spare.sum()), _TINY))
    return tuple(found)
