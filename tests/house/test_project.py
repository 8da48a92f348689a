"""The project's file keeps its word: few dependencies, extras that exist, floors as drawn."""

from __future__ import annotations

import ast
import itertools
import re
import sys

from tests.house.house import DOCS, ROOT, expect_none, files, pyproject

CORE = {"numpy", "scipy", "msgspec", "cloudpickle", "typer", "rich"}


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def test_the_core_needs_six_packages() -> None:
    assert {_name(requirement) for requirement in pyproject()["project"]["dependencies"]} == CORE


def test_every_dependency_has_an_oldest_version() -> None:
    project = pyproject()["project"]
    listed = [*project["dependencies"], *itertools.chain.from_iterable(project["optional-dependencies"].values())]
    expect_none(
        (item for item in listed if ">=" not in item and not item.startswith("tunesmith[")), "write name>=version"
    )


def test_every_extra_that_an_error_names_exists() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    found = []
    for file in files():
        named = (node.value for node in ast.walk(file.tree) if isinstance(node, ast.keyword) and node.arg == "extra")
        constants = (value for value in named if isinstance(value, ast.Constant))
        found += [f"{file.path}:{one.lineno}: {one.value!r}" for one in constants if one.value not in extras]
        found += [f"{file.path}: {name}" for name in re.findall(r"tunesmith\[(\w+)\]", file.text) if name not in extras]
    expect_none(found, "add the extra to pyproject.toml, or name one that is there")


def test_third_parties_beyond_the_core_are_asked_for_by_name() -> None:
    """A room may import the core at its top; scikit-learn's own rooms may import what their extra brings."""
    allowed = {*CORE, "tunesmith"}
    own = {
        "sklearn": {"sklearn", "joblib", "threadpoolctl", "pandas"},
        "tabular": {"sklearn", "joblib", "threadpoolctl", "pandas", "pyarrow"},
    }
    found = []
    for file in files():
        for node in file.tree.body:
            module = node.names[0].name if isinstance(node, ast.Import) else getattr(node, "module", None)
            if isinstance(node, ast.Import | ast.ImportFrom) and module:
                root = module.partition(".")[0]
                if root not in allowed | sys.stdlib_module_names | own.get(file.room, set()):
                    found.append(f"{file.path}:{node.lineno}: {root}")
    expect_none(found, "write _optional.require(name, extra=...) in the function that needs it")


def test_the_floors_are_as_drawn() -> None:
    page = (DOCS / "house" / "index.md").read_text(encoding="utf-8")
    drawn = re.findall(r"```text\n(.*?)```", page, re.DOTALL)[0].splitlines()
    checked = next(item for item in pyproject()["tool"]["importlinter"]["contracts"] if item["id"] == "floors")[
        "layers"
    ]
    assert [re.sub(r"[()]", "", floor) for floor in checked] == drawn


def test_a_room_in_parentheses_is_not_built_yet() -> None:
    checked = next(item for item in pyproject()["tool"]["importlinter"]["contracts"] if item["id"] == "floors")[
        "layers"
    ]
    planned = {room for floor in checked for room in re.findall(r"\((\w+)\)", floor)}
    assert not planned & {file.room for file in files()}, "it stands: take the parentheses away"


def test_news_fragments_have_a_kind() -> None:
    pattern = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|deprecated|removed|security)\.md|README\.md")
    expect_none(
        (p.name for p in (ROOT / "changelog.d").iterdir() if not pattern.fullmatch(p.name)), "see changelog.d/README.md"
    )
