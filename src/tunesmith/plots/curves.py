"""What trials reported on their way, and where they overfit."""

from __future__ import annotations

import math

from tunesmith import analysis
from tunesmith.analysis import SampleSizes
from tunesmith.analysis._records import counted, number
from tunesmith.analysis.learning import Curve
from tunesmith.analysis.overfitting import ValidationCurve
from tunesmith.plots import _axes, _frame
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._tokens import BEST, COMPLETE, COMPLETE_BAND, MARKS, QUIET, SERIES, SERIES_BAND, STOPPED, TEXT
from tunesmith.plots._words import better, text
from tunesmith.plots.figure import Figure
from tunesmith.trial import Metric, TrialState

LEADERS = 10
"""So many of the best curves are drawn in colour, the others in grey."""

MOST_POINTS = 1000
"""Of more trials only the groups are drawn: medians and middle halves."""

_HARDLY = 0.01
"""A smaller share is told as less than this."""

MOST_PANELS = 15
"""So many hyperparameters are drawn, in the order of the space."""


def learning_curves(study: Source, metric: Metric | None = None, kind: str = "validation") -> Figure:
    """What every trial reported, step by step: the ten best in colour, the rest grey, stopped ones end in a triangle.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    metric
        Of which metric; the study's first by default.
    kind
        Which kind of points: `"validation"` or `"train"`.
    """
    found = analysis.learning_curves(history_of(study), metric, kind)
    if not found.curves:
        return _frame.empty(
            "No trial has reported a value on its way", "Call trial.report(value, step=step) in the objective."
        )
    what = "fold" if found.by_fold else "step"
    quiet = (
        f"{counted(len(found.curves), 'trial')}, {found.stopped:,} of them stopped early; the {LEADERS} best in colour"
    )
    frame = _frame.Frame(_curves_title(found, what), quiet, right=96)
    steps = [step for curve in found.curves for step in (curve.steps[0], curve.steps[-1])]
    ranged = _axes.robust([value for curve in found.curves for value in curve.values], found.metric)
    panel = frame.panel(
        _axes.axis(_axes.Range(min(steps) - 0.2, max(steps) + 0.2), what), _axes.axis(ranged), name=better(found.metric)
    )
    grey = [curve for curve in found.curves if curve.rank is None or curve.rank > LEADERS]
    width = 1.0 if len(grey) < 200 else 0.6 if len(grey) < 2000 else 0.35
    solid = max(0.25, min(0.6, 60 / max(len(grey), 1)))
    for state, colour in ((None, QUIET), (TrialState.PRUNED, STOPPED)):
        group = [curve for curve in grey if (curve.state is TrialState.PRUNED) == (state is TrialState.PRUNED)]
        if group:
            x, y = _joined(group)
            frame.add(panel, {**_frame.line(x, y, colour, width=width, name="others"), "opacity": solid})
    stopped = [curve for curve in grey if curve.state is TrialState.PRUNED]
    if stopped:
        frame.add(panel, _ends(stopped, len(found.curves), found.metric, what))
    leaders = sorted((c for c in found.curves if c.rank and c.rank <= LEADERS), key=lambda c: -(c.rank or 0))
    for curve in leaders:
        colour = BEST if curve.rank == 1 else COMPLETE
        hover = f"<b>trial {curve.trial}</b>, rank {curve.rank}<br>{what} %{{x}}: {text(found.metric.name)} %{{y}}"
        trace = _frame.line(curve.steps, curve.values, colour, width=2.4 if curve.rank == 1 else 1.4, hover=hover)
        frame.add(panel, {**trace, "name": f"trial {curve.trial}", "customdata": [curve.trial] * len(curve.steps)})
        if curve.rank == 1:
            low, high = ranged.ends
            last = math.log10(curve.values[-1]) if ranged.log else curve.values[-1]
            at = (1.0, (last - low) / (high - low))
            words = f"trial {curve.trial},<br>the best"
            frame.note(words, at, left=True, above=None, shift=(6, 0), colour=TEXT)
    frame.outside(panel, ranged, "points")
    return frame.figure()


def _curves_title(found: analysis.LearningCurves, what: str) -> str:
    if found.stopped and not found.by_fold:
        saved = "less than 1%" if found.saved < _HARDLY else f"{found.saved:.0%}"
        return f"Stopping {counted(found.stopped, 'trial')} early saved {saved} of the steps"
    best = next((curve for curve in found.curves if curve.rank == 1), None)
    if best is None:
        return f"{counted(len(found.curves), 'trial')} reported {text(found.metric.name)}, none is complete"
    if found.by_fold:
        low, high = min(best.values), max(best.values)
        return (
            f"Over its {counted(len(best.values), 'fold')} the best trial ranges from {number(low)} to {number(high)}"
        )
    sign = found.metric.sign
    peak = min(range(len(best.values)), key=lambda k: sign * best.values[k])
    return f"The best trial was best at {what} {best.steps[peak]} of {best.steps[-1]}"


def _joined(curves: list[Curve]) -> tuple[list[int | None], list[float | None]]:
    """Many curves as one line with gaps."""
    x: list[int | None] = []
    y: list[float | None] = []
    for curve in curves:
        x += [*curve.steps, None]
        y += [*curve.values, None]
    return x, y


def _ends(curves: list[Curve], count: int, metric: Metric, what: str) -> dict[str, object]:
    mark = MARKS[TrialState.PRUNED]
    name = text(metric.name)
    hover = [
        f"<b>trial {c.trial}</b> stopped early at {what} {c.steps[-1]}<br>{name} {number(c.values[-1])}" for c in curves
    ]
    x, y = [c.steps[-1] for c in curves], [c.values[-1] for c in curves]
    size = max(4.0, _axes.mark_size(count) - 2)
    return _frame.marks(
        x, y, mark, size=size, hover=hover, trials=[c.trial for c in curves], solid=_axes.opacity(count)
    )


def validation_curves(study: Source, metric: Metric | None = None) -> Figure:
    """Training and validation score against each hyperparameter: medians with the middle half over the trials.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV(..., return_train_score=True)`, or a `History`.
    metric
        Of which metric; the study's first by default.
    """
    found = analysis.validation_curves(history_of(study), metric)
    if not found.curves:
        return _frame.empty(
            "No trial has told a training score",
            'Report it with kind="train", or give TuneSearchCV return_train_score=True.',
        )
    told = [curve for curve in found.curves if _shows(curve)] or list(found.curves)
    curves = told[:MOST_PANELS]
    direction = "better" if found.gap >= 0 else "worse"
    title = f"At the best trial {text(found.metric.name)} is {number(abs(found.gap))} {direction} in training"
    title += " than in validation"
    quiet = f"{counted(len(found.trials), 'trial')} with both scores; blue is validation, orange training; "
    quiet += "lines are medians, bands the middle half"
    if len(told) > MOST_PANELS:
        quiet += f"; the first {MOST_PANELS} of {len(told)} hyperparameters"
    if few := len(found.curves) - len(told):
        quiet += f"; {counted(few, 'hyperparameter')} with hardly two values left out"
    frame = _frame.Frame(title, quiet)
    many = len(found.trials) > MOST_POINTS
    middles = [end for c in curves for one in c.bins for end in (*one.train_range, *one.validation_range)]
    ranged = _axes.robust(middles if many else [*found.train, *found.validation], found.metric)
    train, seen = (
        dict(zip(found.trials, found.train, strict=True)),
        dict(zip(found.trials, found.validation, strict=True)),
    )
    for k, (curve, (across, up)) in enumerate(zip(curves, frame.grid(len(curves)), strict=True)):
        y = _axes.axis(ranged, showticklabels=across[0] == 0)
        panel = frame.panel(_axis_of(curve), y, across=across, up=up, name=better(found.metric) if k == 0 else "")
        for scores, which, place in ((train, "train", 1), (seen, "validation", 0)):
            _add_scores(frame, panel, curve, which, place, scores)
    return frame.figure()


def _shows(curve: ValidationCurve) -> bool:
    """Whether there are values enough to see anything: two choices, or three numbers."""
    return len(set(curve.places)) >= (2 if curve.kind == "choice" else 3)


def _add_scores(
    frame: _frame.Frame, panel: _frame.Panel, curve: ValidationCurve, which: str, place: int, scores: dict[int, float]
) -> None:
    """The scores of one kind: every trial faint, the medians of the groups, and their middle half."""
    count = len(curve.places)
    size, solid = max(3.0, _axes.mark_size(count) - 3), 0.35 * _axes.opacity(count)
    edge = {"width": 0, "color": SERIES[place]}
    marker = {"symbol": "circle", "size": size, "color": SERIES[place], "opacity": solid, "line": edge}
    if count <= MOST_POINTS:
        frame.add(panel, {
        "type": "scatter", "mode": "markers", "x": list(curve.places), "y": [scores[n] for n in curve.trials],
        "marker": marker, "text": [f"<b>trial {n}</b> {which} {number(scores[n])}" for n in curve.trials],
        "hovertemplate": "%{text}<extra></extra>", "customdata": list(curve.trials), "showlegend": False, "name": which,
    })  # fmt: skip
    x = [one.place for one in curve.bins]
    middle = [getattr(one, which) for one in curve.bins]
    ranges = [getattr(one, f"{which}_range") for one in curve.bins]
    line = _frame.line(x, middle, SERIES[place], width=2.2, name=f"{which}, median")
    if curve.kind == "number":
        frame.add(panel, _frame.band(x, [low for low, _ in ranges], [high for _, high in ranges], SERIES_BAND[place]))
        frame.add(panel, line)
    else:
        frame.add(
            panel, {**line, "mode": "markers", "marker": {**marker, "symbol": "square", "size": 9, "opacity": 1.0}}
        )


def _axis_of(curve: ValidationCurve) -> dict[str, object]:
    name = text(curve.name)
    if curve.kind == "choice":
        count = len(curve.labels)
        places, labels = _axes.choice_ticks(curve.labels)
        return _axes.bare(
            name, type="linear", range=[-0.5, count - 0.5], tickvals=places, ticktext=labels, showgrid=False
        )
    return _axes.axis(_axes.spanning(curve.places, log=curve.log), name)


__all__ = ["learning_curves", "validation_curves"]


def sample_sizes(study: Source | SampleSizes, by: str = "rows") -> Figure:
    """The score against the number of rows that were learned from, and where twice as many are expected to lead.

    Parameters
    ----------
    study
        What `analysis.sample_sizes` or `tunesmith.sklearn.more_rows` found, or a study whose trials differ in it.
    by
        The attribute or parameter of a trial that says how many rows it learned from.
    """
    found = study if isinstance(study, SampleSizes) else analysis.sample_sizes(history_of(study), by)
    if not found.sizes:
        return _frame.empty(found.words, 'Queue trials with attrs={"rows": ...}, or call tunesmith.sklearn.more_rows.')
    known = not math.isnan(found.gain)
    quiet = "Blue is on rows that were left out, with one standard deviation"
    quiet += ", orange in training" if found.train else ""
    quiet += "; the bar is where twice as many rows are expected to lead (95 %)" if known else ""
    frame = _frame.Frame(found.words.rstrip("."), quiet)
    last, way = found.means[-1], -found.metric.sign
    ahead = [last + way * gain for gain in (found.gain_low, found.gain, found.gain_high)] if known else []
    around = [m + k * d for m, d in zip(found.means, found.deviations, strict=True) if d == d for k in (-1, 1)]
    values = [*found.means, *found.train, *around, *ahead]
    wide = _axes.spanning([found.sizes[0] * 0.9, found.sizes[-1] * 2.2], log=True)
    panel = frame.panel(
        _axes.axis(wide, "rows learned from"), _axes.axis(_axes.spanning(values)), name=better(found.metric)
    )
    low, high = ([m + k * d for m, d in zip(found.means, found.deviations, strict=True)] for k in (-1, 1))
    frame.add(panel, _frame.band(found.sizes, low, high, COMPLETE_BAND))
    if found.train:
        frame.add(panel, _frame.line(found.sizes, found.train, BEST, name="training"))
    frame.add(panel, _frame.line(found.sizes, found.means, COMPLETE, name="left out"))
    size = 9.0
    hover = [
        f"{s:,} rows<br>{text(found.metric.name)} {number(m)}" for s, m in zip(found.sizes, found.means, strict=True)
    ]
    dots = _frame.marks(found.sizes, found.means, MARKS[TrialState.COMPLETE], size=size, hover=hover)
    frame.add(panel, {**dots, "showlegend": False, "customdata": []})
    if known:
        twice = 2 * found.sizes[-1]
        frame.add(panel, _frame.line([twice, twice], [ahead[0], ahead[2]], QUIET, width=3.0, name="twice as many"))
        frame.add(panel, _frame.line([found.sizes[-1], twice], [last, ahead[1]], QUIET, width=1.0))
    return frame.figure()
