"""Figures as files: HTML and JSON as they are, pictures by Kaleido where a Chrome is found, otherwise by matplotlib."""

from __future__ import annotations

import html
import json
import os
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from tunesmith import _optional
from tunesmith.errors import TunesmithWarning, UsageError, did_you_mean
from tunesmith.plots import _matplotlib

PICTURES = ("png", "svg", "pdf")
ENGINES = ("kaleido", "matplotlib")
_CHROMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "Google Chrome",
    "msedge",
)
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip


@final
@dataclass(frozen=True)
class Size:
    """How large a picture is: width and height in pixels, and the pixels of a PNG for each of these."""

    width: int
    height: int
    scale: float = 2.0

    def __post_init__(self) -> None:
        if not (1 <= self.width <= 20_000 and 1 <= self.height <= 20_000 and 0 < self.scale <= 10):
            raise UsageError(
                f"A picture of {self.width} x {self.height} pixels at scale {self.scale} cannot be made.",
                hint="Width and height are 1 to 20,000 pixels, the scale is above 0 and at most 10.",
            )


def write(figure: dict[str, Any], path: Path, size: Size, engine: str | None = None) -> Path:
    """Write a figure by the ending of the path; see `Figure.write`."""
    ending = path.suffix.removeprefix(".").casefold()
    if ending not in {*PICTURES, "html", "json"}:
        raise UsageError(
            f"{path.name!r} does not say what to write.", hint="End it with .png, .svg, .pdf, .html or .json."
        )
    if engine is not None and engine not in ENGINES:
        raise UsageError(f"There is no engine {engine!r}.", hint=did_you_mean(str(engine), list(ENGINES)))
    if ending == "json":
        content = json.dumps(figure, ensure_ascii=False, allow_nan=False).encode()
    elif ending == "html":
        content = page(figure).encode()
    elif engine == "kaleido":
        content = _by_kaleido(figure, ending, size)
    else:
        content = (_tried(figure, ending, size) if engine is None and can_kaleido() else None) or _matplotlib.drawn(
            figure, ending, (size.width, size.height), size.scale
        )
    path.write_bytes(content)
    return path


def page(figure: dict[str, Any]) -> str:
    """A page that opens without a network: plotly.js and the figure."""
    offline = _optional.require("plotly.offline", extra="plot")
    ground = figure["layout"]["paper_bgcolor"]
    told = json.dumps(figure, ensure_ascii=False, allow_nan=False).replace("</", "<\\/")
    title = escaped(figure["layout"]["title"]["text"].replace("<br>", " "))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.unescape(title)}</title>'
        f"<style>body {{ margin: 0; background: {ground} }}</style></head><body>"
        f'<div id="figure"></div><script>{offline.get_plotlyjs()}</script>'
        f'<script>const figure = {told}; Plotly.newPlot("figure", figure.data, figure.layout, '
        "{responsive: true, displaylogo: false})</script></body></html>\n"
    )


def escaped(words: str) -> str:
    """Text for a page."""
    return html.escape(words)


def chrome() -> str | None:
    """Where a Chrome is, if there is one; `BROWSER_PATH` may name it."""
    told = os.environ.get("BROWSER_PATH")
    if told and Path(told).exists():
        return told
    found = next((path for name in _CHROMES if (path := shutil.which(name))), None)
    return found or next((path for path in _ELSEWHERE if Path(path).exists()), None)


def can_kaleido() -> bool:
    """Whether Kaleido and plotly are installed, and a Chrome is found."""
    return _optional.installed("kaleido") and _optional.installed("plotly") and chrome() is not None


def _tried(figure: dict[str, Any], ending: str, size: Size) -> bytes | None:
    """By Kaleido; where its Chrome does not start or falls, None and a warning that says why."""
    try:
        return _by_kaleido(figure, ending, size)
    except Exception as error:  # noqa: BLE001 - whatever a browser does, there is another way to the picture
        reason = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
        warnings.warn(TunesmithWarning(f"Kaleido could not draw ({reason}). matplotlib drew instead."), stacklevel=4)
        return None


def _by_kaleido(figure: dict[str, Any], ending: str, size: Size) -> bytes:
    scale = size.scale if ending == "png" else 1
    kaleido = _optional.require("kaleido", extra="plot")
    script = _optional.folder("plotly", extra="plot") / "package_data" / "plotly.min.js"
    found: bytes = kaleido.calc_fig_sync(
        figure,
        opts={"format": ending, "width": size.width, "height": size.height, "scale": scale},
        kopts={"path": chrome(), "plotlyjs": str(script), "mathjax": False},
    )
    return found
