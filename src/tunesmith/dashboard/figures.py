"""Which figures each page shows; they come from the plots, as the notebook and the report have them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, final

import msgspec

from tunesmith import _plugins
from tunesmith.errors import TunesmithError
from tunesmith.trial import History

FIGURES: dict[str, tuple[tuple[str, str], ...]] = {
    "overview": (("history", "plots.progress"), ("importance", "plots.meaning"), ("timeline", "plots.workers")),
    "parameters": (
        ("effects", "plots.meaning"),
        ("pairs", "plots.meaning"),
        ("plateau", "plots.meaning"),
        ("slices", "plots.settings"),
        ("ranks", "plots.settings"),
        ("trust", "plots.meaning"),
    ),
    "curves": (("learning_curves", "plots.curves"),),
    "failures": (("failures", "plots.trouble"),),
    "workers": (("timeline", "plots.workers"), ("cost", "plots.workers")),
    "front": (("front", "plots.goals"), ("hypervolume", "plots.goals")),
}
"""Page -> its figures in order, each with the room that draws it."""

MOST_IMPORTANT = 6
"""So many parameters are drawn, the most important, where the reader chose none."""

_MOST_BYTES, _MOST_KEPT = 64_000_000, 128
"""So much JSON is kept, of so many figures; beyond that the one that was asked for longest ago goes."""

Draw = Callable[..., Any]


@final
class _Slot(NamedTuple):
    """What a drawing depends on beside the trials."""

    key: str
    name: str
    parameter: str
    theme: str


@final
class Gallery:
    """Draws the pages' figures, each once for as long as its study stays as it is; any thread may ask.

    A drawing is asked for and kept under the study, the figure, the parameter and the theme, for one state of the
    study's trials. Who asks for one that is being made waits for it; nobody else waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[_Slot, threading.Lock] = {}
        self._kept: OrderedDict[_Slot, tuple[tuple[int, int], bytes]] = OrderedDict()

    def of_page(self, key: str, history: History, page: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """The figures of a page, as Plotly's JSON; one that cannot be drawn yet says why in its place.

        Parameters
        ----------
        key, history
            The study.
        page
            The page's name.
        asked
            What the reader chose: `parameter`, and `dark`, which is `"1"` or not.
        """
        several = len(history.problem.metrics) > 1
        named = [] if page == "front" and not several else FIGURES.get(page, ())
        chosen, theme = asked.get("parameter", ""), _theme(asked)
        found = []
        for name, room in named:
            slot = _Slot(key, name, chosen if name in _BY_PARAMETER else "", theme)
            found.append(msgspec.Raw(self._drawn(slot, history, _plugins.door(room, name))))
        return {"page": page, "figures": found}

    def _drawn(self, slot: _Slot, history: History, draw: Draw) -> bytes:
        with self._lock:
            busy = self._busy.setdefault(slot, threading.Lock())
        state = (history.seq, history.revisions)
        with busy:
            with self._lock:
                kept = self._kept.get(slot)
                if kept is not None and kept[0] == state:
                    self._kept.move_to_end(slot)
                    return kept[1]
            called = _BY_PARAMETER.get(slot.name, _plain)
            told = msgspec.json.encode(_told(slot.name, lambda: called(draw, history, slot.parameter), slot.theme))
            self._keep(slot, state, told)
            return told

    def _keep(self, slot: _Slot, state: tuple[int, int], told: bytes) -> None:
        with self._lock:
            self._kept[slot] = (state, told)
            self._kept.move_to_end(slot)
            used = sum(len(text) for _, text in self._kept.values())
            while len(self._kept) > 1 and (used > _MOST_BYTES or len(self._kept) > _MOST_KEPT):
                gone, (_, text) = self._kept.popitem(last=False)
                self._busy.pop(gone, None)
                used -= len(text)


def of_several(histories: Sequence[History], asked: Mapping[str, str]) -> dict[str, Any]:
    """The figures of the page that compares studies.

    Parameters
    ----------
    histories
        The studies, two or more.
    asked
        What the reader chose: `dark`.
    """
    draw = _plugins.door("plots.progress", "comparison")
    named = [_told("comparison", lambda: draw(list(histories)), _theme(asked))] if len(histories) > 1 else []
    return {"page": "compare", "figures": named}


def _theme(asked: Mapping[str, str]) -> str:
    return "dark" if asked.get("dark") == "1" else "light"


def _told(name: str, draw: Callable[[], Any], theme: str) -> dict[str, Any]:
    try:
        figure = draw()
    except TunesmithError as error:  # nothing to see yet: the reason stands where the figure will be
        return {"name": name, "title": error.message, "note": error.hint, "figure": None}
    return {"name": name, "title": figure.title, "note": figure.subtitle, "figure": figure.to_dict(theme)}


# -- what a chosen parameter means to each figure ----------------------------------------------------------------


def _plain(draw: Draw, history: History, parameter: str) -> Any:
    del parameter
    return draw(history)


def _of_one(draw: Draw, history: History, parameter: str) -> Any:
    """The chosen parameter alone, or the most important ones."""
    return draw(history, [parameter] if parameter else _most_important(history))


def _of_a_pair(draw: Draw, history: History, parameter: str) -> Any:
    """The chosen parameter beside the one that it acts together with most."""
    if not parameter:
        return draw(history)
    pairs = _plugins.door("analysis", "interactions")(history).pairs
    names = next((pair.names for pair in pairs if parameter in pair.names), None)
    if names is None:  # alone, or with too few trials: the figure says which
        return draw(history)
    return draw(history, *names)


def _most_important(history: History) -> list[str] | None:
    """None while nothing is known of importance; then all are alike."""
    params = _plugins.door("analysis", "importance")(history).params
    known = [one.name for one in params if one.share == one.share]  # NaN where nothing is known
    return known[:MOST_IMPORTANT] or None


_BY_PARAMETER: dict[str, Callable[[Draw, History, str], Any]] = {
    "effects": _of_one,
    "slices": _of_one,
    "pairs": _of_a_pair,
}
"""The figures that a chosen parameter changes."""
