"""What to say of a worker that did not come back."""

from __future__ import annotations

import signal

from tunesmith.errors import TrialTimeout, WorkerDied
from tunesmith.executors._base import Lost, Work
from tunesmith.executors._worker import ORPHANED

TOO_LONG = "it ran too long"
CANCELLED = "it was cancelled"
TOO_SLOW = "it took too long to start"

_LAST_LINES = 3


def lost(work: Work, code: int, output: str, *, doom: str = "", broken: str = "") -> Lost:
    """The message about a work whose worker is gone.

    Parameters
    ----------
    work
        What it was doing.
    code
        Its exit code; negative: the signal that ended it.
    output
        The end of what it printed.
    doom
        Why we ended it, if we did.
    broken
        Why it could not load the task, if it could not.
    """
    number = work.number
    if doom == TOO_LONG:
        limit = f"{work.timeout:g} s"
        timeout = TrialTimeout(
            f"Trial {number} ran longer than its limit of {limit} and was ended.{_quote(output)}",
            hint="Raise the limit, or let the objective report and stop early.",
        )
        return Lost(number, work.attempt, timeout, output)
    if broken:
        reason, hint = f"it cannot load the objective: {_last(broken)}", _HINT_BROKEN
    elif doom:
        reason, hint = doom, _hint(0)
    else:
        reason, hint = exit_reason(code), _hint(code)
    died = WorkerDied(f"Trial {number} lost its worker process: {reason}.{_quote(output)}", hint=hint)
    return Lost(number, work.attempt, died, output, cancelled=doom == CANCELLED)


def exit_reason(code: int) -> str:
    """An exit code in words.

    Examples
    --------
    >>> exit_reason(3), exit_reason(-9)
    ('exit code 3', 'exit code -9: killed (SIGKILL), likely out of memory')
    """
    if code == ORPHANED:
        return "it lost the channel to this process"
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"exit code {code}: " + {
        "SIGKILL": "killed (SIGKILL), likely out of memory",
        "SIGSEGV": "segmentation fault (SIGSEGV) in C code",
        "SIGABRT": "aborted (SIGABRT) by C code",
    }.get(name, f"ended by {name}")


_HINT_BROKEN = (
    "Everything that the objective uses must be importable in a new process that starts in the same directory with "
    "the same sys.path."
)


def _hint(code: int) -> str:
    if code == -getattr(signal, "SIGKILL", 9):
        return "Use fewer workers, or less memory in a trial."
    if code < 0:
        return 'Run one trial with executor="serial" to see it crash; the last lines of its output say where it was.'
    return "See the last lines of its output; an objective should return or raise, not leave the process."


def _quote(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()][-_LAST_LINES:]
    return f' It last printed: "{" / ".join(line.strip()[:200] for line in lines)}".' if lines else ""


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it does not say why"
