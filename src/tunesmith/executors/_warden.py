"""Ends the workers of a process that was killed; a program of its own, which imports nothing of tunesmith.

It reads lines from its standard input: `+123` watches the process group 123, `-123` no longer. When the input ends, or
its parent is another process than before, it ends all groups that it watches: the workers, even those that sit in C
code, and whatever they have started.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

_LOOK_SECONDS = 2.0
_GRACE_SECONDS = 0.5


def watch(parent: int) -> set[int]:
    """Listen until the parent is gone; the groups that are left."""
    groups: set[int] = set()
    rest = b""
    while True:
        readable, _, _ = select.select([0], [], [], _LOOK_SECONDS)
        data = os.read(0, 65536) if readable else b""
        if (readable and not data) or os.getppid() != parent:
            return groups
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            (groups.add if line.startswith(b"+") else groups.discard)(int(line[1:]))


def main() -> None:
    """Watch, wait a moment for workers that leave on their own, and end the others."""
    if sys.platform == "win32":
        sys.exit("Windows has no groups of processes.")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = watch(int(sys.argv[1]))
    if groups:
        time.sleep(_GRACE_SECONDS)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
