"""What is packed comes out equal, big data without a copy, equal buffers once, and no file is left behind."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any, final

import numpy as np
import pytest

from tunesmith.errors import ExecutorError
from tunesmith.executors import _parcel
from tunesmith.executors._parcel import Parcel, unpack

pytestmark = pytest.mark.core

ROWS = 300_000


@final
class Packed:
    """A parcel's size and what came out of it, twice if a second worker looks."""

    def __init__(self, thing: Any, looks: int = 1) -> None:
        parcel = Parcel(thing)
        self.size = parcel.size
        self.buffers = [size for _, size, _ in parcel._entries]
        self.found = [unpack(str(os.dup(int(parcel.handle)))) for _ in range(looks)]
        parcel.close()


def is_mapped(array: np.ndarray) -> bool:
    """Whether an array's memory lies in a file's mapping."""
    address = array.__array_interface__["data"][0]
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, _, rest = line.partition(" ")
        low, high = (int(end, 16) for end in span.split("-"))
        if low <= address < high:
            return rest.split()[3] != "0"
    return False


X = np.arange(ROWS * 4, dtype=float).reshape(ROWS, 4)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("rows", X),
        ("columns", np.asfortranarray(X)),
        ("every second", X[::2]),
        ("some columns", X[:, 1:3]),
        ("reversed", X[::-1]),
        ("transposed", X.T),
        ("three axes", X.reshape(100, -1, 4).transpose(1, 0, 2)),
        ("ints", np.arange(ROWS)),
        ("flags", np.zeros(2_000_000, dtype=bool)),
        ("dates", np.arange(ROWS).astype("M8[s]")),
        ("records", np.zeros(ROWS, dtype=[("a", "f8"), ("b", "i4")])),
        ("strings", np.full(ROWS, "abc")),
    ],
)
def test_an_array_comes_out_equal_and_mapped(name: str, array: np.ndarray) -> None:
    packed = Packed(array)
    (found,) = packed.found
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.flags.writeable
    assert array.nbytes <= packed.size < array.nbytes + 4096
    assert len(packed.buffers) == 1
    if os.path.exists("/proc/self/maps"):  # noqa: PTH110 - Linux only
        assert is_mapped(found)


def test_small_arrays_and_other_things_go_with_the_pickle() -> None:
    thing = {"x": np.arange(10), "text": "ä" * 100, "f": lambda x: x + 1}
    packed = Packed(thing)
    (found,) = packed.found
    assert list(found["x"]) == list(range(10))
    assert found["f"](1) == 2
    assert packed.buffers == []


def test_equal_buffers_lie_there_once() -> None:
    nearly = X.copy()
    nearly[ROWS // 3, 0] += 1
    packed = Packed({"X": X, "view": X[:], "copy": X.copy(), "transposed": X.T, "nearly": nearly})
    (found,) = packed.found
    for name, wanted in {"X": X, "view": X, "copy": X, "transposed": X.T, "nearly": nearly}.items():
        np.testing.assert_array_equal(found[name], wanted)
    assert packed.size < 2.1 * X.nbytes


def test_arrays_that_share_a_place_are_the_worker_s_own() -> None:
    first, second = Packed(X, looks=2).found
    first[0, 0] = -1
    assert second[0, 0] == 0
    assert X[0, 0] == 0


def test_a_read_only_array_stays_read_only() -> None:
    array = X.copy()
    array.flags.writeable = False
    packed = Packed(array)
    (found,) = packed.found
    assert not found.flags.writeable


def test_an_array_that_is_mapped_already(tmp_path: Path) -> None:
    array = np.memmap(tmp_path / "x.bin", dtype=float, mode="w+", shape=(ROWS,))
    array[:] = np.arange(ROWS)
    packed = Packed(array)
    (found,) = packed.found
    np.testing.assert_array_equal(found, np.arange(ROWS))
    assert packed.size < array.nbytes + 4096


def test_objects_are_pickled_as_ever() -> None:
    array = np.array([{"a": 1}, None, "x"] * 100_000, dtype=object)
    packed = Packed(array)
    (found,) = packed.found
    assert found[3] == {"a": 1}


@pytest.mark.needs("pandas", "pyarrow")
def test_frames_are_mapped() -> None:
    import pandas as pd

    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["text"] = pd.array([f"row {number}" for number in range(ROWS)], dtype="string[pyarrow]")
    frame["kind"] = pd.Categorical(np.arange(ROWS) % 1000)
    frame["when"] = pd.Timestamp("2020-01-01")
    for table in (frame, frame.iloc[1000:], frame[["b", "d"]], frame.convert_dtypes(dtype_backend="pyarrow")):
        packed = Packed(table)
        (found,) = packed.found
        pd.testing.assert_frame_equal(found, table)
        assert packed.size - sum(packed.buffers) < 2 * 2**20
    (found,) = Packed(frame).found
    assert all(is_mapped(found[name].to_numpy()) for name in "abcd")


@pytest.mark.needs("pandas", "pyarrow")
def test_arrow_columns_are_packed_without_a_copy_of_ours() -> None:
    import pandas as pd
    import pyarrow as pa

    table = pd.DataFrame({name: pd.array(np.full(ROWS, 1.5), dtype="double[pyarrow]") for name in "abc"})
    before, most = pa.total_allocated_bytes(), pa.default_memory_pool().max_memory()
    packed = Packed(table)
    assert before == pa.total_allocated_bytes()
    assert most == pa.default_memory_pool().max_memory()
    assert len(packed.buffers) == 3
    pd.testing.assert_frame_equal(packed.found[0], table)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_sparse_matrices_are_mapped(kind: str) -> None:
    import scipy.sparse

    matrix = scipy.sparse.random(100_000, 40, 0.3, random_state=0).asformat(kind)  # type: ignore[call-overload]
    packed = Packed(matrix)
    (found,) = packed.found
    assert (found != matrix).nnz == 0
    assert packed.size - sum(packed.buffers) < 2 * 2**20
    assert is_mapped(found.data)


def test_no_file_is_ever_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Packed(X)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        name = ""

        def __init__(self) -> None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed as a parcel closes it

        def write(self, _: memoryview) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    monkeypatch.setattr(_parcel, "_temporary_file", Full)
    with pytest.raises(ExecutorError, match=r"No space left on device.*TMPDIR"):
        Parcel(X)
