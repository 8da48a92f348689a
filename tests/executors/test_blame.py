"""Whoever passes an open file, a lock or a connection is told which one, and what to do."""

from __future__ import annotations

import functools
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunesmith.errors import ExecutorError
from tunesmith.executors._parcel import Parcel

pytestmark = pytest.mark.core


class Wrapped:
    """As the task of a study holds an objective."""

    def __init__(self, objective: Any) -> None:
        self.objective = objective

    def call(self) -> None:
        self.objective()


class Slotted:
    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Unwilling:
    def __reduce__(self) -> Any:
        message = "not today"
        raise RuntimeError(message)


def message_for(thing: Any) -> str:
    with pytest.raises(ExecutorError) as caught:
        Parcel(Wrapped(thing))
    return str(caught.value)


def test_an_open_file_in_a_closure(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:

        def objective(trial: Any) -> None:
            print(trial, file=log)

        text = message_for(objective)
    assert "variable 'log' of" in text
    assert "objective" in text
    assert "is an open file (_io.TextIOWrapper)" in text
    assert "Make the open file inside the objective" in text
    assert 'executor="thread"' in text


@pytest.mark.parametrize(
    ("make", "noun"),
    [
        (threading.Lock, "a lock"),
        (threading.RLock, "a lock"),
        (lambda: sqlite3.connect(":memory:"), "a connection"),
        (lambda: (number for number in range(3)), "a generator"),
        (Unwilling, "an object"),
    ],
)
def test_what_cannot_travel(make: Callable[[], Any], noun: str) -> None:
    thing = make()
    text = message_for(lambda trial: (trial, thing))
    assert f"is {noun} (" in text
    assert "variable 'thing' of" in text
    if isinstance(thing, sqlite3.Connection):
        thing.close()


def test_a_socket() -> None:
    with socket.socket() as connection:
        assert "is a connection (socket.socket)" in message_for({"server": [1, connection]})


@pytest.mark.parametrize(
    ("hide", "words"),
    [
        (lambda lock: functools.partial(print, 1, lock), "argument 1 of a partial"),
        (lambda lock: functools.partial(print, file=lock), "argument 'file' of a partial"),
        (lambda lock: {"a": {"b": lock}}, "item 'b' of item 'a'"),
        (lambda lock: [0, (1, lock)], "item 1 of item 1"),
        (lambda lock: Wrapped(lock).call, "attribute 'objective' of Wrapped of the object of the method"),
        (lambda lock: Slotted(Slotted(lock)), "attribute 'inner' of Slotted of attribute 'inner' of Slotted"),
        (lambda lock: lambda trial, held=lock: held, "default 0 of"),
    ],
)
def test_where_it_hides(hide: Callable[[Any], Any], words: str) -> None:
    assert words in message_for(hide(threading.Lock()))


def test_a_global_of_a_script() -> None:
    script: dict[str, Any] = {"__name__": "__main__", "guard": threading.Lock()}
    exec("def objective(trial):\n    def inner():\n        return guard\n    return inner()", script)
    assert "global 'guard' of objective" in message_for(script["objective"])


def test_endless_depth_is_an_error_too() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert "cannot be pickled" in message_for(nested)
    while nested:  # taken apart by hand: the interpreter would recurse
        nested = nested[0]


def test_big_data_beside_it_is_not_written_again_for_each_guess() -> None:
    numpy = pytest.importorskip("numpy")
    data, lock = numpy.ones(2_000_000), threading.Lock()
    assert "is a lock" in message_for(lambda trial: (data, lock))
