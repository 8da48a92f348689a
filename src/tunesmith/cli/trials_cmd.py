"""`tunesmith trials`: every trial on a line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption, StudyArgument
from tunesmith.cli._output import params_text, print_json, print_table
from tunesmith.errors import UsageError, did_you_mean
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, History, TrialState

_State = Annotated[str | None, typer.Option("--state", help="Only trials in this state, such as failed.")]
_Best = Annotated[bool, typer.Option("--best-first", help="Sort by value, the best first.")]
_Limit = Annotated[int | None, typer.Option("--limit", "-n", help="At most this many.", min=1)]


def trials(
    study: StudyArgument = None,
    storage: StorageOption = DEFAULT_STORAGE,
    state: _State = None,
    best_first: _Best = False,
    limit: _Limit = None,
    json: JsonOption = False,
) -> None:
    """List trials: number, state, value, params, why one failed."""
    history = Study.load(storage, study).history
    found = _picked(history, state, best_first=best_first)[:limit]
    if json:
        print_json([row_of(trial) for trial in found])
        return
    print_table(
        ("trial", "state", history.metric.name, "seconds", "chosen by", "params"),
        (
            (t.number, t.state.value, t.value if t.values else None, t.duration, t.why.get("member"), _last_cell(t))
            for t in found
        ),
        right=("trial", history.metric.name, "seconds"),
    )


def row_of(trial: FrozenTrial) -> dict[str, Any]:
    """One trial as a dict of plain values."""
    return {
        "number": trial.number,
        "state": trial.state.value,
        "values": trial.values,
        "params": dict(trial.params),
        "origin": trial.origin,
        "why": trial.why,
        "started_at": trial.started_at,
        "duration": trial.duration,
        "attempt": trial.attempt,
        "error": None if trial.error is None else {"type": trial.error.type, "message": trial.error.message},
        "attrs": trial.attrs,
        "notes": list(trial.notes),
        "verdict": trial.verdict,
    }


def _picked(history: History, state: str | None, *, best_first: bool) -> list[FrozenTrial]:
    found = list(history.trials)
    if state is not None:
        names = [one.value for one in TrialState]
        if state not in names:
            raise UsageError(f"There is no state {state!r}.", hint=did_you_mean(state, names))
        found = [trial for trial in found if trial.state.value == state]
    if best_first:
        found.sort(key=lambda trial: (not trial.values, history.metric.sign * trial.value if trial.values else 0.0))
    return found


def _last_cell(trial: FrozenTrial) -> str:
    told = (
        f"   {trial.error.type}: {trial.error.message.splitlines()[0][:100]}"
        if trial.error and trial.error.message
        else f"   {trial.stopped}" * bool(trial.stopped)
    )
    return params_text(trial.params) + told
