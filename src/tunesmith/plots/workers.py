"""Where the time went: every trial on its worker's line, and the seconds by state and by worker."""

from __future__ import annotations

from tunesmith import _platform, analysis
from tunesmith.analysis._records import counted
from tunesmith.analysis.timeline import Share
from tunesmith.plots import _axes, _frame
from tunesmith.plots._hover import hovers
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._tokens import COMPLETE, GROUND, MARKS, QUIET, Token
from tunesmith.plots._words import seconds, text
from tunesmith.plots.figure import Figure
from tunesmith.trial import TrialState

MOST_LANES = 40
"""So many lines have a name; further ones are drawn without."""

MOST_APART = 100
"""Of more trials no gap is drawn between neighbours: there would be nothing else."""

_INSTANT = 1e-3
"""All trials together took less than these seconds: there is no time to tell of."""

_TOO_SHORT = ("The trials took no time that could be measured", "Less than a millisecond, all together.")
_NOTHING = ("No trial has been started yet", "Run study.optimize(...), then look again.")


def timeline(study: Source, now: float | None = None) -> Figure:
    """Every trial as a bar on its worker's line, coloured by its state; gaps are idle time.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    now
        Until when running trials are drawn, in seconds since the epoch; by default the latest time that is known.
    """
    told = history_of(study)
    found = analysis.timeline(told, now)
    if not found.spans or found.busy < _INSTANT:
        return _frame.empty(*(_TOO_SHORT if found.spans else _NOTHING))
    lanes = sorted({(span.worker, span.lane) for span in found.spans})
    short = _platform.short_names(worker for worker, _ in lanes)
    names = [_lane_name(short.get(worker, ""), lane) for worker, lane in lanes]
    unit, size = _unit(found.seconds)
    quiet = (
        f"{counted(len(found.spans), 'trial')}; the longest took {seconds(max(s.end - s.start for s in found.spans))}"
    )
    height = max(96, min(28 * len(lanes), 560))
    frame = _frame.Frame(
        _timeline_title(found, len(lanes)), quiet, height=height, left=_frame.room_for(names), legend=True
    )
    shown = list(range(len(lanes))) if len(lanes) <= MOST_LANES else []
    y = _axes.bare(type="linear", range=[len(lanes) - 0.5, -0.5], tickvals=shown, ticktext=[names[k] for k in shown],
                   showgrid=False)  # fmt: skip
    x = _axes.axis(_axes.Range(0.0, max(found.seconds / size, 1e-9) * 1.01), f"{unit} since the first start")
    panel = frame.panel(x, y)
    row = {lane: k for k, lane in enumerate(lanes)}
    texts = dict(
        zip([s.trial for s in found.spans], hovers(told, [told.trial(s.trial) for s in found.spans]), strict=True)
    )
    for state, mark in MARKS.items():
        spans = [span for span in found.spans if span.state is state]
        if not spans:
            continue
        hover = [f"{texts[s.trial]}<br>{state.value}, {seconds(s.end - s.start)}" for s in spans]
        lengths = [max((s.end - s.start) / size, found.seconds / size / 2000) for s in spans]
        trace = _frame.bars(lengths, [row[s.worker, s.lane] for s in spans], mark.colour, hover=hover,
                            base=[s.start / size for s in spans], width=0.72)  # fmt: skip
        trace["marker"]["line"] = {"width": 1 if len(found.spans) <= MOST_APART else 0, "color": GROUND}
        frame.add(panel, {**trace, "customdata": [s.trial for s in spans], "name": mark.word})
        frame.add(panel, _frame.marks([None], [None], mark, size=8))
    frame.layout["barmode"] = "overlay"
    return frame.figure()


def _lane_name(worker: str, lane: int) -> str:
    name = text(f"worker {worker}", 28) if worker else "worker"
    return name if lane == 0 else f"{name} +{lane}"


def _timeline_title(found: analysis.Timeline, lanes: int) -> str:
    share = found.busy / (found.seconds * lanes) if found.seconds else 1.0
    lost = sum(one.seconds for one in found.states if one.name == TrialState.FAILED.value)
    title = f"{counted(lanes, 'line')} of work were busy {share:.0%} of {seconds(found.seconds)}"
    title = title.replace("1 line of work were", "One line of work was", 1) if lanes == 1 else title
    return title + (f"; failed trials took {lost / found.busy:.0%} of it" if lost and found.busy else "")


def _unit(total: float) -> tuple[str, float]:
    for unit, size in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if total >= 2 * size:
            return unit, size
    return "seconds", 1.0


def cost(study: Source) -> Figure:
    """The seconds that went to each state and to each worker, with the median and the longest trial.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    """
    found = analysis.timeline(history_of(study))
    if not found.spans or found.busy < _INSTANT:
        return _frame.empty(*(_TOO_SHORT if found.spans else _NOTHING))
    useful = sum(one.seconds for one in found.states if one.name == TrialState.COMPLETE.value)
    title = f"{useful / found.busy if found.busy else 0:.0%} of {seconds(found.busy)} went to complete trials"
    ended = [one for one in found.states if one.median == one.median]
    middle = "; ".join(f"{_word(one)}: half take at most {seconds(one.median)}, the longest {seconds(one.slowest)}"
                       for one in ended)  # fmt: skip
    workers = found.workers[:MOST_LANES]
    short = _platform.short_names(one.name for one in found.workers)
    names = [_word(one) for one in found.states] + [_lane_name(short.get(one.name, ""), 0) for one in workers]
    quiet = f"{counted(len(found.spans), 'trial')}; {middle}" if middle else counted(len(found.spans), "trial")
    count = len(found.states) + len(workers) + 1
    frame = _frame.Frame(title, quiet, height=max(96, 24 * count), left=_frame.room_for(names), right=110)
    unit, size = _unit(found.busy)
    rows = [*range(len(found.states)), *(len(found.states) + 1 + k for k in range(len(workers)))]
    longest = max(one.seconds for one in (*found.states, *workers)) / size
    y = _axes.bare(type="linear", range=[count - 0.5, -0.5], tickvals=rows, ticktext=names, showgrid=False)
    panel = frame.panel(_axes.axis(_axes.Range(0.0, longest * 1.02 or 1.0), unit), y)
    colours: list[Token] = [MARKS[TrialState(one.name)].colour for one in found.states]
    colours += [QUIET if one.idle > one.seconds else COMPLETE for one in workers]
    shares = (*found.states, *workers)
    hover = [
        f"{name}<br>{counted(one.trials, 'trial')}, {seconds(one.seconds)}"
        for name, one in zip(names, shares, strict=True)
    ]
    frame.add(panel, _frame.bars([one.seconds / size for one in shares], rows, colours, hover=hover, width=0.6))
    for row, one in zip(rows, shares, strict=True):
        idle = f", idle {seconds(one.idle)}" if one.idle > 0.01 * found.seconds else ""
        words = f"{counted(one.trials, 'trial')}{idle}"
        frame.note(words, (one.seconds / size, row), panel=panel, left=True, above=None, shift=(6, 0))
    return frame.figure()


def _word(share: Share) -> str:
    return MARKS[TrialState(share.name)].word


__all__ = ["cost", "timeline"]
