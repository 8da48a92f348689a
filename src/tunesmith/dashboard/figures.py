"""Which figures each page shows, as the notebook and the report have them; what is dear is made once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, final

import msgspec

from tunesmith import _plugins
from tunesmith.dashboard.lessons import lessons
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


State = tuple[tuple[int, int], ...]
"""Of each study that something is made of: how far its log was read, and how often its trials were revised."""


@final
class _Slot(NamedTuple):
    """What an answer depends on beside the trials: the keys of its studies, and what was asked."""

    keys: tuple[str, ...]
    name: str
    parameter: str = ""
    theme: str = ""


@final
class Gallery:
    """Makes what is dear, figures above all, once for as long as its studies stay as they are; any thread may ask.

    A drawing is asked for and kept under the studies, the figure, the parameter and the theme, for one state of the
    studies' trials. Who asks for one that is being made waits for it; nobody else waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[_Slot, threading.Lock] = {}
        self._kept: OrderedDict[_Slot, tuple[State, bytes]] = OrderedDict()

    def of_page(self, key: str, history: History, page: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """The figures of a page, as Plotly's JSON; one that cannot be drawn yet says why in its place.

        Parameters
        ----------
        key, history
            The study.
        page
            The page's name.
        asked
            What the reader chose: `parameter`, `dark`, which is `"1"` or not, and `at`, the place of the one figure
            that is asked for; all without it.
        """
        several = len(history.problem.metrics) > 1
        named = () if page == "front" and not several else FIGURES.get(page, ())
        chosen, theme = asked.get("parameter", ""), _theme(asked)
        found = []
        for name, room in _wanted(named, asked):
            slot = _Slot((key,), name, chosen if name in _BY_PARAMETER else "", theme)
            found.append(self.made(slot, [history], _drawing(slot, history, _plugins.door(room, name))))
        return {"page": page, "names": [name for name, _ in named], "figures": found}

    def of_several(self, keys: Sequence[str], histories: Sequence[History], asked: Mapping[str, str]) -> dict[str, Any]:
        """The figures of the page that compares studies.

        Parameters
        ----------
        keys, histories
            The studies, two or more.
        asked
            What the reader chose: `dark`.
        """
        if len(histories) < 2:
            return {"page": "compare", "names": [], "figures": []}
        draw, slot = _plugins.door("plots.progress", "comparison"), _Slot((*keys,), "comparison", theme=_theme(asked))
        told = self.made(slot, histories, lambda: _told(slot.name, lambda: draw(list(histories)), slot.theme))
        return {"page": "compare", "names": [slot.name], "figures": [told]}

    def lessons(self, key: str, history: History) -> msgspec.Raw:
        """Advice, and how far each parameter may move."""
        return self.made(_Slot((key,), "lessons"), [history], lambda: lessons(history))

    def made(self, slot: _Slot, histories: Sequence[History], make: Callable[[], dict[str, Any]]) -> msgspec.Raw:
        """What a slot holds as things stand, made where it is not there or out of date."""
        with self._lock:
            busy = self._busy.setdefault(slot, threading.Lock())
        state = tuple((history.seq, history.revisions) for history in histories)
        with busy:
            with self._lock:
                kept = self._kept.get(slot)
                if kept is not None and kept[0] == state:
                    self._kept.move_to_end(slot)
                    return msgspec.Raw(kept[1])
            told = msgspec.json.encode(make())
            self._keep(slot, state, told)
            return msgspec.Raw(told)

    def _keep(self, slot: _Slot, state: State, told: bytes) -> None:
        with self._lock:
            self._kept[slot] = (state, told)
            self._kept.move_to_end(slot)
            used = sum(len(text) for _, text in self._kept.values())
            while len(self._kept) > 1 and (used > _MOST_BYTES or len(self._kept) > _MOST_KEPT):
                gone, (_, text) = self._kept.popitem(last=False)
                self._busy.pop(gone, None)
                used -= len(text)


def _wanted(named: Sequence[tuple[str, str]], asked: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """All of a page's figures, or the one whose place was asked for."""
    at = asked.get("at", "")
    return named[int(at) : int(at) + 1] if at.isdecimal() and len(at) < 4 else named


def _drawing(slot: _Slot, history: History, draw: Draw) -> Callable[[], dict[str, Any]]:
    called = _BY_PARAMETER.get(slot.name, _plain)
    return lambda: _told(slot.name, lambda: called(draw, history, slot.parameter), slot.theme)


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
