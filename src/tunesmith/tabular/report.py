"""What a report on a tuned model holds: headline, sentences, tables and code, as plain values for whoever renders them."""

from __future__ import annotations

import json
from typing import Any

from tunesmith.tabular.outputs import script
from tunesmith.tabular.portfolio import ALGORITHM, ALGORITHMS
from tunesmith.tabular.screen import algorithm_lines, edge_words, settings_text
from tunesmith.tabular.tune import Tuned
from tunesmith.trial import FrozenTrial, TrialState

_LABELS = {algorithm.name: algorithm.label for algorithm in ALGORITHMS}


def report_parts(tuned: Tuned) -> dict[str, Any]:
    """Title, lead, notes, tables, code and history, as `reporting.write_report` takes them."""
    prepared, verdict, study = tuned.prepared, tuned.verdict, tuned.study
    target = prepared.target
    best = verdict.of("tuned")
    lead = (
        f"{_LABELS[tuned.best.params[ALGORITHM]]}, tuned: {target.metric_name} {best.score:.4g} on rows that the search never "
        f"saw (believe {best.low:.4g} to {best.high:.4g}); {verdict.words}."
    )
    complete = [trial for trial in study.trials if trial.state is TrialState.COMPLETE]
    return {
        "title": f"{target.name} in {prepared.table.name}",
        "lead": lead,
        "notes": _notes(tuned, len(complete)),
        "tables": [
            ("On the test set", ("model", target.metric_name, "believe from", "to"),
             [(score.name, score.score, score.low, score.high) for score in verdict.scores]),
            ("Algorithms, in the search", ("default -> best (trials)",), [(line,) for line in algorithm_lines(tuned)]),
            ("Columns", ("column", "role", "why", "missing", "what was done"),
             [(c.name, c.role.value, c.why, f"{c.missing:.1%}", c.treatment) for c in prepared.columns]),
            ("Trials", ("trial", "state", target.metric_name, "seconds", "chosen by", "settings"),
             [_row(trial) for trial in _ranked(tuned)]),
        ],
        "code": {"Best settings": json.dumps(dict(tuned.best.params), indent=2, default=str), "Repeat the score": script(tuned)},
        "history": (target.metric_name, [(trial.number, trial.value) for trial in complete], not target.is_error),
    }  # fmt: skip


def _notes(tuned: Tuned, complete: int) -> list[str]:
    prepared, verdict, study = tuned.prepared, tuned.verdict, tuned.study
    failed = sum(trial.state is TrialState.FAILED for trial in study.trials)
    seconds = sum(trial.duration or 0.0 for trial in study.trials)
    notes = [
        f"Tuned is better than the same algorithm's defaults by {verdict.gain:+.4g} (believe {verdict.low:+.4g} to {verdict.high:+.4g}).",
        f"The search itself said {tuned.best.value:.4g}. The best of {complete} scores is optimistic by its nature: believe the test set.",
        f"The test set has {verdict.rows:,} rows and was opened {tuned.opened} time{'s' if tuned.opened != 1 else ''}.",
        f"{len(prepared.train):,} rows to learn from, {prepared.scheme}. {complete} trials complete, {failed} failed, {seconds:.0f} s of trials; "
        f"seed {study.seed}; chosen by {study.sampler.__class__.__name__}.",
    ]
    if edges := edge_words(prepared.space, tuned.best.params):
        notes.append(f"At the edge of its range: {', '.join(edges)}. A wider range may do better.")
    return notes + list(prepared.remarks)


def _ranked(tuned: Tuned) -> list[FrozenTrial]:
    sign = tuned.study.metric.sign
    return sorted(tuned.study.trials, key=lambda trial: (not trial.values, sign * trial.value if trial.values else trial.number))


def _row(trial: FrozenTrial) -> tuple[Any, ...]:
    chosen = "the algorithm's defaults" if trial.origin == "default" else trial.why.get("member", trial.origin)
    settings = f"{_LABELS.get(trial.params.get(ALGORITHM, ''), '')}: {settings_text(trial.params)}"
    told = f" ({trial.error.type}: {trial.error.message.splitlines()[0][:120]})" if trial.error and trial.error.message else ""
    return (trial.number, trial.state.value, trial.value if trial.values else None, trial.duration, chosen, settings + told)
