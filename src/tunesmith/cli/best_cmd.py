"""`tunesmith best`: the best params, ready to be used."""

from __future__ import annotations

from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption, StudyArgument
from tunesmith.cli._output import print_json, say, shown
from tunesmith.study import Study


def best(study: StudyArgument = None, storage: StorageOption = DEFAULT_STORAGE, json: JsonOption = False) -> None:
    """Print the best params found so far, and their score."""
    found = Study.load(storage, study)
    trial = found.best
    if json:
        print_json({"number": trial.number, "values": trial.values, "params": dict(trial.params)})
        return
    say(f"{found.metric.name} {trial.value:.6g} ({found.metric.direction}), trial {trial.number} of {len(found)}")
    for name, value in trial.params.items():
        print(f"{shown(name)} = {shown(value) if not isinstance(value, float) else repr(value)}")
