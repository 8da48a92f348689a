"""Files say what they are for in their first line, use the house's words, and carry nothing that belongs elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.house import ROOT, File, expect_none, files, repository_files

VAGUE = re.compile(r"(?:^|_)(?:manager|helper|util|utilitie|misc|tuner|job|config|candidate)s?(?:_|$)")
"""Words that hide what something is for; say params, study, trial, objective, or what it does."""

THEIRS = {"n_jobs", "set_config", "get_config", "config_context"}
"""Names that scikit-learn gives."""

PLACES = re.compile(r"(?<![\w.~])/(?:work|root)/\w")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def test_a_file_begins_with_one_sentence() -> None:
    expect_none((file.path for file in files() if not _begins_with_a_sentence(file)), "say in one line what it is for")


def test_names_say_what_they_are_for() -> None:
    found = []
    for file in files():
        defined = (node for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef | ast.FunctionDef))
        names = {Path(file.path).stem, *(node.name for node in defined)} - THEIRS
        found += [f"{file.path}: {name}" for name in names if VAGUE.search(_snake(name))]
    expect_none(found, "say what it does")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_nothing_is_left_unfinished() -> None:
    expect_none(_lines_with(UNFINISHED), "finish it, or open an issue")


def test_nothing_names_a_machine() -> None:
    expect_none(_lines_with(PLACES), "no path of one machine belongs here")


def test_an_exception_to_a_rule_has_its_reason() -> None:
    """Neighbouring lines with the same exception say it once."""
    waiver = re.compile(r"# noqa(?:: (?P<codes>[A-Z0-9]+(?:, [A-Z0-9]+)*))?(?P<reason> - \w)?")
    found = []
    for file in files():
        above = None
        for number, line in enumerate(file.text.splitlines(), 1):
            one = waiver.search(line)
            if one and not one["reason"] and (one["codes"] or "") != above:
                found.append(f"{file.path}:{number}: {line.strip()[:100]}")
            above = one["codes"] if one else None
    expect_none(found, "write: # noqa: CODE - why")


def _begins_with_a_sentence(file: File) -> bool:
    first, _, rest = (ast.get_docstring(file.tree) or "").partition("\n")
    return first.endswith((".", "?", "!", ":")) and (not rest or rest.startswith("\n"))


def _lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in repository_files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()[:100]}"
