"""Short digests of data and splits: the same ones again, in another process or next year, give the same digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from tunesmith._optional import require
from tunesmith.validation._base import Split

_LENGTH = 16
_CHUNK = 1 << 22


def data_fingerprint(*parts: Any) -> str:
    """A digest of arrays, data frames, series, sparse matrices, lists and None.

    It depends on shapes, column names and values (numbers, texts, dates, missing ones), and on nothing of the machine.

    Examples
    --------
    >>> import numpy as np
    >>> data_fingerprint(np.arange(3)) == data_fingerprint(np.arange(3)) != data_fingerprint(np.arange(4))
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()[:_LENGTH]


def splits_fingerprint(splits: Sequence[Split]) -> str:
    """A digest of which rows are on which side of which split.

    Examples
    --------
    >>> import numpy as np
    >>> from tunesmith.validation import KFoldValidation
    >>> X = np.zeros((9, 1))
    >>> splits_fingerprint(KFoldValidation(3).splits(X)) == splits_fingerprint(KFoldValidation(3, seed=1).splits(X))
    False
    """
    digest = hashlib.sha256()
    for split in splits:
        for side in split:
            _feed(digest, np.sort(side).astype("<i8"))
    return digest.hexdigest()[:_LENGTH]


def fold_ratio(splits: Sequence[Split]) -> float:
    """Judging rows over fitted rows, on average over the folds: what corrected tests need to know.

    Of subsamples that judge themselves it is the share of rows that is in them over the share that is not: by that
    much, times the variance between subsamples, the score of all rows varies (the delete-d jackknife; Shao, Wu 1989).
    """
    if all(len(train) == len(test) and np.array_equal(train, test) for train, test in splits):
        share = float(np.mean([len(train) for train, _ in splits])) / len(
            np.unique(np.concatenate([s.train for s in splits]))
        )
        return share / max(1 - share, 1e-9)
    return float(np.mean([len(test) / len(train) for train, test in splits]))


def _feed(digest: Any, part: Any) -> None:
    if part is None:
        digest.update(b"none")
    elif hasattr(part, "tocsr"):
        csr = part.tocsr().copy()
        csr.sum_duplicates()
        digest.update(f"sparse{csr.shape}".encode())
        for inner in (csr.data, csr.indices.astype("<i8"), csr.indptr.astype("<i8")):
            _feed(digest, inner)
    elif hasattr(part, "columns") and hasattr(part, "shape"):
        digest.update(f"frame{part.shape}".encode())
        for position, name in enumerate(part.columns):
            digest.update(repr(name).encode("utf-8", "surrogatepass"))
            _feed(digest, part.iloc[:, position] if hasattr(part, "iloc") else part[name])
    elif type(part).__module__.partition(".")[0] == "pandas":
        hashed = require("pandas.util", extra="sklearn").hash_pandas_object(part, index=False, categorize=False)
        digest.update(f"series{part.shape}".encode())
        _feed(digest, hashed.to_numpy())
    else:
        _feed_array(digest, np.asarray(part))


def _feed_array(digest: Any, array: Any) -> None:
    digest.update(f"array{array.shape}".encode())
    if array.dtype.kind in "OUST":
        for value in array.ravel().tolist():
            digest.update(f"{type(value).__name__}:{value!r}\0".encode("utf-8", "surrogatepass"))
        return
    digest.update(array.dtype.str.encode())
    rows = max(1, _CHUNK // max(1, array.nbytes // max(1, len(array)))) if array.ndim else 1
    for start in range(0, len(array) if array.ndim else 1, rows):  # never a second copy of large data
        chunk = np.ascontiguousarray(array[start : start + rows] if array.ndim else array)
        digest.update(chunk.reshape(-1).view(np.uint8))
