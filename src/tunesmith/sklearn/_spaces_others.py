"""Ready-made spaces of neural networks, Bayes, discriminants and calibration."""

from __future__ import annotations

from tunesmith.sklearn._spaces_entry import BERGSTRA, FEURER, Entry, EstimatorSpace, Facts, both, with_word
from tunesmith.space import Categorical, Float, Ordinal

_STEPS = ("adam", "sgd")
_LAYERS: tuple[tuple[int, ...], ...] = (
    (25,), (50,), (100,), (50, 50), (200,), (100, 100), (100, 100, 100), (200, 200),
)  # fmt: skip


def _layers(facts: Facts) -> Ordinal:
    """Shapes of the network by the number of weights, the one given among them."""

    def weights(layers: tuple[int, ...]) -> int:
        return sum((before + 1) * after for before, after in zip((facts.columns(), *layers), layers, strict=False))

    given = facts.own.get("hidden_layer_sizes", (100,))
    layers = tuple(given) if isinstance(given, list | tuple) else (given,)
    plain = bool(layers) and all(type(width) is int for width in layers)
    return Ordinal(sorted({*_LAYERS, *((layers,) if plain else ())}, key=weights), default=(100,))


def _batches(facts: Facts) -> Ordinal:
    rows = facts.rows(1000)
    least = min(rows / 50, 200)  # with many rows small batches take very long
    sizes = [size for size in (16, 32, 64, 128, 256, 512, 1024, 2048) if least <= size <= rows / 2]
    return with_word(sizes, "auto", min(200, rows)).when("solver", *_STEPS)


_NETWORK = (
    Entry(
        "learning_rate_init",
        Float(1e-4, 0.1, log=True, default=1e-3).when("solver", *_STEPS),
        "Size of the first steps: the one to get right.",
    ),
    Entry("hidden_layer_sizes", _layers, "Width of each hidden layer, smallest network first."),
    Entry("alpha", Float(1e-6, 1.0, log=True, default=1e-4), "Penalty on large weights; larger is smoother."),
    Entry("batch_size", _batches, "Rows a step; auto is 200. Small batches are slower and noisier."),
    Entry("activation", Categorical("relu", "tanh", default="relu"), "How a unit answers; tanh is smoother."),
)


def _smoothing(why: str) -> Entry:
    return Entry("alpha", Float(1e-3, 100.0, log=True, default=1.0), why)


_COUNTS = _smoothing("Pseudo-count of each word in each class: larger trusts rare words less.")
_PRIOR = Entry("fit_prior", Categorical(True, False, default=True), "Whether frequent classes are likelier beforehand.")
_RENNIE = f"Rennie et al. 2003, ICML; {FEURER}"


def _discriminant_solver(facts: Facts) -> Categorical | None:
    """Shrinkage needs another solver than svd, so whoever shrinks keeps theirs."""
    return Categorical("svd", "lsqr", default="svd") if facts.own.get("shrinkage") is None else None


_SHRINKAGE = Categorical(None, "auto", 0.01, 0.1, 0.3, 0.6, 0.9, default=None)


SPACES = (
    *both(
        "MLP",
        "sklearn.neural_network",
        f"{BERGSTRA}; Bengio 2012, Practical recommendations; {FEURER}",
        _NETWORK,
        None,
        "Scale the columns first.",
    ),
    EstimatorSpace(
        "GaussianNB",
        "sklearn.naive_bayes",
        FEURER,
        (
            Entry(
                "var_smoothing",
                Float(1e-11, 1.0, log=True, default=1e-9),
                "Share of the largest variance that is added to all: larger is smoother.",
            ),
        ),
    ),
    EstimatorSpace("MultinomialNB", "sklearn.naive_bayes", FEURER, (_COUNTS, _PRIOR)),
    EstimatorSpace(
        "ComplementNB",
        "sklearn.naive_bayes",
        _RENNIE,
        (
            _COUNTS,
            Entry("norm", Categorical(False, True, default=False), "Whether weights are normalised a second time."),
        ),
    ),
    EstimatorSpace("BernoulliNB", "sklearn.naive_bayes", FEURER, (_COUNTS, _PRIOR)),
    EstimatorSpace(
        "LinearDiscriminantAnalysis",
        "sklearn.discriminant_analysis",
        f"Ledoit, Wolf 2004, J. Multivar. Anal. 88; {FEURER}",
        (
            Entry("solver", _discriminant_solver, "lsqr can shrink the covariance, which svd cannot."),
            Entry(
                "shrinkage",
                _SHRINKAGE.when("solver", "lsqr", "eigen"),
                "How far covariances are pulled to a sphere; auto is Ledoit and Wolf's. Helps with many columns.",
            ),
        ),
    ),
    EstimatorSpace(
        "QuadraticDiscriminantAnalysis",
        "sklearn.discriminant_analysis",
        f"Friedman 1989, J. Am. Stat. Assoc. 84; {FEURER}",
        (
            Entry(
                "reg_param",
                Float(0.0, 1.0, default=0.0).when("solver", "svd", None),
                "How far each class's covariance is pulled to a sphere.",
            ),
        ),
    ),
    EstimatorSpace(
        "CalibratedClassifierCV",
        "sklearn.calibration",
        "Niculescu-Mizil, Caruana 2005, ICML",
        (
            Entry(
                "method",
                Categorical("sigmoid", "isotonic", default="sigmoid"),
                "Shape of the correction: isotonic takes any, and wants 1,000 rows or more.",
            ),
        ),
    ),
)
