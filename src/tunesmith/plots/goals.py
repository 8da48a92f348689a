"""Several goals: the front that nobody beats, and how it grew."""

from __future__ import annotations

import math

from tunesmith import analysis
from tunesmith.analysis._records import counted, number
from tunesmith.plots import _axes, _frame
from tunesmith.plots._hover import hovers
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._thin import room, thinned
from tunesmith.plots._tokens import BEST, BEST_MARK, COMPLETE, MARKS, TEXT, Mark
from tunesmith.plots._words import ARROWS, better, text
from tunesmith.plots.figure import Figure
from tunesmith.trial import TrialState

_FRONT = Mark("on the front", "square", BEST, "■")


def front(study: Source) -> Figure:
    """Every pair of goals as a cloud, the Pareto front as steps, its knee as a star.

    Of more than two goals each pair has a panel; the front is that of all goals together, so its points need not be on
    the edge of a panel's cloud.

    Parameters
    ----------
    study
        A `Study` with several metrics, or its `History`.

    Raises
    ------
    UsageError
        If the study has one metric.
    """
    told = history_of(study)
    found = analysis.front(told)
    if not found.front:
        return _frame.empty(
            "No trial is complete yet, so there is no front", "Run study.optimize(...), then look again."
        )
    values = dict(zip(found.trials, found.values, strict=True))
    pairs = [(a, b) for b in range(len(found.metrics)) for a in range(b)]
    on_front, most = set(found.front), room(len(pairs))
    behind = [n for n in found.trials if n not in on_front]
    rest = thinned(behind, most, 0.0)
    quiet = _front_quiet(found)
    if len(rest) < len(behind):
        quiet += f"; drawn are the front and a fair sample of the others, {len(rest):,} of {len(behind):,}"
    frame = _frame.Frame(_front_title(found, values), quiet, legend=True)
    places = frame.grid(len(pairs), row=320) if len(pairs) > 1 else [((0.0, 1.0), (0.0, 1.0))]
    shown = [*rest, *found.front]
    texts = dict(zip(shown, hovers(told, [told.trial(n) for n in shown]), strict=True))
    for k, (pair, place) in enumerate(zip(pairs, places, strict=True)):
        _pair(frame, found, rest, pair, place, texts, first=k == 0)
    return frame.figure()


def _pair(
    frame: _frame.Frame,
    found: analysis.Front,
    rest: list[int],
    pair: tuple[int, int],
    place: tuple[tuple[float, float], tuple[float, float]],
    texts: dict[int, str],
    *,
    first: bool,
) -> None:
    across, up = place
    x_metric, y_metric = found.metrics[pair[0]], found.metrics[pair[1]]
    values = dict(zip(found.trials, found.values, strict=True))
    ranges = [
        _axes.robust([v[j] for v in found.values], found.metrics[j], also=[values[n][j] for n in found.front])
        for j in pair
    ]
    panel = frame.panel(
        _axes.axis(ranges[0], better(x_metric)), _axes.axis(ranges[1]), across=across, up=up, name=better(y_metric)
    )
    size, solid = _axes.mark_size(len(found.trials)), _axes.opacity(len(found.trials))
    for numbers, mark, big, clear in (
        (rest, MARKS[TrialState.COMPLETE], size, solid * 0.75),
        (list(found.front), _FRONT, max(size, 6.0), 1.0),
    ):
        xs, ys = [values[n][pair[0]] for n in numbers], [values[n][pair[1]] for n in numbers]
        if mark is _FRONT and len(found.metrics) == 2:
            frame.add(panel, _frame.line(*_steps(xs, ys), BEST, width=1.5, name="front"))
        trace = _frame.marks(xs, ys, mark, size=big, hover=[texts[n] for n in numbers], trials=numbers, solid=clear)
        frame.add(panel, {**trace, "showlegend": first})
    if found.knee is not None:
        spot = values[found.knee]
        trace = _frame.marks([spot[pair[0]]], [spot[pair[1]]], Mark("knee", "star", BEST, BEST_MARK.sign), size=10,
                             hover=[texts[found.knee]], trials=[found.knee], solid=1.0)  # fmt: skip
        frame.add(panel, {**trace, "showlegend": first})
    frame.outside(panel, ranges[1])


def _steps(xs: list[float], ys: list[float]) -> tuple[list[float], list[float]]:
    """The edge of what is dominated: corners lie at the worse value of the second goal."""
    x, y = [], []
    for k, (here, value) in enumerate(zip(xs, ys, strict=True)):
        if k:
            x.append(here)
            y.append(ys[k - 1])
        x.append(here)
        y.append(value)
    return x, y


def _front_title(found: analysis.Front, values: dict[int, tuple[float, ...]]) -> str:
    verb = "is" if len(found.front) == 1 else "are"
    title = f"{counted(len(found.front), 'setting')} of {len(found.trials):,} {verb} beaten by no other"
    if found.knee is None:
        return title
    told = ", ".join(
        f"{text(metric.name)} {number(value)}" for metric, value in zip(found.metrics, values[found.knee], strict=True)
    )
    return f"{title}; the front bends at trial {found.knee} ({told})"


def _front_quiet(found: analysis.Front) -> str:
    goals = ", ".join(better(metric) for metric in found.metrics)
    reference = ", ".join(number(value) for value in found.reference)
    quiet = f"{goals}; hypervolume {number(found.hypervolume)} from ({reference})"
    place = {number: k for k, number in enumerate(found.trials)}
    told = [
        f"{text(metric.name)} ±{number(error, error)}"
        for metric, error in zip(found.metrics, found.errors[place[found.front[0]]], strict=True)
        if not math.isnan(error)
    ]
    return quiet + ("; uncertain by " + ", ".join(told) if told else "; how uncertain one value is, was not told")


def hypervolume(study: Source) -> Figure:
    """How the front grew: the share of the box between ideal and reference that it dominates, trial by trial.

    Parameters
    ----------
    study
        A `Study` with several metrics, or its `History`.

    Raises
    ------
    UsageError
        If the study has one metric.
    """
    told = history_of(study)
    found = analysis.front(told)
    if not found.progress:
        return _frame.empty("No front has grown yet", "It takes two settings neither of which beats the other.")
    last, share = found.progress[-1]
    since = sum(number > last for number in found.trials)
    title = f"The front grew last at trial {last}; {counted(since, 'trial')} since then added nothing"
    goals = ", ".join(f"{text(m.name)} {ARROWS[m.direction]}" for m in found.metrics)
    quiet = f"{counted(len(found.trials), 'complete trial')}; {goals}; "
    quiet += "exact share of the box between the ideal point and the reference"
    frame = _frame.Frame(title, quiet, right=72)
    ranged = _axes.Range(0.0, min(1.0, 1.1 * share))
    panel = frame.panel(_axes.of_numbers(told.next_number), _axes.axis(ranged, tickformat=".0%"), name="hypervolume ↑")
    steps, held, at = dict(found.progress), [], 0.0
    for number_ in found.trials:
        at = steps.get(number_, at)
        held.append(at)
    hover = "trial %{x}: %{y:.1%} of the box"
    frame.add(panel, _frame.line(found.trials, held, COMPLETE, steps=True, hover=hover, name="hypervolume"))
    frame.note(f"{share:.1%}", (1.0, share / ranged.high), left=True, above=None, shift=(6, 0), colour=TEXT)
    return frame.figure()


__all__ = ["front", "hypervolume"]
