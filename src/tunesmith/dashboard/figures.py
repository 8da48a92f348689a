"""Which figures each page shows; they come from the plots, as the notebook and the report have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunesmith import _plugins
from tunesmith.errors import TunesmithError
from tunesmith.trial import History

FIGURES: dict[str, tuple[tuple[str, str], ...]] = {
    "overview": (("history", "plots.progress"), ("timeline", "plots.workers")),
    "parameters": (("slices", "plots.settings"), ("ranks", "plots.settings")),
    "curves": (("learning_curves", "plots.curves"),),
    "failures": (("failures", "plots.trouble"),),
    "workers": (("timeline", "plots.workers"), ("cost", "plots.workers")),
    "front": (("front", "plots.goals"), ("hypervolume", "plots.goals")),
}
"""Page -> its figures in order, each with the room that draws it."""


def of_page(history: History, page: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """The figures of a page, as Plotly's JSON; one that cannot be drawn yet says why in its place.

    Parameters
    ----------
    history
        The study.
    page
        The page's name.
    asked
        What the reader chose: `dark`, say.
    """
    theme = "dark" if asked.get("dark") == "1" else "light"
    several = len(history.problem.metrics) > 1
    named = [] if page == "front" and not several else FIGURES.get(page, ())
    return {"page": page, "figures": [_drawn(name, _plugins.door(room, name), history, theme) for name, room in named]}


def _drawn(name: str, draw: Callable[[History], Any], history: History, theme: str) -> dict[str, Any]:
    try:
        figure = draw(history)
    except TunesmithError as error:  # nothing to see yet: the reason stands where the figure will be
        return {"name": name, "title": error.message, "note": error.hint, "figure": None}
    return {"name": name, "title": figure.title, "note": figure.subtitle, "figure": figure.to_dict(theme)}
