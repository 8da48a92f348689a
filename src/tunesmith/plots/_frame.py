"""How a figure is put together: a sentence, a quiet line, panels with axes, traces, notes at the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from tunesmith.plots._axes import Range
from tunesmith.plots._tokens import (
    BODY,
    FONT,
    GROUND,
    LINE,
    QUIET,
    SMALL,
    SURFACE,
    TEXT,
    Mark,
    Token,
)
from tunesmith.plots._words import plain, wrapped
from tunesmith.plots.figure import Figure

_TITLE_LINE = 20
_QUIET_LINE = 17
_PER_LETTER = 7


@final
@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    x, y
        The axes' ids as traces name them: `"x"`, `"y2"`.
    across, up
        Its place in the plot, each from 0 to 1.
    """

    x: str
    y: str
    across: tuple[float, float]
    up: tuple[float, float]


@final
class Frame:
    """A figure in the making.

    Parameters
    ----------
    title
        What is seen, in a sentence; names in it are escaped already.
    quiet
        How many trials, how sure.
    height
        Of the plot itself, in pixels: title, legend and margins come on top.
    left
        Room for the labels of the vertical axis, in pixels.
    right
        Room for labels at the ends of lines.
    legend
        Whether the states are explained below.
    """

    def __init__(
        self, title: str, quiet: str, *, height: int = 320, left: int = 56, right: int = 24, legend: bool = False
    ) -> None:
        sentence, under = wrapped(title), wrapped(quiet, 130)
        self._top = 28 + _TITLE_LINE * (sentence.count("<br>") + 1) + _QUIET_LINE * (under.count("<br>") + 1) + 30
        self._bottom = 44 + (28 if legend else 0)
        self._traces: list[dict[str, Any]] = []
        self._panels = 0
        self._annotations: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []
        self.height = height
        self.layout: dict[str, Any] = {
            "title": {
                "text": sentence, "x": 0.0, "xref": "paper", "xanchor": "left", "y": 1.0, "yref": "container",
                "yanchor": "top", "pad": {"t": 16 + 10 * sentence.count("<br>"), "l": -left + 16},
                "font": {"size": BODY, "color": TEXT, "weight": 600},
                "subtitle": {"text": under, "font": {"size": SMALL, "color": QUIET}},
            },
            "height": height + self._top + self._bottom,
            "margin": {"l": left, "r": right, "t": self._top, "b": self._bottom, "pad": 0, "autoexpand": False},
            "paper_bgcolor": GROUND, "plot_bgcolor": GROUND,
            "font": {"family": FONT, "size": SMALL, "color": TEXT},
            "showlegend": legend,
            "legend": {
                "orientation": "h", "x": 0.0, "xref": "paper", "xanchor": "left", "y": 0.0, "yref": "container",
                "yanchor": "bottom", "font": {"size": SMALL, "color": TEXT}, "itemsizing": "constant",
                "bgcolor": GROUND,
            },
            "hovermode": "closest", "dragmode": "zoom", "separators": ".,",
            "hoverlabel": {
                "bgcolor": SURFACE, "bordercolor": LINE, "align": "left",
                "font": {"family": FONT, "size": SMALL, "color": TEXT},
            },
        }  # fmt: skip

    def panel(
        self,
        x: dict[str, Any],
        y: dict[str, Any],
        *,
        across: tuple[float, float] = (0.0, 1.0),
        up: tuple[float, float] = (0.0, 1.0),
        name: str = "",
    ) -> Panel:
        """Add a pair of axes; `name`, escaped, stands level above the vertical one: `AUC ↑`."""
        self._panels += 1
        suffix = "" if self._panels == 1 else str(self._panels)
        panel = Panel(f"x{suffix}", f"y{suffix}", across, up)
        self.layout[f"xaxis{suffix}"] = {**x, "domain": list(across), "anchor": panel.y}
        self.layout[f"yaxis{suffix}"] = {**y, "domain": list(up), "anchor": panel.x}
        if name:
            self.note(name, (across[0], up[1]), left=True, above=True, shift=(-36 if across[0] == 0 else 0, 4))
        return panel

    def grid(self, count: int, columns: int = 3, gap: float = 0.07, row: int = 190) -> list[tuple[Any, Any]]:
        """The places of several panels, row by row from the top; the height grows with the rows."""
        columns = max(1, min(columns, count))
        rows = math.ceil(count / columns)
        self.resize(row * rows)
        wide = (1 - gap * (columns - 1)) / columns
        low_gap = 64 / max(self.height, 1) if rows > 1 else 0.0
        tall = (1 - low_gap * (rows - 1)) / rows
        places = []
        for k in range(count):
            column, line = k % columns, k // columns
            left, top = column * (wide + gap), 1 - line * (tall + low_gap)
            places.append(((round(left, 6), round(left + wide, 6)), (round(max(top - tall, 0.0), 6), round(top, 6))))
        return places

    def resize(self, height: int) -> None:
        """Another height of the plot itself."""
        self.height = height
        self.layout["height"] = height + self._top + self._bottom

    def add(self, panel: Panel, trace: dict[str, Any]) -> None:
        """Add a trace to a panel."""
        self._traces.append({**trace, "xaxis": panel.x, "yaxis": panel.y})

    def note(
        self,
        words: str,
        at: tuple[float, float],
        *,
        panel: Panel | None = None,
        left: bool = False,
        above: bool | None = False,
        shift: tuple[float, float] = (0, 0),
        colour: Token = QUIET,
    ) -> None:
        """Write something: at a place of the whole plot (0 to 1), or at the data of a panel.

        `left` says that the text begins there; otherwise it ends there. `above` says that it stands on the place, None
        that its middle is there; otherwise it hangs from it.
        """
        x, y = at
        anchor = "middle" if above is None else "bottom" if above else "top"
        if panel is not None:  # Plotly places notes on a logarithmic axis by exponents of ten
            x, y = (math.log10(end) if self._is_log(axis) else end for end, axis in ((x, panel.x), (y, panel.y)))
        self._annotations.append({
            "text": words, "x": x, "y": y, "xref": panel.x if panel else "paper", "yref": panel.y if panel else "paper",
            "xanchor": "left" if left else "right", "yanchor": anchor, "xshift": shift[0], "yshift": shift[1],
            "showarrow": False, "align": "left" if left else "right", "font": {"size": SMALL, "color": colour},
        })  # fmt: skip

    def outside(self, panel: Panel, found: Range, noun: str = "") -> None:
        """Count at the edges what lies beyond them."""
        for count, word, end in ((found.below, "below", 0), (found.above, "above", 1)):
            if count:
                sign = "↓" if end == 0 else "↑"
                words = f"{count:,} {noun + ' ' if noun else ''}{word} {sign}"
                self.note(words, (panel.across[1], panel.up[end]), above=end == 0, shift=(-4, 2 if end == 0 else -2))

    def rule(self, panel: Panel, *, x: float | None = None, y: float | None = None, colour: Token = QUIET) -> None:
        """A dotted line across a panel, at a place of one of its axes."""
        along_x = {"xref": f"{panel.x} domain", "x0": 0, "x1": 1} if x is None else {"xref": panel.x, "x0": x, "x1": x}
        along_y = {"yref": f"{panel.y} domain", "y0": 0, "y1": 1} if y is None else {"yref": panel.y, "y0": y, "y1": y}
        line = {"color": colour, "width": 1, "dash": "dot"}
        self._shapes.append({"type": "line", "line": line, "layer": "below", **along_x, **along_y})

    def shade(
        self, panel: Panel, *, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None, colour: Token
    ) -> None:
        """A band across a panel between two places of one of its axes."""
        along_x = (
            {"xref": f"{panel.x} domain", "x0": 0, "x1": 1} if x is None else {"xref": panel.x, "x0": x[0], "x1": x[1]}
        )
        along_y = (
            {"yref": f"{panel.y} domain", "y0": 0, "y1": 1} if y is None else {"yref": panel.y, "y0": y[0], "y1": y[1]}
        )
        fill = {"fillcolor": colour, "line": {"width": 0}}
        self._shapes.append({"type": "rect", "layer": "below", **fill, **along_x, **along_y})

    def _is_log(self, name: str) -> bool:
        return bool(self.layout[f"{name[0]}axis{name[1:]}"]["type"] == "log")

    def figure(self) -> Figure:
        """The figure as it is now."""
        layout = {**self.layout, "annotations": list(self._annotations), "shapes": list(self._shapes)}
        return Figure(tuple(self._traces), layout)


def empty(title: str, quiet: str) -> Figure:
    """A figure of nothing yet: it says so, and what to do."""
    frame = Frame(title, quiet, height=96)
    nothing = {"type": "linear", "range": [0, 1], "visible": False, "title": {"text": ""}}
    frame.panel(dict(nothing), dict(nothing))
    return frame.figure()


def room_for(labels: Sequence[str], least: int = 56, most: int = 260) -> int:
    """How much room labels of a vertical axis need, in pixels."""
    return max(least, min(most, 20 + _PER_LETTER * max((len(plain(label)) for label in labels), default=0)))


def marks(
    x: Sequence[Any],
    y: Sequence[Any],
    mark: Mark,
    *,
    size: float,
    hover: Sequence[str] = (),
    trials: Sequence[int] = (),
    solid: float = 0.9,
) -> dict[str, Any]:
    """Marks of one state; `trials` go with the points, so that a click can open them."""
    symbol_size = size + {"star": 6, "x": -1, "triangle-up": 1}.get(mark.symbol, 0)
    line = {"width": 1.4 if mark.symbol.endswith("open") else 0, "color": mark.colour}
    if mark.symbol == "star":
        line = {"width": 1, "color": GROUND}
    return {
        "type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "name": mark.word,
        "marker": {"symbol": mark.symbol, "size": symbol_size, "color": mark.colour, "opacity": solid, "line": line},
        "text": list(hover), "hovertemplate": "%{text}<extra></extra>", "customdata": list(trials),
        "showlegend": True, "legendgroup": mark.word, "cliponaxis": mark.symbol != "star",
    }  # fmt: skip


def line(
    x: Sequence[Any],
    y: Sequence[Any],
    colour: Token | str,
    *,
    width: float = 2.0,
    steps: bool = False,
    hover: Sequence[str] | str = (),
    name: str = "",
) -> dict[str, Any]:
    """A line, in steps where its value holds until the next point."""
    out: dict[str, Any] = {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name, "showlegend": False,
        "line": {"color": colour, "width": width, "dash": "solid", "shape": "hv" if steps else "linear"},
        "connectgaps": False,
    }  # fmt: skip
    return {**out, **_hover(hover)}


def band(x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: Token, *, steps: bool = False) -> Any:
    """A faint band between two curves; a gap where either is not known."""
    if steps:
        x, low, high = _stepped(x), _held(low), _held(high)
    if not (all(map(math.isfinite, low)) and all(map(math.isfinite, high))):
        known = [k for k, pair in enumerate(zip(low, high, strict=True)) if all(map(math.isfinite, pair))]
        x, low, high = ([values[k] for k in known] for values in (x, low, high))
    xs, ys = [*x, *reversed(x)], [*high, *reversed(low)]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "fill": "toself", "fillcolor": colour,
        "line": {"width": 0, "color": colour, "shape": "linear", "dash": "solid"}, "hoverinfo": "skip",
        "showlegend": False, "name": "band",
    }  # fmt: skip


def bars(
    lengths: Sequence[float],
    names: Sequence[Any],
    colour: Token | Sequence[Token],
    *,
    level: bool = True,
    hover: Sequence[str] = (),
    base: Sequence[float] | None = None,
    width: float | None = None,
) -> dict[str, Any]:
    """Bars, level ones by default."""
    out: dict[str, Any] = {
        "type": "bar", "orientation": "h" if level else "v", "x": list(lengths if level else names),
        "y": list(names if level else lengths), "marker": {"color": colour, "line": {"width": 0}},
        "showlegend": False, "name": "", "textposition": "none", **_hover(hover),
    }  # fmt: skip
    if base is not None:
        out["base"] = list(base)
    if width is not None:
        out["width"] = width
    return out


def _hover(hover: Sequence[str] | str) -> dict[str, Any]:
    if not hover:
        return {"hoverinfo": "skip"}
    if isinstance(hover, str):
        return {"hovertemplate": hover + "<extra></extra>"}
    return {"text": list(hover), "hovertemplate": "%{text}<extra></extra>"}


def _stepped(x: Sequence[float]) -> list[float]:
    return [place for k, here in enumerate(x) for place in ([here] if k + 1 == len(x) else [here, x[k + 1]])]


def _held(values: Sequence[float]) -> list[float]:
    return [value for k, here in enumerate(values) for value in ([here] if k + 1 == len(values) else [here, here])]
