"""A third renderer: a figure's dict as SVG inside a page, coloured by the page's own theme; needs no library."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, final

from tunesmith.analysis._records import number
from tunesmith.plots._axes import linear_ticks
from tunesmith.plots._tokens import Token
from tunesmith.plots._words import plain
from tunesmith.plots.figure import WIDTH, Figure
from tunesmith.reporting import _surface

_HEAD = 28
_MOST_TITLES = 500
_PLAIN_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([\d., ]+\)|none")
_DASHES = {"solid": "", "dot": ";stroke-dasharray:1 3", "dash": ";stroke-dasharray:6 4"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_STAR = [(math.sin(k * math.pi / 5), -math.cos(k * math.pi / 5), 1.0 if k % 2 == 0 else 0.45) for k in range(10)]


def drawn(figure: Figure) -> str:
    """The plot of a figure as an `<svg>` element, without its title, which the page writes as text.

    Colours stay roles (`var(--complete)`), so that one picture serves both themes and print.

    Parameters
    ----------
    figure
        One of this house's; traces are scatters, bars, boxes and surfaces.

    Returns
    -------
    Markup, as wide as `WIDTH` in the picture's own units; the marks of trials are one element each.

    Examples
    --------
    >>> import tunesmith as ts
    >>> from tunesmith import plots
    >>> study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=5, storage=None, seed=0)
    >>> drawn(plots.history(study)).count("<circle")
    6
    """
    layout = figure.layout
    top = layout["margin"]["t"] - _HEAD
    height = figure.height - top
    sheet = _Sheet(layout, top)
    parts = [sheet.grid(), *(sheet.shape(shape) for shape in layout["shapes"])]
    parts += [_TRACES[trace["type"]](sheet.panels[trace["xaxis"], trace["yaxis"]], trace) for trace in figure.data]
    parts += [sheet.note(note) for note in layout["annotations"]]
    if layout["showlegend"]:
        parts.append(_legend(figure.data, layout["margin"]["l"], height - 12))
    label = html.escape(figure.title, quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


@final
class _Axis:
    """Values to pixels along one axis."""

    def __init__(self, spec: dict[str, Any], start: float, end: float) -> None:
        self.spec, self.start, self.end = spec, start, end
        self.log = spec["type"] == "log"
        low, high = spec["range"]
        self.low, self.span = low, (high - low) or 1.0

    def at(self, value: Any) -> float | None:
        """The pixel of a value; None where it is not known."""
        if value is None or not math.isfinite(value) or (self.log and value <= 0):
            return None
        return self.of_range(math.log10(value) if self.log else value)

    def of_range(self, value: float) -> float:
        """The pixel of a place as the axis' range counts: exponents of ten where it is logarithmic."""
        return float(self.start + (value - self.low) / self.span * (self.end - self.start))

    def ticks(self) -> list[tuple[float, str]]:
        """Pixels and words of the ticks that are in sight."""
        if self.spec.get("visible") is False:
            return []
        ends = [10**end if self.log else end for end in self.spec["range"]]
        values = self.spec.get("tickvals")
        values = linear_ticks(min(ends), max(ends)) if values is None else values
        words = self.spec.get("ticktext") or [number(value) for value in values]
        low, high = sorted((self.start, self.end))
        found = ((self.at(value), plain(word)) for value, word in zip(values, words, strict=True))
        return [(at, word) for at, word in found if at is not None and low - 0.5 <= at <= high + 0.5]


@final
class _Panel:
    """A pair of axes; what is drawn in it is cut off at its edges."""

    def __init__(self, x: _Axis, y: _Axis) -> None:
        self.x, self.y = x, y

    def inside(self, body: str, *, clip: bool = True) -> str:
        """Markup within the panel."""
        left, top = self.x.start, self.y.end
        wide, tall = self.x.end - left, self.y.start - top
        box = f"{left:.6g} {top:.6g} {wide:.6g} {tall:.6g}"
        cut = "hidden" if clip else "visible"
        return (
            f'<svg x="{left:.6g}" y="{top:.6g}" width="{wide:.6g}" height="{tall:.6g}" viewBox="{box}" '
            f'overflow="{cut}">{body}</svg>'
        )

    def places(self, xs: Sequence[Any], ys: Sequence[Any]) -> list[tuple[float, float] | None]:
        """Pixels of points; None where either value is not known."""
        found = ((self.x.at(x), self.y.at(y)) for x, y in zip(xs, ys, strict=True))
        return [None if x is None or y is None else (x, y) for x, y in found]


@final
class _Sheet:
    """Where the panels lie, and what is written about them."""

    def __init__(self, layout: dict[str, Any], top: float) -> None:
        margin = layout["margin"]
        self._left, self._right = margin["l"], WIDTH - margin["r"]
        self._top, self._bottom = margin["t"] - top, layout["height"] - margin["b"] - top
        self.panels: dict[tuple[str, str], _Panel] = {}
        for key in [name for name in layout if name.startswith("xaxis")]:
            suffix = key.removeprefix("xaxis")
            x, y = layout[key], layout[f"yaxis{suffix}"]
            (left, low), (right, high) = (self._place(x["domain"][k], y["domain"][k]) for k in (0, 1))
            self.panels[f"x{suffix}", f"y{suffix}"] = _Panel(_Axis(x, left, right), _Axis(y, low, high))

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return self._left + x * (self._right - self._left), self._bottom - y * (self._bottom - self._top)

    def grid(self) -> str:
        """Lines, ticks and names of all axes."""
        parts: list[str] = []
        for panel in self.panels.values():
            x, y = panel.x, panel.y
            for at, word in y.ticks():
                if y.spec.get("showgrid", True):
                    parts.append(_line(x.start, at, x.end, at, "var(--line)"))
                parts.append(_words(word, x.start - 6, at + 4, "end"))
            for at, word in x.ticks():
                if x.spec.get("showgrid", True):
                    parts.append(_line(at, y.start, at, y.end, "var(--line)"))
                parts.append(_words(word, at, y.start + 18, "middle"))
            if name := plain(x.spec["title"]["text"]):
                parts.append(_words(name, (x.start + x.end) / 2, y.start + 36, "middle"))
        return "".join(parts)

    def shape(self, shape: dict[str, Any]) -> str:
        """A rule or a band across a panel."""
        panel = self.panels[shape["xref"].removesuffix(" domain"), shape["yref"].removesuffix(" domain")]
        ends: list[float] = []
        for which, axis in (("x", panel.x), ("y", panel.y)):
            whole = shape[f"{which}ref"].endswith(" domain")
            for k in (0, 1):
                at = (axis.start, axis.end)[k] if whole else axis.at(shape[f"{which}{k}"])
                if at is None:
                    return ""
                ends.append(at)
        x0, x1, y0, y1 = ends
        if shape["type"] == "line":
            told = shape["line"]
            return panel.inside(_line(x0, y0, x1, y1, _colour(told["color"]), _DASHES[told["dash"]]))
        left, up = min(x0, x1), min(y0, y1)
        box = f'x="{left:.5g}" y="{up:.5g}" width="{abs(x1 - x0):.5g}" height="{abs(y1 - y0):.5g}"'
        return panel.inside(f'<rect {box} style="fill:{_colour(shape["fillcolor"])}"/>')

    def note(self, note: dict[str, Any]) -> str:
        """Words at a place."""
        if note["xref"] == "paper":
            x, y = self._place(note["x"], note["y"])
        else:
            panel = self.panels[note["xref"], note["yref"]]
            x, y = panel.x.of_range(note["x"]), panel.y.of_range(note["y"])
        lines = note["text"].split("<br>")
        rise = {"top": 13.0, "middle": 4.5 - 8 * (len(lines) - 1), "bottom": -4.0 - 16 * (len(lines) - 1)}
        y += rise[note["yanchor"]] - note["yshift"]
        anchor, colour = _ANCHORS[note["xanchor"]], _colour(note["font"]["color"])
        told = (
            _words(plain(line), x + note["xshift"], y + 16 * k, anchor, colour, bold="<b>" in line)
            for k, line in enumerate(lines)
        )
        return "".join(told)


def _colour(told: Any) -> str:
    if type(told) is Token:
        return f"var(--{told})"
    found = str(told)
    return found if _PLAIN_COLOUR.fullmatch(found) else "var(--quiet)"


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, dash: str = "") -> str:
    return f'<path d="M{x0:.5g},{y0:.5g}L{x1:.5g},{y1:.5g}" style="stroke:{colour}{dash}"/>'


def _words(words: str, x: float, y: float, anchor: str, colour: str = "var(--quiet)", *, bold: bool = False) -> str:
    weight = ";font-weight:600" if bold else ""
    return (
        f'<text x="{x:.5g}" y="{y:.5g}" text-anchor="{anchor}" style="fill:{colour}{weight}">'
        f"{html.escape(words, quote=False)}</text>"
    )


def _path(places: Iterable[tuple[float, float] | None], *, steps: bool = False) -> str:
    out, fresh = [], True
    for place in places:
        if place is None:
            fresh = True
            continue
        x, y = place
        out.append(f"M{x:.5g},{y:.5g}" if fresh else f"H{x:.5g}V{y:.5g}" if steps else f"L{x:.5g},{y:.5g}")
        fresh = False
    return "".join(out)


def _scatter(panel: _Panel, trace: dict[str, Any]) -> str:
    places = panel.places(trace["x"], trace["y"])
    if trace.get("fill") == "toself":
        body = f'<path d="{_path(places)}" style="fill:{_colour(trace["fillcolor"])}"/>'
        return panel.inside(body)
    parts: list[str] = []
    if "lines" in trace["mode"]:
        told = trace["line"]
        look = f"stroke:{_colour(told['color'])};stroke-width:{told['width']:.3g}{_DASHES[told['dash']]}"
        way = _path(places, steps=told["shape"] == "hv")
        parts.append(f'<path d="{way}" style="fill:none;{look};opacity:{trace.get("opacity", 1):.3g}"/>')
    parts.append(_whiskers(panel, trace["x"], trace["y"], trace))
    if "markers" in trace["mode"]:
        parts.append(_marks(places, trace))
    return panel.inside("".join(parts), clip=trace.get("cliponaxis", True))


def _marks(places: list[tuple[float, float] | None], trace: dict[str, Any]) -> str:
    marker = trace["marker"]
    symbol, size, told = marker["symbol"], marker["size"], marker["color"]
    hover = trace.get("text") or []
    titled = isinstance(hover, list) and 0 < len(hover) <= _MOST_TITLES and len(hover) == len(places)
    parts: list[str] = []
    for k, place in enumerate(places):
        if place is None:
            continue
        own = f' style="fill:{_colour(told[k])}"' if isinstance(told, list) else ""
        title = f"<title>{html.escape(plain(hover[k].split('<br>')[0]), quote=False)}</title>" if titled else ""
        parts.append(_mark(symbol, *place, size / 2, own, title))
    edge = marker.get("line", {})
    colour = "var(--complete)" if isinstance(told, list) else _colour(told)
    fill = "none" if symbol.endswith("open") else colour
    look = f"fill:{fill};opacity:{marker.get('opacity', 1):.3g}"
    if symbol in {"x", "line-ns", "line-ns-open"}:
        look += f";stroke:{colour};stroke-width:{max(1.2, size / 4):.3g}"
    elif edge.get("width"):
        look += f";stroke:{_colour(edge.get('color', told))};stroke-width:{edge['width']:.3g}"
    return f'<g class="marks" style="{look}">{"".join(parts)}</g>'


def _mark(symbol: str, x: float, y: float, r: float, own: str, title: str) -> str:
    """One mark, `r` half as wide as it is."""
    if symbol.startswith("circle"):
        shape, rest = "circle", f'cx="{x:.5g}" cy="{y:.5g}" r="{r:.3g}"'
    else:
        way = {"star": _star, "triangle": _triangle, "x": _cross, "line": _tick, "square": _square}
        draw = way.get(symbol.partition("-")[0], _diamond)
        shape, rest = "path", f'd="{draw(x, y, r)}"'
    return f"<{shape} {rest}{own}>{title}</{shape}>" if title else f"<{shape} {rest}{own}/>"


def _star(x: float, y: float, r: float) -> str:
    return _path([(x + a * k * r, y + b * k * r) for a, b, k in _STAR]) + "Z"


def _triangle(x: float, y: float, r: float) -> str:
    return f"M{x:.5g},{y - r:.5g}l{r:.3g},{1.75 * r:.3g}h{-2 * r:.3g}Z"


def _cross(x: float, y: float, r: float) -> str:
    d = 0.75 * r
    return f"M{x - d:.5g},{y - d:.5g}l{2 * d:.3g},{2 * d:.3g}m0,{-2 * d:.3g}l{-2 * d:.3g},{2 * d:.3g}"


def _tick(x: float, y: float, r: float) -> str:
    return f"M{x:.5g},{y - r:.5g}v{2 * r:.3g}"


def _square(x: float, y: float, r: float) -> str:
    return f"M{x - r:.5g},{y - r:.5g}h{2 * r:.3g}v{2 * r:.3g}h{-2 * r:.3g}Z"


def _diamond(x: float, y: float, r: float) -> str:
    return f"M{x:.5g},{y - r:.5g}l{r:.3g},{r:.3g}l{-r:.3g},{r:.3g}l{-r:.3g},{-r:.3g}Z"


def _whiskers(panel: _Panel, xs: Sequence[Any], ys: Sequence[Any], trace: dict[str, Any]) -> str:
    bars = trace.get("error_x") or trace.get("error_y")
    if bars is None:
        return ""
    level = bool(trace.get("error_x"))
    parts: list[tuple[float, float] | None] = []
    for x, y, far, near in zip(xs, ys, bars["array"], bars.get("arrayminus") or bars["array"], strict=True):
        if None in {x, y, far, near}:
            continue
        low, high = ((x - near, y), (x + far, y)) if level else ((x, y - near), (x, y + far))
        parts += [*panel.places([low[0], high[0]], [low[1], high[1]]), None]
    look = f"fill:none;stroke:{_colour(bars['color'])};stroke-width:{bars['thickness']:.3g}"
    return f'<path d="{_path(parts)}" style="{look}"/>'


def _bar(panel: _Panel, trace: dict[str, Any]) -> str:
    level = trace["orientation"] == "h"
    along, across = (panel.x, panel.y) if level else (panel.y, panel.x)
    lengths, places = (trace["x"], trace["y"]) if level else (trace["y"], trace["x"])
    base = trace.get("base") or [0.0] * len(lengths)
    told, half = trace["marker"]["color"], trace.get("width", 0.8) / 2
    parts: list[str] = []
    for k, (start, length, place) in enumerate(zip(base, lengths, places, strict=True)):
        if length is None:
            continue
        a = along.at(start)
        a, b = along.start if a is None else a, along.at(start + length)
        c, d = across.at(place - half), across.at(place + half)
        if b is None or c is None or d is None:
            continue
        (x0, x1), (y0, y1) = ((a, b), (c, d)) if level else ((c, d), (a, b))
        colour = _colour(told[k] if isinstance(told, list | tuple) else told)
        box = f'x="{min(x0, x1):.5g}" y="{min(y0, y1):.5g}" width="{abs(x1 - x0):.5g}" height="{abs(y1 - y0):.5g}"'
        parts.append(f'<rect {box} style="fill:{colour}"/>')
    ends = [start + (length or 0) for start, length in zip(base, lengths, strict=True)]
    xs, ys = (ends, places) if level else (places, ends)
    parts.append(_whiskers(panel, xs, ys, trace))
    return panel.inside("".join(parts))


def _box(panel: _Panel, trace: dict[str, Any]) -> str:
    level = trace["orientation"] == "h"
    half = trace.get("width", 0.5) / 2
    ways: list[str] = []
    names = ("lowerfence", "q1", "median", "q3", "upperfence")
    for place, *five in zip(trace["y" if level else "x"], *(trace[name] for name in names), strict=True):
        low, q1, middle, q3, high = five
        ends = [(low, 0), (q1, 0), None, (q1, -half), (q1, half), (q3, half), (q3, -half), (q1, -half), None]
        ends += [(middle, -half), (middle, half), None, (q3, 0), (high, 0)]
        spots: list[tuple[float, float] | None] = []
        for end in ends:
            value, at = (None, place) if end is None else (end[0], place + end[1])
            spots += panel.places(*(([value], [at]) if level else ([at], [value])))
        ways.append(_path(spots))
    edge = trace["line"]
    look = f"fill:{_colour(trace['fillcolor'])};stroke:{_colour(edge['color'])};stroke-width:{edge['width']:.3g}"
    return panel.inside(f'<path d="{"".join(ways)}" style="{look}"/>')


def _tiles(panel: _Panel, trace: dict[str, Any]) -> str:
    box = (panel.x.start, panel.x.end, panel.y.end, panel.y.start)
    xs, ys = (
        [at for at in map(axis.at, trace[way]) if at is not None] for axis, way in ((panel.x, "x"), (panel.y, "y"))
    )
    return panel.inside(_surface.tiles(xs, ys, trace, box)) + _surface.bar(trace, box)


def _legend(traces: Iterable[dict[str, Any]], left: float, y: float) -> str:
    parts: list[str] = []
    seen: set[str] = set()
    for trace in traces:
        name = plain(str(trace.get("name", "")))
        if not trace.get("showlegend") or trace.get("mode") != "markers" or name in seen:
            continue
        seen.add(name)
        key = {"marker": {**trace["marker"], "size": 9}}
        parts.append(_marks([(left + 5, y - 4)], key).replace('class="marks"', 'class="key"'))
        parts.append(_words(name, left + 16, y, "start", "var(--text)"))
        left += 40 + 7 * len(name)
    return "".join(parts)


_TRACES: dict[str, Callable[[_Panel, dict[str, Any]], str]] = {
    "scatter": _scatter, "bar": _bar, "box": _box, "contour": _tiles, "heatmap": _tiles,
}  # fmt: skip
