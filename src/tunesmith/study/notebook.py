"""A study in a notebook: a small summary of it, and a panel that is redrawn while a session lasts."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, final

from tunesmith._optional import require
from tunesmith.study.marks import MARKS, short_error
from tunesmith.trial import FrozenTrial, History, Metric

_BEST = "#d55e00"
_QUIET = "opacity:.75;font-size:13px"
_MOST_PARAMS = 30
_LONGEST = 60
_WIDE, _TALL, _MOST_STEPS = 240, 40, 240
_PAUSE = 0.25
"""Seconds between two pictures of a panel."""


def summary(history: History, location: str = "", *, worth: str = "", ahead: str = "") -> str:
    """A study as a few lines of HTML that take their colours from the notebook, light or dark.

    Parameters
    ----------
    history
        What was tried.
    location
        Where it is kept, if that is known.
    worth
        What the best value is worth, in words.
    ahead
        Markup on top, such as the bar of a session that runs.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=5, storage=None, seed=0)
    >>> "5 complete" in summary(study.history, "memory")
    True
    """
    metrics = ", ".join(f"{metric.direction} {metric.name}" for metric in history.problem.metrics)
    counts = history.counts()
    states = [f"{mark} {counts[state]:,} {word}" for state, (mark, word, _) in MARKS.items() if counts[state]]
    told = " &nbsp; ".join(states) if states else "no trials yet"
    parts = [ahead, f"<div><b>{_text(history.name)}</b> &nbsp; {_text(metrics)} &nbsp; {told}</div>"]
    if (found := history.best) is not None:
        parts += [_best(history, found), f"<div>{_text(worth)}</div>", _steps(history), _params(found)]
    elif failed := [trial for trial in history.finished() if trial.error is not None]:
        parts.append(f"<div>no trial is complete; the last one: {_text(short_error(failed[-1]))}</div>")
    if location:
        parts.append(f'<div style="{_QUIET}">kept in {_text(location)}</div>')
    return f'<div style="color:inherit;font-variant-numeric:tabular-nums">{"".join(parts)}</div>'


def bar(done: int, total: int | None, words: str) -> str:
    """How far a session is."""
    filled = f'<progress value="{min(done, total)}" max="{total}"></progress> ' if total else ""
    of = f"/{total:,}" if total else ""
    return f"<div>{filled}{done:,}{of} trials &nbsp; {_text(words)}</div>"


@final
class Panel:
    """One output of a notebook's cell, drawn again in place.

    Parameters
    ----------
    display
        IPython's `display`, or what behaves like it.
    """

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._handle: Any = None
        self._drawn = 0.0

    def show(self, make: Callable[[], tuple[str, str]], *, now: bool = False) -> None:
        """Draw HTML, with words for those who cannot show it; `now` even if the last picture is a moment old."""
        if not now and time.monotonic() - self._drawn < _PAUSE:
            return
        page, words = make()
        bundle = {"text/html": page, "text/plain": words}
        if self._handle is None:
            self._handle = self._display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
        self._drawn = time.monotonic()


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel. Nothing is imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def panel() -> Panel:
    """A panel in the cell that runs."""
    return Panel(require("IPython.display", extra="plot").display)


def _best(history: History, best: FrozenTrial) -> str:
    since = sum(1 for trial in history.finished() if trial.number > best.number)
    told = ", ".join(f"{name} {value:.4g}" for name, value in best.values.items())
    ago = "the newest trial" if since == 0 else f"{since:,} trial{'s' if since > 1 else ''} since"
    return f'<div><span style="color:{_BEST}">★</span> <b>{_text(told)}</b> in trial {best.number}, {ago}</div>'


def _steps(history: History) -> str:
    """The best so far as a line; what the first tenth of the trials had may lie above the picture."""
    values = _so_far([trial.value for trial in history.complete()], history.metric)
    if not values or values[0] == values[-1]:
        return ""
    end = values[-1]
    start = next(value for value in (values[len(values) // 10], values[0]) if value != end)
    picked = values[:: -(-len(values) // _MOST_STEPS)]
    points: list[str] = []
    for k, value in enumerate(picked):
        share = min(max((value - end) / (start - end), 0.0), 1.0)  # 0 at the best, whichever way is better
        down = 2 + (_TALL - 4) * ((1 - share) if history.metric.direction == "minimize" else share)
        points.append(f"{'H' if k else 'M'}{_WIDE * k / max(len(picked) - 1, 1):.1f}{'V' if k else ','}{down:.1f}")
    return (
        f'<svg width="{_WIDE}" height="{_TALL}" role="img" aria-label="best so far" style="display:block">'
        f'<path d="{"".join(points)}" fill="none" stroke="{_BEST}" stroke-width="2"/></svg>'
    )


def _so_far(values: Sequence[float], metric: Metric) -> list[float]:
    found: list[float] = []
    for value in values:
        found.append(value if not found or metric.better(value, found[-1]) else found[-1])
    return found


def _params(best: FrozenTrial) -> str:
    items = list(best.params.items())
    cell = '<td style="text-align:left;padding:0 16px 0 0;font-family:monospace">'
    rows = "".join(
        f"<tr>{cell}{_text(name)}</td>{cell}{_text(_shown(value))}</td></tr>" for name, value in items[:_MOST_PARAMS]
    )
    more = f'<div style="{_QUIET}">and {len(items) - _MOST_PARAMS} more</div>' if len(items) > _MOST_PARAMS else ""
    return f'<table style="margin:4px 0;color:inherit;background:none">{rows}</table>{more}'


def _shown(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)
