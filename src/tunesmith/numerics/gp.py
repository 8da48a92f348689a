"""Gaussian process regression in numpy and scipy: one Matern kernel over mixed features, fitted by its mode."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.linalg import LinAlgError, lapack
from scipy.linalg.blas import dtrmm, dtrsm
from scipy.optimize import minimize

from tunesmith.numerics.encoding import Indices, Rows

ROOT5 = math.sqrt(5.0)

FLOOR = 1e-6
"""Least variance of the noise, in units of the standardised values."""

_JITTERS = (0.0, 1e-8, 1e-6, 1e-4, 1e-2)

_LENGTH = -0.65
"""What is believed of the logarithm of the length-scale of a lone parameter, in units of its range: 0.52 of it."""


@final
@dataclass(frozen=True)
class Prior:
    """What is believed of a kernel before data are seen; all scales are logarithms.

    Parameters
    ----------
    length_mean, length_spread
        The length-scales are lognormal, as a density on the length itself, with this mean and standard deviation of
        the logarithm; `of(dims)` lets the mean grow with the root of the number of parameters (Hvarfner, Hellsten,
        Nardi 2024, "Vanilla Bayesian optimization performs great in high dimensions", ICML; arXiv 2402.02229), but it
        is narrow, a twelfth of their variance: a few dozen values do not tell the lengths of many parameters apart, and
        the mode under a wide prior follows chance.
    noise_mean, noise_spread
        Mean and standard deviation of the logarithm of the noise variance. Here the prior is wide: objectives are
        anything from exact to mostly noise.
    """

    length_mean: float
    length_spread: float = 0.5
    scale_spread: float = 1.0
    noise_mean: float = -4.0
    noise_spread: float = 2.0

    @classmethod
    def of(cls, dims: int, *, noise_mean: float = -4.0, noise_spread: float = 2.0) -> Prior:
        """The prior for so many parameters."""
        mean = _LENGTH + 0.5 * math.log(max(dims, 1))
        return cls(mean, noise_mean=noise_mean, noise_spread=noise_spread)

    def mode(self, dims: int) -> Rows:
        """The most likely logarithms of the length-scales, the output variance and the noise variance."""
        length = self.length_mean - self.length_spread**2
        return np.concatenate([np.full(dims, length), [0.0, self.noise_mean]])

    def penalty(self, theta: Rows) -> tuple[float, Rows]:
        """Negative logarithm of the density, up to a constant, and its gradient."""
        lengths, scale, noise = theta[:-2], theta[-2], theta[-1]
        off = (lengths - self.length_mean) / self.length_spread
        loud = (noise - self.noise_mean) / self.noise_spread
        value = 0.5 * off @ off + lengths.sum() + 0.5 * (scale / self.scale_spread) ** 2 + 0.5 * loud * loud
        gradient = np.empty_like(theta)
        gradient[:-2] = off / self.length_spread + 1.0
        gradient[-2] = scale / self.scale_spread**2
        gradient[-1] = loud / self.noise_spread
        return float(value), gradient


BOUNDS = {"length": (-3.0, 6.0), "scale": (-4.0, 4.0), "noise": (-14.0, 1.0)}
"""Where the logarithms of the hyperparameters may lie."""


@final
class Evidence:
    """The negative logarithm of a kernel's posterior given standardised data, with its exact gradient.

    Parameters
    ----------
    features, groups
        `(n, D)` numbers, and to which parameter each of the D belongs; a parameter's features share a length-scale.
    values
        `(n,)` standardised values.
    extra
        `(n,)` known variances, added to the noise of each row.

    Notes
    -----
    Rasmussen and Williams 2006, "Gaussian processes for machine learning", equations 5.8 and 5.9.
    """

    def __init__(self, features: Rows, groups: Indices, values: Rows, extra: Rows, prior: Prior) -> None:
        self._features, self._groups, self._values, self._extra, self._prior = features, groups, values, extra, prior
        self._dims = int(groups[-1]) + 1 if len(groups) else 0
        self._squares = features**2
        self._starts = np.searchsorted(groups, np.arange(self._dims))

    def __call__(self, theta: Rows) -> tuple[float, Rows]:
        """Value and gradient at the logarithms of the length-scales, the output variance and the noise variance."""
        scale, noise = math.exp(theta[-2]), math.exp(theta[-1])
        inverse_square = np.exp(-2.0 * theta[:-2])
        penalty, gradient = self._prior.penalty(theta)
        scaled = self._features * np.sqrt(inverse_square)[self._groups]
        kernel, weight = _matern(_distances(scaled, scaled), scale)
        covariance = kernel.copy()
        covariance.flat[:: len(kernel) + 1] += noise + FLOOR + self._extra
        factor, failed = lapack.dpotrf(covariance.T, lower=1, clean=1, overwrite_a=1)
        if failed:
            return 1e25, np.zeros_like(theta)
        alpha = lapack.dpotrs(factor, self._values, lower=1)[0]
        value = 0.5 * float(self._values @ alpha) + float(np.log(factor.diagonal()).sum()) + penalty
        inverse = lapack.dpotri(factor, lower=1, overwrite_c=1)[0]
        slope = inverse + inverse.T
        slope.flat[:: len(kernel) + 1] *= 0.5
        slope -= np.outer(alpha, alpha)
        slope *= 0.5
        weight *= slope
        per_feature = 2.0 * (weight.sum(axis=0) @ self._squares - np.sum(self._features * (weight @ self._features), 0))
        if self._dims:
            gradient[:-2] += np.add.reduceat(per_feature, self._starts) * inverse_square
        gradient[-2] += float(np.vdot(slope, kernel))
        gradient[-1] += noise * float(slope.trace())
        return value, gradient


def profile_log_likelihoods(features: Rows, groups: Indices, theta: Rows, extra: Rows, values: Rows) -> Rows:
    """The log-likelihood of each column of values at its best output variance, `(P,)`, up to a common constant.

    Parameters
    ----------
    features, groups, theta, extra
        As for `GaussianProcess`.
    values
        `(n, P)`: the same data on P scales.

    Raises
    ------
    LinAlgError
        If the covariance is not positive definite even with jitter.
    """
    process = GaussianProcess(features, groups, theta, extra)
    solved = dtrsm(1.0, process.factor, values, lower=1)
    squares = np.einsum("ij,ij->j", solved, solved)
    found: Rows = -0.5 * len(values) * np.log(np.maximum(squares, 1e-300))
    return found


def fit(evidence: Evidence, starts: list[Rows], *, steps: int = 30) -> tuple[Rows, float]:
    """The hyperparameters at the best of the modes that are reached from some starts, and the value there."""
    dims = len(starts[0]) - 2
    bounds = [BOUNDS["length"]] * dims + [BOUNDS["scale"], BOUNDS["noise"]]
    low, high = np.array(bounds).T
    best, least = starts[0], math.inf
    for start in starts:
        inside = np.clip(start, low, high)
        found = minimize(
            evidence.__call__, inside, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": steps, "ftol": 1e-5, "gtol": 1e-2, "maxls": 12},
        )  # fmt: skip
        if found.fun < least:
            best, least = np.clip(found.x, low, high), float(found.fun)
    return best, least


@final
class GaussianProcess:
    """A Gaussian process with known hyperparameters, conditioned on data; more data can be added cheaply.

    Parameters
    ----------
    features, groups
        `(n, D)` numbers, and to which parameter each of the D belongs.
    theta
        Logarithms of the length-scales (one a parameter), the output variance and the noise variance.
    extra
        `(n,)` known variances, added to the noise of each row.

    Raises
    ------
    LinAlgError
        If the covariance is not positive definite even with jitter.

    Examples
    --------
    >>> x = np.linspace(0, 1, 8)[:, None]
    >>> process = GaussianProcess(x, np.array([0]), np.array([-1.0, 0.0, -12.0]), np.zeros(8))
    >>> process.condition(np.sin(6 * x[:, 0]))
    >>> mean, deviation = process.predict(np.array([[0.55]]))
    >>> bool(abs(mean[0] - np.sin(3.3)) < 0.01), bool(deviation[0] < 0.05)
    (True, True)
    """

    def __init__(self, features: Rows, groups: Indices, theta: Rows, extra: Rows) -> None:
        self.theta, self.groups = theta, groups
        self.scale, self.noise = math.exp(theta[-2]), math.exp(theta[-1]) + FLOOR
        self.inverse_lengths: Rows = np.exp(-theta[:-2])[groups]
        self.scaled: Rows = features * self.inverse_lengths
        covariance = self._kernel(self.scaled, self.scaled)
        for jitter in _JITTERS:
            trial = covariance.copy()
            trial.flat[:: len(trial) + 1] += self.noise + extra + jitter * self.scale
            factor, failed = lapack.dpotrf(trial, lower=1, clean=1)
            if not failed:
                break
        else:
            raise LinAlgError("the covariance is not positive definite")
        self.factor: Rows = factor
        self._inverse: Rows | None = None
        self.alpha: Rows = np.zeros((len(features), 1))

    def __len__(self) -> int:
        return len(self.scaled)

    @property
    def inverse(self) -> Rows:
        """The inverse of the factor: to multiply with it is three times as fast as to solve, for many rows."""
        if self._inverse is None:
            self._inverse = lapack.dtrtri(self.factor, lower=1)[0]
        return self._inverse

    def extended(self, features: Rows, extra: Rows) -> GaussianProcess:
        """The process with further rows, by bordering both factors: O(n^2) for each row. Condition it again."""
        scaled = features * self.inverse_lengths
        across = dtrsm(1.0, self.factor, self._across(scaled), lower=1)
        corner = self._kernel(scaled, scaled) - across.T @ across
        corner.flat[:: len(corner) + 1] += self.noise + extra
        lower, failed = lapack.dpotrf(corner, lower=1, clean=1)
        if failed:
            raise LinAlgError("the covariance of the new rows is not positive definite")
        corner = lapack.dtrtri(lower, lower=1)[0]
        below = dtrmm(-1.0, self.inverse, corner @ across.T, side=1, lower=1)
        factor, inverse = _bordered(self.factor, across.T, lower), _bordered(self.inverse, below, corner)
        return self._like(np.concatenate([self.scaled, scaled]), factor, inverse)

    def copy(self) -> GaussianProcess:
        """The same process, to be conditioned on other values; the factors are shared."""
        return self._like(self.scaled, self.factor, self.inverse)

    def _like(self, scaled: Rows, factor: Rows, inverse: Rows) -> GaussianProcess:
        process = object.__new__(GaussianProcess)
        process.theta, process.groups, process.scale, process.noise = self.theta, self.groups, self.scale, self.noise
        process.inverse_lengths, process.scaled = self.inverse_lengths, scaled
        process.factor, process._inverse = factor, inverse
        process.alpha = np.zeros((len(scaled), 1))
        return process

    def condition(self, values: Rows) -> None:
        """Take values of all rows: `(n,)`, or `(n, S)` for S possible worlds that share the rows."""
        self.alpha = lapack.dpotrs(self.factor, values.reshape(len(self), -1), lower=1)[0]

    def predict(self, features: Rows) -> tuple[Rows, Rows]:
        """Posterior mean and standard deviation of the function without noise, `(m,)` each, in the first world."""
        across = self._across(features * self.inverse_lengths)
        return across.T @ self.alpha[:, 0], self._deviation(across)

    def predict_worlds(self, features: Rows) -> tuple[Rows, Rows]:
        """Posterior means `(m, S)` and the one standard deviation `(m,)`."""
        across = self._across(features * self.inverse_lengths)
        return across.T @ self.alpha, self._deviation(across)

    def with_slopes(self, features: Rows) -> Slopes:
        """Means, deviations and what their gradients are made of, at a few rows."""
        scaled = features * self.inverse_lengths
        across, steep = _matern(_distances(scaled, self.scaled), self.scale)
        solved = dtrmm(1.0, self.inverse, across.T, lower=1)
        variance = self.scale - np.einsum("ij,ij->j", solved, solved)
        weights = dtrmm(1.0, self.inverse, solved, lower=1, trans_a=1, overwrite_b=1)
        deviation = np.sqrt(np.maximum(variance, 1e-12 * self.scale))
        return Slopes(across @ self.alpha, deviation, weights.T, steep, scaled, self)

    def draw(self, features: Rows, normals: Rows) -> Rows:
        """Joint draws of the function at some rows, `(m, S)`, from `(m, S)` standard normal numbers."""
        scaled = features * self.inverse_lengths
        across = self._across(scaled)
        solved = dtrsm(1.0, self.factor, across, lower=1)
        covariance = self._kernel(scaled, scaled) - solved.T @ solved
        mean = across.T @ self.alpha[:, :1]
        for jitter in (1e-9, 1e-7, 1e-5, 1e-3):
            trial = covariance.copy()
            trial.flat[:: len(trial) + 1] += jitter * self.scale
            factor, failed = lapack.dpotrf(trial, lower=1, clean=1)
            if not failed:
                draws: Rows = mean + factor @ normals
                return draws
        raise LinAlgError("the posterior covariance is not positive definite")

    def _across(self, scaled: Rows) -> Rows:
        """Covariances of all rows (down) with some others (across), one after the other: what LAPACK takes as it is."""
        return self._kernel(scaled, self.scaled).T

    def _kernel(self, one: Rows, two: Rows) -> Rows:
        root = _distances(one, two)
        kernel: Rows = root * (self.scale / 3.0)
        kernel += self.scale
        kernel *= root
        kernel += self.scale
        np.exp(np.negative(root, out=root), out=root)
        kernel *= root
        return kernel

    def _deviation(self, across: Rows) -> Rows:
        solved = dtrmm(1.0, self.inverse, across, lower=1)
        variance = self.scale - np.einsum("ij,ij->j", solved, solved)
        deviation: Rows = np.sqrt(np.maximum(variance, 1e-12 * self.scale))
        return deviation


@final
@dataclass(frozen=True)
class Slopes:
    """Posterior means `(m, S)` and deviations `(m,)` at some rows, ready to give gradients.

    `weights` and `steep` are K^-1 k and (5/3) times the kernel's fall, `(m, n)`.
    """

    means: Rows
    deviation: Rows
    weights: Rows
    steep: Rows
    scaled: Rows
    process: GaussianProcess

    def gradient(self, by_mean: Rows, by_deviation: Rows) -> Rows:
        """Gradient by the features, `(m, D)`, of a function with given derivatives by means `(m, S)` and deviation.

        With k the kernel, dmu/dx = sum_i k'_i alpha_i and ds/dx = -(1/s) sum_i k'_i (K^-1 k)_i.
        """
        pull = self.weights * (by_deviation / self.deviation)[:, None] - by_mean @ self.process.alpha.T
        pull *= self.steep
        toward = self.scaled * pull.sum(axis=1)[:, None] - pull @ self.process.scaled
        gradient: Rows = toward * self.process.inverse_lengths
        return gradient


def _bordered(corner: Rows, below: Rows, rest: Rows) -> Rows:
    """A lower triangular matrix with further rows."""
    n = len(corner) + len(rest)
    found = np.zeros((n, n), order="F")
    found[: len(corner), : len(corner)] = corner
    found[len(corner) :, : len(corner)] = below
    found[len(corner) :, len(corner) :] = rest
    return found


def _matern(root: Rows, scale: float) -> tuple[Rows, Rows]:
    """The kernel at some distances, and 5/3 (1 + r) exp(-r) beside it, of which its slopes are made; both scaled."""
    decay = np.exp(-root)
    decay *= scale
    weight = root + 1.0
    weight *= decay
    root *= root
    root *= decay
    root *= 1.0 / 3.0
    root += weight
    weight *= 5.0 / 3.0
    return root, weight


def _distances(one: Rows, two: Rows) -> Rows:
    """sqrt(5) times the Euclidean distances between rows."""
    cross = one @ two.T
    cross *= -2.0
    cross += np.einsum("ij,ij->i", one, one)[:, None]
    cross += np.einsum("ij,ij->i", two, two)[None, :]
    np.maximum(cross, 0.0, out=cross)
    cross *= 5.0
    root: Rows = np.sqrt(cross, out=cross)
    return root
