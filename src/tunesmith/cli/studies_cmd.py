"""`tunesmith studies`: what is kept in a storage."""

from __future__ import annotations

import time

from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption
from tunesmith.cli._output import print_json, print_table, say
from tunesmith.storages import open_storage
from tunesmith.study import Study, lost_trials
from tunesmith.trial import TrialState


def studies(storage: StorageOption = DEFAULT_STORAGE, json: JsonOption = False) -> None:
    """List the studies in a storage, and their best. What they measure, and how far they are."""
    opened = open_storage(storage, create=False)
    rows = []
    for entry in opened.studies():
        history = Study.load(opened, entry.key).history
        counts = history.counts()
        gone = lost_trials(history, opened.leases(entry.key), opened.now())
        rows.append(
            {
                "name": entry.name,
                "key": entry.key,
                "goal": f"{history.metric.direction} {history.metric.name}",
                "best": None if history.best is None else history.best.value,
                "trials": len(history),
                "complete": counts[TrialState.COMPLETE],
                "failed": counts[TrialState.FAILED],
                "running": counts[TrialState.RUNNING] - len(gone),
                "created": entry.created,
            }
        )
    if json:
        print_json(rows)
    elif not rows:
        say(f"No studies in {opened.location}.")
    else:
        heads = ("name", "goal", "best", "trials", "complete", "failed", "running", "created")
        when = "%Y-%m-%d %H:%M"
        cells = [
            [*(row[head] for head in heads[:-1]), time.strftime(when, time.localtime(float(str(row["created"]))))]
            for row in rows
        ]
        print_table(heads, cells, right=("best", "trials", "complete", "failed", "running"))
