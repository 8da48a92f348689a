"""What people get of a clustering: lines on the screen, labels, model, report, and a script that repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tunesmith.sklearn import measures
from tunesmith.tabular.cluster_verdict import Clustered
from tunesmith.tabular.clusters import (
    COUNT,
    LABELS,
    ClusterRequest,
    cluster_objective,
    prepare_clusters,
    whole_model,
)
from tunesmith.tabular.outputs import params_text, request_text, write_found
from tunesmith.tabular.portfolio import ALGORITHM
from tunesmith.tabular.screen import algorithm_lines, edge_words, file_lines, settings_text
from tunesmith.tabular.unlabelled import Unlabelled, column_lines
from tunesmith.trial import FrozenTrial, TrialState
from tunesmith.validation import data_fingerprint

_SCRIPT = '''"""Repeats the clusters of study {study!r}: measures the winner on subsamples, and clusters all rows."""

from tunesmith.tabular import ClusterRequest, repeat_clusters

REQUEST = ClusterRequest(
{request}
)
PARAMS = {params}
DATA = {fingerprint!r}

if __name__ == "__main__":
    repeat_clusters(REQUEST, PARAMS, data=DATA)
'''
_SIZES = 8


def cluster_data_lines(data: Unlabelled) -> list[str]:
    """What the data are and what is done with each column."""
    share = len(data.splits[0].train) / len(data.rows)
    return [
        f"{data.table.source}: {len(data.frame):,} rows to find clusters in",
        f"{len(data.splits)} subsamples of {share:.0%} of the rows; metric {data.request.metric}",
        *column_lines(data),
    ]


def cluster_lines(found: Clustered, files: Mapping[str, str], *, again: str) -> list[str]:
    """The last screen."""
    data = found.data
    own = {name: value for name, value in found.best.params.items() if name != COUNT}
    settings = settings_text(own)
    lines = [f"{LABELS[found.best.params[ALGORITHM]]} won: {sizes_text(found)}{f'; {settings}' if settings else ''}"]
    lines.append(found.words)
    lines.append(
        f"found again: stability {found.stability:.2f} (95 % from {found.low:.2f} to {found.high:.2f}), the adjusted "
        "Rand index with clusterings of two thirds of the rows"
    )
    lines.append(f"on all rows (k-means as it comes): {', '.join(_measured(found))}")
    lines.append(found.believed.line)
    if found.agrees is not None and data.known is not None:
        lines.append(f"compared with {str(data.known.name)!r}: adjusted Rand index {found.agrees:.2f}")
    lines.append("in the search, by algorithm: defaults -> best (trials)")
    lines += [f"  {row}" for row in algorithm_lines(found.study, LABELS)]
    if edges := edge_words(data.space, found.best.params):
        lines.append(f"at the edge of its range: {', '.join(edges)}; a wider one may do better")
    lines += file_lines(files)
    lines.append(f"go on     {again}")
    return lines


def _measured(found: Clustered) -> list[str]:
    """Each measure of the winner and of k-means, the one that was searched for first."""
    metric = found.data.request.metric
    pairs = sorted(found.scores.items(), key=lambda pair: pair[0] != metric)
    names = {name: f"{name} (turned round, so larger is better)" for name in measures.TURNED}
    return [
        f"{names.get(name, name)} {won:.3g}{'' if plain is None else f' ({plain:.3g})'}" for name, (won, plain) in pairs
    ]


def sizes_text(found: Clustered) -> str:
    """How many clusters, of how many rows, and how many rows are in none."""
    sizes = found.sizes
    none = int((found.labels < 0).sum())
    shown = ", ".join(f"{size:,}" for size in sizes[:_SIZES]) + (", ..." if len(sizes) > _SIZES else "")
    count = f"{len(sizes)} clusters of {shown} rows" if len(sizes) != 1 else f"1 cluster of {shown} rows"
    left = f", {none:,} ({none / len(found.labels):.0%}) in none" if none else ""
    return (count if sizes else "no cluster") + left


def cluster_facts(found: Clustered) -> dict[str, Any]:
    """The result in plain JSON values."""
    request = found.data.request
    return {
        "study": found.study.name,
        "storage": found.study.storage.location,
        "trial": found.best.number,
        "params": dict(found.best.params),
        "task": "cluster",
        "metric": request.metric,
        "search_score": found.best.value,
        "score_report": found.believed.dump(),
        "clusters": len(found.sizes),
        "sizes": list(found.sizes),
        "rows_in_none": int((found.labels < 0).sum()),
        "scores": {name: {"best": won, "kmeans_defaults": plain} for name, (won, plain) in found.scores.items()},
        "stability": {"mean": found.stability, "low": found.low, "high": found.high},
        "without_clusters": {"seen": found.seen, "drawn": list(found.chance)},
        "clusters_seen": found.are_seen,
        "verdict": found.words,
        "known_labels": None if found.agrees is None else {"adjusted_rand": found.agrees},
        "trials": len(found.study),
        "seed": found.study.seed,
        "versions": found.study.card.get("versions", {}),
    }


def write_clusters(found: Clustered, folder: Path) -> dict[str, str]:
    """Write `labels.csv`, `model.joblib`, `best.json`, `trials.csv` and `reproduce.py`; name -> path."""
    files = {"labels": str(folder / "labels.csv")}
    column = "cluster"
    while column in found.data.table.frame.columns:
        column += "_"
    found.data.table.frame.assign(**{column: found.labels}).to_csv(files["labels"], index=False)
    facts, script = cluster_facts(found), cluster_script(found)
    return files | write_found(folder, found.study, model=found.model, facts=facts, script=script)


def cluster_script(found: Clustered) -> str:
    """The text of `reproduce.py`."""
    return _SCRIPT.format(
        study=found.study.name, request=request_text(found.data.request), params=params_text(found.best.params),
        fingerprint=found.study.card.get("data_fingerprint"),
    )  # fmt: skip


def cluster_report(found: Clustered) -> dict[str, Any]:
    """What is known beyond the study, by the names of `reporting.TunedModel`."""
    data, metric, study = found.data, found.data.request.metric, found.study
    complete = sum(trial.state is TrialState.COMPLETE for trial in study.trials)
    ranked = sorted(study.trials, key=lambda trial: -trial.value if trial.values else float("inf"))
    sizes = [(number, size, size / len(found.labels)) for number, size in enumerate(found.sizes)]
    again = f"95 %: {found.low:.2f} to {found.high:.2f}"
    return {
        "title": f"Clusters in {data.table.name}",
        "lead": f"{LABELS[found.best.params[ALGORITHM]]}: {sizes_text(found)}; {found.words}.",
        "score": (f"found again in two thirds of the rows (adjusted Rand index), {again}", f"{found.stability:.2f}"),
        "notes": [
            "Rows without clusters have one hump in each column, and the same spread, tails and correlations.",
            "The best of the same settings is taken on them.",
            f"In the search: {found.believed.words}",
            f"{complete} trials complete; seed {study.seed}.",
            *data.remarks,
        ],
        "tables": [
            ("Clusters", ("cluster", "rows", "share"), sizes),
            ("On all rows", ("measure", "best", "k-means as it comes"), [(n, *p) for n, p in found.scores.items()]),
        ],
        "after": [("Columns", ("column", "role", "why"), [(c.name, c.role.value, c.why) for c in data.columns])],
        "trials": ("All trials", ("trial", "state", metric, "seconds", "settings"), [_row(trial) for trial in ranked]),
        "code": {"Repeat the clusters": cluster_script(found)},
    }


def _row(trial: FrozenTrial) -> tuple[Any, ...]:
    label = LABELS.get(trial.params.get(ALGORITHM, ""), "")
    count = f"{trial.params[COUNT]} clusters, " if COUNT in trial.params else ""
    own = {name: value for name, value in trial.params.items() if name != COUNT}
    value = trial.value if trial.values else None
    settings = f"{label}: {count}{settings_text(own)}".rstrip(", :")
    return trial.number, trial.stopped or trial.state.value, value, trial.duration, settings


def repeat_clusters(
    request: ClusterRequest, params: Mapping[str, Any], *, data: str | None = None, say: Any = print
) -> float:
    """Measure some settings on the subsamples again, cluster all rows, and print both.

    Returns
    -------
    The mean over the subsamples.
    """
    prepared = prepare_clusters(request)
    if data is not None and data_fingerprint(prepared.frame, None) != data:
        say(f"The data in {request.data} have changed since the study was made: the clusters will be others.")
    checked = prepared.space.check(params)
    objective = cluster_objective(prepared)
    mean = float(np.mean([objective.score(checked, fold) for fold in range(len(objective.data.splits))]))
    model = whole_model(prepared, checked)
    labels = getattr(model[-1], "labels_", None)
    labels = model[-1].predict(prepared.rows) if labels is None else labels
    sizes = sorted(np.unique(labels[labels >= 0], return_counts=True)[1].tolist(), reverse=True)
    say(f"search   {request.metric} {mean!r} (mean of {len(objective.data.splits)} subsamples)")
    say(f"all rows {len(sizes)} clusters of {', '.join(str(size) for size in sizes)} rows")
    return mean
