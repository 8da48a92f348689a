"""`tunesmith tune --task cluster`: no target, one search over clusterings, and what they are worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tunesmith.cli._output import complain, look_at_failures, print_json, say, write_report
from tunesmith.errors import ExecutorError, InvalidTrial, UsageError

CLUSTER = "cluster"
"""The task without a target."""
_EXIT_NO_TRIAL, _EXIT_INTERRUPTED = 3, 130


Further: TypeAlias = Callable[[Any, Any, int | None], str]
"""From search, study and cells of a grid to the command that goes on."""


def cluster_request(tabular: Any, request: Any, search: Any, *, plan: bool) -> Any:
    """The same request for clusters.

    Raises
    ------
    UsageError
        If an option was given that needs a target.
    """
    given = {
        "--positive": request.positive, "--group": request.group, "--time": request.time, "--weight": request.weight,
        "--allow": request.allow, "--threshold": search.threshold, "--plan": plan,
    }  # fmt: skip
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} is for a target, and --task cluster has none.", hint="Leave it out.")
    return tabular.ClusterRequest(
        data=request.data, target=request.target, metric=request.metric or "silhouette", cv=str(request.cv),
        drop=request.drop, models=request.models, seed=request.seed,
    )  # fmt: skip


def tune_clusters(
    tabular: Any, request: Any, search: Any, *, out: str | None, plan: bool, further: Further, json: bool
) -> int:
    """Search, judge, write and say it.

    Parameters
    ----------
    tabular
        The room of tables, which needs scikit-learn.
    request, search
        What was asked.
    out
        Folder; from the study's name where it is None.
    plan
        Whether only the cost was asked for, which is refused.
    further
        Gives the command that goes on.
    json
        Print the result as JSON.

    Returns
    -------
    The exit status.
    """
    data = tabular.prepare_clusters(cluster_request(tabular, request, search, plan=plan))
    say("\n".join(tabular.cluster_data_lines(data)))
    folder = out or tabular.folder_name(tabular.cluster_name(data, search))
    tabular.check_folder(folder)
    study = tabular.cluster_study(data, search)
    if study.resumed:
        say(f"Resuming {study.name!r} in {search.storage}: {study.history.finished_count} trials are done.")
    try:
        if search.trials is None or len(study.history.finished()) < search.trials:
            study.optimize(
                tabular.ClusterObjective(data), trials=search.trials, timeout=search.timeout,
                stop_when=search.stop_when, executor=search.executor, progress=search.progress,
            )  # fmt: skip
        if study.was_interrupted:
            return _paused(study, further(search, study, None))
        say("Comparing with rows without clusters ...")
        found = tabular.judge_clusters(data, study, select=search.select, say=say)
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
    _tell(tabular, found, folder, further(search, study, None), json=json)
    return 0


def _tell(tabular: Any, found: Any, out: str, again: str, *, json: bool) -> None:
    folder = tabular.require_folder(out)
    files = tabular.write_clusters(found, folder)
    files["report"] = write_report(found.study, tabular.cluster_report(found), folder)
    tell = say if json else print
    for line in tabular.cluster_lines(found, files, again=again):
        tell(line)
    if json:
        print_json(tabular.cluster_facts(found))


def _paused(study: Any, again: str) -> int:
    say(f"Paused after {study.history.finished_count} trials; all is kept in {study.storage.location}.")
    say(f"Continue: {again}")
    return _EXIT_INTERRUPTED
