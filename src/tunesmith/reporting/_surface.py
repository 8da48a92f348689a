"""A value over two parameters as tiles of colour, with the bar that says which colour is how much."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Sequence
from typing import Any

_LEVELS = 12
"""In so many shades a smooth surface is drawn, so that lines of equal value are seen."""

_GAP, _WIDE = 16.0, 12.0


def tiles(xs: Sequence[float], ys: Sequence[float], trace: dict[str, Any], box: Sequence[float]) -> str:
    """A tile about each pair of places, in pixels, up to the middle between neighbours.

    Parameters
    ----------
    xs, ys
        Pixels of the columns and rows.
    trace
        A contour or heatmap.
    box
        Left, right, top and bottom of the panel.
    """
    left, right, top, bottom = box
    shades = _LEVELS if trace["type"] == "contour" else 0
    wide, tall = _between(xs, left, right), _between(ys, bottom, top)
    parts: list[str] = []
    for row, (y0, y1) in zip(trace["z"], tall, strict=True):
        for value, (x0, x1) in zip(row, wide, strict=True):
            if value is not None and math.isfinite(value):
                colour = _shade(trace, _share(trace, value, shades))
                parts.append(
                    f'<rect x="{min(x0, x1):.5g}" y="{min(y0, y1):.5g}" width="{abs(x1 - x0):.4g}" '
                    f'height="{abs(y1 - y0):.4g}" style="fill:{colour}"/>'
                )
    opacity = trace.get("opacity", 1.0)
    return f'<g shape-rendering="crispEdges" style="opacity:{opacity:.3g}">{"".join(parts)}</g>'


def bar(trace: dict[str, Any], box: Sequence[float]) -> str:
    """The colours from low to high, to the right of the panel."""
    _left, right, top, bottom = box
    told = trace["colorbar"]
    x, step = right + _GAP, (bottom - top) / _LEVELS
    parts = [
        f'<rect x="{x:.5g}" y="{bottom - (k + 1) * step:.5g}" width="{_WIDE:g}" height="{step + 0.5:.4g}" '
        f'style="fill:{_shade(trace, (k + 0.5) / _LEVELS)}"/>'
        for k in range(_LEVELS)
    ]
    for value, words in zip(told["tickvals"], told["ticktext"], strict=True):
        y = bottom - (bottom - top) * _share(trace, value, 0) + 4
        parts.append(f'<text x="{x + _WIDE + 6:.5g}" y="{y:.5g}">{html.escape(words, quote=False)}</text>')
    return "".join(parts)


def _between(places: Sequence[float], start: float, end: float) -> list[tuple[float, float]]:
    """From where to where each tile reaches."""
    middles = [(a + b) / 2 for a, b in itertools.pairwise(places)]
    return list(zip([start, *middles], [*middles, end], strict=True))


def _share(trace: dict[str, Any], value: float, shades: int) -> float:
    """Where a value lies between the lowest and the highest, 0 to 1; in the middle of its shade."""
    low, high = trace["zmin"], trace["zmax"]
    share = min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5
    return (min(int(share * shades), shades - 1) + 0.5) / shades if shades else share


def _shade(trace: dict[str, Any], share: float) -> str:
    colours = [colour for _, colour in trace["colorscale"]]
    place = share * (len(colours) - 1)
    low = min(int(place), len(colours) - 2)
    mixed = (
        round(
            int(colours[low][k : k + 2], 16) * (1 - place + low) + int(colours[low + 1][k : k + 2], 16) * (place - low)
        )
        for k in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)
