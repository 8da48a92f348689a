"""Ready-made spaces of what stands before a model: decomposition, selection, text, imputation, expansion."""

from __future__ import annotations

from typing import Any

from tunesmith.sklearn._spaces_distances import gammas
from tunesmith.sklearn._spaces_entry import FEURER, Entry, EstimatorSpace, Facts, clipped_int
from tunesmith.space import Categorical, Distribution, Int, Ordinal

_COUNTS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500)
_WANG = "Wang, Manning 2012, ACL"


def _directions(facts: Facts) -> Distribution | None:
    """A share of the variance, which fits any data, unless a number of directions was asked for."""
    given = facts.own.get("n_components")
    if type(given) is int:
        return clipped_int(1, max(given, min(facts.columns(given), facts.part(0.5, 1, 500))), default=given)
    shares = Ordinal(0.5, 0.7, 0.8, 0.9, 0.95, 0.99, None, default=None)
    return shares.when("svd_solver", "auto", "full", "covariance_eigh")


def _truncated(facts: Facts) -> Int:
    return clipped_int(1, min(facts.columns(2), facts.part(0.5, 1, 500)), default=2)


def _best(facts: Facts) -> Ordinal:
    counts: list[Any] = [count for count in _COUNTS if count < facts.columns(51)]
    everything = facts.own.get("k") == "all" or 10 not in counts
    return Ordinal([*counts, "all"], default="all" if everything else 10)


def _words(facts: Facts) -> Categorical | None:
    if facts.own.get("analyzer", "word") != "word":
        return None
    return Categorical((1, 1), (1, 2), (1, 3), default=(1, 1))


def _rare(facts: Facts) -> Int | None:
    most = facts.part(1 / 100, 0, 20, rows=0)
    return Int(1, most, log=True, default=1) if most > 1 else None


_NGRAMS = Entry("ngram_range", _words, "Single words, or also pairs and triples of them.")
_RARE = Entry("min_df", _rare, "Texts that a word must occur in; drops typing errors and names.")


def _degrees(facts: Facts) -> Ordinal:
    return Ordinal(1, 2, *((3,) if facts.columns() <= 20 else ()), default=2)


def _donors(facts: Facts) -> Int:
    return clipped_int(1, facts.part(0.5, 1, 30, rows=60), default=5)


def _landmarks(facts: Facts) -> Int:
    return clipped_int(10, facts.part(0.5, 100, 1000), default=100)


_WIDTHS = gammas(None, "rbf", "laplacian", "poly", "polynomial", "sigmoid")

SPACES = (
    EstimatorSpace(
        "PCA",
        "sklearn.decomposition",
        f"Jolliffe 2002, Principal Component Analysis; {FEURER}",
        (
            Entry("n_components", _directions, "Share of the variance that is kept; None keeps all directions."),
            Entry("whiten", Categorical(False, True, default=False), "Whether all directions get variance 1."),
        ),
    ),
    EstimatorSpace(
        "TruncatedSVD",
        "sklearn.decomposition",
        "Deerwester et al. 1990, J. Am. Soc. Inf. Sci. 41",
        (Entry("n_components", _truncated, "Number of directions that are kept; about 100 for text. Give d."),),
    ),
    EstimatorSpace(
        "SelectKBest",
        "sklearn.feature_selection",
        f"Guyon, Elisseeff 2003, JMLR 3; {FEURER}",
        (Entry("k", _best, "Columns that are kept, best first."),),
    ),
    EstimatorSpace(
        "SelectPercentile",
        "sklearn.feature_selection",
        f"Guyon, Elisseeff 2003, JMLR 3; {FEURER}",
        (Entry("percentile", Int(2, 100, log=True, default=10), "Share of the columns that are kept, in percent."),),
    ),
    EstimatorSpace(
        "TfidfVectorizer",
        "sklearn.feature_extraction.text",
        f"{_WANG}; scikit-learn user guide, Tf-idf term weighting",
        (
            _NGRAMS,
            _RARE,
            Entry(
                "sublinear_tf",
                Categorical(False, True, default=False),
                "Whether the tenth mention counts less than the first.",
            ),
            Entry("use_idf", Categorical(True, False, default=True), "Whether words that are everywhere count less."),
        ),
    ),
    EstimatorSpace(
        "CountVectorizer",
        "sklearn.feature_extraction.text",
        _WANG,
        (
            _NGRAMS,
            _RARE,
            Entry("binary", Categorical(False, True, default=False), "Whether a word counts once a text."),
        ),
    ),
    EstimatorSpace(
        "SimpleImputer",
        "sklearn.impute",
        FEURER,
        (Entry("strategy", Categorical("mean", "median", default="mean"), "What stands for a missing number."),),
    ),
    EstimatorSpace(
        "KNNImputer",
        "sklearn.impute",
        "Troyanskaya et al. 2001, Bioinformatics 17(6)",
        (
            Entry("n_neighbors", _donors, "Rows that a missing number is taken from."),
            Entry("weights", Categorical("uniform", "distance", default="uniform"), "Whether nearer rows count more."),
        ),
    ),
    EstimatorSpace(
        "PolynomialFeatures",
        "sklearn.preprocessing",
        FEURER,
        (
            Entry("degree", _degrees, "How many columns are multiplied at most; 1 adds nothing."),
            Entry("interaction_only", Categorical(False, True, default=False), "Whether squares are left out."),
        ),
    ),
    EstimatorSpace(
        "SplineTransformer",
        "sklearn.preprocessing",
        "Eilers, Marx 1996, Stat. Sci. 11(2)",
        (
            Entry("n_knots", Int(3, 20, log=True, default=5), "Places where the curve may bend."),
            Entry(
                "degree", Ordinal(1, 2, 3, default=3), "Smoothness: 1 is straight between the knots, 3 has no kinks."
            ),
        ),
    ),
    EstimatorSpace(
        "KBinsDiscretizer",
        "sklearn.preprocessing",
        "Dougherty, Kohavi, Sahami 1995, ICML",
        (
            Entry("n_bins", Int(2, 20, log=True, default=5), "Bins a column."),
            Entry(
                "strategy",
                Categorical("quantile", "uniform", default="quantile"),
                "Bins of equal count, or of equal width.",
            ),
        ),
    ),
    EstimatorSpace(
        "Nystroem",
        "sklearn.kernel_approximation",
        "Williams, Seeger 2001, NeurIPS",
        (
            Entry("gamma", _WIDTHS, "How near rows must be to be alike; None is one over the number of columns."),
            Entry(
                "n_components",
                _landmarks,
                "Rows that the others are compared with; more is closer to the exact kernel.",
            ),
        ),
    ),
    EstimatorSpace(
        "TargetEncoder",
        "sklearn.preprocessing",
        "Micci-Barreca 2001, SIGKDD Explor. 3(1)",
        (
            Entry(
                "smooth",
                Categorical("auto", 1.0, 10.0, 100.0, default="auto"),
                "How far rare categories are pulled to the mean; auto decides by the variance.",
            ),
        ),
    ),
)

KEEPS_COLUMNS = frozenset({
    "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "Normalizer", "PowerTransformer",
    "QuantileTransformer", "SimpleImputer", "KNNImputer", "IterativeImputer", "OrdinalEncoder", "TargetEncoder",
})  # fmt: skip
"""Transformers that give as many columns as they take."""
