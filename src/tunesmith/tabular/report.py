"""What a report on a tuned model holds: headline, sentences, tables and code, as plain values."""

from __future__ import annotations

from typing import Any

from tunesmith.tabular.outputs import script
from tunesmith.tabular.portfolio import ALGORITHM, ALGORITHMS
from tunesmith.tabular.screen import (
    algorithm_rows,
    edge_words,
    is_ahead,
    lead_over,
    model_names,
    saved_fits,
    settings_text,
    why_others,
)
from tunesmith.tabular.tune import Tuned
from tunesmith.trial import FrozenTrial, TrialState

_ORDER = {"dummy": 0, "default": 1, "tuned": 3}
"""Of the models on the test set; others come between."""
_LABELS = {algorithm.name: algorithm.label for algorithm in ALGORITHMS}


def report_parts(tuned: Tuned) -> dict[str, Any]:
    """What is known beyond the study, by the names of `reporting.TunedModel`."""
    prepared, verdict, study = tuned.prepared, tuned.verdict, tuned.study
    metric, best = prepared.target.metric_name, verdict.of("tuned")
    winner = _LABELS[tuned.best.params[ALGORITHM]]
    between = f"{best.low:.4g} to {best.high:.4g}"
    complete = sum(trial.state is TrialState.COMPLETE for trial in study.trials)
    columns = [(c.name, c.role.value, c.why, f"{c.missing:.1%}", c.treatment) for c in prepared.columns]
    trials = [_row(trial) for trial in _ranked(tuned)]
    return {
        "title": f"{prepared.target.name} in {prepared.table.name}",
        "lead": (
            f"{winner}, tuned: {metric} {best.score:.4g} on rows that the search never saw (believe {between}); "
            f"{verdict.words}."
        ),
        "score": (f"{metric} on the test set, {between}", f"{best.score:.4g}"),
        "notes": _notes(tuned, complete),
        "tables": _tables(tuned),
        "after": [("Columns", ("column", "role", "why", "missing", "what was done"), columns)],
        "trials": ("All trials", ("trial", "state", metric, "seconds", "chosen by", "settings"), trials),
        "code": {"Repeat the score": script(tuned)},
    }


def _tables(tuned: Tuned) -> list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    metric, study = tuned.prepared.target.metric_name, tuned.study
    names = model_names(tuned)
    scores = [
        (names.get(one.name, one.name), one.score, one.low, one.high)
        for one in sorted(tuned.verdict.scores, key=lambda one: _ORDER.get(one.name, 2))
    ]
    algorithms: list[tuple[Any, ...]] = list(algorithm_rows(study))
    return [
        ("On the test set", ("model", metric, "believe from", "to"), scores),
        ("Algorithms, in the search", ("algorithm", "defaults", "best", "trials"), algorithms),
    ]


def _notes(tuned: Tuned, complete: int) -> list[str]:
    prepared, verdict, study = tuned.prepared, tuned.verdict, tuned.study
    failed = sum(trial.state is TrialState.FAILED for trial in study.trials)
    seconds = sum(trial.duration or 0.0 for trial in study.trials)
    times = f"{tuned.opened} time{'s' if tuned.opened != 1 else ''}"
    notes = [
        f"Tuned against the same algorithm at its defaults: {lead_over(verdict.of('default'))}, where + is better.",
        f"In the search: {tuned.believed.words}{why_others(tuned)}",
        *([tuned.decision.words] if tuned.decision is not None else []),
        f"The test set has {verdict.rows:,} rows and was opened {times}.",
        f"{len(prepared.train):,} rows to learn from, {prepared.scheme}.",
        *(
            f"{one.name.capitalize()} did better on this test set: {one.score:.4g}. The lead over it: {lead_over(one)}."
            for one in verdict.scores
            if one.name not in _ORDER and is_ahead(tuned, one.name)
        ),
        f"{complete} trials complete, {_stopped(tuned)}{failed} failed, {seconds:.0f} s of trials; seed {study.seed}.",
    ]
    if edges := edge_words(prepared.space, tuned.best.params):
        notes.append(f"At the edge of its range: {', '.join(edges)}. A wider range may do better.")
    return notes + list(prepared.remarks)


def _stopped(tuned: Tuned) -> str:
    """How many trials were stopped early, and what that saved; nothing if none was."""
    share, stopped = saved_fits(tuned)
    return f"{stopped} stopped early ({share:.0%} of all fold fits saved), " if stopped else ""


def _ranked(tuned: Tuned) -> list[FrozenTrial]:
    sign = tuned.study.metric.sign
    return sorted(
        tuned.study.trials, key=lambda trial: (not trial.values, sign * trial.value if trial.values else trial.number)
    )


def _row(trial: FrozenTrial) -> tuple[Any, ...]:
    chosen = "the algorithm's defaults" if trial.origin == "default" else trial.why.get("member", trial.origin)
    settings = f"{_LABELS.get(trial.params.get(ALGORITHM, ''), '')}: {settings_text(trial.params)}"
    told = (
        f" ({trial.error.type}: {trial.error.message.splitlines()[0][:120]})"
        if trial.error and trial.error.message
        else ""
    )
    return (
        trial.number,
        trial.stopped or trial.state.value,
        trial.value if trial.values else None,
        trial.duration,
        chosen,
        settings + told,
    )
