"""From what a user writes to a storage: nothing, a path, a URL, or a storage itself."""

from __future__ import annotations

import os

from tunesmith import _plugins
from tunesmith.errors import UnknownName, UsageError, did_you_mean
from tunesmith.storages._base import Storage

_SCHEMES = {"sqlite": "sqlite", "memory": "memory", "postgresql": "postgres", "postgres": "postgres"}


def open_storage(spec: object, *, create: bool = True) -> Storage:
    """Open the storage that a specification names.

    Parameters
    ----------
    spec
        None for memory; a path or `sqlite:///file.db` for an SQLite file; or a `Storage`.
    create
        Whether what is missing may be made, which the first study does. If not, it must be there.

    Raises
    ------
    UnknownName
        If the URL's scheme is not known.
    StorageError
        If it cannot be opened, or is something else than a tunesmith storage.

    Examples
    --------
    >>> open_storage(None).is_persistent
    False
    """
    if isinstance(spec, Storage):
        return spec
    if spec is None:
        return _made("memory", "", create=create)
    if not isinstance(spec, (str, os.PathLike)) or not os.fspath(spec):
        raise UsageError(
            f"storage must be None, a path or a URL, got {spec!r}.", hint='Write storage="study.db", for example.'
        )
    text = os.fspath(spec)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    scheme, colon, rest = text.partition("://")
    if not colon:
        return _made("sqlite", text, create=create)
    if scheme not in _SCHEMES or _SCHEMES[scheme] not in _plugins.names("storage"):
        known = [name for name, member in _SCHEMES.items() if member in _plugins.names("storage")]
        raise UnknownName(f"There is no storage for {scheme}://.", hint=did_you_mean(scheme, known))
    argument = text if scheme.startswith("postgres") else rest.removeprefix("/") or rest
    return _made(_SCHEMES[scheme], argument, create=create)


def _made(member: str, argument: str, *, create: bool) -> Storage:
    storage: Storage = _plugins.load("storage", member).from_spec(argument, create=create)
    return storage
