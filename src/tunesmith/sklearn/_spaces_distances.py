"""Ready-made spaces of what measures likeness: support vectors, kernels, Gaussian processes, neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunesmith._optional import require
from tunesmith.sklearn._spaces_entry import (
    BISCHL,
    CLASS_WEIGHT,
    FEURER,
    PROBST,
    VAN_RIJN,
    Entry,
    EstimatorSpace,
    Facts,
    both,
    clipped_int,
    with_word,
)
from tunesmith.space import Categorical, Float, Int, Ordinal

_HSU = "Hsu, Chang, Lin 2003, A practical guide to support vector classification"
_SCALE = "Scale the columns first."
_WIDTH = "How near a row must be to count: small is smooth, large is wiggly."


def _cost(facts: Facts) -> Float:
    """Large values make libsvm slow, so with many rows they are left out."""
    rows = facts.rows(1000)
    return Float(2.0**-5, 2.0 ** (10 if rows <= 1000 else 7 if rows <= 3000 else 5), log=True, default=1.0)


_GAMMAS = tuple(float(f"{digit}e{power}") for power in range(-7, 2) for digit in (1, 2, 5))
"""About the powers of two that libsvm's guide tries."""


def gammas(word: Any, *kernels: str) -> Callable[[Facts], Ordinal]:
    """Widths of some kernels, about 1 / d: there the estimator's own word stands, for scaled columns."""

    def make(facts: Facts) -> Ordinal:
        usual = 1 / facts.columns()
        near = [gamma for gamma in _GAMMAS if usual / 500 <= gamma <= usual * 20]
        return with_word(near, word, usual).when("kernel", *kernels)

    return make


# In a polynomial kernel gamma does what C does, and a large one of both makes libsvm run for minutes on 60 rows.
_GAMMA = Entry("gamma", gammas("scale", "rbf", "sigmoid"), _WIDTH)
_COST = Entry("C", _cost, "What a row on the wrong side costs: large fits the training rows more closely.")
# A linear kernel is the limit of rbf at a small gamma and a large C (Keerthi, Lin 2003), and many times slower there.
_KERNEL = Entry(
    "kernel", Categorical("rbf", "poly", default="rbf", prior=[3, 1]), "How likeness is measured; rbf takes any shape."
)
_POLYNOMIAL = (
    Entry("degree", Ordinal(2, 3, default=3).when("kernel", "poly"), "Degree of the polynomial kernel."),
    Entry(
        "coef0",
        Float(0.0, 1.0, default=0.0).when("kernel", "poly"),
        "Weight of the lower degrees in the polynomial kernel.",
    ),
)
_EPSILON = Entry(
    "epsilon", Float(1e-3, 1.0, log=True, default=0.1), "Errors below this are free, in units of the target."
)
_SVC = (_GAMMA, _KERNEL, _COST, *_POLYNOMIAL, CLASS_WEIGHT)


def _linear_loss(facts: Facts) -> Categorical | None:
    if facts.own.get("penalty", "l2") != "l2" or not facts.own.get("dual", "auto"):
        return None
    return Categorical("squared_hinge", "hinge", default="squared_hinge")


_LINEAR_SVC = (
    Entry("C", Float(1e-4, 1e3, log=True, default=1.0), "What a row on the wrong side costs."),
    Entry(
        "penalty",
        Categorical("l2", "l1", default="l2").when("loss", "squared_hinge").when("dual", "auto", False),
        "l2 keeps all columns, l1 drops many.",
    ),
    Entry("loss", _linear_loss, "What a mistake costs: hinge grows with the distance, squared_hinge with its square."),
    CLASS_WEIGHT,
)


def _linear_svr_loss(facts: Facts) -> Categorical | None:
    if not facts.own.get("dual", "auto"):
        return None
    choices = ("epsilon_insensitive", "squared_epsilon_insensitive")
    return Categorical(*choices, default="epsilon_insensitive")


_LINEAR_SVR = (
    Entry(
        "C", Float(1e-4, 1e3, log=True, default=1.0), "What an error costs: large fits the training rows more closely."
    ),
    Entry(
        "epsilon",
        Ordinal(0.0, 1e-3, 1e-2, 0.1, 0.3, 1.0, default=0.0),
        "Errors below this are free, in units of the target.",
    ),
    Entry("loss", _linear_svr_loss, "Whether an error counts as it is, robust to outliers, or squared."),
)


_RIDGE_GAMMA = gammas(None, "rbf", "laplacian")
_KERNEL_RIDGE = (
    Entry("alpha", Float(1e-5, 1e3, log=True, default=1.0), "Strength of the penalty; larger is smoother."),
    Entry(
        "kernel", Categorical("linear", "rbf", "laplacian", "polynomial", default="linear"), "How likeness is measured."
    ),
    Entry("gamma", _RIDGE_GAMMA, f"{_WIDTH} None is one over the number of columns."),
    Entry("degree", Ordinal(2, 3, 4, default=3).when("kernel", "polynomial"), "Degree of the polynomial kernel."),
    Entry("coef0", Float(0.0, 2.0, default=1.0).when("kernel", "polynomial"), "Weight of the lower degrees."),
)


def _process_kernels(_: Facts) -> Categorical:
    """Kernels whose scales are fitted; None is scikit-learn's kernel, whose scales stay at 1."""
    kernels: Any = require("sklearn.gaussian_process.kernels", extra="sklearn")
    shapes = (kernels.RBF(), kernels.Matern(nu=1.5), kernels.Matern(nu=2.5), kernels.RationalQuadratic())
    return Categorical(None, *(kernels.ConstantKernel() * shape for shape in shapes), default=None)


_PROCESS_KERNEL = Entry("kernel", _process_kernels, "How alike near rows are; all but None fit their own scales.")


def _process(*, classifier: bool) -> tuple[Entry, ...]:
    if classifier:
        return (_PROCESS_KERNEL,)
    noise = Float(1e-10, 1.0, log=True, default=1e-10)
    return (
        _PROCESS_KERNEL,
        Entry("alpha", noise, "Variance of the noise, in squared units of the target (of 1 where it is normalised)."),
        Entry(
            "normalize_y",
            Categorical(False, True, default=False),
            "Whether the target is brought to mean 0, variance 1.",
        ),
    )


def _neighbours(default: int) -> Callable[[Facts], Int]:
    def make(facts: Facts) -> Int:
        return clipped_int(1, facts.part(0.5, 1, 50 if facts.rows(0) < 10_000 else 100, rows=60), default=default)

    return make


_NEAREST = (
    Entry("n_neighbors", _neighbours(5), "Rows that are asked: few follow the detail, many smooth the noise."),
    Entry("weights", Categorical("uniform", "distance", default="uniform"), "Whether nearer rows count more."),
    Entry("p", Ordinal(1, 2, default=2).when("metric", "minkowski"), "1 adds distances by column, 2 is Euclidean."),
)


_SVM = f"{VAN_RIJN}; {PROBST}; {_HSU}"

SPACES = (
    EstimatorSpace("SVC", "sklearn.svm", _SVM, _SVC, _SCALE),
    EstimatorSpace("SVR", "sklearn.svm", _SVM, (_GAMMA, _KERNEL, _COST, _EPSILON, *_POLYNOMIAL), _SCALE),
    EstimatorSpace(
        "NuSVR",
        "sklearn.svm",
        _SVM,
        (
            _GAMMA,
            _KERNEL,
            _COST,
            Entry(
                "nu", Float(0.05, 1.0, default=0.5), "Share of the rows that may carry the fit; more is less sparse."
            ),
            *_POLYNOMIAL,
        ),
        _SCALE,
    ),
    EstimatorSpace(
        "OneClassSVM",
        "sklearn.svm",
        "Scholkopf et al. 2001, Neural Comput. 13",
        (_GAMMA, Entry("nu", Float(0.01, 0.9, log=True, default=0.5), "Share of the rows that may lie outside.")),
        _SCALE,
    ),
    EstimatorSpace("LinearSVC", "sklearn.svm", f"{PROBST} (svm); Fan et al. 2008, JMLR 9", _LINEAR_SVC, _SCALE),
    EstimatorSpace("LinearSVR", "sklearn.svm", f"{PROBST} (svm); Ho, Lin 2012, JMLR 13", _LINEAR_SVR, _SCALE),
    EstimatorSpace("KernelRidge", "sklearn.kernel_ridge", f"{PROBST} (svm); {FEURER}", _KERNEL_RIDGE, _SCALE),
    *both(
        "GaussianProcess",
        "sklearn.gaussian_process",
        "Rasmussen, Williams 2006; Duvenaud 2014",
        _process(classifier=True),
        _process(classifier=False),
        _SCALE,
    ),
    *both("KNeighbors", "sklearn.neighbors", f"{PROBST} (kknn); {BISCHL}; {FEURER}", _NEAREST, None, _SCALE),
    EstimatorSpace(
        "NearestCentroid",
        "sklearn.neighbors",
        "Tibshirani et al. 2002, PNAS 99(10)",
        (
            Entry(
                "shrink_threshold",
                Ordinal(None, 0.1, 0.2, 0.5, 1.0, 2.0, default=None),
                "How far class means are pulled together, which drops columns; None leaves them.",
            ),
        ),
    ),
    EstimatorSpace(
        "LocalOutlierFactor",
        "sklearn.neighbors",
        "Breunig et al. 2000, SIGMOD",
        (
            Entry("n_neighbors", _neighbours(20), "Rows that say what is usual nearby: more than a small cluster has."),
            Entry(
                "p", Ordinal(1, 2, default=2).when("metric", "minkowski"), "1 adds distances by column, 2 is Euclidean."
            ),
        ),
        "contamination only moves the threshold between in and out, so it is not searched.",
    ),
)
