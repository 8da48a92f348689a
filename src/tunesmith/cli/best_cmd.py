"""`tunesmith best`: the best params, ready to be used."""

from __future__ import annotations

from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption, StudyArgument
from tunesmith.cli._output import complain, look_at_failures, print_json, shown
from tunesmith.errors import InvalidTrial
from tunesmith.study import Study

_EXIT_NO_TRIAL = 3


def best(study: StudyArgument = None, storage: StorageOption = DEFAULT_STORAGE, json: JsonOption = False) -> int:
    """Print the best params found so far, and their score. Exits with 3 if no trial is complete."""
    found = Study.load(storage, study)
    try:
        trial = found.best
    except InvalidTrial as error:
        complain(InvalidTrial(error.message, hint=look_at_failures(found.name, storage)))
        return _EXIT_NO_TRIAL
    if json:
        print_json({"number": trial.number, "values": trial.values, "params": dict(trial.params)})
        return 0
    print(f"# {found.metric.name} {trial.value:.6g} ({found.metric.direction}), trial {trial.number} of {len(found)}")
    for name, value in trial.params.items():
        print(f"{shown(name)} = {shown(value) if not isinstance(value, float) else repr(value)}")
    return 0
