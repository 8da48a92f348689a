"""The second renderer: the same dict drawn by matplotlib, where no Chrome is there for the first."""

from __future__ import annotations

import io
import math
import re
from typing import Any, final

from tunesmith import _optional
from tunesmith.analysis._records import number
from tunesmith.plots._axes import linear_ticks
from tunesmith.plots._words import plain

DPI = 96
_SYMBOLS = {
    "circle": "o", "circle-open": "o", "star": "*", "triangle-up": "^", "x": "X", "diamond-open": "D", "diamond": "D",
    "square": "s", "line-ns": "|", "line-ns-open": "|",
}  # fmt: skip
_DASHES = {"solid": "-", "dot": ":", "dash": "--"}
_RGBA = re.compile(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)")


def drawn(figure: dict[str, Any], ending: str, size: tuple[int, int], scale: float) -> bytes:
    """A figure, in the colours of its theme, as the bytes of a picture.

    Parameters
    ----------
    figure
        As Plotly reads it; only what this house's figures use is known.
    ending
        `"png"`, `"svg"` or `"pdf"`.
    size
        Width and height in pixels.
    scale
        Pixels of a PNG for each of these.

    Raises
    ------
    MissingDependency
        If matplotlib is not installed.
    """
    mpl = _optional.require("matplotlib", extra="plot")
    canvas = _optional.require("matplotlib.figure", extra="plot")
    layout = figure["layout"]
    look = {
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": _points(13),
        "svg.fonttype": "none", "text.parse_math": False, "path.simplify": True,
    }  # fmt: skip
    with mpl.rc_context(look):
        sheet = canvas.Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI, facecolor=layout["paper_bgcolor"])
        paper = _Paper(sheet, layout, size)
        for trace in figure["data"]:
            _TRACES[trace["type"]](paper.axes[trace["xaxis"], trace["yaxis"]], trace)
        paper.finish(figure["data"])
        out = io.BytesIO()
        quiet = {"Date": None} if ending == "svg" else {"CreationDate": None} if ending == "pdf" else {}
        sheet.savefig(out, format=ending, dpi=DPI * scale, facecolor=layout["paper_bgcolor"], metadata=quiet)
    return out.getvalue()


def _points(pixels: float) -> float:
    return pixels * 72 / DPI * 0.92  # DejaVu runs wider than the systems' own type


@final
class _Paper:
    """The sheet with its axes: where Plotly's domains and margins put them."""

    def __init__(self, sheet: Any, layout: dict[str, Any], size: tuple[int, int]) -> None:
        self._sheet, self._layout, self._size = sheet, layout, size
        margin = layout["margin"]
        width, height = size
        self._left, self._right = margin["l"] / width, 1 - margin["r"] / width
        self._bottom, self._top = margin["b"] / height, 1 - margin["t"] / height
        self.axes: dict[tuple[str, str], Any] = {}
        for key in [name for name in layout if name.startswith("xaxis")]:
            suffix = key.removeprefix("xaxis")
            x, y = layout[key], layout[f"yaxis{suffix}"]
            (left, right), (low, high) = x["domain"], y["domain"]
            start, end = self.place(left, low), self.place(right, high)
            axes = sheet.add_axes((*start, end[0] - start[0], end[1] - start[1]), facecolor=layout["plot_bgcolor"])
            _prepare(axes, x, y)
            self.axes[f"x{suffix}", f"y{suffix}"] = axes

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A place of the plot as one of the sheet."""
        return self._left + x * (self._right - self._left), self._bottom + y * (self._top - self._bottom)

    def finish(self, traces: list[dict[str, Any]]) -> None:
        """Shapes, notes, title and legend, over what is drawn."""
        for shape in self._layout["shapes"]:
            _shape(self._axes_of(shape["xref"], shape["yref"]), shape)
        for note in self._layout["annotations"]:
            self._note(note)
        for axes in self.axes.values():
            _ends(axes)
        self._title()
        if self._layout["showlegend"]:
            self._legend(traces)

    def _axes_of(self, x: str, y: str) -> Any:
        return self.axes[x.removesuffix(" domain"), y.removesuffix(" domain")]

    def _note(self, note: dict[str, Any]) -> None:
        font = note["font"]
        look = {
            "color": font["color"], "fontsize": _points(font["size"]), "ha": note["xanchor"],
            "va": {"middle": "center", "top": "top", "bottom": "bottom"}[note["yanchor"]], "annotation_clip": False,
            "xytext": (note["xshift"] * 72 / DPI, note["yshift"] * 72 / DPI), "textcoords": "offset points",
        }  # fmt: skip
        words = _lines(note["text"])
        if note["xref"] == "paper":
            self.axes[next(iter(self.axes))].annotate(
                words, self.place(note["x"], note["y"]), xycoords="figure fraction", **look
            )
        else:
            axes = self._axes_of(note["xref"], note["yref"])
            place = [
                10**at if kind == "log" else at
                for at, kind in ((note["x"], axes.get_xscale()), (note["y"], axes.get_yscale()))
            ]
            axes.annotate(words, place, xycoords="data", **look)

    def _title(self) -> None:
        title, height = self._layout["title"], self._size[1]
        words = _lines(title["text"])
        font, under = title["font"], title["subtitle"]
        start = 16 / self._size[0]
        self._sheet.text(
            start, 1 - 16 / height, words, color=font["color"], fontsize=_points(font["size"]), fontweight="bold",
            va="top", linespacing=1.15,
        )  # fmt: skip
        below = 16 + 21 * (words.count("\n") + 1)
        self._sheet.text(
            start, 1 - below / height, _lines(under["text"]), color=under["font"]["color"],
            fontsize=_points(under["font"]["size"]), va="top", linespacing=1.2,
        )  # fmt: skip

    def _legend(self, traces: list[dict[str, Any]]) -> None:
        lines = _optional.require("matplotlib.lines", extra="plot")
        shown = [trace for trace in traces if trace.get("showlegend") and trace["mode"] == "markers"]
        handles = [
            lines.Line2D([], [], linestyle="none", label=plain(trace["name"]), **_marker(trace["marker"], 8))
            for trace in shown
        ]
        if handles:
            self._sheet.legend(
                handles=handles, loc="lower left", bbox_to_anchor=(self._left - 0.005, 0.0), ncols=len(handles),
                frameon=False, labelcolor=self._layout["font"]["color"], handletextpad=0.1, columnspacing=1.2,
            )  # fmt: skip


def _lines(marked: str) -> str:
    return "\n".join(plain(part) for part in marked.split("<br>"))


def _prepare(axes: Any, x: dict[str, Any], y: dict[str, Any]) -> None:
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_axisbelow(True)
    for which, spec, one in (("x", x, axes.xaxis), ("y", y, axes.yaxis)):
        if spec.get("visible") is False:
            one.set_visible(False)
        if spec["type"] == "log":
            one._set_axes_scale("log")  # noqa: SLF001 - set_xscale and set_yscale by another name
        ends = [10**end if spec["type"] == "log" else end for end in spec["range"]]
        (axes.set_xlim if which == "x" else axes.set_ylim)(*ends)
        ticks = spec.get("tickvals")
        if ticks is None:
            ticks = linear_ticks(min(ends), max(ends))
        words = spec.get("ticktext") or [number(tick) for tick in ticks]
        one.set_ticks(ticks, [plain(word) for word in words])
        one.set_ticks([], minor=True)
        axes.tick_params(axis=which, length=0, labelcolor=spec.get("tickfont", {}).get("color", "grey"))
        if spec.get("showgrid", True) and "gridcolor" in spec:
            axes.grid(visible=True, axis=which, color=spec["gridcolor"], linewidth=0.8)
        title = spec["title"]
        if title["text"]:
            one.set_label_text(plain(title["text"]), color=title["font"]["color"])
    axes.set_autoscale_on(False)


def _ends(axes: Any) -> None:
    """Nothing that was drawn may have moved the axes."""
    axes.set_autoscale_on(False)


def _colour(told: Any) -> Any:
    if isinstance(told, str) and (found := _RGBA.fullmatch(told)):
        *parts, alpha = found.groups()
        return (*(int(part) / 255 for part in parts), float(alpha))
    return told


def _floats(values: list[Any]) -> list[Any]:
    return [math.nan if value is None else value for value in values]


def _marker(marker: dict[str, Any], size: float | None = None) -> dict[str, Any]:
    open_mark = marker["symbol"].endswith("open")
    edge = marker.get("line", {})
    larger = 1.5 if marker["symbol"] == "star" else 1.0
    return {
        "marker": _SYMBOLS[marker["symbol"]], "markersize": (size or marker["size"]) * 72 / DPI * larger,
        "markerfacecolor": "none" if open_mark else _colour(marker["color"]),
        "markeredgecolor": _colour(edge.get("color", marker["color"])),
        "markeredgewidth": edge.get("width", 0) * 72 / DPI, "alpha": marker.get("opacity", 1.0),
    }  # fmt: skip


def _scatter(axes: Any, trace: dict[str, Any]) -> None:
    x, y = _floats(trace["x"]), _floats(trace["y"])
    if trace.get("fill") == "toself":
        axes.fill(x, y, facecolor=_colour(trace["fillcolor"]), edgecolor="none", zorder=1.5)
        return
    if "lines" in trace["mode"]:
        told = trace["line"]
        axes.plot(
            x, y, color=_colour(told["color"]), linewidth=told["width"] * 72 / DPI, linestyle=_DASHES[told["dash"]],
            drawstyle="steps-post" if told["shape"] == "hv" else "default", alpha=trace.get("opacity", 1.0), zorder=2.5,
        )  # fmt: skip
    if "markers" in trace["mode"]:
        marker = trace["marker"]
        if isinstance(marker["color"], list):
            _scatter_many(axes, x, y, marker)
        else:
            clip = trace.get("cliponaxis", True)
            axes.plot(x, y, linestyle="none", zorder=3 if clip else 4, clip_on=clip, **_marker(marker))
    if (bars := trace.get("error_x") or trace.get("error_y")) is not None:
        _whiskers(axes, x, y, bars, level="error_x" in trace)


def _scatter_many(axes: Any, x: list[float], y: list[float], marker: dict[str, Any]) -> None:
    axes.scatter(
        x, y, s=(marker["size"] * 72 / DPI) ** 2, c=[_colour(one) for one in marker["color"]], linewidths=0,
        marker=_SYMBOLS[marker["symbol"]], alpha=marker.get("opacity", 1.0), zorder=3,
    )  # fmt: skip


def _whiskers(axes: Any, x: list[float], y: list[float], bars: dict[str, Any], *, level: bool) -> None:
    far = _floats(bars["array"])
    near = _floats(bars.get("arrayminus") or bars["array"])
    axes.errorbar(
        x, y, fmt="none", ecolor=_colour(bars["color"]), elinewidth=bars["thickness"] * 72 / DPI, capsize=0, zorder=2.8,
        **({"xerr": [near, far]} if level else {"yerr": [near, far]}),
    )  # fmt: skip


def _bar(axes: Any, trace: dict[str, Any]) -> None:
    level = trace["orientation"] == "h"
    colours, edge = trace["marker"]["color"], trace["marker"]["line"]
    colours = [_colour(one) for one in colours] if isinstance(colours, list) else _colour(colours)
    thick = trace.get("width", 0.8)
    lengths = _floats(trace["x" if level else "y"])
    places = trace["y" if level else "x"]
    base = trace.get("base", 0)
    look = {"linewidth": edge["width"] * 72 / DPI, "edgecolor": _colour(edge.get("color", "none")), "zorder": 2}
    if level:
        axes.barh(places, lengths, height=thick, left=base, facecolor=colours, **look)
    else:
        axes.bar(places, lengths, width=thick, bottom=base, facecolor=colours, **look)
    if (bars := trace.get("error_x") or trace.get("error_y")) is not None:
        ends = [start + length for start, length in zip(base or [0] * len(lengths), lengths, strict=True)]
        _whiskers(axes, ends if level else places, places if level else ends, bars, level=level)


def _grid(axes: Any, trace: dict[str, Any]) -> None:
    colours = _optional.require("matplotlib.colors", extra="plot")
    scale = colours.LinearSegmentedColormap.from_list("scale", [tuple(stop) for stop in trace["colorscale"]])
    numpy = _optional.require("numpy", extra="plot")
    heights = numpy.ma.masked_invalid(numpy.array([_floats(row) for row in trace["z"]], dtype=float))
    ends = {"vmin": trace["zmin"], "vmax": trace["zmax"]}
    x, y = trace["x"], trace["y"]
    if trace["type"] == "contour":
        steps = trace["contours"]
        levels = numpy.arange(steps["start"], steps["end"] + steps["size"] * 1.001, steps["size"])
        drawn_ = axes.contourf(x, y, heights, levels=levels, cmap=scale, extend="both", zorder=1, **ends)
    else:
        drawn_ = axes.pcolormesh(x, y, heights, cmap=scale, shading="nearest", zorder=1, **ends)
    if trace.get("showscale") and (bar := trace.get("colorbar")):
        text = bar["tickfont"]["color"]
        made = axes.figure.colorbar(drawn_, ax=axes, location="right", fraction=0.04, pad=0.02)
        made.outline.set_visible(False)
        made.set_ticks(bar["tickvals"], labels=[plain(word) for word in bar["ticktext"]])
        made.ax.tick_params(length=0, labelcolor=text)
        made.ax.set_title(plain(bar["title"]["text"]), color=text, fontsize=_points(13), loc="left")


def _box(axes: Any, trace: dict[str, Any]) -> None:
    level = trace["orientation"] == "h"
    places = trace["y" if level else "x"]
    line_ = trace["line"]
    stats = [
        {"med": med, "q1": q1, "q3": q3, "whislo": low, "whishi": high, "fliers": []}
        for med, q1, q3, low, high in zip(
            trace["median"], trace["q1"], trace["q3"], trace["lowerfence"], trace["upperfence"], strict=True
        )
    ]
    edge = {"color": _colour(line_["color"]), "linewidth": line_["width"] * 72 / DPI}
    axes.bxp(
        stats, positions=places, orientation="horizontal" if level else "vertical", showfliers=False, showcaps=False,
        widths=trace.get("width", 0.5), patch_artist=True, manage_ticks=False, whiskerprops=edge, medianprops=edge,
        boxprops={"facecolor": _colour(trace["fillcolor"]), "edgecolor": edge["color"], "linewidth": edge["linewidth"]},
    )  # fmt: skip


def _shape(axes: Any, shape: dict[str, Any]) -> None:
    x_whole, y_whole = (shape[f"{which}ref"].endswith(" domain") for which in "xy")
    x, y = ([shape[f"{which}0"], shape[f"{which}1"]] for which in "xy")
    if shape["type"] == "line":
        look = {"color": shape["line"]["color"], "linewidth": 0.8, "linestyle": _DASHES[shape["line"]["dash"]]}
        (axes.axhline(y[0], zorder=1.2, **look) if x_whole else axes.axvline(x[0], zorder=1.2, **look))
    elif x_whole:
        axes.axhspan(*y, facecolor=_colour(shape["fillcolor"]), edgecolor="none", zorder=0.5)
    else:
        low, high = (0, 1) if y_whole else axes.transAxes.inverted().transform(axes.transData.transform([x, y]))[:, 1]
        axes.axvspan(*x, low, high, facecolor=_colour(shape["fillcolor"]), edgecolor="none", zorder=0.5)


_TRACES = {"scatter": _scatter, "bar": _bar, "box": _box, "heatmap": _grid, "contour": _grid}
