"""A task packed once for all workers: a nameless temporary file that each of them maps instead of copying."""

from __future__ import annotations

import io
import mmap
import os
import pickle
import struct
import sys
import tempfile
import zlib
from typing import IO, Any, final

import cloudpickle

from tunesmith.errors import ExecutorError
from tunesmith.executors._blame import blame

_BIG = 2**20
_ALIGN = 64
_CHUNK = 2**22
_SAMPLE = 4096
_FOOTER = struct.Struct("!QQQ")
_ENTRY = struct.Struct("!QQ?")


@final
class Parcel:
    """A pickled object in a file without a name; buffers over 1 MB lie beside the pickle, equal ones once.

    The file vanishes with the last process that holds it, however that process ends. A worker maps it copy on write:
    arrays are as writable as they were, all workers share the pages that none of them writes to, and none sees what
    another one writes.

    Parameters
    ----------
    thing
        What to pack: pickled by `cloudpickle`, so functions of `__main__`, notebooks and lambdas travel by value.

    Raises
    ------
    ExecutorError
        If a part of it cannot be pickled (the message names the part), or the disk is full.
    """

    def __init__(self, thing: object) -> None:
        self._file = _temporary_file()
        self._entries: list[tuple[int, int, bool]] = []
        self._known: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        try:
            self._write_all(_dump(thing, self._keep))
        except BaseException:
            self._file.close()
            raise

    @property
    def handle(self) -> str:
        """How a worker finds it: the number of an inherited file descriptor; on Windows the file's name."""
        return self._file.name if sys.platform == "win32" else str(self._file.fileno())

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        """Let go of the file; who has mapped it keeps the mapping."""
        self._file.close()

    def _write_all(self, stream: memoryview) -> None:
        start = self._append(stream)
        footer = b"".join(_ENTRY.pack(*entry) for entry in self._entries)
        self._append(memoryview(footer + _FOOTER.pack(start, stream.nbytes, len(self._entries))), align=1)

    def _keep(self, buffer: pickle.PickleBuffer) -> bool:
        """Pickle's `buffer_callback`: True leaves a buffer in the stream."""
        with buffer.raw() as view:
            if view.nbytes < _BIG:
                return True
            key = _fingerprint(view)
            for start, size in self._known.setdefault(key, []):
                if self._equal(view, start):
                    self._entries.append((start, size, view.readonly))
                    return False
            start = self._append(view)
            self._known[key].append((start, view.nbytes))
            self._entries.append((start, view.nbytes, view.readonly))
            return False

    def _append(self, view: memoryview, align: int = _ALIGN) -> int:
        try:
            start = -(-self.size // align) * align
            self._file.seek(start)
            done = 0
            while done < view.nbytes:
                done += self._file.write(view[done : done + _CHUNK])
        except OSError as error:
            raise ExecutorError(
                f"The data of the objective ({view.nbytes / 1e6:,.0f} MB more) do not fit into "
                f"{tempfile.gettempdir()!r}: {error}.",
                hint='Set TMPDIR to a directory with more room, or use executor="thread".',
            ) from error
        return start

    def _equal(self, view: memoryview, start: int) -> bool:
        self._file.seek(start)
        pieces = (view[at : at + _CHUNK].tobytes() for at in range(0, view.nbytes, _CHUNK))
        return all(self._file.read(len(piece)) == piece for piece in pieces)


def unpack(handle: str) -> Any:
    """What a parcel holds, in a worker: mapped, not copied.

    Parameters
    ----------
    handle
        `Parcel.handle`; an inherited descriptor is closed.
    """
    file = int(handle) if handle.isdigit() else _open_by_name(handle)
    try:
        mapped = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))
    finally:
        os.close(file)
    start, length, count = _FOOTER.unpack(mapped[-_FOOTER.size :])
    table = mapped[-_FOOTER.size - count * _ENTRY.size : -_FOOTER.size]
    buffers = [
        mapped[at : at + size].toreadonly() if readonly else mapped[at : at + size]
        for at, size, readonly in _ENTRY.iter_unpack(table)
    ]
    return pickle.loads(mapped[start : start + length], buffers=buffers)  # noqa: S301 - from our own parent


@final
class _Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]  # cloudpickle has no annotations
    """A pickler that makes buffers of what would be copied otherwise: dates, strided, mapped and Arrow arrays."""

    def reducer_override(self, obj: Any) -> Any:
        numpy = sys.modules.get("numpy")
        if numpy is not None and type(obj) in {numpy.ndarray, numpy.memmap}:
            reduced = _reduce_numpy(obj, numpy)
        elif hasattr(type(obj), "__arrow_array__"):
            reduced = _reduce_arrow(obj)
        else:
            reduced = NotImplemented
        return super().reducer_override(obj) if reduced is NotImplemented else reduced


def _reduce_numpy(array: Any, numpy: Any) -> Any:
    if array.nbytes < _BIG or array.dtype.hasobject:
        return NotImplemented
    if array.dtype.kind in "mM":  # numpy gives no buffer of them
        return _view, (array.view("i8"), array.dtype)
    if type(array) is numpy.memmap or not (array.flags.c_contiguous or array.flags.f_contiguous):
        return numpy.ascontiguousarray(array).view(numpy.ndarray).__reduce_ex__(5)
    return NotImplemented


def _reduce_arrow(array: Any) -> Any:
    """Pickle a pandas array over Arrow as pandas does, without the copy that its `__getstate__` makes of all data."""
    state = getattr(array, "__dict__", {})
    chunks = getattr(state.get("_pa_array"), "chunks", [])
    if len(chunks) != 1 or chunks[0].offset or chunks[0].get_total_buffer_size() > 1.1 * chunks[0].nbytes + _SAMPLE:
        return NotImplemented  # the copy joins chunks, or leaves out what a slice does not show
    return _new, (type(array),), {**state, "_pa_array": chunks[0], "_cache": {}}


def _new(kind: type[Any]) -> Any:
    return object.__new__(kind)


def _view(array: Any, dtype: Any) -> Any:
    return array.view(dtype)


def _dump(thing: object, keep: Any) -> memoryview:
    stream = io.BytesIO()
    try:
        _Pickler(stream, protocol=5, buffer_callback=keep).dump(thing)
    except (ExecutorError, MemoryError):
        raise
    except Exception as error:
        raise blame(thing, error, _dumps_without_data) from error
    return stream.getbuffer()


def _dumps_without_data(thing: object) -> None:
    """Pickle without keeping the big buffers, to see whether it works."""
    _Pickler(io.BytesIO(), protocol=5, buffer_callback=lambda buffer: buffer.raw().nbytes < _BIG).dump(thing)


def _fingerprint(view: memoryview) -> tuple[int, ...]:
    middle = view.nbytes // 2
    samples = view[:_SAMPLE], view[middle : middle + _SAMPLE], view[-_SAMPLE:]
    return view.nbytes, *(zlib.crc32(sample) for sample in samples)


def _temporary_file() -> IO[bytes]:
    if sys.platform == "win32":
        return tempfile.NamedTemporaryFile("w+b", 0, prefix="tunesmith-")
    return tempfile.TemporaryFile("w+b", 0, prefix="tunesmith-")  # it never has a name


def _open_by_name(name: str) -> int:
    """Open a Windows file that deletes itself when the last process lets go of it."""
    return os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_TEMPORARY", 0))
