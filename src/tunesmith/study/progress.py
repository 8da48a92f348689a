"""The live panel of a session: redrawn in place on a terminal and in a notebook, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any, Self, final

from tunesmith import _plugins
from tunesmith._optional import require
from tunesmith.study import notebook
from tunesmith.study.budget import Budget
from tunesmith.study.ledger import Ledger
from tunesmith.study.marks import MARKS, short_error
from tunesmith.trial import FrozenTrial, History, Stamped, TrialState

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 24
_PAUSE = "Ctrl-C to pause"
_FEWEST, _MOST = 10, 2_000
"""With fewer complete trials nothing is said against the default yet; with more it would take too long each time."""
_NEWS = {"TrialFinished", "TrialRequeued"}


@final
class Progress:
    """Shows a session while it lasts: best and since when, counts by state, time left, the last few trials.

    On a terminal it is one panel (rich) of at most nine lines, in a notebook one output of the cell, elsewhere one
    plain line for each better value, failure and tenth of the way.
    """

    def __init__(self, ledger: Ledger, budget: Budget, loop: Any, *, stream: Any = None) -> None:
        self._ledger = ledger
        self._budget = budget
        self._loop = loop
        self._stream = stream if stream is not None else sys.stderr
        self._began = time.monotonic()
        self._before = ledger.history.finished_count
        self._live: Any = None
        self._panel: notebook.Panel | None = None
        self._last: list[FrozenTrial] = []
        self._best: float | None = None
        self._lock = threading.Lock()
        self._tenth = 0
        self._worth = (0, "")
        self._told = False

    def __enter__(self) -> Self:
        self._ledger.on_event.append(self._heard)
        best = self._ledger.history.best
        self._best = None if best is None else best.value
        if notebook.in_notebook():
            self._panel = notebook.panel()
            self._panel.show(self._page)
        elif self._stream.isatty():
            live = require("rich.live", extra="all")
            console = require("rich.console", extra="all").Console(file=self._stream)
            self._live = live.Live(_Drawn(self), console=console, refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ledger.on_event.remove(self._heard)
        if self._live is not None:
            self._live.__exit__(kind, error, trace)
        if self._panel is not None:
            self._panel.show(self._page, now=True)

    def _heard(self, item: Stamped, history: History) -> None:
        if self._panel is not None:
            self._panel.show(self._page)
            return
        if self._live is None and not self._told and self._loop.notice:
            self._told = True
            print(f"[0:00] {self._loop.notice}", file=self._stream, flush=True)
        if item.kind not in _NEWS:
            return
        event: Any = item.open()
        trial = history.trial(event.number)
        with self._lock:
            self._last = [trial, *self._last][:3]
            better = history.best is not None and (self._best is None or history.best.value != self._best)
            if better and history.best is not None:
                self._best = history.best.value
        if self._live is None:
            self._plain(trial, history, better=better)

    def _plain(self, trial: FrozenTrial, history: History, *, better: bool) -> None:
        total = self._budget.trials
        done = history.finished_count
        tenth = 0 if not total else 10 * done // total
        failed = trial.state is TrialState.FAILED
        if not (better or failed or tenth > self._tenth):
            return
        self._tenth = max(tenth, self._tenth)
        what = f"failed: {short_error(trial)}" if failed else f"best {history.best.value:.6g}" if history.best else ""
        print(
            f"[{clock(time.monotonic() - self._began)}] {done}{f'/{total}' if total else ''} trials, "
            f"trial {trial.number} {'better' if better else MARKS[trial.state][1]}, {what}",
            file=self._stream, flush=True,
        )  # fmt: skip

    def _page(self) -> tuple[str, str]:
        """The panel as HTML, and as words."""
        history, elapsed = self._ledger.history, time.monotonic() - self._began
        done, total = history.finished_count, self._budget.trials
        words = f"{clock(elapsed)}{self._left(done, elapsed)}"
        page = notebook.summary(
            history, self._ledger.storage.location, ahead=notebook.bar(done, total, f"{words}   {self._loop.notice}")
        )
        best = f", best {history.best.value:.6g}" if history.best is not None else ""
        return page, f"{done}{f'/{total}' if total else ''} trials, {words}{best}"

    def lines(self, width: int = 100) -> list[str]:
        """The panel as lines of text, in rich's markup."""
        history = self._ledger.history
        elapsed = time.monotonic() - self._began
        counts = history.counts()
        rows = [self._head(history, width), self._bar(history, counts, elapsed)]
        if (best := history.best) is not None:
            ago = history.finished_count - 1 - next(
                (i for i, t in enumerate(history.finished()) if t.number == best.number), 0
            )  # fmt: skip
            since = "just now" if ago == 0 else f"{ago} trials ago"
            rows.append(f"[#d55e00]★[/] best  [bold]{best.value:.6g}[/]  trial {best.number}, {since}")
            rows.append("  " + escape(shown_params(best.params, width - 4)))
            if worth := self._against_default(history):
                rows.append(f"  [dim]{worth}[/]")
        if self._last:
            rows.append("  last  " + "   ".join(self._one(trial) for trial in self._last))
        if curve := self._curve(history):
            rows.append(f"  curve {curve}")
        if self._loop.notice:
            rows.append(f"  [dim]{escape(self._loop.notice)}[/]")
        return rows

    def _head(self, history: History, width: int) -> str:
        """What is sought and where it is kept; on a narrow terminal the folders go first, then the file."""
        what = f"{history.name}   {history.metric.direction} {history.metric.name}"
        place = self._ledger.storage.location
        room = width - len(f"tunesmith  {what}      {_PAUSE}")
        shown = next((text for text in (place, place.rpartition("/")[2]) if len(text) <= room), "")
        return f"[bold]tunesmith[/]  {escape(what)}   [dim]{escape(shown)}{'   ' if shown else ''}{_PAUSE}[/]"

    def _bar(self, history: History, counts: dict[TrialState, int], elapsed: float) -> str:
        total, done = self._budget.trials, history.finished_count
        share = done / total if total else 0.0
        if self._budget.seconds:
            share = max(share, elapsed / self._budget.seconds)
        full = min(_WIDTH, round(_WIDTH * share))
        states = "  ".join(
            f"[{colour}]{mark}[/] {counts[state]} {word}"
            for state, (mark, word, colour) in MARKS.items()
            if counts[state] and state is not TrialState.COMPLETE
        )
        left = self._left(done, elapsed)
        bar = f"[#0072b2]{'━' * full}[/][dim]{'━' * (_WIDTH - full)}[/]"
        return f"  {bar} {done}{f'/{total}' if total else ''} trials  {states}  [dim]{clock(elapsed)}{left}[/]"

    def _left(self, done: int, elapsed: float) -> str:
        fresh = done - self._before
        seconds = self._budget.seconds - elapsed if self._budget.seconds else float("inf")
        if self._budget.trials and fresh >= 3:
            seconds = min(seconds, (self._budget.trials - done) * elapsed / fresh)
        return f", about {clock(max(0.0, seconds))} left" if seconds != float("inf") else ""

    def _against_default(self, history: History) -> str:
        """What tuning is worth so far, looked at anew after every twentieth part more trials."""
        looked, words = self._worth
        complete = len(history.complete())
        if complete >= max(_FEWEST, 1.05 * looked, looked + 1) and complete <= _MOST:
            words = _plugins.door("analysis", "over_tuning")(history, ahead=False).short if _has_folds(history) else ""
            self._worth = (complete, words)
        return words

    @staticmethod
    def _one(trial: FrozenTrial) -> str:
        mark, _word, colour = MARKS[trial.state]
        what = f"{trial.value:.5g}" if trial.values else escape(short_error(trial)[:40])
        return f"[{colour}]{mark}[/] {trial.number} {what}"

    @staticmethod
    def _curve(history: History) -> str:
        values: list[float] = []
        for trial in history.complete():
            values.append(trial.value if not values or history.metric.better(trial.value, values[-1]) else values[-1])
        if len(values) < 2 or values[0] == values[-1]:
            return ""
        picked = values[:: -(-len(values) // 40)]
        span = values[-1] - values[0]
        return "".join(_BLOCKS[round((len(_BLOCKS) - 1) * (value - values[0]) / span)] for value in picked)


@final
class _Drawn:
    """Lets rich ask for the newest picture by itself."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __rich_console__(self, console: Any, options: Any) -> Any:
        text = require("rich.text", extra="all").Text
        for line in self._progress.lines(options.max_width):
            drawn = text.from_markup(line, overflow="ellipsis")
            drawn.no_wrap = True
            yield drawn


def _has_folds(history: History) -> bool:
    """Whether the best trial has scores by fold, and there is a default to compare it with."""
    best = history.best
    if best is None or not any(point.fold is not None for point in best.points):
        return False
    return any(trial.origin == "default" for trial in history.complete())


def clock(seconds: float) -> str:
    """Seconds as `0:07`, `12:30` or `1:02:03`.

    Examples
    --------
    >>> clock(7.2), clock(3723)
    ('0:07', '1:02:03')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shown_params(params: Any, width: int = 100) -> str:
    """Params on one line, floats with four significant digits."""
    shown = "  ".join(
        f"{name}={f'{value:.4g}' if isinstance(value, float) else value}" for name, value in params.items()
    )
    return shown if len(shown) <= width else shown[: max(0, width - 3)] + "..."


def escape(text: str) -> str:
    """Text that rich prints as it is."""
    return text.replace("[", "\\[")
