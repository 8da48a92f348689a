"""`tunesmith tune`: the main job, from a table to a tuned model."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated, Any

import typer

from tunesmith import _plugins
from tunesmith._optional import require
from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption
from tunesmith.cli._output import complain, print_json, say
from tunesmith.errors import ExecutorError, InvalidTrial

_EXIT_NO_TRIAL, _EXIT_INTERRUPTED = 3, 130
_A_MINUTE = 60.0

_Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A .csv, .tsv or .parquet file, or a bundled set: sklearn:diabetes.")
]
_Target = Annotated[str | None, typer.Option("--target", "-t", help="The column to predict.")]
_Task = Annotated[str | None, typer.Option(help="classification or regression; guessed if left out.")]
_Metric = Annotated[
    str | None,
    typer.Option("--metric", "-m", help="Such as auc, accuracy, logloss, rmse, mae; suits the task if left out."),
]
_Positive = Annotated[str | None, typer.Option(help="The label of the positive class of two.")]
_Cv = Annotated[str, typer.Option(help="Number of folds, or a scheme: repeated:5, holdout.")]
_Group = Annotated[str | None, typer.Option(help="Column whose equal values stay together in every split.")]
_Time = Annotated[str | None, typer.Option(help="Column that orders rows: the past is learnt from, the future judges.")]
_Weight = Annotated[str | None, typer.Option(help="Column of row weights.")]
_Drop = Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")]
_Model = Annotated[
    list[str] | None, typer.Option(help="Algorithm to tune; may be repeated. All that suit if left out.")
]
_Trials = Annotated[
    int | None, typer.Option("--trials", "-n", min=1, help="Total number of trials, defaults included. [default: 60]")
]
_Timeout = Annotated[
    float | None, typer.Option(min=0.001, help="Seconds to search; called again, it searches as long again.")
]
_Sampler = Annotated[str, typer.Option(help="auto, gp, tpe, cmaes, sobol, random, grid, manual.")]
_Executor = Annotated[str, typer.Option(help="serial, process:4 or thread:4.")]
_Seed = Annotated[int, typer.Option(min=0, help="Of the splits, the models and the search.")]
_Name = Annotated[str | None, typer.Option(help="Name of the study; from the data and the target if left out.")]
_Out = Annotated[
    str | None, typer.Option("--out", "-o", help="Folder for the model and the report. [default: NAME-out]")
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
    model: _Model = None,
    trials: _Trials = None,
    timeout: _Timeout = None,
    sampler: _Sampler = "auto",
    executor: _Executor = "serial",
    seed: _Seed = 0,
    storage: StorageOption = DEFAULT_STORAGE,
    name: _Name = None,
    out: _Out = None,
    plan: _Plan = False,
    json: JsonOption = False,
) -> int:
    """Tune all suitable algorithms on a table, and judge the winner on rows that nobody had looked at.

    Called again, it resumes. Example:  tunesmith tune sklearn:diabetes --trials 30
    """
    for package in ("sklearn", "pandas", "joblib"):
        require(package, extra="sklearn")
    tabular = require("tunesmith.tabular", extra="sklearn")
    request = tabular.Request(
        data=data, target=target, task=task, metric=metric, positive=positive, cv=cv, group=group, time=time,
        weight=weight, drop=tuple(drop or ()), models=tuple(model or ()), seed=seed,
    )  # fmt: skip
    search = tabular.Search(
        trials=60 if trials is None and timeout is None else trials, timeout=timeout, sampler=_sampler(sampler),
        executor=executor, storage=storage, name=name, progress=True,
    )  # fmt: skip
    return _run(tabular, request, search, out=out, only_plan=plan, json=json)


def _run(tabular: Any, request: Any, search: Any, *, out: str | None, only_plan: bool, json: bool) -> int:
    _plugins.make("executor", search.executor)  # a misspelt name is told before anything is loaded
    _plugins.make("sampler", search.sampler)
    prepared = tabular.prepare(request)
    for line in tabular.data_lines(prepared):
        say(line)
    if only_plan:
        print("\n".join(tabular.plan_lines(tabular.make_plan(prepared, search))))
        return 0
    study = tabular.study_of(prepared, search)
    if not study.history.finished_count and not (search.timeout and search.timeout <= _A_MINUTE):
        cost = tabular.make_plan(prepared, search)
        if cost.chosen.seconds > _A_MINUTE:
            say("\n".join(tabular.plan_lines(cost)))
    folder = tabular.require_folder(out or f"{study.name}-out")
    if study.resumed:
        more = f"; up to {search.timeout:g} s more" if search.timeout else ""
        say(f"Resuming {study.name!r} in {search.storage}: {study.history.finished_count} trials are done{more}.")
    try:
        study = tabular.search_for(prepared, search)
    except KeyboardInterrupt:
        _say_paused(study)
        return _EXIT_INTERRUPTED
    except ExecutorError as error:
        if study.history.best is not None:
            raise
        complain(error)
        return _EXIT_NO_TRIAL
    if study.was_interrupted:
        _say_paused(study)
        return _EXIT_INTERRUPTED
    try:
        tuned = tabular.judge(prepared, study, say=say)
    except InvalidTrial as error:
        say(f"Error: {error.message}")
        say("       Look at the causes: tunesmith trials --state failed")
        return _EXIT_NO_TRIAL
    files = tabular.write_outputs(tuned, folder)
    files["report"] = _write_report(tabular, tuned, folder)
    for line in tabular.last_lines(tuned, files, again=_again()):
        say(line)
    if json:
        print_json(tabular.best_facts(tuned))
    return 0


def _write_report(tabular: Any, tuned: Any, folder: Any) -> str:
    write = require("tunesmith.reporting", extra="sklearn").write_report
    path = folder / "report.html"
    write(path, **tabular.report_parts(tuned))
    return str(path)


def _say_paused(study: Any) -> None:
    best = study.history.best
    found = f"best so far {best.value:.6g} (trial {best.number})" if best is not None else "no trial is complete yet"
    say(f"Paused after {study.history.finished_count} trials, {found}; all is kept in {study.storage.location}.")
    say(f"Continue: {_again()}")


def _again() -> str:
    return shlex.join(["tunesmith", *sys.argv[1:]])


def _sampler(name: str) -> Any:
    if name != "manual":
        return name
    return require("tunesmith.cli._prompt", extra="sklearn").manual_sampler()
