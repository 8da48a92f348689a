"""What mattered, what it does, and how free it is: what the model of the trials says, and how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tunesmith import analysis
from tunesmith.analysis import Effect, Importance, JointEffect, ParamColumn, SafeRange, Trust
from tunesmith.analysis._columns import text_of
from tunesmith.analysis._records import counted, number
from tunesmith.analysis.importance import Method
from tunesmith.plots import _axes, _frame
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._thin import room, thinned, thinned_words
from tunesmith.plots._tokens import (
    BEST,
    BEST_MARK,
    COMPLETE,
    COMPLETE_BAND,
    GROUND,
    LINE,
    MARKS,
    QUIET,
    QUIET_BAND,
    SMALL,
    TEXT,
    VIRIDIS,
    Token,
)
from tunesmith.plots._words import better, listed, text
from tunesmith.plots.figure import Figure
from tunesmith.trial import History, TrialState

MOST_BARS = 20
"""So many parameters have a bar, the most important; the rest are counted."""

MOST_PANELS = 15
"""So many parameters have a panel, where nobody names them."""

_MOST_LEADERS = 3
"""Among more parameters than these it is not settled which matters most."""

_NEARBY = 0.1
"""A value is known to work if a complete trial lies within this share of the range."""

_MOST_DOTS = 600
"""So many trials lie on a surface, which would not be seen under more."""

_HARDLY = 0.02
"""A smaller share of what the metric does is hardly worth a second look."""

_Z = 1.959964
"""Deviations to either side of an interval of 95 %."""


def importance(study: Source, method: Method = "fanova") -> Figure:
    """The share of each parameter in what the metric does, with its interval of 95 %, and the cost of its default.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    method
        `"fanova"`, `"permutation"`, `"ped-anova"` or `"ablation"`.
    """
    found = analysis.importance(history_of(study), method)
    params = [one for one in found.params if not math.isnan(one.share)][:MOST_BARS]
    if not params:
        return _unknown(found.trust)
    names = [text(one.name, 28) for one in params]
    if found.interactions:
        names.append("acting together")
    quiet = f"By {text(found.method)}, with intervals of 95 %; {text(found.trust.reason, 160)}"
    left_out = len(found.params) - len(params)
    quiet += f"; {counted(left_out, 'smaller one')} left out" if left_out else ""
    frame = _frame.Frame(
        _importance_title(found), quiet, height=max(96, 26 * len(names)), left=_frame.room_for(names), right=104
    )
    shares = [one.share for one in params]
    top = max([one.high for one in params] + shares + [found.interactions])
    rows = list(range(len(names)))
    y = _axes.bare(type="linear", range=[len(names) - 0.4, -0.6], tickvals=rows, ticktext=names, showgrid=False)
    panel = frame.panel(_axes.axis(_axes.Range(0.0, min(1.0, 1.05 * top) or 1.0), "share", tickformat=".0%"), y)
    colour: Token = COMPLETE if found.reliable else QUIET
    hover = [
        f"<b>{text(one.name)}</b> {one.share:.0%} ({one.low:.0%} to {one.high:.0%})<br>"
        + _cost(one, text(found.metric.name))
        for one in params
    ]
    bars = _frame.bars(shares, rows[: len(params)], colour, hover=hover, width=0.56)
    bars["error_x"] = {
        "type": "data", "symmetric": False, "array": [max(0.0, one.high - one.share) for one in params],
        "arrayminus": [max(0.0, one.share - one.low) for one in params], "color": TEXT, "thickness": 1, "width": 0,
    }  # fmt: skip
    frame.add(panel, bars)
    if found.interactions:
        frame.add(panel, _frame.bars([found.interactions], [rows[-1]], QUIET, hover=["all pairs together"], width=0.56))
    if any(map(_cost_short, params)):
        frame.note("if left alone", (1.0, 1.0), left=True, above=True, shift=(8, 4))
    for row, one in enumerate(params):
        frame.note(_cost_short(one), (1.0, _row(row, len(names))), left=True, above=None, shift=(8, 0))
    _doubt(frame, panel, found.trust)
    return frame.figure()


def _importance_title(found: Importance) -> str:
    if not found.reliable:
        return f"Not reliable yet: {counted(found.trust.trials, 'complete trial')} do not say what matters"
    first, leaders = found.params[0], found.leaders
    title = f"{text(first.name)} matters most, with {first.share:.0%} of what {text(found.metric.name)} does"
    if len(leaders) > _MOST_LEADERS:
        title = f"What matters most is not settled: {text(first.name)} leads with {first.share:.0%}, "
        title += f"and may have {first.low:.0%} to {first.high:.0%}"
    elif len(leaders) > 1:
        told = [f"{text(name)} ({found[name].share:.0%})" for name in leaders]
        title = f"{', '.join(told[:-1])} or {told[-1]} matters most"
    if found.interactions > 0.1:
        title += f"; {found.interactions:.0%} come from acting together"
    return title


def _cost(one: analysis.ParamImportance, metric: str) -> str:
    if math.isnan(one.cost):
        return "the best trial does not have it"
    where = f"at its default {text(one.default)}" if one.default else "anywhere in its range"
    return f"{where} it would cost {metric} {number(one.cost)} ({number(one.cost_low)} to {number(one.cost_high)})"


def _cost_short(one: analysis.ParamImportance) -> str:
    if math.isnan(one.cost):
        return ""
    return f"costs {number(float(f'{one.cost:.2g}'))}"


def effects(study: Source, params: Sequence[str] | None = None) -> Figure:
    """What each parameter does: the metric averaged over the others, with a band of 95 %, and the trials behind.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    params
        Which parameters; by default the first 15 by how far they move the metric.
    """
    told = history_of(study)
    found = analysis.effects(told, params)
    if not found.effects:
        return _unknown(found.trust)
    shown = list(found.effects)
    if params is None:
        shown = sorted(shown, key=lambda one: min(one.mean) - max(one.mean))[:MOST_PANELS]
    ranks = analysis.ranking(told)
    columns = {column.name: column for column in ranks.columns}
    quiet = (
        f"{_averaged_words(told, shown)}, with bands of 95 %; dotted: the best trial; {text(found.trust.reason, 160)}"
    )
    most = room(len(shown))
    quiet += thinned_words(max(columns[one.name].active for one in shown), most)
    frame = _frame.Frame(_effects_title(found, shown, columns), quiet)
    inside = [m + s * _Z * d for one in shown for m, d in zip(one.mean, one.deviation, strict=True) for s in (-1, 1)]
    ranged = _axes.spanning([*inside, *ranks.values[:1]])  # the best trial is never cut off
    size, solid = max(3.0, _axes.mark_size(len(ranks.trials)) - 3), 0.4 * _axes.opacity(len(ranks.trials))
    for k, (one, (across, up)) in enumerate(zip(shown, frame.grid(len(shown)), strict=True)):
        column = columns[one.name]
        y = _axes.axis(ranged, showticklabels=across[0] == 0)
        panel = frame.panel(
            _axes.of_param(column), y, across=across, up=up, name=better(found.metric) if k == 0 else ""
        )
        active = thinned([j for j, place in enumerate(column.places) if not math.isnan(place)], most)
        cloud = _frame.marks([column.places[j] for j in active], [ranks.values[j] for j in active],
                             MARKS[TrialState.COMPLETE], size=size, solid=solid,
                             trials=[ranks.trials[j] for j in active])  # fmt: skip
        cloud |= {"hovertemplate": "trial %{customdata}<extra></extra>", "text": [], "showlegend": False}
        frame.add(panel, cloud)
        _effect(frame, panel, one, reliable=found.reliable)
        if found.effects and one.best is not None and column.places and not math.isnan(column.places[0]):
            frame.rule(panel, x=_place(one, one.best), colour=BEST)
        _doubt(frame, panel, found.trust, short=True)
    return frame.figure()


def _effect(frame: _frame.Frame, panel: _frame.Panel, one: Effect, *, reliable: bool) -> None:
    x = [_place(one, value) for value in one.values]
    low = [m - _Z * d for m, d in zip(one.mean, one.deviation, strict=True)]
    high = [m + _Z * d for m, d in zip(one.mean, one.deviation, strict=True)]
    colour, shade = (COMPLETE, COMPLETE_BAND) if reliable else (QUIET, QUIET_BAND)
    said = [number(v) if one.kind == "number" else text(text_of(v)) for v in one.values]
    hover = [
        f"<b>{text(one.name)}</b> {value}<br>{number(m)} ± {number(_Z * d)}"
        for value, m, d in zip(said, one.mean, one.deviation, strict=True)
    ]
    if one.kind == "number":
        frame.add(panel, _frame.band(x, low, high, shade))
        frame.add(panel, _frame.line(x, one.mean, colour, width=2.2, hover=hover, name=f"{text(one.name)}, mean"))
        return
    trace = _frame.line(x, one.mean, colour, hover=hover, name=f"{text(one.name)}, mean")
    whiskers = {"type": "data", "array": [_Z * d for d in one.deviation], "color": TEXT, "thickness": 1.4, "width": 0}
    edge = {"width": 0, "color": colour}
    marker = {"symbol": "square", "size": 10, "color": colour, "opacity": 1.0, "line": edge}
    frame.add(panel, {**trace, "mode": "markers", "error_y": whiskers, "marker": marker})


def _place(one: Effect, value: Any) -> float:
    """Where a value lies on the parameter's axis."""
    if one.kind == "number":
        return float(value)
    return float(next(k for k, choice in enumerate(one.values) if choice is value or choice == value))


def _averaged_words(told: History, shown: Sequence[Effect]) -> str:
    """What was averaged over, and what that means for a choice on which other parameters depend."""
    parents = {condition.parent for _, part in told.space.items() for condition in part.conditions}
    found = [text(one.name) for one in shown if one.name in parents]
    if not found:
        return "Averaged over all other params"
    return (
        f"Averaged over all other params, so a value of {listed(found)} stands for all that it allows, not for its best"
    )


def _works(one: Effect, column: ParamColumn, k: int) -> bool:
    """Whether a trial was completed at a value, or near it."""
    here = _place(one, one.values[k])
    if column.kind == "choice":
        return here in column.places
    unit = column.unit(here)
    return any(abs(column.unit(place) - unit) <= _NEARBY for place in column.places)


def _effects_title(found: analysis.Effects, shown: Sequence[Effect], columns: dict[str, ParamColumn]) -> str:
    if not found.reliable:
        return f"Not reliable yet: {counted(found.trust.trials, 'complete trial')} do not say what params do"
    first = max(shown, key=lambda one: max(one.mean) - min(one.mean))
    sign = found.metric.sign
    known = [j for j in range(len(first.mean)) if _works(first, columns[first.name], j)]
    k = min(known or range(len(first.mean)), key=lambda j: sign * first.mean[j])
    at = first.values[k]
    where = number(at) if first.kind == "number" and not isinstance(at, int) else text(text_of(at), 24)
    moved = number(float(f"{max(first.mean) - min(first.mean):.3g}"))
    over = "where it is active" if first.conditional else "on average"
    return f"{text(first.name)} moves {text(found.metric.name)} by {moved} {over}; it is best at {where}"


def pairs(study: Source, first: str | None = None, second: str | None = None) -> Figure:
    """What two parameters do together: the metric over both, averaged over all others, with the trials on top.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    first, second
        The two; by default the pair that acts together most.
    """
    told = history_of(study)
    strongest = analysis.interactions(told)
    if first is None or second is None:
        if not strongest.pairs:
            return _unknown(strongest.trust)
        first, second = strongest.pairs[0].names
    found = analysis.joint_effect(told, first, second)
    if not found.mean:
        return _unknown(found.trust)
    title = _pairs_title(found, strongest)
    widest = max(max(row) for row in found.deviation)
    quiet = f"Averaged over all other params, at most ±{number(float(f'{_Z * widest:.2g}'))} (95 %); "
    quiet += text(found.trust.reason, 160)
    ranks = analysis.ranking(told)
    columns = {column.name: column for column in ranks.columns}
    x_column, y_column = columns[first], columns[second]
    left = _frame.room_for(_axes.of_param(y_column, upright=True).get("ticktext", ()), least=72)
    active = [j for j, (a, b) in enumerate(zip(x_column.places, y_column.places, strict=True)) if not math.isnan(a + b)]
    both = thinned(active, _MOST_DOTS)
    frame = _frame.Frame(title, quiet + thinned_words(len(active), _MOST_DOTS), height=400, left=left, right=110)
    panel = frame.panel(
        _axes.of_param(x_column), {**_axes.of_param(y_column, upright=True), "title": {"text": ""}}, name=text(second)
    )
    frame.add(panel, _surface(found, x_column, y_column))
    numbers = ranks.trials
    size = max(3.0, _axes.mark_size(len(both)) - 3)
    x, y = [x_column.places[j] for j in both], [y_column.places[j] for j in both]
    told_by = [numbers[j] for j in both]
    dots = _frame.marks(x, y, MARKS[TrialState.COMPLETE], size=size, solid=0.7, trials=told_by)
    dots["marker"] |= {"color": GROUND, "line": {"width": 0.6, "color": TEXT}}
    frame.add(panel, {**dots, "hovertemplate": "trial %{customdata}<extra></extra>", "text": [], "showlegend": False})
    if both and both[0] == 0:
        star = _frame.marks(
            [x_column.places[0]], [y_column.places[0]], BEST_MARK, size=10, trials=numbers[:1], solid=1.0
        )
        frame.add(
            panel,
            {**star, "hovertemplate": "best, trial %{customdata}<extra></extra>", "text": [], "showlegend": False},
        )
    _doubt(frame, panel, found.trust)
    return frame.figure()


def _surface(found: JointEffect, x_column: ParamColumn, y_column: ParamColumn) -> dict[str, Any]:
    numbers = [m for row in found.mean for m in row]
    low, high = min(numbers), max(numbers)
    colours = list(VIRIDIS) if found.metric.sign < 0 else list(reversed(VIRIDIS))
    smooth = x_column.kind == y_column.kind == "number"
    step = (high - low) / 12 or 1.0
    axes = [
        [float(v) for v in values] if column.kind == "number" else [float(k) for k in range(len(values))]
        for column, values in zip((x_column, y_column), found.values, strict=True)
    ]
    ticks = _axes.linear_ticks(low, high, 4) if high > low else [low]
    out: dict[str, Any] = {
        "type": "contour" if smooth else "heatmap", "x": axes[0], "y": axes[1],
        "z": [list(row) for row in zip(*found.mean, strict=True)], "zmin": low, "zmax": high,
        "colorscale": [[k / (len(colours) - 1), colour] for k, colour in enumerate(colours)], "showscale": True,
        "colorbar": {
            "title": {"text": better(found.metric), "font": {"size": SMALL, "color": QUIET}}, "outlinewidth": 0,
            "thickness": 12, "tickfont": {"size": SMALL, "color": TEXT}, "tickvals": ticks,
            "ticktext": [number(tick) for tick in ticks], "x": 1.02,
        },
        "hovertemplate": f"{text(found.names[0])} %{{x}}, {text(found.names[1])} %{{y}}<br>%{{z:.4~g}}<extra></extra>",
        "name": "mean", "opacity": 1.0 if found.reliable else 0.4,
    }  # fmt: skip
    if smooth:
        out |= {"contours": {"start": low, "end": high, "size": step}, "line": {"width": 0.5, "color": LINE}}
    return out


def _pairs_title(found: JointEffect, strongest: analysis.Interactions) -> str:
    first, second = found.names
    if not found.reliable:
        return f"Not reliable yet: {counted(found.trust.trials, 'complete trial')} do not say what params do together"
    known = next((pair for pair in strongest.pairs if set(pair.names) == {first, second}), None)
    both, metric = f"{text(first)} and {text(second)}", text(found.metric.name)
    share = 0.0 if known is None else known.share
    if share < _HARDLY:
        return f"{both} hardly act together: less than {max(math.ceil(100 * share), 1)}% of what {metric} does"
    return f"{both} act together: {share:.0%} of what {metric} does"


def plateau(study: Source) -> Figure:
    """How far each parameter may move, the others at the best params, before it costs more than the noise.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    """
    told = history_of(study)
    found = analysis.plateau(told)
    if not found.ranges:
        return _unknown(found.trust)
    columns = {column.name: column for column in analysis.ranking(told).columns}
    ranges = [one for one in found.ranges if one.name in columns]
    names = [text(one.name, 28) for one in ranges]
    right = _frame.room_for([_span_text(one) for one in ranges], least=72, most=200)
    quiet = f"Noise ±{number(found.noise, found.noise)} from {text(found.source)}; {text(found.trust.reason, 160)}"
    frame = _frame.Frame(
        _plateau_title(found, ranges), quiet, height=max(96, 34 * len(names)), left=_frame.room_for(names), right=right
    )
    rows = list(range(len(names)))
    y = _axes.bare(type="linear", range=[len(names) - 0.4, -0.6], tickvals=rows, ticktext=names, showgrid=False)
    x = _axes.bare(
        "of the whole range",
        type="linear",
        range=[-0.02, 1.02],
        tickvals=[0, 0.5, 1],
        ticktext=["low", "middle", "high"],
    )
    panel = frame.panel(x, y)
    frame.add(panel, _frame.bars([1.0] * len(rows), rows, QUIET_BAND, width=0.3))
    colour = COMPLETE if found.reliable else QUIET
    for row, one in enumerate(ranges):
        column = columns[one.name]
        spans = _spans(one, column)
        hover = [f"<b>{text(one.name)}</b> safe: {_span_text(one)}"] * len(spans)
        frame.add(panel, _frame.bars([end - start for start, end in spans], [row] * len(spans), colour, hover=hover,
                                     base=[start for start, _ in spans], width=0.3))  # fmt: skip
        frame.note(_span_text(one), (1.0, _row(row, len(names))), left=True, above=None, shift=(8, 0), colour=TEXT)
    spots = [_spot(columns[one.name], one.best) for one in ranges]
    known = [row for row, spot in enumerate(spots) if not math.isnan(spot)]
    hover = [f"best {names[row]} {text(text_of(ranges[row].best))}" for row in known]
    star = _frame.marks([spots[row] for row in known], known, BEST_MARK, size=8, hover=hover, solid=1.0)
    frame.add(panel, {**star, "showlegend": False})
    frame.layout["barmode"] = "overlay"
    _doubt(frame, panel, found.trust)
    return frame.figure()


def _spot(column: ParamColumn, value: Any) -> float:
    """Where a value lies in its whole range; a choice in the middle of its share."""
    if column.kind == "choice":
        label = text_of(value)
        return (column.labels.index(label) + 0.5) / len(column.labels) if label in column.labels else math.nan
    return column.unit(float(value))


def _spans(one: SafeRange, column: ParamColumn) -> list[tuple[float, float]]:
    if column.kind == "choice":
        width = 1 / len(column.labels)
        found = [_spot(column, choice) for choice in one.choices]
        return [(middle - width / 2, middle + width / 2) for middle in found]
    return [(column.unit(float(one.low)), column.unit(float(one.high)))]


def _span_text(one: SafeRange) -> str:
    if one.choices:
        return text(", ".join(map(text_of, one.choices)), 26)
    return f"{number(one.low)} to {number(one.high)}" if one.low != one.high else f"{number(one.low)} only"


def _row(row: int, count: int) -> float:
    """The height of a row of bars in the whole plot, from 0 to 1."""
    return (count - 0.4 - row) / (count + 0.2)


def _plateau_title(found: analysis.Plateau, ranges: Sequence[SafeRange]) -> str:
    if not found.reliable:
        return f"Not reliable yet: {counted(found.trust.trials, 'complete trial')} do not say what is safe"
    free = [text(one.name) for one in ranges if one.share > 0.95]
    verb = "is" if len(found.trials) == 1 else "are"
    title = f"{counted(len(found.trials), 'trial')} of {found.trust.trials:,} {verb} within noise of the best"
    if free:
        return (
            f"{title}; {listed(free[:4])} may be anything"
            if len(free) <= 4
            else f"{title}; {len(free)} params may be anything"
        )
    tight = min(ranges, key=lambda one: one.share)
    return f"{title}; {text(tight.name)} has to be set with the most care"


def trust(study: Source) -> Figure:
    """How well the model foretells each trial from the others: the errors, in deviations that it claims.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    """
    found = analysis.trust(history_of(study))
    if not found.residuals:
        return _unknown(found)
    shares = sum(abs(one) <= _Z for one in found.residuals) / len(found.residuals)
    verdict = "can be believed" if found.reliable else "is not reliable yet"
    title = f"The model {verdict}: rank correlation {number(found.correlation, 0.02)} with trials it has not seen"
    quiet = (
        f"{number(found.low, 0.02)} to {number(found.high, 0.02)} (95 %); {counted(len(found.residuals), 'trial')}; "
    )
    quiet += f"{shares:.0%} of the errors lie within the band that should hold 95 %"
    frame = _frame.Frame(title, quiet, height=220)
    ranged = _axes.spanning([*found.residuals, -2.5, 2.5])
    panel = frame.panel(_axes.of_numbers(len(found.residuals), "complete trials, in the order in which they ended"),
                        _axes.axis(ranged), name="error, in deviations")  # fmt: skip
    frame.shade(panel, y=(-_Z, _Z), colour=COMPLETE_BAND)
    frame.rule(panel, y=0.0)
    size, solid = _axes.mark_size(len(found.residuals)), _axes.opacity(len(found.residuals))
    hover = [f"off by {number(float(f'{one:.2g}'))} deviations" for one in found.residuals]
    trace = _frame.marks(
        list(range(len(hover))), found.residuals, MARKS[TrialState.COMPLETE], size=size, hover=hover, solid=solid
    )
    frame.add(panel, {**trace, "showlegend": False})
    return frame.figure()


def _doubt(frame: _frame.Frame, panel: _frame.Panel, found: Trust, *, short: bool = False) -> None:
    """What the data do not support is shaded and says so."""
    if found.reliable:
        return
    frame.shade(panel, x=None, y=None, colour=QUIET_BAND)
    if short:
        frame.note("not reliable", (panel.across[1], panel.up[1]), shift=(-6, -4), colour=TEXT)
    else:
        words = f"not reliable: {counted(found.trials, 'trial')}"
        frame.note(words, (panel.across[1], panel.up[0]), above=True, shift=(-6, 4), colour=TEXT)


def _unknown(found: Trust) -> Figure:
    told = counted(found.trials, "complete trial")
    return _frame.empty(
        f"Not reliable: {told} {'says' if found.trials == 1 else 'say'} nothing of the params yet",
        text(found.reason, 200),
    )


__all__ = ["effects", "importance", "pairs", "plateau", "trust"]
