"""The house as data: its source files, their syntax trees, its families, and the files of the repository."""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import tunesmith
from tunesmith import _plugins

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tunesmith"
DOCS = ROOT / "docs"


class File(NamedTuple):
    """One source file: where it is below `src/tunesmith`, its dotted name, its text and its syntax tree."""

    path: str
    module: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.path.partition("/")[0] if "/" in self.path else ""


@functools.cache
def files() -> tuple[File, ...]:
    """All source files of the package."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        parts = ["tunesmith", *inside.with_suffix("").parts]
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(File(inside.as_posix(), module, text, ast.parse(text)))
    return tuple(found)


@functools.cache
def modules() -> tuple[ModuleType, ...]:
    """All modules of the package, imported; `__main__` and workers' entry points are scripts and stay out."""
    names = [found.name for found in pkgutil.walk_packages(tunesmith.__path__, "tunesmith.")]
    return tuple(importlib.import_module(name) for name in names if not name.endswith("__main__"))


def classes() -> Iterator[type[Any]]:
    """Every class that a module of the package defines at its top."""
    for module in modules():
        for found in vars(module).values():
            if isinstance(found, type) and found.__module__ == module.__name__:
                yield found


def members() -> list[tuple[str, str]]:
    """Each built-in member of each family: `("sampler", "tpe")`."""
    return [
        (family, path.stem)
        for family, package in _plugins.FAMILIES.items()
        for path in sorted((SOURCE / package).glob("*.py"))
        if not path.stem.startswith("_")
    ]


@functools.cache
def repository_files() -> tuple[Path, ...]:
    """The text files that git knows or would add; without git, the ones below the folders that hold source."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout.split("\0")  # fmt: skip
        found = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        folders = ("src", "tests", "docs", "examples", "benchmarks", "tools", "changelog.d")
        found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    binary = {".png", ".db", ".parquet", ".ico", ".gz"}
    return tuple(
        path for path in found if path.is_file() and path.suffix not in binary and "__pycache__" not in path.parts
    )


@functools.cache
def pyproject() -> dict[str, Any]:
    """The project's file, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def expect_none(found: Iterable[object], advice: str) -> None:
    """Fail with everything that was found, and what to do about it."""
    if listed := [str(item) for item in found]:
        pytest.fail("\n  ".join([f"{advice}:", *listed]), pytrace=False)
