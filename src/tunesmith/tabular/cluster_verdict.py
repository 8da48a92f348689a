"""What the clusters that a search found are worth: on all rows, against rows without clusters, and found again."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from tunesmith.numerics.no_clusters import without_clusters
from tunesmith.sklearn import belief, measures, unsupervised
from tunesmith.sklearn.selection import choose
from tunesmith.space import Params
from tunesmith.study import Study
from tunesmith.tabular.clusters import (
    COUNT,
    TOLD,
    cluster_objective,
    default_settings,
    make_clustering,
    whole_model,
)
from tunesmith.tabular.portfolio import ALGORITHM
from tunesmith.tabular.unlabelled import Unlabelled
from tunesmith.trial import FrozenTrial
from tunesmith.validation import ScoreReport

DRAWN = 19
"""Sets of rows without clusters: to be above all of them happens to one data set without clusters in twenty."""
_SETTINGS, _ROWS = 12, 1_000
_AGAIN, _SHARE = 20, 2 / 3
_NEARLY_ALL = 0.9
_SILENCE = 5.0
"""Seconds after which one wants to hear how far it is."""

Rows = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


@final
@dataclass(frozen=True, slots=True)
class Clustered:
    """What was found.

    Parameters
    ----------
    data, study
        The rows and the search.
    best
        The winning trial.
    model
        Preparation and algorithm, fitted on all rows.
    labels
        The cluster of each row, the largest first; -1 for none.
    scores
        Measure -> the winner's value on all rows, and that of k-means as it comes (None where it did not run).
    stability, low, high
        Adjusted Rand index with clusterings of two thirds of the rows: mean, and where 95 % of them lie.
    seen
        The best value of the settings that were compared, on the rows.
    chance
        Their best value on each set of rows without clusters.
    agrees
        Adjusted Rand index with the known labels, where there are some.
    believed
        What the winner's score in the search is worth.
    """

    data: Unlabelled
    study: Study
    best: FrozenTrial
    model: Any
    labels: Labels
    scores: Mapping[str, tuple[float, float | None]]
    stability: float
    low: float
    high: float
    seen: float
    chance: tuple[float, ...]
    agrees: float | None
    believed: ScoreReport

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows in each cluster, the largest first; those in none are not among them."""
        return tuple(np.bincount(self.labels[self.labels >= 0]).tolist())

    @property
    def are_seen(self) -> bool:
        """Whether the measure is better than on all sets of rows without clusters."""
        return not measures.is_degenerate(self.labels) and self.seen > max(self.chance)

    @property
    def words(self) -> str:
        """The verdict in a sentence."""
        metric = measured(self.data)
        if measures.is_degenerate(self.labels):
            return "no clusters to be seen: every setting put all rows into one cluster, or into none"
        reached = f"{DRAWN} sets of like rows that were made without any reach up to {max(self.chance):.3g}"
        against = f"{metric} {self.seen:.3g}; {reached}"
        if not self.are_seen:
            return f"no clusters to be seen: {against}, which is as good"
        share = max(self.sizes) / len(self.labels)
        if share > _NEARLY_ALL:
            return f"one cluster has {share:.0%} of the rows, the others are outliers rather than clusters: {against}"
        return f"clusters are to be seen: {against}"


def measured(data: Unlabelled) -> str:
    """The measure that is compared with chance; the silhouette where stability was asked for, which costs too much."""
    return "silhouette" if data.request.metric == "stability" else data.request.metric


def judge_clusters(
    data: Unlabelled, study: Study, *, select: str = "best", say: Callable[[str], None] = lambda _text: None
) -> Clustered:
    """Cluster all rows by the winner's settings, and say what that is worth.

    Parameters
    ----------
    data, study
        The rows and the search.
    select
        How the winner is chosen.
    say
        Is told, every few seconds, how far the comparison is.

    Raises
    ------
    InvalidTrial
        If no trial is complete.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)  # fewer clusters than asked are scored as such
        return _judged(data, study, select, say)


def _judged(data: Unlabelled, study: Study, select: str, say: Callable[[str], None]) -> Clustered:
    chosen = choose(study, select, simplicity=fewer, params_of=lambda trial: trial.params)
    best, seed = chosen.trial, data.request.seed
    model = whole_model(data, best.params)
    labels = by_size(unsupervised.labels_for(model[-1], data.rows))
    plain = _plain(data)
    scores = {
        name: (
            measures.cluster_score(name, data.rows, labels),
            None if plain is None else measures.cluster_score(name, data.rows, plain),
        )
        for name in measures.CLUSTERS
        if name != "stability"
    }
    again = _again(data, best.params, labels)
    seen, chance = _against_chance(data, study, best, say)
    witness = belief.Witness(cluster_objective(data).data, None, False, None, seed)
    agrees = None
    if data.known is not None:
        agrees = float(adjusted_rand_score(data.known.astype(str), labels))
    return Clustered(
        data, study, best, model, labels, scores, float(np.mean(again)), float(np.percentile(again, 2.5)),
        float(np.percentile(again, 97.5)), seen, chance, agrees, belief.report_and_keep(study, chosen, witness),
    )  # fmt: skip


def fewer(params: Mapping[str, Any]) -> float:
    """Simpler are fewer clusters; an algorithm that finds the number by itself comes after those that were told."""
    return float(params[COUNT]) if COUNT in params else 100.0


def by_size(labels: Any) -> Labels:
    """Clusters numbered from the largest, 0, to the smallest; what is in none stays -1.

    Examples
    --------
    >>> by_size(np.array([5, 2, 2, -1])).tolist()
    [1, 0, 0, -1]
    """
    labels = np.asarray(labels)
    found, counts = np.unique(labels[labels >= 0], return_counts=True)
    order = found[np.argsort(-counts, kind="stable")]
    numbers = {int(label): place for place, label in enumerate(order)}
    return np.array([numbers.get(int(label), -1) for label in labels], dtype=np.intp)


def _plain(data: Unlabelled) -> Any:
    """The clusters of k-means as it comes."""
    if len(data.rows) < 8:
        return None
    return make_clustering({ALGORITHM: "kmeans"}, seed=data.request.seed).fit(data.rows).labels_


def _again(data: Unlabelled, params: Params, labels: Labels) -> list[float]:
    """How far clusterings of two thirds of the rows agree with the one of all."""
    rng = np.random.default_rng(data.request.seed)
    found = []
    for _ in range(_AGAIN if len(labels) <= 5_000 else _AGAIN // 4):
        drawn = np.sort(rng.choice(len(labels), round(_SHARE * len(labels)), replace=False))
        model = make_clustering(params, seed=data.request.seed).fit(data.rows[drawn])
        found.append(measures.agreement(labels[drawn], unsupervised.labels_for(model, data.rows[drawn])))
    return found


def _against_chance(
    data: Unlabelled, study: Study, best: FrozenTrial, say: Callable[[str], None]
) -> tuple[float, tuple[float, ...]]:
    """The best of some settings on the rows, and on sets of rows without clusters: chosen there as they were here."""
    settings = _settings(data, study, best)
    rows = data.rows[measures.sampled(len(data.rows), _ROWS)]
    rng = np.random.default_rng(data.request.seed)
    chance: list[float] = []
    said = time.monotonic()
    while len(chance) < DRAWN:
        chance.append(_best_of(without_clusters(rows, data.categories, rng), settings, data))
        if time.monotonic() - said > _SILENCE:
            said = time.monotonic()
            say(f"  {len(chance)} of {DRAWN} sets of rows without clusters are done")
    return _best_of(rows, settings, data), tuple(chance)


def _settings(data: Unlabelled, study: Study, best: FrozenTrial) -> list[Params]:
    """The winner, the best trials that differ in algorithm or number of clusters, and some numbers for k-means."""
    metric = study.metric
    ranked = sorted(study.history.complete(), key=lambda trial: metric.sign * trial.value)
    kept: dict[tuple[Any, ...], Params] = {_kind(best.params): best.params}
    for trial in ranked:
        kept.setdefault(_kind(trial.params), trial.params)
    chosen = list(kept.values())[:_SETTINGS]
    told = [name for name in data.algorithms if name in TOLD]
    if told:
        first = default_settings(data, told[0])
        counts = [count for count in (2, 3, 4, 5, 6) if data.space[COUNT].contains(count)]
        chosen += [Params({**first, COUNT: count}) for count in counts if (told[0], count) not in kept]
    return chosen


def _kind(params: Params) -> tuple[Any, ...]:
    return params[ALGORITHM], params.get(COUNT)


def _best_of(rows: Rows, settings: Sequence[Params], data: Unlabelled) -> float:
    name = measured(data)
    found = [measures.WORST[name]]
    for params in settings:
        if params.get(COUNT, 2) < len(rows):
            model = make_clustering(params, seed=data.request.seed).fit(rows)
            found.append(measures.cluster_score(name, rows, unsupervised.labels_for(model, rows)))
    return max(found)
