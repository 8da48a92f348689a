"""`tune --task cluster`: a table without a target, one space of clusterings, and a search over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

import numpy as np
import numpy.typing as npt
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline

from tunesmith import _plugins
from tunesmith.errors import UnknownName, UsageError, did_you_mean
from tunesmith.sklearn.measures import CLUSTERS, sampled
from tunesmith.sklearn.objective import Data
from tunesmith.sklearn.unsupervised import Measure
from tunesmith.space import Categorical, Float, Int, Params, SearchSpace
from tunesmith.study import Study
from tunesmith.tabular.portfolio import ALGORITHM, settings_of
from tunesmith.tabular.tune import Search
from tunesmith.tabular.unlabelled import (
    MeasuredFolds,
    Unlabelled,
    columns_without_target,
    prepared_rows,
    read_table,
    study_without_target,
)
from tunesmith.validation import SubsampleValidation

COUNT = "clusters"
"""The name of the parameter that says how many clusters there are, where an algorithm must be told."""
_MADE: Mapping[str, tuple[str, Callable[..., Any], int | None]] = {
    "kmeans": ("k-means", lambda seed, **own: KMeans(n_init=5, random_state=seed, **own), None),
    "mixture": ("Gaussian mixture", lambda seed, **own: GaussianMixture(random_state=seed, **own), 50_000),
    "agglomerative": ("agglomerative", lambda _seed, **own: AgglomerativeClustering(**own), 5_000),
    "dbscan": ("DBSCAN", lambda _seed, **own: DBSCAN(**own), 20_000),
    "hdbscan": ("HDBSCAN", lambda _seed, **own: HDBSCAN(copy=True, **own), 20_000),
}
"""Name -> how a person calls it, how it is made, and above how many rows it is left out unless it is named."""
TOLD = ("kmeans", "mixture", "agglomerative")
"""Algorithms that must be told how many clusters there are."""
LABELS = {name: label for name, (label, _, _) in _MADE.items()}
_MOST_CLUSTERS = 15


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """Where to look for clusters; every field is an option of `tunesmith tune --task cluster`.

    Parameters
    ----------
    data
        A path or bundled set.
    target
        A column of known labels: no algorithm sees it, and the clusters are compared with it at the end.
    metric
        A measure of clusters: see "Clusters" in the documentation.
    cv
        Number of subsamples, or `"subsample:10,share=0.5"`.
    drop
        Columns to leave out.
    models
        Names of algorithms; all that are fast enough when empty.
    seed
        Of the subsamples, the algorithms and the search.
    """

    data: str
    target: str | None = None
    metric: str = "silhouette"
    cv: str = "5"
    drop: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.metric not in CLUSTERS:
            raise UsageError(
                f"--metric {self.metric}: clusters are measured by {', '.join(CLUSTERS)}.",
                hint=did_you_mean(self.metric, CLUSTERS),
            )
        if wrong := [name for name in self.models if name not in _MADE]:
            raise UnknownName(f"There is no clustering {wrong[0]!r}.", hint=did_you_mean(wrong[0], _MADE))


def prepare_clusters(request: ClusterRequest) -> Unlabelled:
    """Load the table, decide on roles, put the columns on one scale, and make subsamples and space.

    Raises
    ------
    UsageError, InvalidData
        If a name does not exist, or there is nothing to cluster.
    """
    table, frame, known = read_table(request, "to tell clusters from chance")
    columns, remarks = columns_without_target(frame, request.drop, "clusters are looked for in numbers and categories")
    if known is not None:
        remarks.insert(0, f"{known.name!r} is left out, and compared with the clusters at the end")
    preparation, rows, categories = prepared_rows(frame, columns)
    named = str(request.cv)
    cv = f"subsample:{named}" if named.isdigit() else named
    scheme = _plugins.make("validation", cv)
    if not isinstance(scheme, SubsampleValidation):
        raise UsageError(
            f"--cv {request.cv}: clusters are measured on subsamples, as most algorithms cannot predict.",
            hint="Write --cv 5 or --cv subsample:10,share=0.5.",
        )
    scheme = replace(scheme, seed=request.seed)
    algorithms = request.models or tuple(
        name for name, (_, _, most) in _MADE.items() if most is None or len(frame) <= most
    )
    slow = [] if request.models else [LABELS[name] for name in _MADE if name not in algorithms]
    remarks += [f"{label} is left out: too slow for {len(frame):,} rows" for label in slow]
    space = cluster_space(rows, algorithms)
    return Unlabelled(
        request, table, frame, known, columns, preparation, rows, categories, scheme, scheme.splits(rows), algorithms,
        space, tuple(remarks),
    )  # fmt: skip


def cluster_space(rows: npt.NDArray[np.float64], algorithms: tuple[str, ...]) -> SearchSpace:
    """Which algorithm, how many clusters, and the settings of each; distances follow those between neighbours.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 2))
    >>> cluster_space(rows, ("kmeans", "agglomerative")).names
    ('algorithm', 'clusters', 'agglomerative.linkage')
    """
    count = len(rows)
    most = int(min(_MOST_CLUSTERS, max(2, count // 10)))
    made: dict[str, Any] = {ALGORITHM: Categorical(*algorithms, default=algorithms[0])}
    if told := [name for name in algorithms if name in TOLD]:
        made[COUNT] = Int(2, most, default=min(8, most)).when(ALGORITHM, *told)
    smallest = Int(3, max(4, min(count // 10, 200)), log=True, default=min(5, max(4, count // 10)))
    if "mixture" in algorithms:
        shapes = Categorical("full", "tied", "diag", "spherical", default="full")
        made["mixture.covariance_type"] = shapes.when(ALGORITHM, "mixture")
    if "agglomerative" in algorithms:
        made["agglomerative.linkage"] = Categorical("ward", "average", default="ward").when(ALGORITHM, "agglomerative")
    if "dbscan" in algorithms:
        low, middle, high = _neighbour_distances(rows)
        made["dbscan.eps"] = Float(low, high, log=True, default=middle).when(ALGORITHM, "dbscan")
        made["dbscan.min_samples"] = Int(3, 20, log=True, default=5).when(ALGORITHM, "dbscan")
    if "hdbscan" in algorithms:
        made["hdbscan.min_cluster_size"] = smallest.when(ALGORITHM, "hdbscan")
    return SearchSpace(made)


def _neighbour_distances(rows: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Distances to the fifth neighbour: a small one, the one of nine rows of ten, and more than any."""
    some = rows[sampled(len(rows))]
    distances = NearestNeighbors(n_neighbors=min(6, len(some))).fit(some).kneighbors(some)[0][:, -1]
    low, middle, high = np.quantile(distances, [0.1, 0.9, 1.0]).tolist()
    low = max(low, 1e-3)
    return low, max(middle, 1.01 * low), max(2 * high, 1.1 * middle, 1.2 * low)


def make_clustering(params: Mapping[str, Any], *, seed: int) -> Any:
    """The algorithm that a trial's params describe, not fitted."""
    own = dict(settings_of(params))
    if COUNT in params:
        own["n_components" if params[ALGORITHM] == "mixture" else "n_clusters"] = params[COUNT]
    return _MADE[params[ALGORITHM]][1](seed, **own)


def whole_model(data: Unlabelled, params: Mapping[str, Any]) -> Pipeline:
    """Preparation and algorithm, fitted on all rows."""
    model = make_clustering(params, seed=data.request.seed).fit(data.rows)
    return Pipeline([("prepare", data.preparation), ("cluster", model)])


def cluster_objective(data: Unlabelled) -> MeasuredFolds:
    """Measures the clustering of a trial on each subsample; each is a step."""
    return MeasuredFolds(
        Data(data.rows, None, data.splits, scheme=data.scheme),
        Measure(data.request.metric),
        partial(make_clustering, seed=data.request.seed),
    )


def cluster_name(data: Unlabelled, search: Search) -> str:
    """The study's name: as given, or from the data."""
    return search.name or f"{data.table.name}-clusters"


def cluster_study(data: Unlabelled, search: Search) -> Study:
    """Open the study, or make it with each algorithm's defaults in front.

    Raises
    ------
    StudyExists
        If the storage has a study of that name on other rows or with other options.
    """
    defaults = [default_settings(data, algorithm) for algorithm in data.algorithms]
    return study_without_target(data, search, name=cluster_name(data, search), task="cluster", defaults=defaults)


def default_settings(data: Unlabelled, algorithm: str) -> Params:
    """An algorithm as it comes, in this space."""
    found = data.space.fix({ALGORITHM: algorithm}).defaults()
    return Params(found or {ALGORITHM: algorithm})
