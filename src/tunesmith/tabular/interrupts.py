"""Ctrl-C during a fit: some estimators catch it, stop early and look as if they were through."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heard() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end of a block that swallowed one, as scikit-learn's neural networks do.

    Nothing changes in other threads than the main one, which alone gets signals, and where somebody else handles
    Ctrl-C already, as a running study does.

    Examples
    --------
    >>> with heard():
    ...     pass
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    pressed = False

    def remember(_number: int, _frame: object) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt
