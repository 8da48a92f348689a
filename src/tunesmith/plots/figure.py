"""A figure: plain dicts as Plotly reads them, with roles in place of colours until somebody looks at it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import msgspec

from tunesmith import _optional
from tunesmith.plots import _export
from tunesmith.plots._tokens import Theme, Token, theme_of
from tunesmith.plots._words import plain

WIDTH = 960
"""The width of a picture in pixels, where nobody asks for another."""


@final
@dataclass(frozen=True, eq=False)
class Figure:
    """One plot. It holds no library's objects, so that `plotly` is needed only to look at it.

    Notebooks show it by itself. The same dict serves notebook, report and page; it has SVG traces only.

    Parameters
    ----------
    data
        The traces.
    layout
        Axes, texts and margins.

    Examples
    --------
    >>> import tunesmith as ts
    >>> from tunesmith import plots
    >>> study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=5, storage=None, seed=0)
    >>> figure = plots.history(study)
    >>> figure.title.startswith("value reached"), len(figure.to_dict()["data"]) > 1
    (True, True)
    """

    data: tuple[dict[str, Any], ...]
    layout: dict[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        """The sentence above the plot, as plain text."""
        return plain(self.layout["title"]["text"])

    @property
    def subtitle(self) -> str:
        """The quiet line under it, as plain text: how many trials, how sure."""
        return plain(self.layout["title"]["subtitle"]["text"])

    @property
    def height(self) -> int:
        """The height in pixels that it was made for."""
        return int(self.layout["height"])

    def __repr__(self) -> str:
        return f"<Figure: {self.title}>"

    def to_dict(self, theme: str = "light") -> dict[str, Any]:
        """The figure as Plotly reads it, `{"data": [...], "layout": {...}}`, in a theme; JSON-able.

        Parameters
        ----------
        theme
            `"light"` or `"dark"`.
        """
        found = _coloured({"data": self.data, "layout": self.layout}, theme_of(theme))
        assert isinstance(found, dict)  # noqa: S101 - for the type: a dict stays one
        return found

    def to_json(self, theme: str = "light") -> str:
        """The same as text."""
        return msgspec.json.encode(self.to_dict(theme)).decode()

    def to_plotly(self, theme: str = "light") -> Any:
        """The same as a `plotly.graph_objects.Figure`, for those who wish to change it.

        Raises
        ------
        MissingDependency
            If plotly is not installed.
        """
        return _optional.require("plotly.graph_objects", extra="plot").Figure(self.to_dict(theme))

    def show(self, theme: str = "light") -> None:
        """Show it: in the notebook, or in a browser.

        Raises
        ------
        MissingDependency
            If plotly is not installed.
        """
        self.to_plotly(theme).show()

    def write(
        self,
        path: str | Path,
        *,
        theme: str = "light",
        width: int = WIDTH,
        height: int | None = None,
        scale: float = 2.0,
        engine: str | None = None,
    ) -> Path:
        """Write it to a file; the ending says how: `.png`, `.svg`, `.pdf`, `.html` or `.json`.

        Pictures are made by Kaleido where it finds a Chrome, otherwise by matplotlib.

        Parameters
        ----------
        path
            The file.
        theme
            `"light"` or `"dark"`.
        width, height
            In pixels; the height that it was made for by default.
        scale
            Pixels of a PNG for each of these.
        engine
            `"kaleido"` or `"matplotlib"`, to choose who makes a picture.

        Returns
        -------
        The path.

        Raises
        ------
        UsageError
            If the ending, the theme, the engine or a size is none of these.
        MissingDependency
            If what makes the picture is not installed.
        """
        size = _export.Size(width, height or self.height, scale)
        return _export.write(self.to_dict(theme), Path(path), size, engine)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: as plotly does where it is installed, else the words and the figure's JSON."""
        if _optional.installed("plotly"):
            bundle: dict[str, Any] = self.to_plotly()._repr_mimebundle_(include, exclude)
            return bundle
        words = f"<p><b>{_export.escaped(self.title)}</b><br>{_export.escaped(self.subtitle)}</p>"
        hint = 'To see the plot, type: pip install "tunesmith[plot]"'
        return {
            "text/plain": f"{self.title}\n{self.subtitle}\n{hint}",
            "text/html": f"{words}<p>{_export.escaped(hint)}</p>",
            "application/vnd.plotly.v1+json": self.to_dict(),
        }


def _coloured(node: object, theme: Theme) -> object:
    """A copy with colours in place of roles, and None in place of NaN."""
    if type(node) is Token:
        return theme.colours[node]
    if isinstance(node, dict):
        return {key: _coloured(value, theme) for key, value in node.items()}
    if isinstance(node, list | tuple):
        kinds = set(map(type, node))
        if not kinds <= _AS_IT_IS:
            return [_coloured(item, theme) for item in node]
        if float not in kinds or (kinds == _FLOATS and all(map(math.isfinite, node))):
            return list(node)
        return [None if type(item) is float and not math.isfinite(item) else item for item in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


_AS_IT_IS = {str, int, bool, float, type(None)}
_FLOATS = {float}
"""Kinds of items that need no look at each: lists of thousands of numbers are the rule."""
