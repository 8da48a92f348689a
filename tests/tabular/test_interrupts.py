from __future__ import annotations

import signal
import threading

import pytest

from tunesmith.tabular.interrupts import heard


def _swallow():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return
    raise AssertionError("nothing was raised")


@pytest.fixture(autouse=True)
def plain_handler():
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


def test_a_swallowed_interrupt_is_raised_at_the_end():
    with pytest.raises(KeyboardInterrupt), heard():
        _swallow()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_an_interrupt_nothing_happens():
    with heard():
        pass
    with pytest.raises(ValueError, match="own"), heard():
        raise ValueError("own")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_whoever_handles_it_already_goes_on_doing_so():
    calls = []
    signal.signal(signal.SIGINT, lambda number, _frame: calls.append(number))
    with heard():
        signal.raise_signal(signal.SIGINT)
    assert calls == [signal.SIGINT]


def test_other_threads_are_left_alone():
    done = []

    def work():
        with heard():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
