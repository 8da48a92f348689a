"""`tunesmith tune --task cluster`, `reduce` or `density`: no target, one search, and what was found is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, final

from tunesmith.cli._output import complain, look_at_failures, print_json, say, write_report
from tunesmith.errors import ExecutorError, InvalidTrial, UsageError

CLUSTER, REDUCE, DENSITY = "cluster", "reduce", "density"
"""The tasks without a target."""
_EXIT_NO_TRIAL, _EXIT_INTERRUPTED = 3, 130

Further: TypeAlias = Callable[[Any, Any, int | None], str]
"""From search, study and cells of a grid to the command that goes on."""


@final
class Steps(NamedTuple):
    """What a task does, in this order; all are functions of the room of tables."""

    prepare: Callable[..., Any]
    data_lines: Callable[..., list[str]]
    name: Callable[..., str]
    study: Callable[..., Any]
    objective: Callable[..., Any]
    judge: Callable[..., Any]
    write: Callable[..., dict[str, str]]
    report: Callable[..., dict[str, Any]]
    lines: Callable[..., list[str]]
    facts: Callable[..., dict[str, Any]]

    @classmethod
    def of(cls, tabular: Any, task: str) -> Steps:
        """Those of clusters, or those of embeddings and densities."""
        if task == CLUSTER:
            return cls(
                tabular.prepare_clusters, tabular.cluster_data_lines, tabular.cluster_name, tabular.cluster_study,
                tabular.cluster_objective, tabular.judge_clusters, tabular.write_clusters, tabular.cluster_report,
                tabular.cluster_lines, tabular.cluster_facts,
            )  # fmt: skip
        return cls(
            tabular.prepare_shapes, tabular.shape_data_lines, tabular.shape_name, tabular.shape_study,
            tabular.shape_objective, tabular.judge_shape, tabular.write_shape, tabular.shape_report,
            tabular.shape_lines, tabular.shape_facts,
        )  # fmt: skip


def unlabelled_request(tabular: Any, request: Any, search: Any, *, plan: bool, components: int | None) -> Any:
    """The same request for a task without a target; None for one with.

    Raises
    ------
    UsageError
        If an option was given that needs a target, or `--components` where no rows are put into fewer columns.
    """
    if components is not None and request.task != REDUCE:
        raise UsageError("--components is for --task reduce.", hint="Leave it out, or write --task reduce.")
    if request.task not in {CLUSTER, REDUCE, DENSITY}:
        return None
    given = {
        "--positive": request.positive, "--group": request.group, "--time": request.time, "--weight": request.weight,
        "--allow": request.allow, "--threshold": search.threshold, "--calibrate": search.calibrate,
        "--early-stopping": request.early_stopping, "--plan": plan,
    }  # fmt: skip
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} is for a target, and --task {request.task} has none.", hint="Leave it out.")
    shared = {
        "data": request.data, "target": request.target, "cv": str(request.cv), "drop": request.drop,
        "models": request.models, "seed": request.seed,
    }  # fmt: skip
    if request.task == CLUSTER:
        return tabular.ClusterRequest(metric=request.metric or "silhouette", **shared)
    return tabular.ShapeRequest(task=request.task, metric=request.metric or "", components=components, **shared)


def tune_unlabelled(
    tabular: Any, task: str, request: Any, search: Any, *, out: str | None, further: Further, json: bool
) -> int:
    """Search, judge, write and say it.

    Parameters
    ----------
    tabular
        The room of tables, which needs scikit-learn.
    task, request, search
        What was asked; `request` is from `unlabelled_request`.
    out
        Folder; from the study's name where it is None.
    further
        Gives the command that goes on.
    json
        Print the result as JSON.

    Returns
    -------
    The exit status.
    """
    steps = Steps.of(tabular, task)
    data = steps.prepare(request)
    say("\n".join(steps.data_lines(data)))
    folder = out or tabular.folder_name(steps.name(data, search))
    tabular.check_folder(folder)
    study = steps.study(data, search)
    if study.resumed:
        say(f"Resuming {study.name!r} in {search.storage}: {study.history.finished_count} trials are done.")
    try:
        if search.trials is None or len(study.history.finished()) < search.trials:
            study.optimize(
                steps.objective(data), trials=search.trials, timeout=search.timeout, stop_when=search.stop_when,
                executor=search.executor, progress=search.progress,
            )  # fmt: skip
        if study.was_interrupted:
            return _paused(study, further(search, study, None))
        if task == CLUSTER:
            say("Comparing with rows without clusters ...")
        found = steps.judge(data, study, select=search.select, say=say)
    except KeyboardInterrupt:
        return _paused(study, further(search, study, None))
    except InvalidTrial as error:
        say(f"Error: {error.message}")
        say(f"       {look_at_failures(study.name, search.storage)}")
        return _EXIT_NO_TRIAL
    except ExecutorError as error:
        if study.history.best is not None:
            raise
        complain(error)
        return _EXIT_NO_TRIAL
    _tell(steps, found, tabular.require_folder(folder), further(search, study, None), json=json)
    return 0


def _tell(steps: Steps, found: Any, folder: Any, again: str, *, json: bool) -> None:
    files = steps.write(found, folder)
    files["report"] = write_report(found.study, steps.report(found), folder)
    tell = say if json else print
    for line in steps.lines(found, files, again=again):
        tell(line)
    if json:
        print_json(steps.facts(found))


def _paused(study: Any, again: str) -> int:
    say(f"Paused after {study.history.finished_count} trials; all is kept in {study.storage.location}.")
    say(f"Continue: {again}")
    return _EXIT_INTERRUPTED
