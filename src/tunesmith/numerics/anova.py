"""A Gaussian process that is a sum of centred parts, one a parameter and one a pair: its variances add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from scipy.linalg import LinAlgError, lapack
from scipy.optimize import minimize

from tunesmith.numerics.encoding import Column, Encoder, Indices, Rows

RANK = 10
"""Of a number so many shapes are kept, the smoothest first; the others hold less than a hundredth of the variance."""

NODES = 32
"""At so many places of a continuous parameter its shapes are worked out."""

_MIX = ((0.35, 1.0), (0.5, 0.6), (0.15, 0.15))
"""Weights and length-scales of the Matern kernels that a number's part is a mixture of: mostly gentle slopes."""

_LINEAR = 0.3
"""The mean square of the straight line in the mixture: a slope goes on to the ends of a range."""

_SPARSE, _LARGE = 0.1, 0.5
"""The variance of a part is gamma distributed before data are seen: most have little, none is far above this."""

_PAIRS, _NOISE = (-3.0, 1.0), (-2.0, 2.0)
"""Means and deviations of the logarithms of what a pair has in proportion to its two parts, and of the noise."""

_BOUNDS = {"part": (-9.0, 3.0), "pairs": (-6.0, 2.0), "noise": (-9.0, 1.0)}

FLOOR = 1e-6
"""Least variance of the noise, in units of the standardised values."""

_STEPS = 60

OPEN = 0.1
"""Functions may be drawn as if no part had less variance than this: that the mode has none is no proof."""


@final
class Axis:
    """One parameter's shapes: functions with mean 0 over its range, whose squares add up to 1 on average.

    Parameters
    ----------
    column
        What the parameter's numbers mean. All values of its unit scale count alike, and all choices.

    Attributes
    ----------
    nodes, weights
        Places that stand for the range, and the share of it that each stands for.
    shapes
        `(nodes, R)`: the shapes at the nodes.
    powers
        `(R,)`: the mean squares of the shapes, which are orthogonal.
    """

    def __init__(self, column: Column) -> None:
        self._column = column
        if column.kind == "choice":
            self.nodes: Rows = np.arange(column.size, dtype=float)
            self.weights: Rows = np.full(column.size, 1.0 / column.size)
        elif column.kind == "cells":
            self.nodes, self.weights = column.centres, np.diff(column.edges)
        else:
            self.nodes = (np.arange(NODES) + 0.5) / NODES
            self.weights = np.full(NODES, 1.0 / NODES)
        raw = self._raw(self.nodes)
        self._mean: Rows = self.weights @ raw
        root = np.sqrt(self.weights)
        powers, vectors = np.linalg.eigh(root[:, None] * self._centred(raw) * root[None, :])
        most = len(self.nodes) - 1 if column.kind == "choice" else min(RANK, len(self.nodes) - 1)
        kept = np.argsort(powers)[::-1][:most]
        kept = kept[powers[kept] > 1e-10]
        total = float(powers[kept].sum())
        self.powers: Rows = powers[kept] / total
        self._into: Rows = root[:, None] * vectors[:, kept] / np.sqrt(powers[kept] * total)
        self.shapes: Rows = self._centred(raw) @ self._into

    def at(self, places: Rows) -> Rows:
        """The shapes at some places, `(n, R)`; all 0, which is their mean, where a place is NaN."""
        if len(places) > 1 and (places == places[0]).all():  # rows along another parameter
            return np.repeat(self.at(places[:1]), len(places), axis=0)
        known = ~np.isnan(places)
        found = np.zeros((len(places), len(self.powers)))
        if self._column.size:
            found[known] = self.shapes[self._column.cells(places[known])]
        else:
            found[known] = self._centred(self._raw(places[known])) @ self._into
        return found

    def _raw(self, places: Rows) -> Rows:
        gaps = np.abs(places[:, None] - self.nodes[None, :])
        if self._column.kind == "choice":
            return (gaps < 0.5).astype(float)
        found: Rows = 12.0 * _LINEAR * np.outer(places - 0.5, self.nodes - 0.5)
        for weight, length in _MIX:
            root = math.sqrt(5.0) / length * gaps
            found += weight * (1.0 + root + root * root / 3.0) * np.exp(-root)
        return found

    def _centred(self, raw: Rows) -> Rows:
        found: Rows = raw - self._mean[None, :] - (raw @ self.weights)[:, None] + self._mean @ self.weights
        return found


@final
class Basis:
    """The shapes of all parameters of a space, side by side.

    Attributes
    ----------
    axes
        One a column of the encoder.
    starts, groups
        Where each axis begins among the shapes, and to which axis each shape belongs.
    powers
        `(D,)`: the mean square of each shape over its own parameter's range.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.axes = [Axis(column) for column in encoder.columns]
        sizes = [len(axis.powers) for axis in self.axes]
        self.starts: Indices = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self.groups: Indices = np.repeat(np.arange(len(sizes)), sizes)
        self.powers: Rows = np.concatenate([axis.powers for axis in self.axes])
        self.across: Rows = (self.groups[:, None] != self.groups[None, :]).astype(float)
        """1 for two shapes of different parameters, 0 for two of the same."""

    def of(self, rows: Rows) -> Rows:
        """The shapes at encoded rows, `(n, D)`: a NaN (inactive, or averaged over) has none."""
        return np.concatenate([axis.at(rows[:, j]) for j, axis in enumerate(self.axes)], axis=1)

    def slice(self, j: int) -> slice:
        """Where the shapes of one parameter stand."""
        return slice(int(self.starts[j]), int(self.starts[j]) + len(self.axes[j].powers))


@final
@dataclass(frozen=True, eq=False)
class Draw:
    """One function that the data support: a constant, and a weight for each shape and each pair of shapes.

    Parameters
    ----------
    constant
        Its mean over the space.
    mains
        `(D,)`: weights of the shapes.
    pairs
        `(D, D)`: weights of products of shapes of two parameters, symmetric.
    """

    constant: float
    mains: Rows
    pairs: Rows

    def at(self, shapes: Rows) -> Rows:
        """The function where the shapes are these, `(n,)`."""
        found: Rows = self.constant + shapes @ self.mains + 0.5 * np.einsum("ij,ij->i", shapes @ self.pairs, shapes)
        return found

    def variances(self, basis: Basis) -> Rows:
        """`(d, d)`: the variance of each parameter's part over its range, and of each pair's beside the diagonal."""
        found: Rows = (self.pairs**2) * np.outer(basis.powers, basis.powers)
        found = np.add.reduceat(np.add.reduceat(found, basis.starts, axis=0), basis.starts, axis=1)
        np.fill_diagonal(found, np.add.reduceat(basis.powers * self.mains**2, basis.starts))
        return found


@final
class Known(NamedTuple):
    """What left-out data look like to the rest: predictions and their standard deviations, noise included."""

    means: Rows
    deviations: Rows


@final
class Anova:
    """A sum of a constant, a part for each parameter, one for each pair, and noise, fitted to data.

    A part has mean 0 over its parameter's range, whatever the other parameters are (Lu, Boukouvalas and Hensman 2022,
    "Additive Gaussian processes revisited", ICML, section 3), so that the parts are the functional analysis of
    variance, and are told from each other by design and not by where the data happen to lie. How much variance each
    part has is fitted by its posterior mode, with a prior under which most have none. A conditional parameter's part is
    there only where it is active: what switching does belongs to its parents.

    Parameters
    ----------
    basis
        The shapes.
    shapes
        `(n, D)`: the shapes at the data.
    values
        `(n,)` standardised values.
    extra
        `(n,)` known variances, added to the noise of each.

    Raises
    ------
    LinAlgError
        If the covariance is not positive definite.

    Examples
    --------
    >>> from tunesmith.space import Float, SearchSpace
    >>> basis = Basis(Encoder(SearchSpace(x=Float(0, 1), y=Float(0, 1))))
    >>> rows = np.random.default_rng(0).random((60, 2))
    >>> values = 2 * rows[:, 0] - 1
    >>> anova = Anova(basis, basis.of(rows), values / values.std(), np.zeros(60))
    >>> variances = anova.mean.variances(basis)
    >>> bool(abs(variances[0, 0] - 1) < 0.1), bool(variances[1, 1] < 0.01)
    (True, True)
    """

    def __init__(self, basis: Basis, shapes: Rows, values: Rows, extra: Rows) -> None:
        self.basis, self._shapes, self._values, self._extra = basis, shapes, values, extra
        dims = len(basis.axes)
        self._kernels = np.stack([shapes[:, basis.slice(j)] @ shapes[:, basis.slice(j)].T for j in range(dims)])
        self._squares = self._kernels**2
        start = np.concatenate([np.full(dims, math.log(0.1)), [_PAIRS[0], -1.5]])
        bounds = [_BOUNDS["part"]] * dims + [_BOUNDS["pairs"], _BOUNDS["noise"]]
        found = minimize(
            self._posterior, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _STEPS}
        )
        self.theta: Rows = found.x
        """Logarithms of the variance of each part, of the pairs' in proportion, and of the noise."""
        covariance = self._covariance(self.theta)[0] + np.diag(self.noise)
        self._factor, failed = lapack.dpotrf(covariance, lower=1, clean=1)
        if failed:
            raise LinAlgError("the covariance is not positive definite")
        self._alpha: Rows = lapack.dpotrs(self._factor, values, lower=1)[0]
        self._weights: Rows = np.exp(self.theta[:dims])[basis.groups]

    @property
    def noise(self) -> Rows:
        """The variance of the noise of each datum."""
        found: Rows = math.exp(self.theta[-1]) + FLOOR + self._extra
        return found

    @property
    def mean(self) -> Draw:
        """The posterior mean."""
        return self._drawn(self._weights, self._pair_weights_of(self._weights), self._shapes, self._alpha)

    def left_out(self) -> Known:
        """Each value as the others predict it (Rasmussen and Williams 2006, equations 5.10 to 5.12)."""
        inverse = lapack.dpotri(self._factor, lower=1)[0].diagonal()
        return Known(self._values - self._alpha / inverse, 1.0 / np.sqrt(inverse))

    def evidence(self) -> float:
        """The logarithm of how much likelier the data are under the parts than under a constant and noise."""
        fit = -0.5 * float(self._values @ self._alpha) - float(np.log(self._factor.diagonal()).sum())
        flat = -math.inf
        for noise in np.exp(np.linspace(-3.0, 1.0, 41)).tolist():
            variance = noise + FLOOR + self._extra
            scale = 1.0 + float(np.sum(1.0 / variance))
            misfit = float(np.sum(self._values**2 / variance)) - float(np.sum(self._values / variance)) ** 2 / scale
            flat = max(flat, -0.5 * (misfit + float(np.sum(np.log(variance))) + math.log(scale)))
        return fit - flat

    def draws(
        self, count: int, generator: np.random.Generator, *, resample: bool = True, least: float = OPEN
    ) -> list[Draw]:
        """Functions that the data support, by Matheron's rule (Wilson et al. 2020, arXiv 2002.09309, equation 6).

        Parameters
        ----------
        count
            How many.
        generator
            Where the random numbers come from.
        resample
            Whether each is drawn given a resample of the data (a bootstrap), so that it also tells how much hangs on
            a few of them.
        least
            As if no part had less variance than this.
        """
        theta = self.theta.copy()
        theta[:-2] = np.maximum(theta[:-2], math.log(least))
        weights, covariance = np.exp(theta[:-2])[self.basis.groups], self._covariance(theta)[0]
        of_pairs = self._pair_weights_of(weights)
        roots = np.sqrt(of_pairs)
        return [
            self._one_draw(generator, weights, of_pairs, roots, covariance, resample=resample) for _ in range(count)
        ]

    def _one_draw(
        self,
        generator: np.random.Generator,
        weights: Rows,
        of_pairs: Rows,
        roots: Rows,
        covariance: Rows,
        *,
        resample: bool,
    ) -> Draw:
        n = len(self._values)
        times = generator.multinomial(n, np.full(n, 1.0 / n)) if resample else np.ones(n, dtype=np.int64)
        rows = np.flatnonzero(times)
        noise = self.noise[rows] / times[rows]
        shapes = self._shapes[rows]
        constant = float(generator.standard_normal())
        mains = np.sqrt(weights) * generator.standard_normal(len(weights))
        upper = np.triu(generator.standard_normal(roots.shape))
        pairs = roots * (upper + np.triu(upper, 1).T)
        prior = Draw(constant, mains, pairs)
        seen = prior.at(shapes) + np.sqrt(noise) * generator.standard_normal(len(rows))
        covariance = covariance[np.ix_(rows, rows)] if resample else covariance.copy()
        covariance.flat[:: len(rows) + 1] += noise
        factor, failed = lapack.dpotrf(covariance, lower=1, overwrite_a=1)
        if failed:
            raise LinAlgError("the covariance of a resample is not positive definite")
        alpha = lapack.dpotrs(factor, self._values[rows] - seen, lower=1)[0]
        moved = self._drawn(weights, of_pairs, shapes, alpha)
        return Draw(constant + moved.constant, mains + moved.mains, pairs + moved.pairs)

    @staticmethod
    def _drawn(weights: Rows, of_pairs: Rows, shapes: Rows, alpha: Rows) -> Draw:
        pairs = of_pairs * (shapes.T @ (alpha[:, None] * shapes))
        return Draw(float(alpha.sum()), weights * (shapes.T @ alpha), pairs)

    def _pair_weights_of(self, weights: Rows) -> Rows:
        found: Rows = math.exp(self.theta[-2]) * np.outer(weights, weights) * self.basis.across
        return found

    def _covariance(self, theta: Rows) -> tuple[Rows, Rows, Rows, Rows]:
        """Of the function: all of it, the sum of the parts, that of the pairs, and the variances of the parts."""
        variances = np.exp(theta[:-2])
        parts = np.tensordot(variances, self._kernels, 1)
        pairs = 0.5 * (parts * parts - np.tensordot(variances**2, self._squares, 1))
        return 1.0 + parts + math.exp(theta[-2]) * pairs, parts, pairs, variances

    def _posterior(self, theta: Rows) -> tuple[float, Rows]:
        """The negative logarithm of the posterior of the variances, and its gradient."""
        covariance, parts, pairs, variances = self._covariance(theta)
        noise, proportion = math.exp(theta[-1]), math.exp(theta[-2])
        covariance.flat[:: len(covariance) + 1] += noise + FLOOR + self._extra
        factor, failed = lapack.dpotrf(covariance, lower=1, clean=1)
        if failed:
            return 1e25, np.zeros_like(theta)
        alpha = lapack.dpotrs(factor, self._values, lower=1)[0]
        value = 0.5 * float(self._values @ alpha) + float(np.log(factor.diagonal()).sum())
        inverse = lapack.dpotri(factor, lower=1)[0]
        slope = inverse + np.tril(inverse, -1).T
        slope -= np.outer(alpha, alpha)
        slope *= 0.5
        gradient = np.empty_like(theta)
        by_part = np.tensordot(self._kernels, slope * (1.0 + proportion * parts), 2)
        gradient[:-2] = variances * (by_part - proportion * variances * np.tensordot(self._squares, slope, 2))
        gradient[-2] = proportion * float(np.sum(slope * pairs))
        gradient[-1] = noise * float(slope.trace())
        gradient[:-2] -= _SPARSE - variances / _LARGE
        value -= float(np.sum(_SPARSE * theta[:-2] - variances / _LARGE))
        for place, (middle, spread) in ((-2, _PAIRS), (-1, _NOISE)):
            off = (theta[place] - middle) / spread
            value += 0.5 * off * off
            gradient[place] += off / spread
        return value, gradient


def signed_part(draws: Sequence[Draw], mean: Draw, basis: Basis, j: int) -> Rows:
    """How far each draw's part of a parameter goes along the mean's part: below 0 where it goes the other way.

    The mean square of a draw is never 0, so it cannot say that a part may be nothing; this can.
    """
    own = basis.slice(j)
    toward = basis.powers[own] * mean.mains[own]
    length = math.sqrt(float(toward @ mean.mains[own]))
    if length < 1e-12:
        return np.zeros(len(draws))
    return np.array([float(draw.mains[own] @ toward) / length for draw in draws])


def signed_pairs(draws: Sequence[Draw], mean: Draw, basis: Basis) -> Rows:
    """The same for all pairs: `(draws, d, d)`."""
    powers = np.outer(basis.powers, basis.powers)
    toward = mean.pairs * powers

    def along(pairs: Rows) -> Rows:
        found: Rows = np.add.reduceat(np.add.reduceat(pairs * toward, basis.starts, 0), basis.starts, 1)
        return found

    lengths = np.sqrt(np.maximum(along(mean.pairs), 1e-24))
    return np.stack([along(draw.pairs) / lengths for draw in draws])
