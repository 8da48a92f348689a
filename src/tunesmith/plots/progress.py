"""How good, and getting better? Values by trial, studies side by side, seeds, and the distribution of values."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tunesmith import analysis
from tunesmith.analysis._records import counted, number
from tunesmith.plots import _axes, _frame
from tunesmith.plots._hover import hovers
from tunesmith.plots._source import Source, histories_of, history_of
from tunesmith.plots._thin import BEST_SHARE, room, thinned, thinned_words
from tunesmith.plots._tokens import (
    BEST,
    BEST_BAND,
    BEST_MARK,
    COMPLETE,
    COMPLETE_BAND,
    MARKS,
    QUIET,
    SERIES,
    SERIES_BAND,
    TEXT,
    Token,
)
from tunesmith.plots._words import better, states_in_words, text, with_error
from tunesmith.plots.figure import Figure
from tunesmith.trial import FrozenTrial, History, Metric, TrialState

_MANY = 500
"""The band about so many values has steps too small to be seen."""

_MANY_OF = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)
"""Trials of these states may be too many to draw; those that run or wait never are."""

_MOST_BANDS = 2
"""More bands than these would hide one another; then their width is told."""

_RUN = "Run study.optimize(...), then look again."


def history(study: Source, metric: Metric | None = None) -> Figure:
    """The value of every trial, and the best so far as a line with the noise of one value about it.

    Trials without a value stand at the worse edge. Bad values beyond the edge are counted there. Of very many trials
    the best and a fair sample of the others are drawn; then the figure says so.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    metric
        Of which metric; the study's first by default.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=9, storage=None, seed=0)
    >>> len(history(study).data[1]["x"])
    9
    """
    told = history_of(study)
    found = analysis.convergence(told, metric)
    shown = [trial for trial in told.trials if trial.state is not TrialState.WAITING]
    if not shown:
        return _frame.empty("Nothing has been tried yet", _RUN)
    noise = found.noise
    counts = told.counts()
    thin = thinned_words(max(counts[state] for state in _MANY_OF), room(1))
    quiet = f"{states_in_words(t.state for t in shown)}{_sureness(noise)}{thin}"
    frame = _frame.Frame(_progress_title(found), quiet, right=96, legend=True)
    span = noise.deviation if noise.is_known else 0.0
    ranged = _axes.robust(found.values, found.metric, also=[found.found - span, found.found + span])
    panel = frame.panel(_axes.of_numbers(told.next_number), _axes.axis(ranged), name=better(found.metric))
    known = [k for k, best in enumerate(found.best) if not math.isnan(best)]
    x, y = [found.trials[k] for k in known], [found.best[k] for k in known]
    if x and span:
        low = [max(value - span, ranged.low) if ranged.log else value - span for value in y]
        frame.add(panel, _frame.band(x, low, [value + span for value in y], BEST_BAND, steps=True))
    _add_states(frame, panel, told, shown, found.metric, ranged)
    if x:
        frame.add(panel, _frame.line(x, y, BEST, steps=True, name="best so far"))
        at = found.found_by or 0
        hover = hovers(told, [told.trial(at)], found.metric)
        frame.add(panel, _frame.marks([at], [found.found], BEST_MARK, size=9, hover=hover, trials=[at], solid=1.0))
        label = f"<b>{number(found.found, span or None)}</b><br>best so far"
        frame.note(label, (1.0, _height(ranged, found.found)), left=True, above=None, shift=(8, 0), colour=TEXT)
    frame.outside(panel, ranged)
    return frame.figure()


def _height(ranged: _axes.Range, value: float) -> float:
    """Where a value lies on the axis, from 0 to 1."""
    low, high = ranged.ends
    return ((math.log10(value) if ranged.log else value) - low) / (high - low)


def _add_states(
    frame: _frame.Frame,
    panel: _frame.Panel,
    told: History,
    shown: Sequence[FrozenTrial],
    metric: Metric,
    ranged: _axes.Range,
) -> None:
    size, solid = _axes.mark_size(len(shown)), _axes.opacity(len(shown))
    edge = ranged.edge(top=metric.sign > 0)
    for state, mark in MARKS.items():
        trials = _drawn([trial for trial in shown if trial.state is state], state, metric)
        if trials:
            values = [trial.values.get(metric.name, edge) for trial in trials]
            numbers = [trial.number for trial in trials]
            hover = hovers(told, trials, metric)
            clear = max(solid, 0.6) if state is TrialState.FAILED else solid
            trace = _frame.marks(numbers, values, mark, size=size, hover=hover, trials=numbers, solid=clear)
            frame.add(panel, trace)


def _drawn(trials: list[FrozenTrial], state: TrialState, metric: Metric) -> list[FrozenTrial]:
    """The trials of one state that are drawn, by number: of very many the best, if they have values, and a sample."""
    most = room(1)
    if state not in _MANY_OF or len(trials) <= most:
        return trials
    ranked = sorted(trials, key=lambda trial: metric.sign * trial.values.get(metric.name, math.inf * metric.sign))
    return sorted(thinned(ranked, most, BEST_SHARE if ranked[0].values else 0.0), key=lambda trial: trial.number)


def _progress_title(found: analysis.Convergence) -> str:
    name = text(found.metric.name)
    if found.found_by is None:
        return f"No trial has ended with a value of {name} yet"
    noise = found.noise.deviation if found.noise.is_known else None
    reached = f"{name} reached {with_error(found.found, noise)} at trial {found.found_by}"
    settled = found.settled_by
    after = 0 if settled is None else sum(n > settled for n in found.trials)
    if noise and settled is not None and after and settled != found.found_by:
        return f"{reached}; since trial {settled} it gained no more than the noise"
    if found.since == 0:
        return f"{reached}, the latest that ended"
    return f"{reached}; {_none_better(found.since)}"


def _none_better(count: int) -> str:
    return "the one trial since then was no better" if count == 1 else f"none of the {count:,} trials since was better"


def _sureness(noise: analysis.Noise) -> str:
    if not noise.is_known:
        return ". How uncertain one value is, is not known"
    return f". One value is uncertain by ±{number(noise.deviation, noise.deviation)}, from {noise.source}"


def comparison(studies: Sequence[Source]) -> Figure:
    """The best so far of several studies of the same metric.

    Parameters
    ----------
    studies
        Studies, fitted searches or histories; the first eight by rank have a colour.
    """
    found = analysis.compare(histories_of(studies))
    leader = found.contenders[0]
    title = f"{text(leader.name)} is ahead"
    if found.common and len(found.contenders) > 1:
        second = found.contenders[1]
        gap = found.metric.sign * (second.curve[found.common - 1] - leader.curve[found.common - 1])
        title += f" of {text(second.name)} by {number(gap)} after {counted(found.common, 'trial')}"
        if math.isnan(gap) or gap == 0:
            title = f"No study is ahead after {counted(found.common, 'trial')}"
    longest = max(one.trials for one in found.contenders)
    names = [one.name for one in found.contenders]
    frame = _frame.Frame(
        title, f"{counted(len(names), 'study', 'studies')} of up to {counted(longest, 'trial')}, without a test",
        right=_frame.room_for([text(name, 24) for name in names], 96, 200),
    )  # fmt: skip
    values = [value for one in found.contenders for value in one.curve]
    ranged = _axes.robust(values, found.metric, also=[one.best for one in found.contenders])
    panel = frame.panel(_axes.of_numbers(longest, "trials that ended"), _axes.axis(ranged), name=better(found.metric))
    if found.common and found.common < longest:
        frame.rule(panel, x=found.common - 1)
    labels = []
    for place, one in reversed(list(enumerate(found.contenders))):
        colour: Token = SERIES[place] if place < len(SERIES) else QUIET
        points = [(k, value) for k, value in enumerate(one.curve) if not math.isnan(value)]
        hover = f"<b>{text(one.name)}</b><br>{text(found.metric.name)} %{{y}} after %{{x}} trials"
        frame.add(
            panel, _frame.line([k for k, _ in points], [v for _, v in points], colour, steps=True, hover=hover,
                               name=text(one.name)),
        )  # fmt: skip
        if not math.isnan(one.best):
            labels.append((_height(ranged, one.best), text(one.name, 24), colour))
    _label_ends(frame, labels)
    return frame.figure()


def _label_ends(frame: _frame.Frame, labels: list[tuple[float, str, Token]]) -> None:
    """Names at the ends of lines, moved apart where they would cover one another."""
    apart = 17 / frame.height
    before = -math.inf
    for height, name, _ in sorted(labels, key=lambda label: label[0])[: len(SERIES)]:
        place = max(height, before + apart)
        frame.note(name, (1.0, place), left=True, above=None, shift=(8, 0), colour=TEXT)
        before = place


def seeds(studies: Sequence[Source]) -> Figure:
    """Several studies of one thing: the best so far of each, their median and the middle half.

    Parameters
    ----------
    studies
        Studies, fitted searches or histories that differ by their seeds.
    """
    found = analysis.seeds(histories_of(studies))
    name = text(found.metric.name)
    low, high = found.interval
    title = f"{len(found.names)} seeds end at {name} {number(found.mean)} on average after "
    title += counted(found.common, "trial")
    if not math.isnan(low):
        half = (high - low) / 2
        title = title.replace(number(found.mean), with_error(found.mean, half), 1)
    spread = "" if math.isnan(found.deviation) else f"; one seed differs by {number(found.deviation)} (one deviation)"
    frame = _frame.Frame(title, f"The mean with its interval of 95 %{spread}", right=96)
    ends = (*found.bests, *found.median, *found.low, *found.high)
    ranged = _axes.robust(ends, found.metric, also=found.bests)
    panel = frame.panel(
        _axes.of_numbers(found.common, "trials that ended"), _axes.axis(ranged), name=better(found.metric)
    )
    numbers = list(range(found.common))
    frame.add(panel, _frame.band(numbers, found.low, found.high, COMPLETE_BAND, steps=True))
    for study_name, curve in zip(found.names, found.curves, strict=True):
        hover = f"<b>{text(study_name)}</b><br>{name} %{{y}} after %{{x}} trials"
        width = 1.0 if len(found.names) < 30 else 0.5
        points = curve[: found.common]
        frame.add(panel, {**_frame.line(numbers, points, QUIET, width=width, steps=True, hover=hover), "opacity": 0.5})
    frame.add(panel, _frame.line(numbers, found.median, COMPLETE, width=2.5, steps=True, name="median"))
    if found.median and not math.isnan(found.median[-1]):
        frame.note("median,<br>middle half", (1.0, _height(ranged, found.median[-1])), left=True, above=None,
                   shift=(8, 0), colour=TEXT)  # fmt: skip
    frame.outside(panel, ranged)
    return frame.figure()


def ecdf(studies: Source | Sequence[Source], metric: Metric | None = None) -> Figure:
    """How many of the settings are how good: the share of trials at least as good as each value.

    Parameters
    ----------
    studies
        One study or several.
    metric
        Of which metric; the first study's first by default.
    """
    found = analysis.ecdf(histories_of(studies), metric)
    told = [one for one in found.studies if one.values]
    if not told:
        return _frame.empty("No trial has ended with a value yet", _RUN)
    first = told[0]
    half = first.values[max(0, math.ceil(len(first.values) / 2) - 1)]
    tenth = first.values[max(0, math.ceil(len(first.values) / 10) - 1)]
    name = text(found.metric.name)
    title = f"Half of the trials reach {name} {number(half)}, the best tenth {number(tenth)}"
    if len(told) > 1:
        title = f"In {text(first.name)} half" + title.removeprefix("Half")
    count = sum(len(one.values) for one in told)
    left_out = sum(one.without for one in found.studies)
    quiet = f"{counted(count, 'complete trial')}; "
    margins = ", ".join(f"{one.margin:.0%}" for one in told[: len(SERIES)])
    quiet += "bands" if len(told) <= _MOST_BANDS else f"shares are certain to within {margins}"
    quiet += " of 95 %, all shares at once" if len(told) <= _MOST_BANDS else " (95 %, all shares at once)"
    quiet += f"; {left_out:,} without a value are left out" if left_out else ""
    several = len(told) > 1
    frame = _frame.Frame(
        title, quiet, right=_frame.room_for([f"— {text(one.name, 24)}" for one in told], 24, 220) if several else 24
    )
    values = [value for one in told for value in one.values]
    ranged = _axes.robust(values, found.metric)
    x = _axes.axis(ranged, better(found.metric))
    panel = frame.panel(
        x, _axes.axis(_axes.Range(-0.02, 1.02), tickformat=".0%"), name="share of trials at least as good"
    )
    for place, one in enumerate(told if len(told) <= _MOST_BANDS else ()):
        low = [max(0.0, share - one.margin) for share in one.shares]
        high = [min(1.0, share + one.margin) for share in one.shares]
        frame.add(panel, _frame.band(one.values, low, high, SERIES_BAND[place], steps=len(one.values) <= _MANY))
    for place, one in enumerate(told):
        colour = SERIES[place] if place < len(SERIES) else QUIET
        hover = f"<b>trial %{{customdata}}</b> {name} %{{x}}<br>%{{y:.0%}} of the trials are at least as good"
        trace = _frame.line(one.values, one.shares, colour, steps=True, hover=hover, name=text(one.name))
        frame.add(panel, {**trace, "customdata": list(one.trials)})
    if several:
        spots = [
            (one.shares[-1] - 0.07 * k, text(one.name, 24), SERIES[k]) for k, one in enumerate(told[: len(SERIES)])
        ]
        for height, words, colour in spots:
            frame.note(f"— {words}", (1.0, height), left=True, above=None, shift=(8, 0), colour=colour)
    beyond = ranged.below + ranged.above
    if beyond:
        word = f"{beyond:,} worse" + (" →" if ranged.above else " ←")
        frame.note(word, (1.0 if ranged.above else 0.0, 0.0), left=not ranged.above, above=True, shift=(-4, 2))
    return frame.figure()
