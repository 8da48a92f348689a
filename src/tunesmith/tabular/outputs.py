"""The files that `tune` leaves behind: the model, its settings, all trials, and a script that repeats the score."""

from __future__ import annotations

import dataclasses
import json
import os
import pprint
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib

from tunesmith import _platform
from tunesmith._optional import version
from tunesmith.errors import UsageError
from tunesmith.study import Study
from tunesmith.study.export import write_csv
from tunesmith.tabular.labelled import LabelledClassifier
from tunesmith.tabular.tune import Tuned

_SCRIPT = '''"""Repeats the score of study {study!r}: fits the winner again, scores it fold by fold and on the test set.

Run it where tunesmith and the packages of this list are installed: {packages}.
"""

from tunesmith.tabular import Request, repeat

REQUEST = Request(
{request}
)
PARAMS = {params}
DATA = {fingerprint!r}
{decision}
if __name__ == "__main__":
    repeat(REQUEST, PARAMS, data=DATA{decided})
'''


def folder_name(study: str) -> str:
    """The folder for a study's files: one name in the working folder, whatever the study is called.

    Examples
    --------
    >>> folder_name("../a/b c")
    '-a-b c-out'
    """
    name = re.sub(r"[^\w .+-]+", "-", study).lstrip(". ")
    return f"{name}-out"


def check_folder(path: str | os.PathLike[str]) -> None:
    """Say whether the output folder could be made, without making it.

    Raises
    ------
    UsageError
        If it is a file, lies in one, or could not be written to.
    """
    place = Path(path).absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        what = "may not be written to" if place.is_dir() else "is no folder"
        raise UsageError(f"--out {path} cannot be written: {place} {what}.", hint="Choose another folder.")


def require_folder(path: str | os.PathLike[str]) -> Path:
    """Make the output folder, or say why it cannot be, before any work is done.

    Raises
    ------
    UsageError
        If it is a file, or cannot be written to.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".tunesmith-writes"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"--out {folder} cannot be written: {error.strerror or error}.", hint="Choose another folder."
        ) from error
    return folder


def write_outputs(tuned: Tuned, folder: Path) -> dict[str, str]:
    """Write `model.joblib`, `best.json`, `trials.csv` and `reproduce.py`.

    Returns
    -------
    What was written: `model`, `best`, `trials` and `reproduce` -> path (the last one as a command).
    """
    model, classes = tuned.models["tuned"], tuned.prepared.target.classes
    labelled = LabelledClassifier(model, classes) if classes else model
    return write_found(folder, tuned.study, model=labelled, facts=best_facts(tuned), script=script(tuned))


def write_found(folder: Path, study: Study, *, model: Any, facts: Mapping[str, Any], script: str) -> dict[str, str]:
    """Write what any search over a table leaves behind.

    Parameters
    ----------
    folder
        Where to.
    study
        Its trials are written.
    model
        What was fitted on all rows.
    facts
        The result in plain JSON values.
    script
        The text that repeats it.

    Returns
    -------
    As of `write_outputs`.
    """
    names = {"model": "model.joblib", "best": "best.json", "trials": "trials.csv", "reproduce": "reproduce.py"}
    paths = {key: folder / name for key, name in names.items()}
    joblib.dump(model, paths["model"])
    _write(paths["best"], json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n")
    with paths["trials"].open("w", encoding="utf-8", newline="") as file:
        write_csv(study.history, file)
    _write(paths["reproduce"], script)
    return {key: _platform.command(path) if key == "reproduce" else str(path) for key, path in paths.items()}


def request_text(request: Any) -> str:
    """The fields of a request as they are written in a script; the data by a path that holds from anywhere."""
    fields = {one.name: getattr(request, one.name) for one in dataclasses.fields(request)}
    if Path(request.data).exists():
        fields["data"] = str(Path(request.data).resolve())
    return "\n".join(f"    {name}={value!r}," for name, value in fields.items())


def params_text(params: Mapping[str, Any]) -> str:
    """Params as they are written in a script."""
    return pprint.pformat(dict(params), sort_dicts=False, width=100)


def best_facts(tuned: Tuned) -> dict[str, Any]:
    """The winner in plain JSON values: params, scores, what was predicted from what, versions."""
    target, study = tuned.prepared.target, tuned.study
    return {
        "study": study.name,
        "storage": study.storage.location,
        "trial": tuned.best.number,
        "params": dict(tuned.best.params),
        "metric": target.metric_name,
        "search_score": tuned.best.value,
        "score_report": tuned.believed.dump(),
        "decision_report": None if tuned.decision is None else tuned.decision.dump(),
        "test": tuned.verdict.dump(),
        "test_set_opened": tuned.opened,
        "verdict": tuned.verdict.words,
        "task": target.kind,
        "target": target.name,
        "classes": [str(label) for label in target.classes],
        "columns": {column.name: column.role.value for column in tuned.prepared.columns},
        "trials": len(study),
        "seed": study.seed,
        "versions": study.card.get("versions", {}),
    }


def script(tuned: Tuned) -> str:
    """The text of `reproduce.py`."""
    packages = ", ".join(
        f"{name} {found}" for name in ("scikit-learn", "pandas", "numpy", "scipy") if (found := version(name))
    )
    fingerprint = tuned.study.card.get("data_fingerprint")
    recipe = None if tuned.decision is None else tuned.decision.recipe
    return _SCRIPT.format(
        study=tuned.study.name, packages=packages, request=request_text(tuned.prepared.request),
        params=params_text(tuned.best.params), fingerprint=fingerprint,
        decision="" if recipe is None else f"DECISION = {pprint.pformat(recipe, sort_dicts=False, width=100)}\n",
        decided="" if recipe is None else ", decision=DECISION",
    )  # fmt: skip


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(path.suffix + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
