"""The one door to packages that may be missing: it answers with the module, or with the extra to install."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from tunesmith.errors import MissingDependency


def require(module: str, *, extra: str) -> Any:
    """Import an optional module, or say which extra brings it.

    Parameters
    ----------
    module
        Dotted name, such as `"matplotlib.pyplot"`.
    extra
        The extra of tunesmith that installs it, such as `"plot"`.

    Raises
    ------
    MissingDependency
        If the package is not installed. An import error *inside* an installed package passes through unchanged.

    Examples
    --------
    >>> require("json", extra="plot").dumps([1])
    '[1]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        root = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != root:
            raise
        raise MissingDependency(
            f"This needs the package {root!r}, which is not installed.",
            hint=f'Type: pip install "tunesmith[{extra}]"',
        ) from error


def installed(module: str) -> bool:
    """Whether a top-level module can be imported, without importing it."""
    return importlib.util.find_spec(module) is not None


def folder(package: str, *, extra: str) -> Path:
    """Where an installed package lies, found without running its code.

    Raises
    ------
    MissingDependency
        If the package is not installed.

    Examples
    --------
    >>> folder("json", extra="demo").name
    'json'
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependency(
            f"This needs the package {package!r}, which is not installed.",
            hint=f'Type: pip install "tunesmith[{extra}]"',
        )
    return Path(next(iter(spec.submodule_search_locations)))


def version(distribution: str) -> str | None:
    """The installed version of a distribution, or None.

    Examples
    --------
    >>> version("no-such-distribution") is None
    True
    """
    from importlib import metadata  # noqa: PLC0415 - costs 20 ms, and `--help` never asks

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
