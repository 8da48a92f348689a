"""Frames arrive whole from any pieces, and garbage is noticed at once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.executors._frames import Decoder, Frame, Garbled, Kind

pytestmark = pytest.mark.core

FRAMES = st.builds(
    Frame,
    st.sampled_from(Kind),
    st.integers(0, 2**60),
    st.integers(0, 2**60),
    st.integers(0, 2**60),
    st.binary(max_size=300),
)


@given(frames=st.lists(FRAMES, max_size=8), cuts=st.randoms(use_true_random=False))
def test_frames_come_out_as_they_went_in_whatever_the_pieces(frames: list[Frame], cuts: random.Random) -> None:
    stream = b"".join(frame.encode() for frame in frames)
    decoder, found = Decoder(), list[Frame]()
    while stream:
        size = cuts.randint(1, 60)
        found += decoder.feed(stream[:size])
        stream = stream[size:]
    assert frames == found


@pytest.mark.parametrize("garbage", [b"h", b"hello", b"\xfeTSx", bytes(200), b"Traceback (most recent call last):" * 9])
def test_garbage_is_noticed_at_its_first_byte_that_fits_not(garbage: bytes) -> None:
    with pytest.raises(Garbled):
        Decoder().feed(garbage)


@given(position=st.integers(0, 40), bit=st.integers(0, 7))
def test_a_flipped_bit_in_a_header_is_noticed(position: int, bit: int) -> None:
    data = bytearray(Frame(Kind.SAID, 3, 1, 0, b"x" * 50).encode())
    data[position] ^= 1 << bit
    with pytest.raises(Garbled):
        Decoder().feed(bytes(data))


def test_garbage_after_a_frame_is_noticed_as_well() -> None:
    with pytest.raises(Garbled):
        Decoder().feed(Frame(Kind.READY).encode() + b"print")
