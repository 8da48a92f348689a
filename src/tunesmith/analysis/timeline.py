"""Where the time went: which trial ran when and where, and what each state and each worker cost."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from tunesmith.analysis._records import Records, optional
from tunesmith.trial import History, TrialState


@final
@dataclass(frozen=True)
class Span:
    """One trial on a worker's line.

    Parameters
    ----------
    trial
        Its number.
    worker
        Who ran it; empty where that is not known.
    lane
        Which of the worker's lines, from 0: a worker that ran several at once has several.
    start, end
        Seconds since the study's first start. The end of a trial that still runs is the latest time that is known.
    state
        Where it stands.
    """

    trial: int
    worker: str
    lane: int
    start: float
    end: float
    state: TrialState


@final
@dataclass(frozen=True)
class Share:
    """What the trials of one kind cost.

    Parameters
    ----------
    name
        The state or the worker.
    trials
        How many they are; of a worker, those that ended.
    seconds
        How long they ran together.
    median, slowest
        Seconds of the middle and of the longest trial; NaN where none has ended.
    idle
        Of a worker, seconds between its first start and the study's last end in which it ran nothing; 0 for a state.
    """

    name: str
    trials: int
    seconds: float
    median: float
    slowest: float
    idle: float = 0.0


@final
@dataclass(frozen=True)
class Timeline:
    """When each trial ran, and what it cost by state and by worker.

    Parameters
    ----------
    began
        The first start, in seconds since the epoch (UTC); NaN before any.
    seconds
        From the first start to the latest time that is known.
    spans
        The trials that were started, by start.
    states, workers
        The cost by state and by worker, the dearest first.
    """

    began: float
    seconds: float
    spans: tuple[Span, ...]
    states: tuple[Share, ...]
    workers: tuple[Share, ...]

    @property
    def busy(self) -> float:
        """Seconds that all trials ran together."""
        return math.fsum(share.seconds for share in self.states)

    def table(self) -> Records:
        """One row a state, then one a worker; seconds."""
        rows = [
            (share.name, share.trials, share.seconds, optional(share.median), optional(share.slowest), share.idle)
            for share in (*self.states, *self.workers)
        ]
        return Records(("state or worker", "trials", "seconds", "median", "slowest", "idle"), tuple(rows))


def timeline(history: History, now: float | None = None) -> Timeline:
    """When each trial ran, and what it cost.

    Parameters
    ----------
    history
        The trials; those without a start (results made elsewhere) are left out.
    now
        The time until which running trials are drawn, in seconds since the epoch; by default the latest time that the
        history knows.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, sampler="random", storage=None)
    >>> found = timeline(study.history)
    >>> [span.trial for span in found.spans], [(share.name, share.trials) for share in found.states]
    ([0, 1, 2], [('complete', 3)])
    """
    started = [trial for trial in history.trials if trial.started_at is not None]
    if not started:
        return Timeline(math.nan, 0.0, (), (), ())
    times = [time for t in started for time in (t.started_at, t.finished_at) if time is not None]
    began, latest = min(times), max(times if now is None else [*times, now])
    lanes: dict[str, list[float]] = defaultdict(list)
    spans = []
    for trial in sorted(started, key=lambda trial: (trial.started_at or 0.0, trial.number)):
        start = (trial.started_at or began) - began
        end = max(start, (latest if trial.finished_at is None else trial.finished_at) - began)
        lane = _free(lanes[trial.worker], start)
        lanes[trial.worker][lane] = end
        spans.append(Span(trial.number, trial.worker, lane, start, end, trial.state))
    by_state, by_worker = defaultdict(list), defaultdict(list)
    for span in spans:
        by_state[span.state.value].append(span)
        by_worker[span.worker].append(span)
    workers = [_share(name, found, until=latest - began) for name, found in by_worker.items()]
    states = [_share(name, found) for name, found in by_state.items()]
    return Timeline(began, latest - began, tuple(spans), _dearest(states), _dearest(workers))


def _free(ends: list[float], start: float) -> int:
    """The first line of a worker that is free at a time; a new one if none is."""
    for lane, end in enumerate(ends):
        if end <= start + 1e-3:  # a worker's next trial is written in the same commit as the end of the one before
            return lane
    ends.append(0.0)
    return len(ends) - 1


def _share(name: str, spans: list[Span], until: float | None = None) -> Share:
    ended = [span.end - span.start for span in spans if span.state.is_finished]
    seconds = math.fsum(span.end - span.start for span in spans)
    idle = 0.0 if until is None else max(0.0, until - min(span.start for span in spans) - _covered(spans))
    median, slowest = (statistics.median(ended), max(ended)) if ended else (math.nan, math.nan)
    return Share(name, len(spans) if until is None else len(ended), seconds, median, slowest, idle)


def _covered(spans: list[Span]) -> float:
    """Seconds in which at least one of the spans ran."""
    total, reached = 0.0, -math.inf
    for span in sorted(spans, key=lambda span: span.start):
        total += max(0.0, span.end - max(span.start, reached))
        reached = max(reached, span.end)
    return total


def _dearest(shares: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda share: (-share.seconds, share.name)))
