"""What is good without a target: measures of clusters, of embeddings and of densities, larger is better in all."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tunesmith.numerics.dbcv import dbcv
from tunesmith.sklearn import _doors as sk

Array: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.intp]

CLUSTERS = ("silhouette", "calinski_harabasz", "davies_bouldin", "dbcv", "stability")
"""Measures of which rows belong together."""
EMBEDDINGS = ("trustworthiness", "reconstruction", "downstream")
"""Measures of rows put into fewer columns."""
DENSITIES = ("log_likelihood", "bic", "aic")
"""Measures of a density."""
MEASURES = (*CLUSTERS, *EMBEDDINGS, *DENSITIES)

TURNED = ("davies_bouldin",)
"""Measures of which less is better, so that they count with a minus."""

MOST_ROWS = 2_000
"""Measures that compare every row with every other look at so many rows, drawn with a fixed seed."""
_MOST_SPREAD = 10.0
WORST = {
    "silhouette": -1.0,
    "calinski_harabasz": 0.0,
    "davies_bouldin": -_MOST_SPREAD,
    "dbcv": -1.0,
    "stability": -0.5,
    "trustworthiness": 0.0,
}
"""What one cluster, nothing but noise, or a cluster a row is worth: the lower end of the measure's scale.

Davies and Bouldin's index has none; it is turned round and ends at 10.
"""
NEIGHBOURS = 5


def cluster_score(name: str, rows: Array, labels: Any) -> float:
    """How good labels are by a measure that looks at rows and labels alone.

    Parameters
    ----------
    name
        `"silhouette"`, `"calinski_harabasz"`, `"davies_bouldin"` (turned round: larger is better) or `"dbcv"`.
    rows
        Shape `(rows, columns)`.
    labels
        A cluster's number for each row; below 0 is noise.

    Returns
    -------
    The measure of the rows that are in clusters, mixed with its neutral value by the share of noise: 0 of the
    silhouette, as of a row alone (Rousseeuw 1987), and the worst value of the others. One cluster, nothing but noise,
    or as many clusters as rows give `WORST`.

    Examples
    --------
    >>> rows = np.array([[0.0], [0.1], [5.0], [5.1]])
    >>> round(cluster_score("silhouette", rows, [0, 0, 1, 1]), 2), cluster_score("silhouette", rows, [0, 0, 0, 0])
    (0.98, -1.0)
    >>> round(cluster_score("silhouette", rows, [0, 0, 1, -1]), 2)
    0.49
    """
    labels = np.asarray(labels)
    if len(rows) > MOST_ROWS and name in {"silhouette", "dbcv"}:
        drawn = sampled(len(rows))
        rows, labels = rows[drawn], labels[drawn]
    if is_degenerate(labels):
        return WORST[name]
    if name == "dbcv":
        return dbcv(rows, labels)
    kept = labels >= 0
    share = float(kept.mean())
    inside, own = rows[kept], labels[kept]
    if name == "silhouette":
        return share * float(sk.metrics.silhouette_score(inside, own))
    if name == "calinski_harabasz":
        return share * float(sk.metrics.calinski_harabasz_score(inside, own))
    spread = min(float(sk.metrics.davies_bouldin_score(inside, own)), _MOST_SPREAD)
    return share * -spread + (1 - share) * -_MOST_SPREAD


def is_degenerate(labels: Any) -> bool:
    """Whether labels say nothing: fewer than two clusters beside noise, or no two rows together.

    Examples
    --------
    >>> is_degenerate([0, 0, -1]), is_degenerate([0, 1, 2]), is_degenerate([0, 0, 1])
    (True, True, False)
    """
    labels = np.asarray(labels)
    kept = labels[labels >= 0]
    count = len(np.unique(kept))
    return count < 2 or count >= len(kept)


def agreement(one: Any, two: Any) -> float:
    """How far two clusterings of the same rows agree: the adjusted Rand index, times the share that both clustered.

    1 is the same, 0 what chance gives; -0.5, the lower end of the index, where one of them says nothing.

    Examples
    --------
    >>> agreement([0, 0, 1, 1], [7, 7, 3, 3]), agreement([0, 0, 1, 1], [0, 0, 0, 0])
    (1.0, -0.5)
    """
    one, two = np.asarray(one), np.asarray(two)
    if is_degenerate(one) or is_degenerate(two):
        return WORST["stability"]
    share = float(((one >= 0) & (two >= 0)).mean())
    found = float(sk.metrics.adjusted_rand_score(one, two))
    return found * share if found > 0 else found


def trustworthiness(rows: Array, embedded: Array) -> float:
    """Whether rows that are near in the embedding are near in the data (Venna, Kaski 2001), from 0 to 1.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(50, 3))
    >>> trustworthiness(rows, 2 * rows)
    1.0
    """
    if len(rows) > MOST_ROWS:
        drawn = sampled(len(rows))
        rows, embedded = rows[drawn], embedded[drawn]
    neighbours = min(NEIGHBOURS, math.ceil(len(rows) / 2) - 1)
    if neighbours < 1 or not np.isfinite(embedded).all() or float(np.ptp(embedded, axis=0).max(initial=0.0)) == 0:
        return WORST["trustworthiness"]
    return float(sk.trustworthiness(rows, embedded, n_neighbors=neighbours))


def reconstruction(rows: Array, restored: Array) -> float:
    """The share of the variance that is still there when rows come back from fewer columns; 1 is all of it.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> reconstruction(rows, rows * [1.0, 0.0])
    0.5
    """
    total = float(((rows - rows.mean(axis=0)) ** 2).sum())
    return 1.0 - float(((rows - restored) ** 2).sum()) / total if total > 0 else 0.0


def downstream(embedded: Array, y: Any) -> float:
    """What a small model makes of an embedding: accuracy, or R2, of 5 nearest neighbours over 3 folds.

    Examples
    --------
    >>> y = np.repeat([0, 1], 15)
    >>> downstream(y[:, None] + np.linspace(0, 0.1, 30)[:, None], y)
    1.0
    """
    classes = sk.type_of_target(y) in {"binary", "multiclass"}
    deal = sk.StratifiedKFold if classes and np.unique(y, return_counts=True)[1].min() >= 3 else sk.KFold
    model = sk.make_pipeline(sk.StandardScaler(), sk.KNeighborsClassifier() if classes else sk.KNeighborsRegressor())
    return float(sk.cross_val_score(model, embedded, y, cv=deal(3, shuffle=True, random_state=0)).mean())


def sampled(rows: int, most: int = MOST_ROWS) -> npt.NDArray[np.intp]:
    """Numbers of the rows that a measure looks at: all, or as many as it can, the same at each call."""
    if rows <= most:
        return np.arange(rows, dtype=np.intp)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False)).astype(np.intp)
