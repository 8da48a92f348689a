"""Text in figures: escaped, short enough, and in whole sentences."""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Iterable, Sequence

from tunesmith.analysis._records import counted, number
from tunesmith.trial import Metric, TrialState

LONGEST_NAME = 40
LINE = 110
"""About so many characters of a title fit in one line of a picture as wide as usual."""

ARROWS = {"maximize": "↑", "minimize": "↓"}
_TAG = re.compile(r"</?(?:b|br|i)>")


def text(value: object, longest: int = LONGEST_NAME) -> str:
    """A name or message that somebody else wrote, for a figure: one line, not too long, and no markup in it.

    Examples
    --------
    >>> text("<script>x</script>")
    '&lt;script&gt;x&lt;/script&gt;'
    """
    line = " ".join(str(value).split())
    line = line if len(line) <= longest else line[: longest - 1] + "…"
    return html.escape(line, quote=False)


def plain(marked: str) -> str:
    """Text of a figure as plain text.

    Examples
    --------
    >>> plain("a &lt; b<br>c")
    'a < b c'
    """
    return html.unescape(_TAG.sub(" ", marked.replace("<br>", " "))).strip()


def wrapped(sentence: str, line: int = LINE) -> str:
    """A sentence in lines that fit; escaped text keeps its escapes whole."""
    return "<br>".join(textwrap.wrap(sentence, line, break_long_words=False, break_on_hyphens=False) or [""])


def better(metric: Metric) -> str:
    """The metric's name and its better end: `AUC ↑`."""
    return f"{text(metric.name)} {ARROWS[metric.direction]}"


def with_error(value: float, error: float | None = None) -> str:
    """A value with its uncertainty, where that is known: `0.931 ± 0.005`."""
    if error is None or not math.isfinite(error) or error <= 0:
        return number(value)
    return f"{number(value, error)} ± {number(error, error)}"


def listed(parts: Sequence[str]) -> str:
    """Several things in a sentence: `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def states_in_words(states: Iterable[TrialState]) -> str:
    """How many trials are in each state: `60 trials: 45 complete, 8 stopped early, 7 failed`."""
    words = {TrialState.PRUNED: "stopped early"}
    found = list(states)
    counts = {state: found.count(state) for state in TrialState}
    told = [f"{count:,} {words.get(state, state.value)}" for state, count in counts.items() if count]
    return counted(len(found), "trial") + (f": {', '.join(told)}" if len(told) > 1 else f", {told[0].split()[-1]}"
                                           if told else "")  # fmt: skip


def seconds(value: float) -> str:
    """A length of time as people say it.

    Examples
    --------
    >>> seconds(0.25), seconds(90), seconds(7300), seconds(200000)
    ('0.25 s', '1.5 min', '2.03 h', '2.31 d')
    """
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if value >= size:
            return f"{number(float(f'{value / size:.3g}'))} {unit}"
    return f"{number(float(f'{value:.3g}'))} s"
