"""Which settings are good: each parameter against the value, all at once, pairs by rank, and by algorithm."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tunesmith import analysis
from tunesmith.analysis import ParamColumn
from tunesmith.analysis._records import counted, number
from tunesmith.analysis.leaderboard import Standing
from tunesmith.errors import InvalidParams, did_you_mean
from tunesmith.plots import _axes, _frame
from tunesmith.plots._hover import MANY, hovers
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._thin import room, thinned, thinned_words
from tunesmith.plots._tokens import BEST, BEST_MARK, COMPLETE, COMPLETE_BAND, QUIET, TEXT, VIRIDIS, Token
from tunesmith.plots._words import better, listed, text, with_error
from tunesmith.plots.figure import WIDTH, Figure
from tunesmith.trial import Metric

MOST_PANELS = 15
"""So many parameters are drawn, in the order of the space, where nobody names them."""

_FEW = 3
"""A parameter that fewer trials have says next to nothing, where others wait for its room."""

_LETTERS, _LONGEST_METRIC = 140, 12
"""About so many letters stand side by side under a wide figure, and so many at its edge."""

_STROKES = (0.01, 0.03, 0.08, 0.2, 0.4, 0.7, 1.0)
"""Parallel coordinates are drawn in groups by rank, up to these shares of the trials."""

_NOTHING = ("No trial has ended with a value yet", "Run study.optimize(...), then look again.")


def slices(study: Source, params: Sequence[str] | None = None, metric: Metric | None = None) -> Figure:
    """The value of every complete trial against each parameter, as it was tried: no model.

    Of very many trials the best and a fair sample of the others are drawn; then the figure says so.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    params
        Which parameters; by default all that can vary. Of more than 15 those of the best trial, and then those that
        most trials have.
    metric
        Of which metric; the study's first by default.

    Raises
    ------
    InvalidParams
        If a name is unknown.
    """
    told = history_of(study)
    found = analysis.ranking(told, metric)
    columns = _chosen(found.columns, params)
    if not found.trials or not columns:
        return _frame.empty(*_NOTHING)
    best = [f"{text(c.name)} {_place_text(c, 0)}" for c in columns if not math.isnan(c.places[0])]
    title = f"The best trial has {listed(best[:4])}" + (f", and {len(best) - 4} more" if len(best) > 4 else "")
    near = sum(found.near)
    most = room(len(columns))
    quiet = f"{counted(len(found.trials), 'complete trial')}; " + _near_words(found, near)
    if params is None and (few := len(found.columns) - len(columns)):
        quiet += f"; {counted(few, 'param')} that say less left out"
    frame = _frame.Frame(title, quiet + _drawn_words(columns, most), legend=True)
    ranged = _axes.robust(found.values, found.metric)
    shown = found.trials if len(found.trials) <= MANY else found.trials[:1]
    hover = hovers(told, [told.trial(n) for n in shown], found.metric)
    size, solid = max(3.0, _axes.mark_size(len(found.trials)) - 2), _axes.opacity(len(found.trials))
    for k, (column, (across, up)) in enumerate(zip(columns, frame.grid(len(columns)), strict=True)):
        y = _axes.axis(ranged, showticklabels=across[0] == 0)
        panel = frame.panel(
            _axes.of_param(column), y, across=across, up=up, name=better(found.metric) if k == 0 else ""
        )
        active = thinned([j for j, place in enumerate(column.places) if not math.isnan(place)], most)[::-1]
        frame.add(panel, {
            "type": "scatter", "mode": "markers", "x": _spread(column, active), "y": [found.values[j] for j in active],
            "marker": {"symbol": "circle", "size": size, "color": COMPLETE, "opacity": solid * 0.8,
                       "line": {"width": 0, "color": COMPLETE}},
            **_told(hover, active, text(column.name), text(found.metric.name)),
            "customdata": [found.trials[j] for j in active], "showlegend": k == 0, "name": "complete",
            "legendgroup": "complete",
        })  # fmt: skip
        if not math.isnan(column.places[0]):
            mark = _frame.marks([column.places[0]], [found.values[0]], BEST_MARK, size=8, hover=hover[:1],
                                trials=found.trials[:1], solid=1.0)  # fmt: skip
            frame.add(panel, {**mark, "showlegend": k == 0})
    return frame.figure()


def _drawn_words(columns: Sequence[ParamColumn], most: int) -> str:
    """That not all marks are drawn, where that is so in some panel."""
    return thinned_words(max(column.active for column in columns), most)


def _told(hover: Sequence[str], active: Sequence[int], param: str, metric: str) -> dict[str, object]:
    """Each trial's own text; of very many one pattern for all, lest the text outweighs the numbers."""
    if len(hover) > 1 or len(active) <= 1:
        return {"text": [hover[j] for j in active], "hovertemplate": "%{text}<extra></extra>"}
    return {"hovertemplate": f"<b>trial %{{customdata}}</b> {metric} %{{y}}<br>{param} %{{x}}<extra></extra>"}


def _near_words(found: analysis.Ranking, near: int) -> str:
    if not found.noise.is_known:
        return "how uncertain one value is, is not known"
    if near == 1:
        return "no other is within noise of the best"
    return f"{near:,} of them are within noise of the best"


def _spread(column: ParamColumn, active: Sequence[int]) -> list[float]:
    """Places along the axis; those of a choice lie beside one another, in a pattern that never changes."""
    if column.kind == "number":
        return [column.places[j] for j in active]
    return [column.places[j] + 0.5 * ((j * 0.6180339887498949) % 1.0 - 0.5) for j in active]


def _place_text(column: ParamColumn, k: int) -> str:
    place = column.places[k]
    return text(column.labels[int(place)], 24) if column.labels else number(place)


def _chosen(columns: Sequence[ParamColumn], params: Sequence[str] | None) -> list[ParamColumn]:
    if params is None:
        return telling(columns)
    named = {column.name: column for column in columns}
    for name in params:
        if name not in named:
            raise InvalidParams(
                f"There is no parameter {name!r} that varies.", hint=did_you_mean(str(name), list(named))
            )
    return [named[name] for name in params]


def telling(columns: Sequence[ParamColumn], most: int = MOST_PANELS) -> list[ParamColumn]:
    """The parameters that a figure has room for, in the space's order: those of the best trial, then those of most.

    Where some are left out, so are those that hardly a trial has, the best among them not.
    """
    if len(columns) <= most:
        return list(columns)
    known = [c for c in columns if c.places and not math.isnan(c.places[0])]
    others = [c for c in columns if c not in known and c.active >= _FEW]
    first = (known + sorted(others, key=lambda c: -c.active))[:most]
    return [c for c in columns if c in first] or list(columns[:most])


def _viridis(share: float) -> str:
    """A colour between low (0) and high (1)."""
    place = min(max(share, 0.0), 1.0) * (len(VIRIDIS) - 1)
    low = min(int(place), len(VIRIDIS) - 2)
    parts = [
        round(
            int(VIRIDIS[low][k : k + 2], 16) * (1 - place + low) + int(VIRIDIS[low + 1][k : k + 2], 16) * (place - low)
        )
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def parallel(study: Source, params: Sequence[str] | None = None, metric: Metric | None = None) -> Figure:
    """Every complete trial as a line through all its params to its value: the best on top, in the brightest colour.

    An inactive parameter is passed at its foot.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    params
        Which parameters, in which order; by default all that can vary, or as many as there is room for: those of the
        best trial first.
    metric
        Of which metric; the study's first by default.

    Raises
    ------
    InvalidParams
        If a name is unknown.
    """
    told = history_of(study)
    found = analysis.ranking(told, metric)
    columns = telling(found.columns, _most_axes(found.columns)) if params is None else _chosen(found.columns, params)
    if not found.trials or not columns:
        return _frame.empty(*_NOTHING)
    ranged = _axes.robust(found.values, found.metric)
    quiet = f"{counted(len(found.trials), 'complete trial')}, yellow the best, purple the worst; "
    quiet += _near_words(found, sum(found.near))
    if params is None and (few := len(found.columns) - len(columns)):
        quiet += f"; {counted(few, 'param')} that say less left out"
    frame = _frame.Frame(_parallel_title(found, columns), quiet, height=380, left=56, right=72)
    heights = [[_foot(column.unit(place)) for place in column.places] for column in columns]
    low, high = ranged.ends
    ends = [((math.log10(v) if ranged.log else v) - low) / (high - low) for v in found.values]
    heights.append([min(max(0.12 + 0.88 * end, 0.08), 1.0) for end in ends])
    last = len(columns)
    names = [_short(column.name, _LETTERS // (last + 1)) for column in columns]
    names.append(better(found.metric) if len(found.metric.name) <= _LONGEST_METRIC else better(found.metric)[-1])
    x = {
        **_axes.bare(
            type="linear", range=[-0.3, last + 0.1], tickvals=list(range(last + 1)), ticktext=names, showgrid=True
        )
    }
    panel = frame.panel(x, _axes.bare(type="linear", range=[0, 1.02], visible=False, showgrid=False, tickvals=[]))
    _strokes(frame, panel, heights, found)
    hover = hovers(told, [told.trial(n) for n in found.trials], found.metric)
    spots = {
        "type": "scatter", "mode": "markers", "x": [last] * len(found.trials), "y": heights[-1], "text": hover,
        "hovertemplate": "%{text}<extra></extra>", "customdata": list(found.trials), "showlegend": False,
        "name": "trials", "marker": {"symbol": "circle", "size": 5, "opacity": 0.9, "line": {"width": 0, "color": BEST},
                   "color": [_viridis(1 - k / max(len(found.trials) - 1, 1)) for k in range(len(found.trials))]},
    }  # fmt: skip
    frame.add(panel, spots)
    _scale_texts(frame, panel, columns, ranged, found.values)
    return frame.figure()


def _most_axes(columns: Sequence[ParamColumn]) -> int:
    """So many axes as names find room side by side, up to 15."""
    longest = max((min(len(_last_word(column.name)), 14) for column in columns), default=1)
    return max(8, min(MOST_PANELS, _LETTERS // (longest + 1) - 1))


def _short(name: str, longest: int) -> str:
    """A name, or what its end says where the whole is too long: of `forest.max_depth` rather `max_depth`."""
    return text(name if len(name) <= longest else _last_word(name), longest)


def _last_word(name: str) -> str:
    return name.rsplit(".", 1)[-1].rsplit("__", 1)[-1]


def _foot(unit: float) -> float:
    """Heights begin above the foot, which is for what is not active."""
    return 0.02 if math.isnan(unit) else 0.12 + 0.88 * min(max(unit, 0.0), 1.0)


def _strokes(
    frame: _frame.Frame, panel: _frame.Panel, heights: Sequence[Sequence[float]], found: analysis.Ranking
) -> None:
    count = len(found.trials)
    width = 1.6 if count <= 50 else 1.0 if count <= 1000 else 0.6
    ends = [math.ceil(share * count) for share in _STROKES]
    for group, (start, end) in reversed(list(enumerate(zip([0, *ends], ends, strict=False)))):
        if start == end:
            continue
        x: list[float | None] = []
        y: list[float | None] = []
        for k in range(start, end):
            x += [*range(len(heights)), None]
            y += [*(column[k] for column in heights), None]
        colour = _viridis(1 - (start + end) / (2 * count))
        solid = max(min(0.75, 60 / (end - start)), 0.6 / (group + 1) ** 1.5 if count > 1000 else 0.25)
        frame.add(panel, {**_frame.line(x, y, colour, width=width), "opacity": round(solid, 3)})
    best = [column[0] for column in heights]
    frame.add(panel, _frame.line(list(range(len(heights))), best, BEST, width=2.5, name="best"))


def _scale_texts(
    frame: _frame.Frame,
    panel: _frame.Panel,
    columns: Sequence[ParamColumn],
    ranged: _axes.Range,
    values: Sequence[float],
) -> None:
    for k, column in enumerate(columns):
        if column.kind == "choice":
            few = column.labels if len(column.labels) <= 8 else ()
            for index, label in enumerate(few):
                height = _foot(column.unit(float(index)))
                frame.note(text(label, 10), (k, height), panel=panel, above=None, shift=(-5, 0))
        else:
            for end, place in ((column.low, 0.12), (column.high, 1.0)):
                frame.note(number(end), (k, place), panel=panel, above=None, shift=(-5, 0))
        if column.conditional:
            frame.note("off", (k, 0.02), panel=panel, above=None, shift=(-5, 0))
    inside = [value for value in values if ranged.low <= value <= ranged.high]
    low, high = ranged.ends
    for end in {min(inside), max(inside)}:
        place = 0.12 + 0.88 * ((math.log10(end) if ranged.log else end) - low) / (high - low)
        frame.note(number(end), (len(columns), place), panel=panel, left=True, above=None, shift=(8, 0))


def _parallel_title(found: analysis.Ranking, columns: Sequence[ParamColumn]) -> str:
    """What the best tenth has in common."""
    tenth = max(1, math.ceil(len(found.trials) / 10))
    shares = []
    for column in columns:
        units = sorted(column.unit(place) for place in column.places[:tenth] if not math.isnan(place))
        if len(units) == tenth and column.kind == "number" and tenth >= 3:
            shares.append((units[-1] - units[0], column))
    if not shares:
        return f"The best of {counted(len(found.trials), 'complete trial')} is trial {found.trials[0]}"
    _, tight = min(shares, key=lambda pair: pair[0])
    inside = sorted(tight.places[:tenth])
    return f"The best tenth agree most on {text(tight.name)}: {number(inside[0])} to {number(inside[-1])}"


def ranks(study: Source, params: Sequence[str] | None = None, metric: Metric | None = None) -> Figure:
    """Two parameters against each other, every complete trial in the colour of its rank, whatever the values' scale.

    Of very many trials the best and a fair sample of the others are drawn; then the figure says so.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    params
        Two or more parameters, each pair has a panel; by default the first three that the best trial has.
    metric
        Of which metric; the study's first by default.

    Raises
    ------
    InvalidParams
        If a name is unknown.
    """
    told = history_of(study)
    found = analysis.ranking(told, metric)
    columns = _chosen(found.columns, params) if params is not None else _three(found.columns)
    pairs = [(a, b) for k, b in enumerate(columns) for a in columns[:k]]
    if not found.trials or not pairs:
        return _frame.empty("Ranks of pairs need two parameters and a complete trial", _NOTHING[1])
    title = f"Trial {found.trials[0]} is the best of {counted(len(found.trials), 'complete trial')}; "
    title += _near_words(found, sum(found.near))
    value = with_error(found.values[0], found.errors[0])
    left = max(_frame.room_for(_axes.of_param(b, upright=True).get("ticktext", ())) for _, b in pairs)
    quiet = f"Yellow is the best rank, purple the worst; the best {text(found.metric.name)} is {value}"
    most = room(len(pairs))
    frame = _frame.Frame(title, quiet + _drawn_words(columns, most), left=left)
    drawn = [thinned(_both_active(a, b), most)[::-1] for a, b in pairs]
    shown = sorted({k for both in drawn for k in both})
    hover = dict(zip(shown, hovers(told, [told.trial(found.trials[k]) for k in shown], found.metric), strict=True))
    size, solid = _axes.mark_size(len(found.trials)), max(_axes.opacity(len(found.trials)), 0.6)
    places = frame.grid(len(pairs), gap=(left + 8) / WIDTH, row=300)
    for (a, b), both, (across, up) in zip(pairs, drawn, places, strict=True):
        panel = frame.panel(
            _axes.of_param(a), {**_axes.of_param(b, upright=True), "title": {"text": ""}},
            across=across, up=up, name=text(b.name),
        )  # fmt: skip
        frame.add(panel, {
            "type": "scatter", "mode": "markers", "x": _spread(a, both), "y": _spread(b, both),
            "marker": {"symbol": "circle", "size": size, "opacity": solid, "line": {"width": 0, "color": QUIET},
                       "color": [_viridis(1 - (found.ranks[k] - 1) / max(len(found.ranks) - 1, 1)) for k in both]},
            "text": [f"{hover[k]}<br>rank {found.ranks[k]}" for k in both], "hovertemplate": "%{text}<extra></extra>",
            "customdata": [found.trials[k] for k in both], "showlegend": False, "name": "trials",
        })  # fmt: skip
    return frame.figure()


def _three(columns: Sequence[ParamColumn]) -> list[ParamColumn]:
    """Three parameters that trials have together: of a space of branches those of the best trial's branch."""
    known = [c for c in columns if c.places and not math.isnan(c.places[0])]
    branch = [c for c in known if c.conditional]
    return (branch if len(branch) >= 3 and len(columns) > MOST_PANELS else known if len(known) >= 3 else list(columns))[
        :3
    ]


def _both_active(a: ParamColumn, b: ParamColumn) -> list[int]:
    return [k for k, (x, y) in enumerate(zip(a.places, b.places, strict=True)) if not math.isnan(x + y)]


def leaderboard(study: Source, by: str | None = None, metric: Metric | None = None) -> Figure:
    """The choices of one parameter, the best first: a box from quartile to quartile, every trial, and the best.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    by
        A parameter of choices; by default the one on which most others depend.
    metric
        Of which metric; the study's first by default.
    """
    told = history_of(study)
    found = analysis.leaderboard(told, by, metric)
    names = [f"{text(one.choice, 24)} ({one.trials:,})" for one in found.standings]
    values = [value for one in found.standings for value in one.values]
    if not values:
        return _frame.empty(*_NOTHING)
    frame = _frame.Frame(
        _leader_title(found), _leader_quiet(found), height=max(96, 40 * len(names)), left=_frame.room_for(names)
    )
    ranged = _axes.robust(values, found.metric)
    rows = list(range(len(names)))
    y = _axes.bare(type="linear", range=[len(names) - 0.5, -0.5], tickvals=rows, ticktext=names, showgrid=False)
    panel = frame.panel(_axes.axis(ranged, better(found.metric)), y)
    size, solid = max(3.0, _axes.mark_size(len(values)) - 3), 0.7 * _axes.opacity(len(values))
    boxed = [(row, one) for row, one in enumerate(found.standings) if one.complete >= 2]
    if boxed:
        frame.add(panel, _boxes(boxed))
    for row, one in enumerate(found.standings):
        if not one.values:
            words = f"no complete trial{f', {one.failed} failed' if one.failed else ''}"
            frame.note(words, (ranged.low, row), panel=panel, left=True, above=None, shift=(8, 0))
            continue
        hover = hovers(told, [told.trial(n) for n in one.numbers], found.metric)
        heights = [row + 0.5 * ((k * 0.6180339887498949) % 1.0 - 0.5) for k in range(len(one.values))]
        marker = {
            "symbol": "circle",
            "size": size,
            "color": COMPLETE,
            "opacity": solid,
            "line": {"width": 0, "color": COMPLETE},
        }
        frame.add(panel, {
            "type": "scatter", "mode": "markers", "x": list(one.values), "y": heights, "marker": marker, "text": hover,
            "hovertemplate": "%{text}<extra></extra>", "customdata": list(one.numbers), "showlegend": False,
            "name": text(one.choice),
        })  # fmt: skip
        best = hovers(told, [told.trial(one.best_trial or 0)], found.metric)
        colour: Token = BEST if row == 0 else COMPLETE
        trace = _frame.marks([one.best], [row], BEST_MARK, size=7, hover=best, trials=[one.best_trial or 0], solid=1.0)
        trace["marker"]["color"] = colour
        if found.noise.is_known:
            trace["error_x"] = {
                "type": "data",
                "array": [2 * found.noise.deviation],
                "color": TEXT,
                "thickness": 1,
                "width": 0,
            }
        frame.add(panel, {**trace, "showlegend": False})
    beyond = ranged.below or ranged.above
    if beyond:
        at = 0.0 if ranged.below else 1.0
        words = f"{'← ' if ranged.below else ''}{beyond:,} worse{' →' if ranged.above else ''}"
        frame.note(words, (at, 0.0), left=at == 0.0, above=True, shift=(4 if at == 0.0 else -4, 0))
    return frame.figure()


def _boxes(rows: Sequence[tuple[int, Standing]]) -> dict[str, object]:
    pairs = [sorted(one.quartiles) for _, one in rows]
    return {
        "type": "box", "orientation": "h", "y": [row for row, _ in rows], "median": [one.median for _, one in rows],
        "q1": [pair[0] for pair in pairs], "q3": [pair[1] for pair in pairs], "lowerfence": [pair[0] for pair in pairs],
        "upperfence": [pair[1] for pair in pairs], "fillcolor": COMPLETE_BAND, "line": {"color": COMPLETE, "width": 1},
        "width": 0.62, "showlegend": False, "name": "middle half", "hoverinfo": "skip",
    }  # fmt: skip


def _leader_title(found: analysis.Leaderboard) -> str:
    first = found.standings[0]
    near = [text(one.choice) for one in found.standings[1:] if one.near]
    noise = found.noise.deviation if found.noise.is_known else None
    title = f"{text(first.choice)} leads with {text(found.metric.name)} {with_error(first.best, noise)}"
    if near:
        return f"{title}; {listed(near[:4])} {'is' if len(near) == 1 else 'are'} within noise of it"
    return f"{title}; no other is within noise of it" if noise is not None and len(found.standings) > 1 else title


def _leader_quiet(found: analysis.Leaderboard) -> str:
    trials = sum(one.trials for one in found.standings)
    quiet = f"{counted(trials, 'trial')} by {text(found.by)}; boxes are the middle half, stars the best"
    return quiet + (", with two deviations of the noise" if found.noise.is_known else "; noise is not known")


__all__ = ["leaderboard", "parallel", "ranks", "slices"]
