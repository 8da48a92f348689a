"""Ready-made spaces of what needs no target: clustering, mixtures, densities, and embeddings."""

from __future__ import annotations

import math

from tunesmith.sklearn._spaces_distances import gammas
from tunesmith.sklearn._spaces_entry import Entry, EstimatorSpace, Facts, clipped_int, with_word
from tunesmith.space import Categorical, Distribution, Float, Int, Ordinal

_SCALE = "Scale the columns first."
_COUNTS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 100, 200)


def _clusters(facts: Facts, default: int = 8) -> Int:
    return clipped_int(2, facts.part(0.5, 2, 20, rows=40), default=default)


_CLUSTERS = Entry(
    "n_clusters", lambda facts: _clusters(facts).when("init", "k-means++", "random"), "Number of clusters."
)


def _radius(facts: Facts) -> Float:
    """Distances grow with the root of the columns, here for columns of variance 1."""
    return Float(0.05, max(2.0, 2 * math.sqrt(2 * facts.columns())), log=True, default=0.5)


def _neighbourhood(facts: Facts) -> Int:
    return clipped_int(2, min(max(2 * facts.columns(), 10), 50), default=5)


def _agglomerated(facts: Facts) -> Int:
    return _clusters(facts, default=2).when("distance_threshold", None)


def _mixed(facts: Facts) -> Int:
    return clipped_int(1, facts.part(0.1, 1, 20, rows=100), default=1)


def _smallest(facts: Facts) -> Int:
    return clipped_int(2, facts.part(0.1, 5, 200, rows=200), default=5)


def _cores(facts: Facts) -> Ordinal:
    most = facts.part(0.1, 2, 50, rows=100)
    return with_word([count for count in (1, 2, 3, 5, 10, 20, 30, 50) if count <= most], None, 5)


def _widths(facts: Facts) -> Ordinal:
    scale = math.sqrt(facts.columns())
    return with_word([round(share * scale, 3) for share in (0.25, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7)], None, 0.8 * scale)


def _near(facts: Facts, default: int) -> Int:
    return clipped_int(3, facts.part(0.25, 3, 50, rows=100), default=default)


def _fewer(facts: Facts, word: object) -> Distribution:
    most = min(facts.columns(50), facts.part(0.5, 1, 500))
    return with_word([count for count in _COUNTS if count < most], word, most)


_MIXTURE = (
    Entry("n_components", _mixed, "Number of components."),
    Entry(
        "covariance_type",
        Categorical("full", "tied", "diag", "spherical", default="full"),
        "How free the shape of each component is.",
    ),
    Entry(
        "reg_covar",
        Float(1e-6, 0.1, log=True, default=1e-6),
        "Added to the variances, so that no component collapses.",
    ),
)

SPACES = (
    EstimatorSpace("KMeans", "sklearn.cluster", "Arthur, Vassilvitskii 2007, SODA", (_CLUSTERS,), _SCALE),
    EstimatorSpace("MiniBatchKMeans", "sklearn.cluster", "Sculley 2010, WWW", (_CLUSTERS,), _SCALE),
    EstimatorSpace(
        "AgglomerativeClustering",
        "sklearn.cluster",
        "Murtagh, Contreras 2012, WIREs Data Min. Knowl. Discov. 2(1)",
        (
            Entry("n_clusters", _agglomerated, "Number of clusters."),
            Entry(
                "linkage",
                Categorical("ward", "average", "complete", default="ward").when("metric", "euclidean"),
                "How the distance of two clusters is measured.",
            ),
        ),
    ),
    EstimatorSpace(
        "DBSCAN",
        "sklearn.cluster",
        "Schubert et al. 2017, ACM Trans. Database Syst. 42(3)",
        (
            Entry("eps", _radius, "How near neighbours are; the range fits scaled columns."),
            Entry("min_samples", _neighbourhood, "Neighbours that make a row the core of a cluster; about 2 d."),
        ),
    ),
    EstimatorSpace(
        "HDBSCAN",
        "sklearn.cluster",
        "Campello et al. 2013, PAKDD",
        (
            Entry("min_cluster_size", _smallest, "The smallest group of rows that is a cluster and not noise."),
            Entry("min_samples", _cores, "Neighbours that make a row dense; None takes min_cluster_size."),
            Entry(
                "cluster_selection_method",
                Categorical("eom", "leaf", default="eom"),
                "leaf gives many small clusters, eom the most lasting ones.",
            ),
        ),
    ),
    EstimatorSpace(
        "OPTICS",
        "sklearn.cluster",
        "Ankerst et al. 1999, SIGMOD",
        (
            Entry("min_samples", _neighbourhood, "Neighbours that make a row the core of a cluster."),
            Entry(
                "xi",
                Float(0.01, 0.3, log=True, default=0.05).when("cluster_method", "xi"),
                "How steep the edge of a cluster is.",
            ),
        ),
    ),
    EstimatorSpace(
        "SpectralClustering",
        "sklearn.cluster",
        "von Luxburg 2007, Stat. Comput. 17(4)",
        (
            Entry("n_clusters", _clusters, "Number of clusters."),
            Entry("affinity", Categorical("rbf", "nearest_neighbors", default="rbf"), "What makes two rows alike."),
            Entry(
                "gamma",
                Float(1e-3, 10.0, log=True, default=1.0).when("affinity", "rbf"),
                "How fast likeness fades; the range fits scaled columns.",
            ),
            Entry(
                "n_neighbors",
                lambda facts: _near(facts, 10).when("affinity", "nearest_neighbors"),
                "Neighbours that a row is tied to.",
            ),
        ),
        _SCALE,
    ),
    EstimatorSpace(
        "MeanShift",
        "sklearn.cluster",
        "Comaniciu, Meer 2002, IEEE Trans. Pattern Anal. Mach. Intell. 24(5)",
        (Entry("bandwidth", _widths, "Width of a hill of density; None estimates it. The range fits scaled columns."),),
    ),
    EstimatorSpace(
        "Birch",
        "sklearn.cluster",
        "Zhang et al. 1996, SIGMOD",
        (
            Entry("n_clusters", lambda facts: _clusters(facts, 3), "Number of clusters."),
            Entry("threshold", Float(0.05, 2.0, log=True, default=0.5), "Radius within which rows are put together."),
        ),
        _SCALE,
    ),
    EstimatorSpace("GaussianMixture", "sklearn.mixture", "Fraley, Raftery 2002, J. Am. Stat. Assoc. 97", _MIXTURE),
    EstimatorSpace("BayesianGaussianMixture", "sklearn.mixture", "Blei, Jordan 2006, Bayesian Anal. 1(1)", _MIXTURE),
    EstimatorSpace(
        "KernelDensity",
        "sklearn.neighbors",
        "Silverman 1986, Density Estimation",
        (
            Entry("bandwidth", Float(0.03, 3.0, log=True, default=1.0), "Width of each hill; for scaled columns."),
            Entry("kernel", Categorical("gaussian", "exponential", default="gaussian"), "Shape of each hill."),
        ),
        "Kernels that end give rows beyond their end a likelihood of 0, so they are not searched.",
    ),
    EstimatorSpace(
        "KernelPCA",
        "sklearn.decomposition",
        "Scholkopf et al. 1998, Neural Comput. 10",
        (
            Entry("n_components", lambda facts: _fewer(facts, None), "Number of directions; None keeps all."),
            Entry("kernel", Categorical("linear", "rbf", "cosine", default="linear"), "Which bends are seen."),
            Entry("gamma", gammas(None, "rbf"), "How far a row's likeness reaches: small is far."),
        ),
        _SCALE,
    ),
    EstimatorSpace(
        "NMF",
        "sklearn.decomposition",
        "Cichocki, Phan 2009, IEICE Trans. Fundam. E92-A(3)",
        (
            Entry("n_components", lambda facts: _fewer(facts, "auto"), "Number of parts; auto is one a column."),
            Entry("alpha_W", Ordinal(0.0, 1e-4, 1e-3, 1e-2, 0.1, default=0.0), "Penalty on large weights."),
        ),
    ),
    EstimatorSpace(
        "Isomap",
        "sklearn.manifold",
        "Tenenbaum et al. 2000, Science 290",
        (
            Entry("n_neighbors", lambda facts: _near(facts, 5), "Neighbours that a row is tied to: few follow bends."),
            Entry(
                "n_components",
                lambda facts: clipped_int(1, min(facts.columns(10), 20), default=2),
                "Number of columns of the embedding.",
            ),
        ),
    ),
)
