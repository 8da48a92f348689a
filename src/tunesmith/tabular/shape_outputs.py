"""What people get of an embedding or a density: lines on the screen, a table, the model, and a script."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning

from tunesmith.numerics.paired import Difference, corrected_difference
from tunesmith.sklearn import belief
from tunesmith.sklearn.measures import EMBEDDINGS
from tunesmith.sklearn.selection import choose
from tunesmith.space import Params
from tunesmith.study import Study
from tunesmith.tabular.outputs import params_text, request_text, write_found
from tunesmith.tabular.portfolio import ALGORITHM
from tunesmith.tabular.screen import algorithm_lines, edge_words, file_lines, settings_text
from tunesmith.tabular.shapes import (
    COMPONENTS,
    DENSITY,
    DOWNSTREAM,
    KINDS,
    RECONSTRUCTION,
    ShapeRequest,
    components_of,
    label_of,
    most_components,
    prepare_shapes,
    shape_objective,
    task_of,
    whole_shape,
)
from tunesmith.tabular.unlabelled import Unlabelled, column_lines
from tunesmith.trial import FrozenTrial, TrialState
from tunesmith.validation import ScoreReport, data_fingerprint, fold_ratio

_SCRIPT = '''"""Repeats study {study!r}: measures the winner on held-out rows, and fits it on all rows."""

from tunesmith.tabular import ShapeRequest, repeat_shape

REQUEST = ShapeRequest(
{request}
)
PARAMS = {params}
DATA = {fingerprint!r}

if __name__ == "__main__":
    repeat_shape(REQUEST, PARAMS, data=DATA)
'''
_RAREST, _NOTHING = 5, 1e-9
_COUNTS = (1, 2, 3, 5, 8, 12, 20)


@final
@dataclass(frozen=True, slots=True)
class Shaped:
    """What was found.

    Parameters
    ----------
    data, study
        The rows and the search.
    best
        The winning trial.
    model
        Preparation and algorithm, fitted on all rows.
    values
        Of each row: its place in fewer columns, or its log density, shape `(rows, columns)`.
    scores
        Measure -> the winner's mean on held-out rows, and that of the simple one (None where it has none).
    simple
        What the winner is compared with: PCA with as many columns, or one Gaussian.
    lead
        By how much the winner is better than that, fold by fold.
    fewer
        Of embeddings: the simplest trial within one standard error of the best, where that has fewer columns.
    by_components
        Of embeddings: number of columns -> what PCA with as many reaches on held-out rows.
    believed
        What the winner's score in the search is worth.
    """

    data: Unlabelled
    study: Study
    best: FrozenTrial
    model: Any
    values: npt.NDArray[np.float64]
    scores: Mapping[str, tuple[float, float | None]]
    simple: str
    lead: Difference
    fewer: FrozenTrial | None
    by_components: Mapping[int, float]
    believed: ScoreReport

    @property
    def words(self) -> str:
        """The verdict in a sentence."""
        metric, lead = self.data.request.metric, self.lead
        if abs(lead.mean) < _NOTHING:
            return f"as good as {self.simple} by {metric}"
        if not np.isfinite(lead.p) or lead.p > 0.05:
            return f"not distinguishable from {self.simple} by {metric}: {lead.mean:+.3g}, 95 % {self._ends}"
        word = "better" if lead.mean > 0 else "worse"
        return f"{word} than {self.simple} by {metric}: {lead.mean:+.3g}, 95 % {self._ends}"

    @property
    def _ends(self) -> str:
        return f"{self.lead.low:+.3g} to {self.lead.high:+.3g}"


def judge_shape(data: Unlabelled, study: Study, *, select: str = "best", say: Any = lambda _text: None) -> Shaped:
    """Fit the winner on all rows, and hold it against the simplest of its kind on the rows that each fold holds out.

    Parameters
    ----------
    data, study
        The rows and the search.
    select
        How the winner is chosen.
    say
        Is told what is done.

    Raises
    ------
    InvalidTrial
        If no trial is complete.
    """
    chosen = choose(study, select, simplicity=components_of, params_of=lambda trial: trial.params)
    best, dense = chosen.trial, task_of(data) == DENSITY
    say(f"Measuring {label_of(data, best.params)} on the rows that each fold holds out ...")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        model = whole_shape(data, best.params)
    values = model[-1].score_samples(data.rows)[:, np.newaxis] if dense else model[-1].transform(data.rows)
    against = _simple(data, best.params)
    names = ["log_likelihood"] if dense else [name for name in EMBEDDINGS if name != DOWNSTREAM or _labelled(data)]
    ours, simple = (shape_objective(data).scores(params) for params in (best.params, against))
    scores: dict[str, tuple[float | None, float | None]] = {
        name: (_mean(data, name, best.params), _mean(data, name, against))
        for name in names
        if name != data.request.metric
    }
    scores[data.request.metric] = float(ours.mean()), float(simple.mean())
    lead = corrected_difference(ours - simple, fold_ratio(data.splits))
    simplest = choose(study, "one_se", simplicity=components_of, params_of=lambda trial: trial.params).trial
    fewer = None if dense or simplest.params[COMPONENTS] >= best.params[COMPONENTS] else simplest
    witness = belief.Witness(shape_objective(data).data, None, False, None, data.request.seed)
    return Shaped(
        data, study, best, model, np.asarray(values, dtype=np.float64),
        {name: (won, scores[name][1]) for name in names if (won := scores[name][0]) is not None},
        "one Gaussian" if dense else f"PCA with {_columns(best.params[COMPONENTS])}", lead, fewer,
        {} if dense else _by_components(data), belief.report_and_keep(study, chosen, witness),
    )  # fmt: skip


def _simple(data: Unlabelled, params: Params) -> Params:
    """The simplest of its kind: one Gaussian, or PCA with as many columns."""
    if task_of(data) == DENSITY:
        return Params({ALGORITHM: "mixture"})
    return Params({ALGORITHM: "pca", COMPONENTS: params[COMPONENTS]})


def _labelled(data: Unlabelled) -> bool:
    return data.known is not None and not bool(data.known.isna().any())


def _mean(data: Unlabelled, measure: str, params: Mapping[str, Any]) -> float | None:
    """The mean over the folds; None where the algorithm has no answer to that."""
    if measure == RECONSTRUCTION and not KINDS[task_of(data)][params[ALGORITHM]].restores:
        return None
    return float(shape_objective(data, measure).scores(params).mean())


def _by_components(data: Unlabelled) -> dict[int, float]:
    objective = shape_objective(data)
    counts = [count for count in _COUNTS if count <= most_components(data.rows)]
    return {count: float(objective.scores({ALGORITHM: "pca", COMPONENTS: count}).mean()) for count in counts}


def shape_data_lines(data: Unlabelled) -> list[str]:
    """What the data are and what is done with each column."""
    what = "find the density of" if task_of(data) == DENSITY else "put into fewer columns"
    held = ", ".join(str(len(split.test)) for split in data.splits[:3])
    more = ", ..." if len(data.splits) > 3 else ""
    return [
        f"{data.table.source}: {len(data.frame):,} rows to {what}",
        f"{len(data.splits)} folds that hold out {held}{more} rows; metric {data.request.metric}",
        *column_lines(data),
    ]


def shape_lines(found: Shaped, files: Mapping[str, str], *, again: str) -> list[str]:
    """The last screen."""
    data, dense = found.data, task_of(found.data) == DENSITY
    lines = [f"{label_of(data, found.best.params)} won{_described(found.best.params)}", found.words]
    told = [f"{n} {a:.4g}{'' if b is None else f' ({b:.4g})'}" for n, (a, b) in found.scores.items()]
    lines.append(f"on held-out rows ({found.simple}): {', '.join(told)}")
    lines.append(found.believed.line)
    if found.by_components:
        told = [f"{count} {score:.3g}" for count, score in found.by_components.items()]
        lines.append(f"PCA by number of columns, {data.request.metric}: {', '.join(told)}")
    if found.fewer is not None:
        lines.append(
            f"as good within one standard error: {_columns(found.fewer.params[COMPONENTS])} (trial "
            f"{found.fewer.number}, {label_of(data, found.fewer.params)}); --select one_se takes it"
        )
    if dense:
        rare = np.argsort(found.values[:, 0], kind="stable")[:_RAREST]
        lines.append(f"the rarest rows, counted from 1: {', '.join(str(row + 1) for row in rare.tolist())}")
    lines.append("in the search, by algorithm: defaults -> best (trials)")
    labels = {name: one.label for name, one in KINDS[task_of(data)].items()}
    lines += [f"  {row}" for row in algorithm_lines(found.study, labels)]
    if edges := edge_words(data.space, found.best.params):
        lines.append(f"at the edge of its range: {', '.join(edges)}; a wider one may do better")
    return [*lines, *file_lines(files), f"go on     {again}"]


def _described(params: Mapping[str, Any]) -> str:
    own = {name: value for name, value in params.items() if name != COMPONENTS}
    parts = [_columns(params[COMPONENTS])] if COMPONENTS in params else []
    parts += [settings] if (settings := settings_text(own)) else []
    return f": {'; '.join(parts)}" if parts else ""


def _columns(count: int) -> str:
    return f"{count} column{'' if count == 1 else 's'}"


def shape_facts(found: Shaped) -> dict[str, Any]:
    """The result in plain JSON values."""
    lead = found.lead
    return {
        "study": found.study.name,
        "storage": found.study.storage.location,
        "trial": found.best.number,
        "params": dict(found.best.params),
        "task": task_of(found.data),
        "metric": found.data.request.metric,
        "search_score": found.best.value,
        "score_report": found.believed.dump(),
        "scores": {name: {"best": won, "simple": other} for name, (won, other) in found.scores.items()},
        "simple": found.simple,
        "lead": {"mean": lead.mean, "low": lead.low, "high": lead.high, "p": lead.p},
        "verdict": found.words,
        "by_components": {str(count): score for count, score in found.by_components.items()},
        "as_good_with_fewer": None if found.fewer is None else dict(found.fewer.params),
        "trials": len(found.study),
        "seed": found.study.seed,
        "versions": found.study.card.get("versions", {}),
    }


def write_shape(found: Shaped, folder: Path) -> dict[str, str]:
    """Write the table with its new columns, `model.joblib`, `best.json`, `trials.csv`, `reproduce.py`; name -> path."""
    dense = task_of(found.data) == DENSITY
    rows = "density" if dense else "embedding"
    files = {rows: str(folder / f"{rows}.csv")}
    stem = "log_density" if dense else "dim"
    taken = found.data.table.frame.columns
    while any(str(name).startswith(stem) for name in taken):
        stem += "_"
    new = {stem if dense else f"{stem}{place + 1}": column for place, column in enumerate(found.values.T)}
    found.data.table.frame.assign(**new).to_csv(files[rows], index=False)
    facts, script = shape_facts(found), shape_script(found)
    return files | write_found(folder, found.study, model=found.model, facts=facts, script=script)


def shape_script(found: Shaped) -> str:
    """The text of `reproduce.py`."""
    return _SCRIPT.format(
        study=found.study.name, request=request_text(found.data.request), params=params_text(found.best.params),
        fingerprint=found.study.card.get("data_fingerprint"),
    )  # fmt: skip


def shape_report(found: Shaped) -> dict[str, Any]:
    """What is known beyond the study, by the names of `reporting.TunedModel`."""
    data, metric, study = found.data, found.data.request.metric, found.study
    complete = sum(trial.state is TrialState.COMPLETE for trial in study.trials)
    ranked = sorted(study.trials, key=lambda trial: -trial.value if trial.values else float("inf"))
    believed = found.believed
    tables: list[Any] = [
        ("On held-out rows", ("measure", "best", found.simple), [(n, *p) for n, p in found.scores.items()])
    ]
    if found.by_components:
        tables.append(("By number of columns", ("columns", f"{metric} of PCA"), list(found.by_components.items())))
    return {
        "title": f"{'Density of' if task_of(data) == DENSITY else 'Fewer columns for'} {data.table.name}",
        "lead": f"{label_of(data, found.best.params)}{_described(found.best.params)}; {found.words}.",
        "score": (f"{metric} to expect, 95 %: {believed.low:.3g} to {believed.high:.3g}", f"{believed.corrected:.3g}"),
        "notes": [
            f"In the search: {believed.words}",
            f"{complete} trials complete; seed {study.seed}.",
            *data.remarks,
        ],
        "tables": tables,
        "after": [("Table", ("column", "role", "why"), [(c.name, c.role.value, c.why) for c in data.columns])],
        "trials": (
            "All trials",
            ("trial", "state", metric, "seconds", "settings"),
            [_row(data, one) for one in ranked],
        ),
        "code": {"Repeat it": shape_script(found)},
    }


def _row(data: Unlabelled, trial: FrozenTrial) -> tuple[Any, ...]:
    kinds = KINDS[task_of(data)]
    label = kinds[trial.params[ALGORITHM]].label if trial.params.get(ALGORITHM) in kinds else ""
    value = trial.value if trial.values else None
    return trial.number, trial.stopped or trial.state.value, value, trial.duration, label + _described(trial.params)


def repeat_shape(
    request: ShapeRequest, params: Mapping[str, Any], *, data: str | None = None, say: Any = print
) -> float:
    """Measure some settings on the held-out rows again, fit them on all rows, and print both.

    Returns
    -------
    The mean over the folds.
    """
    prepared = prepare_shapes(request)
    if data is not None and data_fingerprint(prepared.frame, None) != data:
        say(f"The data in {request.data} have changed since the study was made: the result will be another.")
    checked = prepared.space.check(params)
    scores = shape_objective(prepared).scores(checked)
    mean = float(np.mean(scores.tolist()))
    model = whole_shape(prepared, checked)
    say(f"search   {request.metric} {mean!r} (mean of {len(scores)} folds)")
    count = f"{len(prepared.rows):,} rows, {model[-1].n_features_in_} columns"
    say(f"all rows {label_of(prepared, checked)}, fitted on {count}")
    return mean
