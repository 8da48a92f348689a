"""`tunesmith tune --task cluster`: no target, one search over clusterings, and what they are worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunesmith._optional import require
from tunesmith.cli._output import complain, look_at_failures, print_json, say
from tunesmith.errors import ExecutorError, InvalidTrial, UsageError

CLUSTER = "cluster"
"""The task without a target."""
_EXIT_NO_TRIAL, _EXIT_INTERRUPTED = 3, 130


def refuse_options(given: Mapping[str, Any]) -> None:
    """Refuse options that need a target.

    Raises
    ------
    UsageError
        Naming the first that was given.
    """
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} is for a target, and --task cluster has none.", hint="Leave it out.")


def tune_clusters(
    tabular: Any,
    request: Any,
    search: Any,
    *,
    out: str | None,
    further: Callable[[Any, Any, int | None], str],
    json: bool,
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
    further
        From search and study to the command that goes on.
    json
        Print the result as JSON.

    Returns
    -------
    The exit status.
    """
    data = tabular.prepare_clusters(request)
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
    except ExecutorError as error:
        if study.history.best is not None:
            raise
        complain(error)
        return _EXIT_NO_TRIAL
    if study.was_interrupted:
        say(f"Paused after {study.history.finished_count} trials; all is kept in {study.storage.location}.")
        say(f"Continue: {further(search, study, None)}")
        return _EXIT_INTERRUPTED
    say("Comparing with rows without clusters ...")
    try:
        found = tabular.judge_clusters(data, study, select=search.select)
    except InvalidTrial as error:
        say(f"Error: {error.message}")
        say(f"       {look_at_failures(study.name, search.storage)}")
        return _EXIT_NO_TRIAL
    folder = tabular.require_folder(folder)
    files = tabular.write_clusters(found, folder)
    report = folder / "report.html"
    require("tunesmith.reporting", extra="sklearn").write_report(report, **tabular.cluster_report(found))
    files["report"] = str(report)
    tell = say if json else print
    for line in tabular.cluster_lines(found, files, again=further(search, study, None)):
        tell(line)
    if json:
        print_json(tabular.cluster_facts(found))
    return 0
