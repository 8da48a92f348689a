"""`tune --task cluster`: a table without a target, one space of clusterings, and a search over it."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pandas as pd  # noqa: TC002 - a dataclass says what it holds
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tunesmith import _plugins
from tunesmith.errors import InvalidData, StudyExists, TrialPruned, UnknownName, UsageError, did_you_mean
from tunesmith.sklearn.measures import CLUSTERS, sampled
from tunesmith.sklearn.objective import Data, evaluate
from tunesmith.sklearn.unsupervised import Measure
from tunesmith.space import Categorical, Float, Int, Params, SearchSpace
from tunesmith.study import Study, Trial
from tunesmith.tabular.loading import Table, load_table
from tunesmith.tabular.portfolio import ALGORITHM, settings_of
from tunesmith.tabular.roles import Column, Role, infer_roles
from tunesmith.tabular.transformers import ToNumbers, ToText
from tunesmith.tabular.tune import Search
from tunesmith.trial import Metric
from tunesmith.validation import SubsampleValidation, data_fingerprint, fold_ratio, splits_fingerprint

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
_MOST_LEVELS, _MOST_CLUSTERS, _FEWEST_ROWS = 20, 15, 20
_LEFT_OUT = {Role.DATE: "a date", Role.TEXT: "text"}


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


@final
@dataclass(frozen=True, slots=True)
class ClusterData:
    """The table, what is done with its columns, the prepared rows, subsamples and space."""

    request: ClusterRequest
    table: Table
    frame: pd.DataFrame
    known: pd.Series | None
    columns: tuple[Column, ...]
    preparation: ColumnTransformer
    rows: npt.NDArray[np.float64]
    categories: tuple[tuple[int, ...], ...]
    scheme: SubsampleValidation
    algorithms: tuple[str, ...]
    space: SearchSpace
    remarks: tuple[str, ...]


def prepare_clusters(request: ClusterRequest) -> ClusterData:
    """Load the table, decide on roles, put the columns on one scale, and make subsamples and space.

    Raises
    ------
    UsageError, InvalidData
        If a name does not exist, or there is nothing to cluster.
    """
    table = load_table(request.data)
    for name in (*request.drop, *((request.target,) if request.target else ())):
        if name not in table.frame.columns:
            raise UsageError(f"{request.data} has no column {name!r}.", hint=did_you_mean(name, table.frame.columns))
    target = request.target or table.target
    known = None if target is None else table.frame[target]
    frame = table.frame if target is None else table.frame.drop(columns=target)
    if len(frame) < _FEWEST_ROWS:
        raise InvalidData(
            f"{request.data} has {len(frame)} rows, which are too few to tell clusters from chance.",
            hint=f"Give at least {_FEWEST_ROWS}.",
        )
    columns, remarks = _columns(frame, request)
    if target is not None:
        remarks.insert(0, f"{target!r} is left out, and compared with the clusters at the end")
    preparation, rows, categories = _prepared(frame, columns)
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
    return ClusterData(
        request, table, frame, known, columns, preparation, rows, categories, scheme, algorithms, space, tuple(remarks)
    )


def _columns(frame: pd.DataFrame, request: ClusterRequest) -> tuple[tuple[Column, ...], list[str]]:
    """Roles: categories of many values are cut to the frequent ones; dates and texts are left out."""
    kept, remarks = [], []
    for column in infer_roles(frame, drop=request.drop):
        if column.role in _LEFT_OUT:
            remarks.append(f"{column.name!r} is {_LEFT_OUT[column.role]} and left out: clusters are looked for in "
                           "numbers and categories")  # fmt: skip
            kept.append(replace(column, role=Role.DROPPED))
        else:
            kept.append(replace(column, role=Role.CATEGORY) if column.role is Role.MANY else column)
    if not any(column.role.is_used for column in kept):
        raise InvalidData("No number and no category is left to look for clusters in.", hint="Drop fewer columns.")
    return tuple(kept), remarks


def _prepared(
    frame: pd.DataFrame, columns: tuple[Column, ...]
) -> tuple[ColumnTransformer, npt.NDArray[np.float64], tuple[tuple[int, ...], ...]]:
    """Numbers filled and scaled, categories one-hot; which prepared columns stand for one category."""
    parts: list[tuple[str, Any, list[str]]] = []
    for column in columns:
        if column.role is Role.NUMBER:
            fill = SimpleImputer(strategy="median", keep_empty_features=True)
            parts.append((column.name, make_pipeline(ToNumbers(), fill, StandardScaler()), [column.name]))
        elif column.role is Role.CATEGORY:
            coder = OneHotEncoder(handle_unknown="ignore", max_categories=_MOST_LEVELS, sparse_output=False)
            parts.append((column.name, make_pipeline(ToText(), coder), [column.name]))
    preparation = ColumnTransformer(parts, remainder="drop", sparse_threshold=0.0)
    rows = np.asarray(preparation.fit_transform(frame), dtype=np.float64)
    places = [preparation.output_indices_[name] for name, _, _ in parts]
    roles = [column.role for column in columns if column.role.is_used]
    loose = [tuple(range(*place.indices(rows.shape[1]))) for place in places]
    return preparation, rows, tuple(own for own, role in zip(loose, roles, strict=True) if role is Role.CATEGORY)


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


def whole_model(data: ClusterData, params: Mapping[str, Any]) -> Pipeline:
    """Preparation and algorithm, fitted on all rows."""
    model = make_clustering(params, seed=data.request.seed).fit(data.rows)
    return Pipeline([("prepare", data.preparation), ("cluster", model)])


@final
class ClusterObjective:
    """Measures the clustering of a trial on each subsample; each is a step. Travels to worker processes."""

    def __init__(self, data: ClusterData) -> None:
        self.data = Data(data.rows, None, data.scheme.splits(data.rows), scheme=data.scheme)
        self.measure = Measure(data.request.metric)
        self.seed = data.request.seed

    def __call__(self, trial: Trial) -> float:
        """The mean over the subsamples.

        Raises
        ------
        TrialPruned
            If the study's pruner has seen enough.
        """
        scores: list[float] = []
        for fold in range(len(self.data.splits)):
            scores.append(self.score(trial.params, fold))
            trial.report(scores[-1], step=fold, fold=fold)
            if fold + 1 < len(self.data.splits) and trial.should_prune():
                raise TrialPruned(f"stopped after subsample {fold + 1} of {len(self.data.splits)}")
        return float(np.mean(scores))

    def score(self, params: Mapping[str, Any], fold: int) -> float:
        """The measure on one subsample.

        Raises
        ------
        Exception
            What the algorithm raised.
        """
        model = make_clustering(params, seed=self.seed)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ConvergenceWarning)  # what was found is measured
            found = evaluate(model, self.data, self.data.splits[fold], self.measure)
        if found.error is not None:
            raise found.error
        value = found.test[""]
        return float("nan") if value is None else value


def cluster_name(data: ClusterData, search: Search) -> str:
    """The study's name: as given, or from the data."""
    return search.name or f"{data.table.name}-clusters"


def cluster_study(data: ClusterData, search: Search) -> Study:
    """Open the study, or make it with each algorithm's defaults in front.

    Raises
    ------
    StudyExists
        If the storage has a study of that name on other rows or with other options.
    """
    name, request = cluster_name(data, search), data.request
    splits = data.scheme.splits(data.rows)
    card = {
        "made_by": "tune --task cluster",
        "data": data.table.source,
        "data_fingerprint": data_fingerprint(data.frame, None),
        "splits_fingerprint": splits_fingerprint(splits),
        "test_ratio": fold_ratio(splits),
        "request": {field: getattr(request, field) for field in request.__slots__},
    }
    pruner = "racing" if search.racing and len(splits) >= 4 else None
    other = f"Give this one another --name, or: tunesmith delete {shlex.quote(name)}."
    try:
        study = Study(
            data.space, Metric(request.metric, "maximize"), sampler=search.sampler, storage=search.storage, name=name,
            seed=request.seed, card=card, pruner=pruner,
        )  # fmt: skip
    except StudyExists as error:
        raise StudyExists(error.message, hint=other) from error
    for part, word in (("data_fingerprint", "data"), ("splits_fingerprint", "subsamples")):
        if study.card.get(part) != card[part]:
            raise StudyExists(f"Study {name!r} in {search.storage} was made on other {word}.", hint=other)
    if not len(study):
        for algorithm in data.algorithms:
            study.enqueue(default_settings(data, algorithm), origin="default")
    return study


def default_settings(data: ClusterData, algorithm: str) -> Params:
    """An algorithm as it comes, in this space."""
    found = data.space.fix({ALGORITHM: algorithm}).defaults()
    return Params(found or {ALGORITHM: algorithm})
