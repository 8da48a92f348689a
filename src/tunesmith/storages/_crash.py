"""Dies where the tests of crashes say: `TUNESMITH_CRASH_AT=17` ends this process at its 17th statement to a storage."""

from __future__ import annotations

import os
import sqlite3

EXIT_CODE = 86

_count = 0


def arm(connection: sqlite3.Connection) -> None:
    """Let a connection count its statements, if the variable is set; otherwise do nothing at all."""
    if at := os.environ.get("TUNESMITH_CRASH_AT"):
        connection.set_trace_callback(lambda _statement: _step(int(at)))


def _step(at: int) -> None:
    global _count  # noqa: PLW0603 - statements are counted over all connections of the process
    _count += 1
    if _count == at:
        os._exit(EXIT_CODE)
