"""`tunesmith show`: one study, or one trial of it, on a screen."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tunesmith import _plugins
from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption, StudyArgument
from tunesmith.cli._output import params_text, print_json, say, shown
from tunesmith.cli.trials_cmd import row_of
from tunesmith.errors import InvalidTrial
from tunesmith.study import Study, lost_trials
from tunesmith.trial import FrozenTrial, History, TrialState

_FEWEST_LESSONS, _LEAST_SHARE = 10, 0.01

_Trial = Annotated[int | None, typer.Option("--trial", "-t", help="Show this trial, with its error in full.", min=0)]


def show(
    study: StudyArgument = None,
    storage: StorageOption = DEFAULT_STORAGE,
    trial: _Trial = None,
    json: JsonOption = False,
) -> None:
    """Show how a study stands, or one of its trials. Goal, best, counts, failures and the space."""
    found = Study.load(storage, study)
    history = found.history
    if trial is not None:
        one = history.trial(trial)
        if json:
            print_json({**row_of(one), "points": [[p.step, p.value, p.metric, p.kind, p.fold] for p in one.points]})
        else:
            _show_trial(one)
        return
    if json:
        print_json(_facts(found, history))
    else:
        _show_study(found, history)


def _facts(study: Study, history: History) -> dict[str, object]:
    return {
        "name": study.name,
        "key": study.key,
        "storage": study.storage.location,
        "metrics": [metric.dump() for metric in history.problem.metrics],
        "seed": study.seed,
        "counts": {state.value: n for state, n in history.counts().items()},
        "best": None if history.best is None else row_of(history.best),
        "score_report": None if history.best is None else study.score_report().dump(),
        "test_score": None if (tested := _tested(history)) is None else tested.dump(),
        "space": history.space.dump(),
        "card": study.card,
        "notes": list(history.notes),
    }


def _tested(history: History) -> Any:
    return _plugins.door("validation", "test_score_of")(history)


def _show_study(study: Study, history: History) -> None:
    gone = len(lost_trials(history, study.storage.leases(study.key), study.storage.now()))
    told = {state.value: n - gone * (state is TrialState.RUNNING) for state, n in history.counts().items()}
    counts = ", ".join(f"{n} {state}" for state, n in {**told, "left behind": gone}.items() if n)
    print(f"{shown(study.name)}   {history.metric.direction} {history.metric.name}   in {study.storage.location}")
    print(f"trials   {len(history)}" + (f": {counts}" if counts else ""))
    if gone:
        print("         those left behind have lost their process; the next run of the study takes them up")
    try:
        best = study.best
        print(f"best     {best.value:.6g} (trial {best.number})   {params_text(best.params)}")
    except InvalidTrial as error:
        print(f"best     {error.message}")
    if history.best is not None and (report := study.score_report()).method != "none":
        print(f"believe  {report.words}")
    if (tested := _tested(history)) is not None:
        print(f"test     {tested.words}")
    _show_lessons(history)
    for trial in [t for t in history.trials if t.state is TrialState.FAILED][:3]:
        cause = trial.error.message.splitlines()[0][:100] if trial.error and trial.error.message else ""
        print(f"failed   trial {trial.number}: {trial.error.type if trial.error else ''}: {cause}")
    print(f"seed     {study.seed}")
    print("space")
    for name, distribution in history.space.items():
        print(f"  {shown(name)}: {distribution!r}")
    for note in history.notes:
        print(f"note     {shown(note)}")
    say("More: tunesmith trials, tunesmith best, tunesmith show --trial N")


def _show_lessons(history: History) -> None:
    """The three parameters that matter most, and the advice; of a study that is too short, nothing."""
    if history.counts()[TrialState.COMPLETE] < _FEWEST_LESSONS:
        return
    found = _plugins.door("analysis.importance", "importance")(history)
    if not found.reliable:
        print(f"matters  {found.trust.reason}")
        return
    parts = [f"{shown(one.name)} {100 * one.share:.0f} %" for one in found.params[:3] if one.share >= _LEAST_SHARE]
    print(f"matters  {', '.join(parts)}")
    for one in _plugins.door("analysis.advice", "advice")(history):
        print(f"advice   {shown(one.what)} {shown(one.why)}")


def _show_trial(trial: FrozenTrial) -> None:
    chosen = trial.why.get("member", trial.origin)
    print(f"trial    {trial.number}, {trial.state.value}, attempt {trial.attempt}, chosen by {chosen}")
    for name, value in trial.values.items():
        print(f"{name:8} {value!r}")
    for name, value in trial.params.items():
        print(f"  {shown(name)} = {shown(value)}")
    if trial.duration is not None:
        print(f"took     {trial.duration:.3g} s")
    for point in trial.points[-20:]:
        print(f"  step {point.step}: {point.kind} {point.metric or ''} {point.value:.6g}")
    if trial.error is not None:
        print(f"error    {trial.error.type}: {trial.error.message}")
        print(trial.error.traceback or trial.error.output)
    if trial.stopped:
        grounds = ", ".join(f"{name} {shown(value)}" for name, value in trial.verdict.items())
        print(f"stopped  {trial.stopped}{': ' if grounds else ''}{grounds}")
    for note in trial.notes:
        print(f"note     {shown(note)}")
