"""`tunesmith tune`: the main job, from a table to a tuned model."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tunesmith import _plugins
from tunesmith._optional import require
from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption
from tunesmith.cli._output import complain, look_at_failures, print_json, say, write_report
from tunesmith.cli._tune_unlabelled import tune_unlabelled, unlabelled_request
from tunesmith.errors import ExecutorError, InvalidTrial, UsageError

_EXIT_NO_TRIAL, _EXIT_INTERRUPTED = 3, 130
_A_MINUTE = 60.0

_Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A .csv, .tsv or .parquet file, or a bundled set: sklearn:diabetes.")
]
_Target = Annotated[
    str | None,
    typer.Option("--target", "-t", help="The column to predict; without a task of prediction, known labels."),
]
_Task = Annotated[
    str | None,
    typer.Option(help="classification or regression, guessed if left out; without a target: cluster, reduce, density."),
]
_Metric = Annotated[
    str | None,
    typer.Option("--metric", "-m", help="Such as auc, accuracy, logloss, rmse, mae; suits the task if left out."),
]
_Positive = Annotated[str | None, typer.Option(help="The label of the positive class of two.")]
_Cv = Annotated[str, typer.Option(help="Number of folds, or a scheme: repeated:5, holdout, purged:5.")]
_Group = Annotated[str | None, typer.Option(help="Column whose equal values stay together in every split.")]
_Time = Annotated[str | None, typer.Option(help="Column that orders rows: the past is learnt from, the future judges.")]
_Weight = Annotated[str | None, typer.Option(help="Column of row weights.")]
_Drop = Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")]
_Allow = Annotated[
    list[str] | None, typer.Option(help="A leak that is right as it is, such as duplicate_rows; may be repeated.")
]
_Model = Annotated[
    list[str] | None, typer.Option(help="Algorithm to tune; may be repeated. All that suit if left out.")
]
_Components = Annotated[
    int | None, typer.Option(min=1, help="With --task reduce: into how many columns. [default: 2, or searched for]")
]
_Trials = Annotated[
    int | None, typer.Option("--trials", "-n", min=1, help="Total number of trials, defaults included. [default: 60]")
]
_Timeout = Annotated[
    float | None, typer.Option(min=0.001, help="Seconds to search; called again, it searches as long again.")
]
_StopWhen = Annotated[
    str | None, typer.Option(help="noise: end once what can still be gained is below the noise of the best score.")
]
_Sampler = Annotated[
    str, typer.Option(help="auto, gp, tpe, cmaes, sobol, random, grid (grid:3 takes 3 values of each number), manual.")
]
_Executor = Annotated[str, typer.Option(help="serial, process:4 or thread:4.")]
_Select = Annotated[
    str,
    typer.Option(
        help="Who wins: best, one_se (the simplest that is as good), posterior (by the model), safe (the default, "
        "unless the best can be told apart from it)."
    ),
]
_Threshold = Annotated[
    str | None,
    typer.Option(
        help="How the winner cuts two classes: f1, balanced_accuracy, accuracy, 'recall>=0.9', 'alarm=1,miss=20'."
    ),
]
_Calibrate = Annotated[bool, typer.Option("--calibrate", help="Put the winner's probabilities of two classes right.")]
_Seed = Annotated[int, typer.Option(min=0, help="Of the splits, the models and the search.")]
_Name = Annotated[str | None, typer.Option(help="Name of the study; from the data and the target if left out.")]
_Out = Annotated[
    str | None, typer.Option("--out", "-o", help="Folder for the model and the report. [default: NAME-out]")
]
_Racing = Annotated[
    bool, typer.Option("--racing/--no-racing", help="Stop a trial as soon as its folds show that it will not win.")
]
_EarlyStopping = Annotated[
    int | None,
    typer.Option(min=1, help="Boosting and networks stop after so many rounds without improvement, inside each fold."),
]
_Plan = Annotated[bool, typer.Option("--plan", help="Only say what it would cost.")]


def tune(  # noqa: PLR0913 - options
    data: _Data,
    target: _Target = None,
    task: _Task = None,
    metric: _Metric = None,
    positive: _Positive = None,
    cv: _Cv = "5",
    group: _Group = None,
    time: _Time = None,
    weight: _Weight = None,
    drop: _Drop = None,
    allow: _Allow = None,
    model: _Model = None,
    components: _Components = None,
    trials: _Trials = None,
    timeout: _Timeout = None,
    stop_when: _StopWhen = None,
    sampler: _Sampler = "auto",
    executor: _Executor = "serial",
    select: _Select = "best",
    threshold: _Threshold = None,
    calibrate: _Calibrate = False,
    seed: _Seed = 0,
    storage: StorageOption = DEFAULT_STORAGE,
    name: _Name = None,
    out: _Out = None,
    racing: _Racing = True,
    early_stopping: _EarlyStopping = None,
    plan: _Plan = False,
    json: JsonOption = False,
) -> int:
    """Find the best model for a table, and judge it on unseen rows. All suitable algorithms are tuned.

    Called again, it resumes. Example:  tunesmith tune sklearn:diabetes --trials 30
    """
    try:
        tabular = _tabular()
        request = tabular.Request(
            data=data, target=target, task=task, metric=metric, positive=positive, cv=cv, group=group, time=time,
            weight=weight, drop=tuple(drop or ()), allow=tuple(allow or ()), models=tuple(model or ()), seed=seed,
            early_stopping=early_stopping,
        )  # fmt: skip
        search = tabular.Search(
            trials=60 if trials is None and timeout is None else trials, timeout=timeout, sampler=_sampler(sampler),
            executor=executor, storage=storage, name=name, progress=sampler != "manual", select=select, racing=racing,
            stop_when=stop_when, threshold=threshold, calibrate=calibrate,
        )  # fmt: skip
        _check_names(search)
        if asked := unlabelled_request(tabular, request, search, plan=plan, components=components):
            return tune_unlabelled(tabular, str(task), asked, search, out=out, further=_further, json=json)
        prepared = tabular.prepare(request)
        say("\n".join(tabular.data_lines(prepared)))
        if plan:
            return _print_plan(tabular, tabular.make_plan(prepared, search), json=json)
        tabular.check_folder(folder := out or tabular.folder_name(tabular.name_of(prepared, search)))
        study = tabular.study_of(prepared, search)
    except KeyboardInterrupt:
        say(f"Interrupted: nothing was started.\nBegin again: {_again()}")
        return _EXIT_INTERRUPTED
    try:
        return _run(tabular, prepared, search, study, out=folder, json=json)
    except KeyboardInterrupt:
        _say_paused(study)
        return _EXIT_INTERRUPTED


def _check_names(search: Any) -> None:
    """Tell of a misspelt name before anything is loaded."""
    _plugins.make("executor", search.executor)
    _plugins.make("sampler", search.sampler)


def _tabular() -> Any:
    """The room of tables; what it stands on is asked for first, so that the extra is named."""
    for package in ("sklearn", "pandas", "joblib"):
        require(package, extra="sklearn")
    return require("tunesmith.tabular", extra="sklearn")


def _run(tabular: Any, prepared: Any, search: Any, study: Any, *, out: str, json: bool) -> int:
    _say_cost(tabular, prepared, search, study)
    if search.racing and (why := tabular.why_no_race(prepared, search)):
        say(f"note: every trial is scored on all folds: {why}")
    if study.resumed:
        more = f"; up to {search.timeout:g} s more" if search.timeout else ""
        say(f"Resuming {study.name!r} in {search.storage}: {study.history.finished_count} trials are done{more}.")
    try:
        study = tabular.search_for(prepared, search)
    except ExecutorError as error:
        if study.history.best is not None:
            raise
        complain(error)
        return _EXIT_NO_TRIAL
    if study.was_interrupted:
        _say_paused(study)
        return _EXIT_INTERRUPTED
    analysis = require("tunesmith.analysis", extra="sklearn")
    for words in (analysis.over_tuning(study).words, analysis.fitting(study).line):
        if words:
            say(words)
    say("Fitting the winner on all training rows ...")
    try:
        tuned = tabular.judge(
            prepared, study, select=search.select, threshold=search.threshold, calibrate=search.calibrate, say=say
        )
    except InvalidTrial as error:
        say(f"Error: {error.message}")
        say(f"       {look_at_failures(study.name, search.storage)}")
        return _EXIT_NO_TRIAL
    folder = tabular.require_folder(out)
    files = tabular.write_outputs(tuned, folder)
    files["report"] = write_report(tuned.study, tabular.report_parts(tuned), folder)
    tell = say if json else print
    again = _further(search, study, tabular.grid_cells(prepared.space, search.sampler))
    for line in tabular.last_lines(tuned, files, again=again):
        tell(line)
    if json:
        print_json(tabular.best_facts(tuned))
    return 0


def _print_plan(tabular: Any, plan: Any, *, json: bool) -> int:
    if json:
        print_json(plan.dump())
    else:
        print("\n".join(tabular.plan_lines(plan)))
    return 0


def _say_cost(tabular: Any, prepared: Any, search: Any, study: Any) -> None:
    """What a long search will cost, and that a grid will not be walked to its end."""
    cells = tabular.grid_cells(prepared.space, search.sampler)
    if cells and search.trials is not None and cells > search.trials:
        say(f"note: the grid has {cells:,} cells, and {search.trials} trials try only the first of them;")
        fewer = ", fewer values (--sampler grid:2)" if str(search.sampler) != "grid:2" else ""
        say(f"      give --trials {cells}{fewer}, or another sampler.")
    if not study.history.finished_count and not (search.timeout and search.timeout <= _A_MINUTE):
        say("Measuring what a fit costs ...")
        cost = tabular.make_plan(prepared, search)
        if cost.chosen.seconds > _A_MINUTE:
            say("\n".join(tabular.plan_lines(cost)))


def _say_paused(study: Any) -> None:
    done, best = study.history.finished_count, study.history.best
    if not done:
        say(f"Interrupted: no trial is done yet; study {study.name!r} is kept in {study.storage.location}.")
    else:
        found = (
            f"best so far {best.value:.6g} (trial {best.number})" if best is not None else "no trial is complete yet"
        )
        say(f"Paused after {done} trials, {found}; all is kept in {study.storage.location}.")
    say(f"Continue: {_again()}")


def _again(arguments: Sequence[str] | None = None) -> str:
    return shlex.join(["tunesmith", *(sys.argv[1:] if arguments is None else arguments)])


def _further(search: Any, study: Any, cells: int | None) -> str:
    """The command that goes on: the same where time ended the search, else a larger total; past a grid, another way.

    What was stopped for noise goes on without that rule, which would stop it again.
    """
    given = _without(sys.argv[1:], "--stop-when")
    if cells is not None and cells <= len(study):
        given = [*_without(given, "--sampler"), "--sampler", "auto"]
    if search.trials is not None and len(study) >= search.trials:
        given = [*_without(given, "--trials", "-n"), "--trials", str(2 * len(study))]
    return _again(given)


def _without(arguments: Sequence[str], option: str, short: str = "") -> list[str]:
    """The arguments without an option that takes a value, in each way that it can be written."""
    kept: list[str] = []
    skipped = False
    for argument in arguments:
        if skipped:
            skipped = False
        elif argument in {option, short}:
            skipped = True
        elif not argument.startswith(f"{option}=") and not (short and argument.startswith(short)):
            kept.append(argument)
    return kept


def _sampler(name: str) -> Any:
    """What `--sampler` names: a grid needs a number of values, and asking needs somebody to ask."""
    if name == "grid":
        return f"grid:{require('tunesmith.tabular.plan', extra='sklearn').GRID_POINTS}"
    if name != "manual":
        return name
    if not sys.stdin.isatty():
        raise UsageError(
            "--sampler manual asks what to try next, and standard input is no terminal: nobody can be asked.",
            hint="Run it in a terminal, or choose another sampler.",
        )
    return require("tunesmith.cli._prompt", extra="sklearn").manual_sampler()
