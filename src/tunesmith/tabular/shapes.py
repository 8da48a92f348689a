"""`tune --task reduce` and `--task density`: rows in fewer columns, or how dense they lie; judged on rows held out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast, final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, KernelPCA
from sklearn.manifold import Isomap
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import Pipeline

from tunesmith import _plugins
from tunesmith.errors import InvalidData, UnknownName, UsageError, did_you_mean
from tunesmith.sklearn.measures import EMBEDDINGS
from tunesmith.sklearn.objective import Data
from tunesmith.sklearn.unsupervised import Measure
from tunesmith.space import Categorical, Fixed, Float, Int, Params, SearchSpace
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
from tunesmith.validation import KFoldValidation, ValidationScheme

REDUCE, DENSITY = "reduce", "density"
COMPONENTS = "components"
"""The name of the parameter that says into how many columns rows are put."""
DOWNSTREAM, RECONSTRUCTION = "downstream", "reconstruction"
_FEW_VALUES, _MOST_COMPONENTS, _SHOWN = 20, 20, 2


@final
@dataclass(frozen=True, slots=True)
class Made:
    """One algorithm: how a person calls it, how it is made, above how many rows it is left out unless it is named."""

    label: str
    make: Callable[..., Any]
    most: int | None = None
    restores: bool = False
    """Whether rows can be brought back from fewer columns."""


_REDUCE: Mapping[str, Made] = {
    "pca": Made("PCA", lambda seed, **own: PCA(random_state=seed, **own), restores=True),
    "ica": Made(
        "independent components",
        lambda seed, **own: FastICA(whiten="unit-variance", max_iter=500, random_state=seed, **own),
        restores=True,
    ),
    "factors": Made("factor analysis", lambda seed, **own: FactorAnalysis(random_state=seed, **own)),
    "kernel_pca": Made(
        "kernel PCA",
        lambda seed, **own: KernelPCA(kernel="rbf", fit_inverse_transform=True, random_state=seed, **own),
        3_000,
        restores=True,
    ),
    "isomap": Made("Isomap", lambda _seed, **own: Isomap(**own), 3_000),
}
_DENSITY: Mapping[str, Made] = {
    "mixture": Made("Gaussian mixture", lambda seed, **own: GaussianMixture(random_state=seed, **own)),
    "kernel": Made("kernel density", lambda _seed, **own: KernelDensity(**own), 20_000),
    "factors": Made("factor analysis", lambda seed, **own: FactorAnalysis(random_state=seed, **own)),
}
KINDS: Mapping[str, Mapping[str, Made]] = {REDUCE: _REDUCE, DENSITY: _DENSITY}
METRICS: Mapping[str, tuple[str, ...]] = {REDUCE: EMBEDDINGS, DENSITY: ("log_likelihood",)}
"""Task -> its measures, the one that is taken unasked first."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeRequest:
    """What to look for; every field is an option of `tunesmith tune --task reduce` or `--task density`.

    Parameters
    ----------
    task
        `"reduce"` or `"density"`.
    data
        A path or bundled set.
    target
        A column of known labels: no algorithm sees it, and `metric="downstream"` asks how well it is predicted.
    metric
        A measure of embeddings, or `"log_likelihood"` of densities; empty for the first one.
    cv
        Number of folds, or a scheme that holds rows out: `"repeated:5"`, `"holdout"`.
    drop
        Columns to leave out.
    models
        Names of algorithms; all that are fast enough and suit the measure when empty.
    components
        Into how many columns rows are put. None is 2 where the measure only grows with the number (`"trustworthiness"`,
        `"reconstruction"`), and searches for the number by `"downstream"`.
    seed
        Of the folds, the algorithms and the search.
    """

    task: str
    data: str
    target: str | None = None
    metric: str = ""
    cv: str = "5"
    drop: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    components: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.task not in KINDS:
            raise UnknownName(f"There is no task {self.task!r}.", hint=did_you_mean(self.task, KINDS))
        known = METRICS[self.task]
        if not self.metric:
            object.__setattr__(self, "metric", known[0])
        if self.metric not in known:
            what = "embeddings are" if self.task == REDUCE else "densities are"
            raise UsageError(
                f"--metric {self.metric}: {what} measured by {', '.join(known)}.", hint=did_you_mean(self.metric, known)
            )
        if self.components is not None and (self.task != REDUCE or self.components < 1):
            raise UsageError(
                f"--components {self.components}: it is a number of columns, from 1 on, for --task reduce.",
                hint="Leave it out.",
            )
        for name in self.models:
            if name not in KINDS[self.task]:
                raise UnknownName(
                    f"--task {self.task} has no algorithm {name!r}.", hint=did_you_mean(name, KINDS[self.task])
                )
            if self.metric == RECONSTRUCTION and not KINDS[self.task][name].restores:
                raise UsageError(
                    f"--model {name} cannot bring rows back from fewer columns, which --metric reconstruction asks.",
                    hint=f"Take {', '.join(one for one, made in _REDUCE.items() if made.restores)}.",
                )


def prepare_shapes(request: ShapeRequest) -> Unlabelled:
    """Load the table, decide on roles, put the columns on one scale, and deal folds and space.

    Raises
    ------
    UsageError, InvalidData
        If a name does not exist, or there is nothing to look at.
    """
    dense = request.task == DENSITY
    table, frame, known = read_table(request, "to hold some out")
    why = "a density of categories has no unit" if dense else "numbers and categories are put into fewer columns"
    columns, remarks = columns_without_target(frame, request.drop, why, numbers=dense)
    if known is not None:
        remarks.insert(0, f"{known.name!r} is left out: no algorithm sees it")
    if request.metric == DOWNSTREAM and (known is None or bool(known.isna().any())):
        raise UsageError(
            "--metric downstream asks how well a column is predicted, which must be given and have no missing cells.",
            hint="Name it as --target, or choose another --metric.",
        )
    for column in columns if dense else ():
        if column.role.is_used and (count := frame[column.name].nunique()) <= _FEW_VALUES:
            remarks.append(f"{column.name!r} has {count} different numbers: narrow spikes on them look dense "
                           "(--drop leaves it out)")  # fmt: skip
    preparation, rows, categories = prepared_rows(frame, columns)
    wanted = None if dense else request.components or (None if request.metric == DOWNSTREAM else _SHOWN)
    if not dense and rows.shape[1] <= max(1, wanted or 1):
        raise InvalidData(
            f"Prepared, the table has {rows.shape[1]} columns, and {wanted or 1} are no fewer.",
            hint="Drop fewer columns, or write a smaller --components.",
        )
    scheme = _scheme(request)
    splits = scheme.splits(rows)
    algorithms = request.models or tuple(
        name for name, made in KINDS[request.task].items() if _fits(made, request, rows)
    )
    slow = [made.label for name, made in KINDS[request.task].items() if made.most is not None and len(rows) > made.most]
    remarks += [] if request.models else [f"{label} is left out: too slow for {len(rows):,} rows" for label in slow]
    space = shape_space(request.task, rows[splits[0].train], algorithms, wanted)
    return Unlabelled(
        request, table, frame, known, columns, preparation, rows, categories, scheme, splits, algorithms, space,
        tuple(remarks),
    )  # fmt: skip


def _fits(made: Made, request: ShapeRequest, rows: npt.NDArray[np.float64]) -> bool:
    if request.metric == RECONSTRUCTION and (not made.restores or made is _REDUCE["ica"]):
        return False  # independent components are another basis of what PCA keeps, and bring back the same
    return made.most is None or len(rows) <= made.most


def _scheme(request: ShapeRequest) -> ValidationScheme:
    if request.cv.isdigit() and int(request.cv) >= 2:
        return KFoldValidation(int(request.cv), shuffle=True, seed=request.seed)
    scheme = None if request.cv.isdigit() else _plugins.make("validation", request.cv).suited(classifier=False)
    if scheme is None or not scheme.holds_out or scheme.reshuffles or scheme.needs_groups:
        raise UsageError(
            f"--cv {request.cv}: --task {request.task} is judged by rows that were held out, the same in all trials.",
            hint="Write --cv 5, --cv repeated:5 or --cv holdout.",
        )
    return cast("ValidationScheme", scheme)


def shape_space(
    task: str, rows: npt.NDArray[np.float64], algorithms: tuple[str, ...], components: int | None = None
) -> SearchSpace:
    """Which algorithm, how many columns (all that are fewer, where nobody said), and the settings of each.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 4))
    >>> shape_space("reduce", rows, ("pca", "isomap")).names
    ('algorithm', 'components', 'isomap.n_neighbors')
    """
    count, width = rows.shape
    most = most_components(rows)
    made: dict[str, Any] = {ALGORITHM: Categorical(*algorithms, default=algorithms[0])}
    if task == REDUCE:
        made[COMPONENTS] = Int(1, most, default=min(_SHOWN, most)) if components is None else Fixed(components)
    elif "factors" in algorithms:
        made[COMPONENTS] = Int(1, most, default=min(_SHOWN, most)).when(ALGORITHM, "factors")
    if "kernel_pca" in algorithms:
        reach = Float(0.01 / width, 10.0 / width, log=True, default=1.0 / width)
        made["kernel_pca.gamma"] = reach.when(ALGORITHM, "kernel_pca")
    if "isomap" in algorithms:
        near = Int(3, max(4, min(50, count // 5)), log=True, default=min(5, max(4, count // 5)))
        made["isomap.n_neighbors"] = near.when(ALGORITHM, "isomap")
    if "mixture" in algorithms:
        parts = Int(1, max(2, min(20, count // 10)), log=True, default=1)
        shapes = Categorical("full", "tied", "diag", "spherical", default="full")
        made["mixture.n_components"] = parts.when(ALGORITHM, "mixture")
        made["mixture.covariance_type"] = shapes.when(ALGORITHM, "mixture")
        made["mixture.reg_covar"] = Float(1e-4, 0.3, log=True, default=1e-3).when(ALGORITHM, "mixture")
    if "kernel" in algorithms:
        scott = float(np.clip(count ** (-1.0 / (width + 4)), 0.06, 1.5))
        made["kernel.bandwidth"] = Float(0.05, 2.0, log=True, default=scott).when(ALGORITHM, "kernel")
        hills = Categorical("gaussian", "exponential", default="gaussian")
        made["kernel.kernel"] = hills.when(ALGORITHM, "kernel")
    return SearchSpace(made)


def most_components(rows: npt.NDArray[np.float64]) -> int:
    """How many columns a search goes up to."""
    count, width = rows.shape
    return int(max(1, min(width - 1, _MOST_COMPONENTS, count // 5)))


def make_shape(params: Mapping[str, Any], *, task: str, seed: int) -> Any:
    """The algorithm that a trial's params describe, not fitted."""
    own = dict(settings_of(params))
    if COMPONENTS in params:
        own["n_components"] = params[COMPONENTS]
    return KINDS[task][params[ALGORITHM]].make(seed, **own)


def whole_shape(data: Unlabelled, params: Mapping[str, Any]) -> Pipeline:
    """Preparation and algorithm, fitted on all rows."""
    model = make_shape(params, task=task_of(data), seed=data.request.seed).fit(data.rows)
    return Pipeline([("prepare", data.preparation), (task_of(data), model)])


def task_of(data: Unlabelled) -> str:
    """Which of the two it is."""
    return DENSITY if data.request.metric in METRICS[DENSITY] else REDUCE


def label_of(data: Unlabelled, params: Mapping[str, Any]) -> str:
    """How a person calls the algorithm of a trial."""
    return KINDS[task_of(data)][params[ALGORITHM]].label


def shape_objective(data: Unlabelled, measure: str = "") -> MeasuredFolds:
    """Measures a trial on the held-out rows of each fold, by the metric or another measure."""
    name = measure or data.request.metric
    y = labels_of(data.known) if name == DOWNSTREAM and data.known is not None else None
    rows = Data(data.rows, y, data.splits, scheme=data.scheme)
    return MeasuredFolds(rows, Measure(name), partial(make_shape, task=task_of(data), seed=data.request.seed))


def labels_of(known: pd.Series) -> npt.NDArray[Any]:
    """Known labels as a small model predicts them: numbers of many values as they are, all else as classes."""
    if pd.api.types.is_numeric_dtype(known.dtype) and known.nunique() > _FEW_VALUES:
        return known.to_numpy(dtype=np.float64)
    return np.asarray(pd.factorize(known.astype(str), sort=True)[0])


def shape_name(data: Unlabelled, search: Search) -> str:
    """The study's name: as given, or from the data."""
    return search.name or f"{data.table.name}-{task_of(data)}"


def shape_study(data: Unlabelled, search: Search) -> Study:
    """Open the study, or make it with each algorithm's defaults in front.

    Raises
    ------
    StudyExists
        If the storage has a study of that name on other rows or with other options.
    """
    defaults = [_plain(data, algorithm) for algorithm in data.algorithms]
    return study_without_target(data, search, name=shape_name(data, search), task=task_of(data), defaults=defaults)


def _plain(data: Unlabelled, algorithm: str) -> Params:
    """An algorithm as it comes, in this space."""
    return Params(data.space.fix({ALGORITHM: algorithm}).defaults() or {ALGORITHM: algorithm})


def components_of(params: Mapping[str, Any]) -> float:
    """Simpler are fewer columns, fewer parts of a mixture, wider hills."""
    if COMPONENTS in params:
        return float(params[COMPONENTS])
    if "mixture.n_components" in params:
        return float(params["mixture.n_components"])
    return 20.0 + 1.0 / float(params["kernel.bandwidth"]) if "kernel.bandwidth" in params else math.inf
