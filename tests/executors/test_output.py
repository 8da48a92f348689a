"""The end of what a worker prints is kept, bounded and readable."""

from __future__ import annotations

import os

import pytest

from tunesmith.executors._output import Output, tail

pytestmark = pytest.mark.core


def drained(data: bytes, *, echo: bool = False) -> Output:
    reading, writing = os.pipe()
    output = Output(reading, echo=echo)
    with os.fdopen(writing, "wb") as file:
        file.write(data)
    output.wait(30)
    return output


def test_the_last_twenty_lines_are_kept() -> None:
    text = drained(b"".join(b"line %d\n" % number for number in range(1000))).tail()
    assert [f"line {number}" for number in range(980, 1000)] == text.splitlines()


def test_a_hundred_megabytes_cost_no_more_than_the_last_lines() -> None:
    output = drained(b"x" * 99 * 2**20 + b"\nthe end\n")
    assert sum(map(len, output._chunks)) <= 2 * 65_536
    assert output.tail().endswith("\nthe end")
    assert len(output.tail()) < 1_000


def test_it_is_at_most_four_kilobytes() -> None:
    text = tail("".join(f"{number} " + "ä" * 400 + "\n" for number in range(100)))
    assert len(text.encode()) <= 4_096
    assert text.splitlines()[-1].startswith("99 ")


def test_bytes_that_are_no_text_and_control_characters_are_tamed() -> None:
    text = drained(b"\xff\xfe\x00 \x1b[31mred\x1b[0m \x1b]0;title\x07 bell\x07\x08\n").tail()
    assert "\x1b" not in text
    assert "red" in text
    assert all(character.isprintable() or character == "\t" for character in text)


def test_empty_lines_at_the_end_take_no_room() -> None:
    assert tail("a\n\nb\n\n\n\n") == "a\n\nb"


def test_forgetting_begins_anew() -> None:
    output = drained(b"old\n")
    output.clear()
    assert output.tail() == ""


def test_what_is_still_in_the_pipe_is_forgotten_too() -> None:
    for attempt in range(200):
        reading, writing = os.pipe()
        output = Output(reading, echo=False)
        os.write(writing, b"old " * 10_000)
        output.clear()
        assert output.tail() == ""
        os.write(writing, b"new %d" % attempt)
        os.close(writing)
        output.wait(30)
        assert output.tail() == f"new {attempt}"


def test_echo_passes_on_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert drained(b"hello\n", echo=True).tail() == "hello"
    assert capsys.readouterr().err == "hello\n"
