"""The house has few doors: dynamic imports go through three modules, nobody imports the face, and `import` is light."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.house import SOURCE, expect_none, files, members
from tunesmith._plugins import FAMILIES

DOORS = {"_plugins.py", "_lazy.py", "_optional.py"}
HEAVY = ("numpy", "scipy", "sklearn", "pandas", "plotly", "asyncio", "rich")
STATEMENTS = {
    "import tunesmith": HEAVY,
    "import tunesmith; tunesmith.Study": HEAVY,
    "import tunesmith; tunesmith.SearchSpace": HEAVY,
    "import tunesmith.cli._app as a; a.build()": ("numpy", "scipy", "sklearn", "pandas", "plotly", "asyncio"),
}
"""What is typed -> what it must not load."""


def test_only_the_doors_import_by_name() -> None:
    found = []
    for file in files():
        names = {name.partition(".")[0] for node in ast.walk(file.tree) for name in _imported(node)}
        called = {node.id for node in ast.walk(file.tree) if isinstance(node, ast.Name)}
        if (names & {"importlib", "runpy", "imp"} or "__import__" in called) and file.path not in DOORS:
            found.append(file.path)
    expect_none(found, "write _plugins.load, _plugins.door or _optional.require")


def test_nobody_inside_imports_the_face() -> None:
    found = []
    for file in files():
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Import):
                face = [alias.name for alias in node.names if alias.name.split(".")[0] == "tunesmith"]
            elif isinstance(node, ast.ImportFrom) and node.module == "tunesmith":
                face = [alias.name for alias in node.names if not _is_room(alias.name)]
            else:
                continue
            found += [f"{file.path}:{node.lineno}: {name}" for name in face]
    expect_none(found, "import it from the room that defines it, as in: from tunesmith.space import Float")


@pytest.mark.core
@pytest.mark.parametrize("statement", STATEMENTS)
def test_importing_is_light(statement: str) -> None:
    code = f"{statement}\nimport sys; print(*sorted(set({STATEMENTS[statement]!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


def test_members_of_a_family_are_strangers() -> None:
    found = []
    own = {f"{FAMILIES[family]}/{name}.py": FAMILIES[family] for family, name in members()}
    for file in files():
        for node in ast.walk(file.tree) if file.path in own else ():
            siblings = {name.removeprefix(f"tunesmith.{own[file.path]}.").split(".")[0] for name in _imported(node)}
            found += [f"{file.path} -> {name}" for name in siblings if f"{own[file.path]}/{name}.py" in own]
    expect_none(found, "find another member by its name, with _plugins.load(family, name)")


def _is_room(name: str) -> bool:
    return (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").is_file()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
